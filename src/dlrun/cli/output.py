"""What a command prints: the answer on stdout, everything else on stderr."""

from __future__ import annotations

import errno
import io
import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import typer
from typing_extensions import override

from dlrun.cli.stdout import stdout
from dlrun.errors import (
    DlrunError,
    Problem,
    ProblemsError,
    ProblemStyle,
    render_problems,
)
from dlrun.writing import (
    ALLOW_CODE,
    command_line,
    encodable_json,
    json_text,
    printable,
    shown,
    terminal_width,
    wants_color,
    wrap_lines,
)

if TYPE_CHECKING:
    from dlrun.comparison import Comparison
    from dlrun.runs import RunFolder
    from dlrun.studies.search.result import SearchResult


@dataclass(frozen=True, slots=True)
class Settings:
    """The options that every command shares."""

    style: ProblemStyle = "full"
    traceback: bool = False


settings: ContextVar[Settings] = ContextVar("settings", default=Settings())  # noqa: B039 - frozen


typed: ContextVar[tuple[str, ...]] = ContextVar("typed", default=())
"""The words of the command line."""


def typed_command() -> str:
    """What to type to go on with this command; `--again` would begin anew."""
    return shlex.join(["dlrun", *(word for word in typed.get() if word != "--again")])


_DATA_ROOT = "--data-root"
_READING_RUNS = frozenset({"evaluate", "predict", "resume", "verify"})
"""The commands that read the data of a run."""


def needed(*words: object, has_code: bool = False) -> str:
    """What a person may type next: it may run the code that this command may.

    It finds the data of a run where this command does, too.

    Args:
        *words: The command.
        has_code: Whether it fails unless it may run code.
    """
    root = _data_root() if words[0] in _READING_RUNS else []
    return command_line(*words, *root, *([ALLOW_CODE] if has_code else []))


def _data_root() -> list[str]:
    """The option that says where the data of a moved run are, as it was typed."""
    told = typed.get()
    for number, word in enumerate(told):
        if word == _DATA_ROOT:
            return [*told[number : number + 2]]
        if word.startswith(f"{_DATA_ROOT}="):
            return [word]
    return []


class OutputError(DlrunError):
    """An answer that nobody can read, since it cannot be written."""

    exit_code = 1


class _Closed(io.TextIOBase):
    """What stands for a stream that was closed before the process began."""

    @override
    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def prepare_streams() -> None:
    """Let no text break a stream, and no file be taken for one.

    A number that was closed (`>&-`) would go to the next file that is opened, and what
    is printed into that file. What an encoding does not have is written as `?`.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # Takes the lowest number that is free.
    sys.stdin = sys.stdin or io.TextIOWrapper(io.BytesIO())
    sys.stdout = sys.stdout or cast("TextIO", _Closed())
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - as long as it lives
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def answer(text: str, *, is_prose: bool = False) -> None:
    """Print what the command was asked for.

    Args:
        text: lines.
        is_prose: break those that are longer than the terminal between words; the lines
            of a table have the width that they were made for.

    Raises:
        OutputError: it cannot be written.
    """
    text = wrap_lines(text, terminal_width(stdout())) if is_prose else text
    _write(shown(text.rstrip("\n"), color=wants_color(stdout())))


def answer_json(value: object) -> None:
    """Print the answer for programs.

    Raises:
        OutputError: it cannot be written.
    """
    _write(encodable_json(json_text(value, 2), stdout().encoding))


def answer_json_lines(values: Iterable[object]) -> None:
    """Print the answer for programs, a line per value.

    Raises:
        OutputError: it cannot be written.
    """
    text = "\n".join(map(json_text, values))
    _write(encodable_json(text, stdout().encoding))


def _write(text: str) -> None:
    try:
        typer.echo(text, file=stdout())
    except BrokenPipeError:
        raise  # Whoever read has seen enough.
    except (OSError, ValueError) as error:  # ValueError: of a closed stream.
        raise unwritable(error) from error


def unwritable(error: OSError | ValueError) -> OutputError:
    """The error of an answer that stdout does not take, which is left alone from now.

    What is left in its buffer would be tried again when the process ends.
    """
    leave_stdout()
    reason = error.strerror if isinstance(error, OSError) else None
    return OutputError(f"the answer cannot be written: {reason or error}")


def leave_stdout() -> None:
    """Let nothing that is still to be written to stdout fail."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout().fileno())


def remark(text: str) -> None:
    """Print what is not the answer: progress, and the next step."""
    tell(shown(wrap_lines(text, terminal_width(sys.stderr))))


def tell(text: str) -> None:
    """Print on stderr; there is nowhere to say that it cannot be written."""
    with suppress(OSError, ValueError):
        typer.echo(text, err=True)


def warn(problems: Iterable[Problem]) -> None:
    """Print warnings."""
    listed = list(problems)
    if listed:
        _tell_problems(listed)


def print_error(error: DlrunError) -> None:
    """Print what is wrong, in the style that was asked for.

    Raises:
        DlrunError: the error itself, if a traceback was asked for.
    """
    if settings.get().traceback:
        raise error
    if isinstance(error, ProblemsError):
        _tell_problems(error.problems)
    else:
        remark(str(error))


def _tell_problems(problems: Sequence[Problem]) -> None:
    """Problems for GitHub are the one thing that is a command to a build server."""
    style = settings.get().style
    text = render_problems(problems, style, terminal_width(sys.stderr))
    if style == "github":
        tell(printable(text))
    elif style == "concise":  # A line per problem, however narrow the terminal.
        tell(shown(text))
    else:
        remark(text)


def tell_unvouched(folder: RunFolder) -> None:
    """Say that an answer is taken from files that nothing vouches for, if it is."""
    if not folder.hashes.are_kept:
        remark(f"no hashes vouch for the files of {folder.name}, of an older dlrun")


def write_page(
    file: Path,
    comparison: Comparison,
    search: SearchResult | None = None,
    *,
    quiet: bool = False,
) -> None:
    """Write a comparison as one self-contained page; say where, if not `quiet`.

    Raises:
        DlrunError: the file cannot be written.
    """
    from dlrun.report.page import render_page

    write_file(file, render_page(comparison, search, file.parent))
    if not quiet:
        remark(f"the page is in {file}")


def write_file(file: Path, text: str) -> None:
    """Write what a person asked for into a file of theirs.

    Raises:
        DlrunError: the file cannot be written.
    """
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"cannot write {file}: {error.strerror or error}"
        raise DlrunError(message, hint="name a file in a folder that exists") from error
