"""What a command prints: the answer on stdout, everything else on stderr."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dlrun.errors import (
    DlrunError,
    Problem,
    ProblemsError,
    ProblemStyle,
    render_problems,
)

if TYPE_CHECKING:
    from dlrun.comparison import Comparison


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


def answer(text: str) -> None:
    """Print what the command was asked for."""
    typer.echo(text.rstrip("\n"))


def answer_json(value: object) -> None:
    """Print the answer for programs."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def remark(text: str) -> None:
    """Print what is not the answer: progress, and the next step."""
    typer.echo(text, err=True)


def warn(problems: Iterable[Problem]) -> None:
    """Print warnings."""
    listed = list(problems)
    if listed:
        remark(render_problems(listed, settings.get().style))


def print_error(error: DlrunError) -> None:
    """Print what is wrong, in the style that was asked for.

    Raises:
        DlrunError: the error itself, if a traceback was asked for.
    """
    if settings.get().traceback:
        raise error
    if isinstance(error, ProblemsError):
        remark(render_problems(error.problems, settings.get().style))
    else:
        remark(str(error))


def write_page(file: Path, comparison: Comparison) -> None:
    """Write a comparison as one self-contained page, and say where it is.

    Raises:
        DlrunError: the file cannot be written.
    """
    from dlrun.report.page import render_page

    try:
        file.write_text(render_page(comparison), encoding="utf-8")
    except OSError as error:
        message = f"cannot write {file}: {error.strerror or error}"
        raise DlrunError(message, hint="name a file in a folder that exists") from error
    remark(f"the page is in {file}")
