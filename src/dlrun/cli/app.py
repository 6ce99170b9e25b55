"""The list of commands, and what becomes of an error: its words and its exit code."""

from __future__ import annotations

import codecs
import errno
import gc
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlrun.cli.output import (
    Settings,
    answer,
    prepare_streams,
    print_error,
    remark,
    settings,
    typed,
    unwritable,
)
from dlrun.cli.stdout import divert_stdout, restore_stdout
from dlrun.errors import DlrunError, ProblemStyle, RunError
from dlrun.writing import ALLOW_CODE, cut

if TYPE_CHECKING:
    from dlrun.custom.loading import StatedThreads

COMMANDS = (
    "train",
    "search",
    "resume",
    "verify",
    "summary",
    "predict",
    "evaluate",
    "compare",
    "diagnose",
    "advise",
    "study",
    "validate",
    "show",
    "explain",
    "init",
    "runs",
)
"""The commands in the order of `--help`; each is a function in a module of its name."""

# Typer brings its own copy of Click, or uses an installed one: found by name.
_ClickException: Any = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
_REFUSED = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENAMETOOLONG}
)
"""Why the system refuses a path, whatever a command wanted of it."""
_LONGEST_NAME = 60
_GLOBAL_FLAGS = frozenset({ALLOW_CODE, "--traceback"})
_GLOBAL_OPTIONS = frozenset({"--format"})


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        answer(f"dlrun {version('dlrun')}")
        raise typer.Exit


def options(
    format: Annotated[  # noqa: A002 - the word that people type
        ProblemStyle,
        typer.Option(help="How problems are written: for people, editors or GitHub."),
    ] = "full",
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an error arose.")
    ] = False,
    allow_code: Annotated[  # noqa: ARG001 - heard before any command
        bool,
        typer.Option("--allow-code", help="Run the code that a config or a run names."),
    ] = False,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Run Keras experiments from YAML."""
    settings.set(Settings(style=format, traceback=traceback))


def make_app(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands."""
    app = typer.Typer(
        name="dlrun",
        help="Run Keras experiments from YAML: dlrun train configs/gender.yaml",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(options)
    for name in commands:
        app.command(name)(getattr(import_module(f"dlrun.cli.{name}"), name))
    return app


def main() -> None:
    """Run a command; end with the exit code of the design."""
    # Start-up makes thousands of objects and drops none: looking for garbage costs a
    # tenth of it. `prepare_for_code` switches the collector on again.
    gc.disable()
    prepare_streams()
    if sys.stderr.isatty():
        from dlrun.progress.reading import show_reading

        show_reading(on=True)
    try:
        sys.exit(run(sys.argv[1:]))
    finally:
        gc.freeze()  # What is left need not be looked through: the process ends.


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code.

    0 done, 1 failed after the start, 2 wrong command line, 3 nothing was started,
    4 a requested check failed, 128 + n stopped by signal n.
    """
    typed.set(tuple(arguments))
    shared, words = _part_options(arguments)
    known = bool(words) and words[0] in COMMANDS and "_DLRUN_COMPLETE" not in os.environ
    app = make_app(words[:1] if known else COMMANDS)
    try:
        with _allowing_code() if ALLOW_CODE in shared else nullcontext():
            code = app([*shared, *words], prog_name="dlrun", standalone_mode=False)
    except _ClickException as error:
        told = StringIO()
        error.show(told)
        remark(told.getvalue().rstrip("\n"))
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort) as error:
        code = getattr(error, "exit_code", 130)
    except SystemExit as error:
        # So Typer ends when whoever read our output has gone, which is no failure.
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        code = 0
    except DlrunError as error:
        code = _told(error)
    except (OSError, UnicodeEncodeError) as error:
        code = _told(_expected(error))
    return code if isinstance(code, int) else 0


@contextmanager
def _allowing_code() -> Iterator[None]:
    from dlrun.custom import allowing_code
    from dlrun.engines import prepare_for_code

    def prepare(threads: StatedThreads) -> None:
        divert_stdout()  # Code may write there, and answers are read by programs.
        prepare_for_code(threads)

    with allowing_code(prepare):
        try:
            yield
        finally:
            restore_stdout()


def _told(error: DlrunError) -> int:
    print_error(error)
    return error.exit_code


def _expected(error: OSError | UnicodeEncodeError) -> DlrunError:
    """What a person can cure among the errors that no command expects.

    Raises:
        OSError: it is a mistake of dlrun.
        UnicodeEncodeError: the same.
    """
    if isinstance(error, UnicodeEncodeError):
        return _unnameable(error)
    try:
        Path.cwd()
    except OSError:
        message = "the current directory does not exist any more"
        return DlrunError(message, hint="go to one that does: cd DIR")
    if error.filename is None and error.errno in _FULL:  # As of `--help > /dev/full`.
        return unwritable(error)
    if error.filename is not None and error.errno in _REFUSED:
        name = cut(os.fsdecode(error.filename), _LONGEST_NAME)
        hint = "name another one, or change its permissions"
        return RunError(f"cannot use {name}: {error.strerror}", hint=hint)
    raise error


def _unnameable(error: UnicodeEncodeError) -> DlrunError:
    """What to say of the name of a file that Python cannot hand to the system.

    Raises:
        UnicodeEncodeError: it is a mistake of dlrun.
    """
    names = sys.getfilesystemencoding()
    if names == "utf-8" or error.encoding != codecs.lookup(names).name:
        raise error
    message = f"names of files are {names} here, which {cut(error.object, 200)} is not"
    return RunError(message, hint="set PYTHONUTF8=1, or a locale: LC_ALL=C.UTF-8")


def _part_options(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The options that all commands share, which may stand anywhere, and the rest."""
    first: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _GLOBAL_FLAGS or word.partition("=")[0] in _GLOBAL_OPTIONS:
            first.append(word)
            if word in _GLOBAL_OPTIONS:
                first += [value for value in [next(words, None)] if value is not None]
        else:
            rest.append(word)
    return first, rest
