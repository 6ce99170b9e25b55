"""What dlrun says when something is wrong: the error classes and their words.

A `Problem` is one mistake: its path in the config, what was found, and the cure.
Whoever finds it names a value by its path alone; `dlrun.config.located` adds file, line
and column.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Literal, TypeAlias

from typing_extensions import override

from dlrun.writing import display_width, escaped, printable

ConfigPath: TypeAlias = tuple[str | int, ...]
"""The way to a value in a config: `("model", "layers", 1, "Dense", "units")`."""

ProblemStyle = Literal["full", "concise", "github"]

_SHOWN_AT_MOST = 20
_KEPT_AT_MOST = 200
_LINE_WIDTH = 100
_NOTES_AT_MOST = 5
_LEAST_WIDTH = 20
_WORDS_AT_MOST = 2000
_MARKED = re.compile(r"[.\[\]=+\"'\\]")
_LAST = re.compile(r"\[\"(?:[^\"\\]|\\.)*\"\]\Z|[^.]*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Location:
    """Where a value stands in a text; lines and columns count from 1, in characters."""

    file: str
    line: int
    column: int
    length: int
    """Characters to mark, at least 1; the mark ends with the line."""
    text: str
    """The whole line."""
    notes: tuple[str, ...] = ()
    """Other places that have to do with the value, a sentence each."""
    is_data: bool = False
    """The text is none of the config, which only says that it is read."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, or one warning, about the value at `path`."""

    path: ConfigPath
    message: str
    hint: str | None = None
    """The cure; `None` where none is known."""
    code: str = "invalid-value"
    """A short name for this class of mistakes, in kebab-case."""
    label: str = ""
    """The words beside the caret."""
    severity: Literal["error", "warning"] = "error"
    on_key: bool = False
    """The caret stands under the key, not under the value."""
    location: Location | None = None
    more: int = 0
    """So many follow it of which only the number is told."""


class DlrunError(Exception):
    """An expected failure: what was found, what was expected, and how to cure it."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @override
    def __str__(self) -> str:
        """The message, and the cure below it."""
        text = f"error: {printable(self.message)}"
        return f"{text}\n   = help: {printable(self.hint)}" if self.hint else text


class RunError(DlrunError):
    """A run folder that cannot be used as asked."""


class QueryError(RunError):
    """A question about runs that none of them can answer, or that is mistyped."""

    exit_code = 2


class UnjudgedError(RunError):
    """A condition of which nobody can tell whether any run meets it."""

    exit_code = 4


class TrainingError(DlrunError):
    """A run that failed or diverged after it had started."""

    exit_code = 1


class PausedError(DlrunError):
    """A run that stops for a while, where whoever trains it wanted it to."""

    state: Literal["interrupted"] = "interrupted"
    """As the run has it."""


class ProblemsError(DlrunError):
    """One or more problems with values that a person wrote."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems

    @override
    def __reduce__(self) -> tuple[type[ProblemsError], tuple[Problem, ...]]:
        """So that it can be told to another process."""
        return type(self), self.problems

    @override
    def __str__(self) -> str:
        """Every problem in full, in the order of the text."""
        return render_problems(self.problems)


class ConfigError(ProblemsError):
    """A config that cannot be read as YAML, or an override that does not apply."""


class SpecError(ProblemsError):
    """A config that can be read, but does not describe a valid experiment."""


class DataError(ProblemsError):
    """Data that cannot be read, or does not fit the experiment."""


class CodeError(ProblemsError):
    """The code of a config: it cannot be imported, or it has failed."""


class FailedCodeError(CodeError, TrainingError):
    """The code of a config has failed after its run had started."""

    exit_code = 1


class HistoryError(ProblemsError):
    """A training history that cannot be diagnosed."""


class BuildError(ProblemsError):
    """A model that Keras refuses to build."""


class KernelError(BuildError, TrainingError):
    """A model of which this machine cannot compute a layer."""

    exit_code = 1


def require_package(name: str, purpose: str, extra: str | None = None) -> None:
    """Refuse what needs a package that is not installed.

    Args:
        name: Of the package, as it is imported and installed.
        purpose: What needs it, as in `a table in a notebook`.
        extra: The extra of dlrun that brings it; `None`: it is installed by itself.

    Raises:
        DlrunError: saying what to install.
    """
    if find_spec(name) is None:
        message = f"{purpose} needs {name}, which is not installed"
        wanted = name if extra is None else f"'dlrun[{extra}]'"
        raise DlrunError(message, hint=f"pip install {wanted}")


def key_text(key: str) -> str:
    """A key in a path: `units`, but `["Sepal.Length"]` where a sign could mislead."""
    is_plain = key.strip() == key and key.isprintable() and not _MARKED.search(key)
    return key if is_plain and key else f"[{json.dumps(key, ensure_ascii=False)}]"


def last_step(path: str) -> str:
    """The last step of a path that was written: `units` of `model.layers[1].units`."""
    match = _LAST.search(path)
    return match[0] if match else path


def format_path(path: ConfigPath, write: Callable[[str], str] = key_text) -> str:
    """Write a path as a person does: `model.layers[1].Dense.units`.

    Args:
        path: The way to a value.
        write: How a key is written, in brackets or as it is.
    """
    text = ""
    for part in path:
        step = f"[{part}]" if isinstance(part, int) else write(part)
        text += f".{step}" if text and not step.startswith("[") else step
    return text


def render_problems(
    problems: Sequence[Problem],
    style: ProblemStyle = "full",
    width: int | None = None,
) -> str:
    """Write problems for people (`full`), for editors (`concise`) or for GitHub.

    They come in the order of the text; after twenty, the rest are only counted.

    Args:
        problems: What is wrong.
        style: For whom.
        width: Terminal columns that the lines of files must fit, so that the marks
            stand below what they mean; None: 100 characters of a line are shown.
    """
    ordered = sorted(problems, key=_position)
    full = partial(_full, width=width)
    styles: Mapping[str, Callable[[Problem], str]] = {
        "full": full,
        "concise": _concise,
        "github": _github,
    }
    render = styles[style]
    separator = "\n\n" if style == "full" else "\n"
    text = separator.join(render(problem) for problem in ordered[:_SHOWN_AT_MOST])
    rest = sum(1 + problem.more for problem in ordered[_SHOWN_AT_MOST:])
    rest += sum(problem.more for problem in ordered[:_SHOWN_AT_MOST])
    return f"{text}{separator}and {rest} more" if rest > 0 else text


def problem_values(problem: Problem) -> dict[str, object]:
    """A problem as plain values, for programs."""
    where = problem.location
    return {
        "code": problem.code,
        "path": format_path(problem.path),
        "message": problem.message,
        "hint": problem.hint,
        "file": where.file if where else None,
        "line": where.line if where else None,
        "column": where.column if where else None,
    }


def first_problems(problems: Iterable[Problem]) -> list[Problem]:
    """As many problems as can be shown, and some; the last one counts the others.

    Their order is that in which they were found, which mostly is that of the text.
    """
    listed = list(problems)
    kept, rest = listed[:_KEPT_AT_MOST], listed[_KEPT_AT_MOST:]
    if rest:
        more = sum(1 + problem.more for problem in rest)
        kept[-1] = replace(kept[-1], more=kept[-1].more + more)
    return kept


def _position(problem: Problem) -> tuple[bool, str, int, int]:
    where = problem.location
    return (False, where.file, where.line, where.column) if where else (True, "", 0, 0)


def _full(problem: Problem, width: int | None) -> str:
    lines = [f"{problem.severity}[{problem.code}]: {_one_line(problem.message)}"]
    where = problem.location
    margin = "  "
    if where is not None:
        number = str(where.line)
        margin = " " * (len(number) + 1)
        before, marked, text = _window(where, _room(width, len(number)))
        caret = " " * display_width(before) + "^" * max(1, display_width(marked))
        lines.append(f"{' ' * len(number)}--> {_place(where)}")
        lines.append(f"{number} | {text}".rstrip())
        lines.append(f"{margin}| {caret} {_one_line(problem.label)}".rstrip())
        lines += [f"{margin}= note: {_one_line(note)}" for note in _shown(where.notes)]
    elif problem.path:
        lines.append(f" --> {escaped(format_path(problem.path))}")
    if problem.hint:
        lines.append(f"{margin}= help: {printable(_cut(problem.hint))}")
    return "\n".join(lines)


def _concise(problem: Problem) -> str:
    where = problem.location
    place = _place(where) if where else escaped(format_path(problem.path)) or "config"
    cure = f" (help: {_one_line(problem.hint)})" if problem.hint else ""
    message = _one_line(
        "; ".join([problem.message, *_shown(where.notes if where else ())])
    )
    return f"{place}: {problem.severity}[{problem.code}]: {message}{cure}"


def _github(problem: Problem) -> str:
    """A workflow command, escaped as GitHub's toolkit does (%, CR, LF; and `:` `,`)."""

    def data(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    where = problem.location
    keys = {"title": problem.code}
    if where is not None:
        keys = {
            "file": escaped(where.file),
            "line": str(where.line),
            "col": str(where.column),
        } | keys
    properties = ",".join(
        f"{key}={data(value).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in keys.items()
    )
    text = "\n".join(
        map(_cut, [problem.message, *_shown(where.notes if where else ())])
    )
    if problem.hint:
        text += f"\n{_cut(problem.hint)}"
    return f"::{problem.severity} {properties}::{data(printable(text))}"


def _shown(notes: Sequence[str]) -> list[str]:
    """The first notes, and how many more there are."""
    rest = len(notes) - _NOTES_AT_MOST
    more = [f"and {rest + 1} more places"] if rest > 0 else []
    return [*notes[: _NOTES_AT_MOST - len(more)], *more]


def _place(where: Location) -> str:
    return f"{escaped(where.file)}:{where.line}:{where.column}"


def _room(width: int | None, digits: int) -> int:
    """The characters of a line of a file that fit beside its number and two `...`."""
    if width is None:
        return _LINE_WIDTH
    return max(_LEAST_WIDTH, min(_LINE_WIDTH, width - digits - len(" | ......")))


def _window(where: Location, room: int) -> tuple[str, str, str]:
    """The text before the mark, the marked text, and the line, cut to be readable."""
    start = where.column - 1
    first = max(0, start - room // 2) if len(where.text) > room else 0
    last = min(len(where.text), first + room)
    lead = "..." if first else ""
    trail = "..." if last < len(where.text) else ""
    end = min(start + max(1, where.length), last)
    before = lead + printable(where.text[first:start])
    text = lead + printable(where.text[first:last]) + trail
    return before, printable(where.text[start:end]), text


def _one_line(text: str) -> str:
    return " ".join(printable(_cut(text)).split())


def _cut(text: str) -> str:
    """A sentence, or several lines; of what has no end, its beginning."""
    lines = text.split("\n")
    kept = [
        line if len(line) <= _WORDS_AT_MOST else f"{line[:_WORDS_AT_MOST]}..."
        for line in lines[:_WORDS_AT_MOST]
    ]
    return "\n".join(kept)
