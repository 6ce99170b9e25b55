"""What the headers of a data source tell, before any row is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Span:
    """Which numbers the features are."""

    least: float
    most: float
    are_whole: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the rows; `None`: only the rows themselves tell."""

    row_shapes: Mapping[str, tuple[int, ...]] | None = None
    """The shape of one sample for each input, without the batch axis."""
    feature_names: tuple[str, ...] | None = None
    """The columns of a table, in order; `None` where features have no names."""
    classes: tuple[str, ...] | None = None
    """The classes in the order of their numbers."""
    num_rows: int | None = None
    num_train: int | None = None
    """The rows that are trained on, once they are read and divided."""
    label_columns: tuple[str, ...] = ()
    """A name per number or class that a row is labelled with; empty: unlabelled."""
    files: tuple[Path, ...] = ()
    """The files that hold the rows, in order; for an image folder, the folder."""
    notes: tuple[str, ...] = ()
    """What was decided or left out on the way, a sentence each."""
    spans: Mapping[str, Span] = field(default_factory=dict)
    """Which numbers a model gets as features, for each input where that is known."""
