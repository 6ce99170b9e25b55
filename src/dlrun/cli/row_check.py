"""What rows there are, and whether configs fit them, before a run starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from dlrun.cli.output import answer, warn

if TYPE_CHECKING:
    from dlrun.studies.plan import Member


def check_rows(members: Sequence[Member], *, wakes_backend: bool) -> None:
    """Find a config that does not fit its rows before the first of several starts.

    Args:
        members: One of each config.
        wakes_backend: Whether this process may wake Keras. The one that hands out to
            others may not: it would start TensorFlow, which it does without.
    """
    from dlrun.engines import KerasDoor

    for member in members:
        door = KerasDoor(member.experiment.spec) if wakes_backend else _ClosedDoor()
        with suppress(_PassedOverError):
            member.read_rows(door)


class _PassedOverError(Exception):
    """Rows need Keras before they can be checked: whoever trains on them does it."""


class _ClosedDoor:
    """A door to Keras that stays closed."""

    def decode_image(self, *_asked: object) -> NoReturn:
        raise _PassedOverError

    def encode_column(self, *_asked: object) -> NoReturn:
        raise _PassedOverError


def answer_sizes(members: Sequence[Member]) -> None:
    """Say how many rows there are for each run, and what they make doubtful."""
    from dlrun.describe.class_weights import class_weight_lines
    from dlrun.describe.summary import render_sizes
    from dlrun.engines import KerasDoor

    named = Counter(member.name for member in members)
    for member in members:
        door = KerasDoor(member.experiment.spec)
        _, parts, warnings = member.read_rows(door)
        warn(warnings)
        name = member.name if named[member.name] == 1 else member.label
        answer(f"{name}: ready to train on {render_sizes(parts)}")
        for line in class_weight_lines(member.experiment.spec.fit, parts):
            answer(f"  {line}")
