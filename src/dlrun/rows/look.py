"""What a look at rows gets: as they were read, divided, and made ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dlrun.errors import ConfigPath, Problem

if TYPE_CHECKING:
    from dlrun.data import Dataset
    from dlrun.runs import Preprocessing


@dataclass(frozen=True, slots=True)
class Divided:
    """Rows as they were read and divided, beside what a model gets of them."""

    read: Dataset
    """The rows that were divided, in the order of their files."""
    parts: Mapping[str, Dataset]
    """The rows of each part as they were read."""
    ready: Mapping[str, Dataset]
    """The rows of each part as a model takes them."""
    preprocessing: Preprocessing
    origins: Mapping[str, ConfigPath]
    """What in the config gives each part its rows."""


Look: TypeAlias = Callable[[Divided], Iterable[Problem]]
"""Finds warnings in rows while their cells are still there."""


def no_look(divided: Divided) -> Iterable[Problem]:  # noqa: ARG001
    """Training looks at nothing."""
    return ()
