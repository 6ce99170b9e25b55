"""What the headers of a data source tell, before any row is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dlrun.data.columns import ColumnFacts


@dataclass(frozen=True, slots=True)
class Span:
    """Which numbers the features are."""

    least: float
    most: float
    are_whole: bool
    zero_rows: int = 0
    """Rows that are 0 throughout, as of a text without words."""


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """What is known of the labels of one output."""

    columns: tuple[str, ...] = ()
    """A name per number or class that a row is labelled with; empty: not known."""
    shape: tuple[int, ...] = ()
    """That of the labels of one row, as far as it is known."""
    classes: tuple[str, ...] | None = None
    """In the order of their numbers; `None`: not known, or numbers."""
    encoder: str | None = None
    """What makes them of a column, by its key; `None`: they are as they stand there."""
    hold_alone: bool = False
    """Whether each holds or not by itself, however many `columns` there are."""
    is_known: bool = True
    """Whether there are such labels; else another output may be meant."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the rows; `None`: only the rows themselves tell."""

    row_shapes: Mapping[str, tuple[int, ...]] | None = None
    """The shape of one sample for each input, without the batch axis."""
    feature_names: tuple[str, ...] | None = None
    """The columns of a table, in order; `None` where features have no names."""
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The classes of each output in the order of their numbers, where known."""
    num_rows: int | None = None
    num_train: int | None = None
    """The rows that are trained on, once they are read and divided."""
    label_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each output a name per number, class or label that a row is labelled with;
    without names: not known; empty: unlabelled."""
    label_encoders: Mapping[str, str] = field(default_factory=dict)
    """What makes the labels of an output of a column, by its key."""
    several_labels: frozenset[str] = frozenset()
    """The outputs of whose labels each holds or not by itself."""
    label_shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """For each output the shape of the labels of one row, where it is known."""
    files: tuple[Path, ...] = ()
    """The files that hold the rows, in order; for an image folder, the folder."""
    notes: tuple[str, ...] = ()
    """What was decided or left out on the way, a sentence each."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """What columns of a table are for that are no features: the key that names each."""
    columns: tuple[ColumnFacts, ...] = ()
    """What becomes of the columns of a table, where they are encoded."""
    unused_columns: tuple[str, ...] = ()
    """The columns of a table that no input gets, and nothing drops."""
    spans: Mapping[str, Span] = field(default_factory=dict)
    """Which numbers a model gets as features, for each input where that is known."""

    def labels_of(self, output: str | None) -> LabelFacts:
        """What is known of the labels of an output; `None`: of the only one."""
        known = (*self.label_columns, *self.label_shapes, *self.classes, "")
        name = known[0] if output is None else output
        return LabelFacts(
            self.label_columns.get(name, ()),
            self.label_shapes.get(name, ()),
            self.classes.get(name),
            self.label_encoders.get(name),
            name in self.several_labels,
            name in known,
        )
