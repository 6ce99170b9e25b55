"""What a command prints: the answer on stdout, everything else on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import typer

from dlrun.errors import DlrunError, Problem, ProblemsError, Style, render_problems


@dataclass(frozen=True, slots=True)
class Settings:
    """The options that every command shares."""

    style: Style = "full"
    traceback: bool = False


settings: ContextVar[Settings] = ContextVar("settings", default=Settings())  # noqa: B039 - frozen


def answer(text: str) -> None:
    """Print what the command was asked for."""
    typer.echo(text.rstrip("\n"))


def answer_json(value: Any) -> None:
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
