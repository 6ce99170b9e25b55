"""What becomes of a column of labels that are not classes by themselves."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Self

from pydantic import Field, PlainValidator, model_validator
from typing_extensions import override

from dlrun.components.component import Component
from dlrun.components.fields import AsTuple, Number
from dlrun.components.sources.column_names import ColumnName, as_tuple, one_or_several
from dlrun.writing import number_of


class LabelEncoder(Component, kind="label encoder"):
    """Makes classes of the cells of a column."""

    column: ColumnName
    """The column of the labels."""

    @property
    @abstractmethod
    def classes(self) -> tuple[str, ...]:
        """The classes in their order."""

    @property
    @abstractmethod
    def takes(self) -> str:
        """What a cell must be, for the words of a mistake: `a number`."""

    @abstractmethod
    def place_of(self, cell: str) -> int | None:
        """The place of the class of a cell, from 0; `None`: it has none."""


class LabelBins(LabelEncoder):
    """Classes of a number: those below the first boundary, and so on.

    A class holds its lower boundary, and not its upper one. With the boundaries 100 and
    200 they are called `below 100`, `100 to 200` and `from 200`.
    """

    key: ClassVar[str] = "bins"

    boundaries: Annotated[tuple[Number, ...], AsTuple, Field(min_length=1)]
    """Where one class ends and the next begins, ascending."""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if any(after <= before for before, after in pairwise(self.boundaries)):
            message = f"`boundaries` must ascend, found {list(self.boundaries)}"
            hint = "write each once, from the lowest"
            self.refuse("boundaries", "out-of-range", message, hint)
        return self

    @property
    @override
    def classes(self) -> tuple[str, ...]:
        texts = [_written(boundary) for boundary in self.boundaries]
        between = (f"{lower} to {upper}" for lower, upper in pairwise(texts))
        return (f"below {texts[0]}", *between, f"from {texts[-1]}")

    @property
    @override
    def takes(self) -> str:
        return "a number"

    @override
    def place_of(self, cell: str) -> int | None:
        number = number_of(cell)
        if number is None or number != number:  # noqa: PLR0124 - NaN
            return None
        return bisect_right(self.boundaries, number)


def _written(number: float) -> str:
    return str(int(number)) if number % 1 == 0 else str(number)


def encode_labels(
    encoder: LabelEncoder, cells: Sequence[str], *, partly: bool
) -> tuple[list[str], int | None]:
    """The class of each cell, and the first row that has none.

    Args:
        encoder: makes the classes.
        cells: of the column.
        partly: an empty cell is no label, and stays empty.
    """
    classes = encoder.classes
    known: dict[str, str | None] = {}
    for cell in dict.fromkeys(cells):
        place = encoder.place_of(cell)
        known[cell] = None if place is None else classes[place]
    if partly:
        known[""] = ""
    found = [known[cell] for cell in cells]
    wrong = found.index(None) if None in found else None
    return [one or "" for one in found], wrong


def _labels(value: object) -> str | tuple[str, ...] | LabelEncoder:
    if isinstance(value, (dict, LabelEncoder)):
        return LabelEncoder.model_validate(value)
    return one_or_several(value)


LabelColumns = Annotated[str | tuple[str, ...] | LabelEncoder, PlainValidator(_labels)]
"""The name of a column, a list of names, or what makes classes of a column."""


def label_columns(
    labels: str | tuple[str, ...] | LabelEncoder | None,
) -> tuple[str, ...]:
    """The columns that labels are made of."""
    if isinstance(labels, LabelEncoder):
        return (labels.column,)
    return as_tuple(labels)
