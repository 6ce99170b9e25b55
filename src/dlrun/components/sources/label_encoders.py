"""What becomes of a column of labels that are not classes by themselves."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, PlainValidator, model_validator
from typing_extensions import override

from dlrun.components.by_name import named
from dlrun.components.column_names import ColumnName, as_tuple, one_or_several
from dlrun.components.component import Component
from dlrun.components.fields import AsTuple, Number
from dlrun.components.words import choices, flow, invalid, shown
from dlrun.data import OUTPUT
from dlrun.writing import in_order, number_of

if TYPE_CHECKING:
    from dlrun.data import Array

HERE = "<labels>"
"""Stands in a cure for the key that the labels of an output have in the config."""
_NAMED_AT_MOST = 5
"""Unknown tags that are told one by one."""


@dataclass(frozen=True, slots=True)
class LabelFault:
    """Cells that an encoder cannot take, all of one kind."""

    words: str
    """What they are, behind the name of the column: `is no number`."""
    rows: Sequence[int]
    """Where they stand, from 0, in ascending order."""
    hint: str
    """What helps, with `HERE` for the key of the labels; empty: nothing is said."""


class LabelsError(Exception):
    """Cells of a column of labels that are none."""

    def __init__(self, faults: Sequence[LabelFault]) -> None:
        super().__init__(faults)
        self.faults = faults


class LabelEncoder(Component, kind="label encoder"):
    """Makes classes of the cells of a column, or several labels that hold or not."""

    gives_several: ClassVar[bool] = False
    """Whether a row has several labels, each of which holds or not by itself."""

    column: ColumnName
    """The column of the labels."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...] | None:
        """The classes or labels in their order; `None`: the rows tell."""

    def find_names(self, cells: Iterable[str]) -> tuple[str, ...]:  # noqa: ARG002
        """The same, of the cells of all rows."""
        return self.names or ()

    @property
    def takes_gaps(self) -> bool:
        """Whether an empty cell means something."""
        return False

    @property
    def gap_cure(self) -> str:
        """What else helps where a cell is empty; `HERE`: the key of the labels."""
        return ""

    @abstractmethod
    def encode(self, cells: Sequence[str], names: Sequence[str]) -> Array | list[str]:
        """The class of each cell, or `(rows, labels)` of 0 and 1.

        Raises:
            LabelsError: there are cells that it cannot take.
        """

    def short(self) -> object:
        """The encoder as a person writes it: without what is a default."""
        fields = type(self).model_fields
        stated = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.written().items()
            if value != fields[name].default
        }
        is_main = stated.keys() == {self.main_argument}
        return {self.key: self.column if is_main else stated}

    def changed_to(self, **changed: object) -> str:
        """The encoder with other arguments, as YAML that can be pasted."""
        return flow(self.model_copy(update=changed).short())


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
    def names(self) -> tuple[str, ...]:
        texts = [_written(boundary) for boundary in self.boundaries]
        between = (f"{lower} to {upper}" for lower, upper in pairwise(texts))
        return (f"below {texts[0]}", *between, f"from {texts[-1]}")

    @override
    def encode(self, cells: Sequence[str], names: Sequence[str]) -> list[str]:
        known = {cell: self._class_of(cell) for cell in dict.fromkeys(cells)}
        wrong = [cell for cell, one in known.items() if one is None]
        if wrong:
            raise LabelsError(
                [
                    LabelFault(
                        f"is no number: {shown(cell)}",
                        [row for row, one in enumerate(cells) if one == cell],
                        "repair it, or remove the row",
                    )
                    for cell in wrong[:_NAMED_AT_MOST]
                ]
            )
        return [str(known[cell]) for cell in cells]

    def _class_of(self, cell: str) -> str | None:
        number = number_of(cell)
        if number is None or number != number:  # noqa: PLR0124 - NaN
            return None
        return self.names[bisect_right(self.boundaries, number)]


def _written(number: float) -> str:
    return str(int(number)) if number % 1 == 0 else str(number)


def _tags(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else []
    names = tuple(str(item) for item in items if not isinstance(item, list | dict))
    if names and len(names) == len(items) and len(set(names) - {""}) == len(names):
        return names
    message = f"`{{key}}` must list labels, each once, found {shown(value)}"
    raise invalid("wrong-type", message, hint="write [drama, comedy]")


class LabelTags(LabelEncoder):
    """Several labels that each hold or not: those that a cell names, as in `a;b`.

    The labels are the tags of all rows, sorted. It stands under a binary loss, and the
    last layer has a unit for each of them.
    """

    key: ClassVar[str] = "multi_hot"
    main_argument: ClassVar[str] = "column"
    gives_several: ClassVar[bool] = True

    separator: Annotated[str, Field(min_length=1)] = ";"
    """What stands between two tags of a cell."""
    vocabulary: Annotated[tuple[str, ...], PlainValidator(_tags)] | None = None
    """The labels in the order of their units; by default the tags of all rows, sorted.
    """
    missing: Literal["error", "ignore"] = "error"
    """What an empty cell is: an error, or (`ignore`) a row of which no label holds."""

    @property
    @override
    def names(self) -> tuple[str, ...] | None:
        return self.vocabulary

    @override
    def find_names(self, cells: Iterable[str]) -> tuple[str, ...]:
        if self.vocabulary is not None:
            return self.vocabulary
        tags = {tag for cell in dict.fromkeys(cells) for tag in self._tags_of(cell)}
        return in_order(tags)

    @property
    @override
    def takes_gaps(self) -> bool:
        return self.missing == "ignore"

    @property
    @override
    def gap_cure(self) -> str:
        cure = self.changed_to(missing="ignore")
        return f"where such a row has no tags, write {HERE}: {cure}; else fill it"

    def _tags_of(self, cell: str) -> list[str]:
        parts = (part.strip() for part in cell.split(self.separator))
        return list(dict.fromkeys(part for part in parts if part))

    @override
    def encode(self, cells: Sequence[str], names: Sequence[str]) -> Array:
        import numpy as np

        places = {name: place for place, name in enumerate(names)}
        tags = {cell: self._tags_of(cell) for cell in dict.fromkeys(cells)}
        unknown = dict.fromkeys(
            tag for found in tags.values() for tag in found if tag not in places
        )
        if unknown:
            raise LabelsError(self._strangers(cells, names, [*unknown]))
        encoded = np.zeros((len(cells), len(names)), dtype="float32")
        for row, cell in enumerate(cells):
            encoded[row, [places[tag] for tag in tags[cell]]] = 1
        return encoded

    def _strangers(
        self, cells: Sequence[str], names: Sequence[str], unknown: Sequence[str]
    ) -> list[LabelFault]:
        """What to tell of tags that are no labels."""
        cure = self.changed_to(vocabulary=(*names, *unknown))
        listed = f"which is none of its labels ({choices(names)})"
        rows: dict[str, list[int]] = {tag: [] for tag in unknown}
        for row, cell in enumerate(cells):
            for tag in self._tags_of(cell):
                if tag in rows:
                    rows[tag].append(row)
        faults = [
            LabelFault(
                f"has the tag {shown(tag)}, {listed}",
                rows[tag],
                f"repair it, or write {HERE}: {cure}",
            )
            for tag in unknown[:_NAMED_AT_MOST]
        ]
        if rest := unknown[_NAMED_AT_MOST:]:
            places = sorted({row for tag in rest for row in rows[tag]})
            faults.append(LabelFault(f"has {len(rest)} more such tags", places, ""))
        return faults


LabelStatement: TypeAlias = str | tuple[str, ...] | LabelEncoder
"""The name of a column, a list of names, or what makes labels of a column."""


def _statement(value: object) -> LabelStatement:
    if isinstance(value, (dict, LabelEncoder)):
        encoder: LabelEncoder = LabelEncoder.model_validate(value)
        return encoder
    return one_or_several(value)


def _labels(value: object) -> LabelStatement | Mapping[str, LabelStatement]:
    if isinstance(value, Mapping) and not _is_encoder(value):
        return named("an output", value, _statement)
    return _statement(value)


def _is_encoder(value: Mapping[object, object]) -> bool:
    """Whether a mapping is an encoder, maybe misspelt, and not labels by output."""
    known = LabelEncoder.types.names
    if any(key in known for key in value):
        return True
    inner = next(iter(value.values()), None)
    is_argument = isinstance(inner, Mapping) and not any(key in known for key in inner)
    return len(value) == 1 and is_argument and bool(inner)


LabelColumns = Annotated[
    LabelStatement | Mapping[str, LabelStatement], PlainValidator(_labels)
]
"""Of what columns labels are made, or that for each output."""


def labels_by_output(
    stated: LabelStatement | Mapping[str, LabelStatement] | None,
) -> dict[str, LabelStatement]:
    """Of what columns the labels of each output are made; of one it has no name."""
    if stated is None:
        return {}
    return dict(stated) if isinstance(stated, Mapping) else {OUTPUT: stated}


def columns_of(stated: LabelStatement) -> tuple[str, ...]:
    """The columns that the labels of an output are made of."""
    return (stated.column,) if isinstance(stated, LabelEncoder) else as_tuple(stated)


def label_paths(
    stated: LabelStatement | Mapping[str, LabelStatement] | None,
) -> dict[str, tuple[str | int, ...]]:
    """The way to each column of the labels inside the source."""
    paths: dict[str, tuple[str | int, ...]] = {}
    for output, one in labels_by_output(stated).items():
        below = ("labels", output) if isinstance(stated, Mapping) else ("labels",)
        for index, column in enumerate(columns_of(one)):
            end: tuple[str | int, ...] = ()
            if isinstance(one, LabelEncoder):
                end = (one.key, "column")
            elif isinstance(one, tuple):
                end = (index,)
            paths.setdefault(column, (*below, *end))
    return paths
