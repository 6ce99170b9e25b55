"""Rows that stand in the config itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Annotated, ClassVar, Self, TypeAlias

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import override

from dlrun.components.by_name import one_or_named
from dlrun.components.component import raise_errors
from dlrun.components.sources.by_hand import by_field, of_input
from dlrun.components.sources.by_output import labelled, read_by_output
from dlrun.components.sources.source import NewRows, Source
from dlrun.components.sources.wanted import ClassLists, WantedLabels
from dlrun.components.words import invalid, problem_of, shown
from dlrun.data import (
    INPUT,
    OUTPUT,
    Dataset,
    Facts,
    RowPlaces,
    Span,
)
from dlrun.data.class_names import possible_classes
from dlrun.data.json_rows import json_rows
from dlrun.data.typed_rows import by_name, typed_rows
from dlrun.errors import DataError, Problem

_Nested: TypeAlias = tuple[object, ...]
_Shape: TypeAlias = tuple[int, ...]


def _rows(value: object) -> _Nested:
    """Nested tuples of numbers, all of one shape; every row at fault is reported."""
    if not isinstance(value, (list, tuple)) or not value:
        message = f"`{{key}}` must be a list of rows, found {shown(value)}"
        raise invalid("wrong-type", message, hint="write [[1, 2], [3, 4]]")
    value = _without_booleans(value)
    first = _shape_of(value[0])
    if first == () and all(_is_number(item) for item in value):
        hint = f"write [{', '.join(f'[{shown(item)}]' for item in value[:3])}, ...]"
        raise invalid("wrong-type", "`{key}` holds numbers instead of rows", hint=hint)
    errors = []
    for index, row in enumerate(value):
        error = _row_error(index, row, first)
        if error is not None:
            errors.append(InitErrorDetails(type=error, loc=(index,), input=row))
    if errors:
        raise_errors("features", errors)
    return tuple(_frozen(row) for row in value)


def _without_booleans(rows: Sequence[object]) -> Sequence[object]:
    """The rows with 1 and 0 in the columns that hold true and false alone."""
    cells = [row for row in rows if isinstance(row, (list, tuple))]
    if len(cells) < len(rows) or len({len(row) for row in cells}) > 1:
        return rows
    columns = zip(*cells, strict=True)
    booleans = [all(isinstance(cell, bool) for cell in column) for column in columns]
    if not any(booleans):
        return rows
    return [
        [
            int(cell) if is_boolean else cell
            for cell, is_boolean in zip(row, booleans, strict=True)
        ]
        for row in cells
    ]


def _row_error(
    index: int, row: object, first: _Shape | None
) -> PydanticCustomError | None:
    stranger = _stranger(row)
    if stranger is not None:
        message = f"row {index} holds {stranger}, not a finite number"
        return invalid(
            "not-a-number", message, hint="write numbers; leave out what is unknown"
        )
    shape = _shape_of(row)
    if shape is None:
        message = f"row {index} has parts of different length"
        return invalid("ragged-row", message, hint="give every part the same length")
    if shape != first and first is not None:
        message = f"row {index} has {_words(shape)}, but row 0 has {_words(first)}"
        return invalid("ragged-row", message, hint="give every row the same features")
    return None


def _words(shape: _Shape) -> str:
    if len(shape) > 1:
        return f"the shape {list(shape)}"
    if not shape:
        return "a single number"
    return f"{shape[0]} number{'' if shape[0] == 1 else 's'}"


def _is_number(value: object) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and abs(value) < 3.4e38
        and isfinite(value)
    )


def _stranger(value: object) -> str | None:
    """The first thing inside a nested list that is no finite number, in words."""
    if isinstance(value, (list, tuple)):
        return next(
            (found for item in value if (found := _stranger(item)) is not None), None
        )
    return None if _is_number(value) else shown(value)


def _shape_of(value: object) -> _Shape | None:
    """The shape of nested lists; `None`: they are ragged."""
    if not isinstance(value, (list, tuple)):
        return ()
    inner = {_shape_of(item) for item in value}
    if len(inner) > 1 or None in inner:
        return None
    return (len(value), *(next(iter(inner)) or ())) if inner else (0,)


def _frozen(value: object) -> object:
    return (
        tuple(_frozen(item) for item in value)
        if isinstance(value, (list, tuple))
        else value
    )


def _labels(value: object) -> _Nested:
    """A class or a number per row, or a list of numbers per row."""
    if not isinstance(value, (list, tuple)) or not value:
        message = f"`{{key}}` must be a list with a label per row, found {shown(value)}"
        raise invalid("wrong-type", message, hint="write [0, 1, 1]")
    kinds = {_shape_of(item) for item in value}
    errors = []
    for index, item in enumerate(value):
        message = ""
        if item is None or isinstance(item, dict):
            message = f"row {index} has the label {shown(item)}"
        elif isinstance(item, (list, tuple)) and _stranger(item) is not None:
            message = f"the label of row {index} holds {_stranger(item)}, not a number"
        elif _shape_of(item) != _shape_of(value[0]) or None in kinds:
            message = f"the label of row {index} has another shape than that of row 0"
        if message:
            error = invalid(
                "invalid-label", message, hint="write a class or a number per row"
            )
            errors.append(InitErrorDetails(type=error, loc=(index,), input=item))
    if errors:
        raise_errors("labels", errors)
    return tuple(_label(item) for item in value)


def _label(item: object) -> object:
    return str(item) if isinstance(item, str) else _frozen(item)


Features: TypeAlias = Annotated[
    tuple[object, ...] | Mapping[str, tuple[object, ...]],
    one_or_named("an input", _rows),
]
"""The rows, or those of each input."""
LabelRows: TypeAlias = Annotated[
    tuple[object, ...] | Mapping[str, tuple[object, ...]],
    one_or_named("an output", _labels),
]
"""The labels, or those of each output."""


class Inline(Source):
    """Rows that stand in the config itself."""

    key: ClassVar[str] = "inline"
    holds_rows: ClassVar[bool] = True
    example: ClassVar[str] = "{features: [[1, 2], [3, 4]], labels: [0, 1]}"
    unlabelled_example: ClassVar[str] = "{features: [[1, 2]]}"
    takes_outputs: ClassVar[bool] = True
    endings: ClassVar[frozenset[str]] = frozenset({".json", ".jsonl", ".ndjson"})

    features: Features
    """A row per sample: a list of numbers; nested lists for images and sequences. For
    several inputs a mapping of their names to their rows."""
    labels: LabelRows | None = None
    """A class (a name or an integer) or a number per row, or a list of them; for
    several outputs a mapping of their names to their labels; by default unlabelled."""

    @model_validator(mode="after")
    def _equal_length(self) -> Self:
        counts = {name: len(rows) for name, rows in self._inputs().items()}
        rows = next(iter(counts.values()))
        for name, count in counts.items():
            if count != rows:
                message = (
                    f"there are {rows} rows of `{next(iter(counts))}`, but {count}"
                )
                error = invalid(
                    "length-mismatch",
                    f"{message} of `{name}`",
                    hint="write a row of every input for each sample",
                )
                place = ("features", name)
                raise_errors(
                    "features", [InitErrorDetails(type=error, loc=place, input=None)]
                )
        for name, stated in self._label_rows().items():
            if len(stated) != rows:
                message = f"there are {rows} rows of features, but {len(stated)} labels"
                error = invalid(
                    "length-mismatch", message, hint="write one label per row"
                )
                path = self._label_path(name)
                raise_errors(
                    "labels", [InitErrorDetails(type=error, loc=path, input=None)]
                )
        return self

    @override
    def describe(self) -> Facts:
        inputs, labels = self._inputs(), self._label_rows()
        classes = {name: _classes(stated) for name, stated in labels.items()}
        return Facts(
            row_shapes={
                name: _shape_of(rows[0]) or () for name, rows in inputs.items()
            },
            classes={name: known for name, known in classes.items() if known},
            num_rows=len(next(iter(inputs.values()))),
            label_columns={
                name: _columns(name, stated) for name, stated in labels.items()
            },
            label_shapes={
                name: _shape_of(stated[0]) or () for name, stated in labels.items()
            },
            spans={name: _span(rows) for name, rows in inputs.items()},
        )

    def _label_rows(self) -> Mapping[str, tuple[object, ...]]:
        """The labels of each output."""
        stated = self.labels
        if stated is None:
            return {}
        return {OUTPUT: stated} if isinstance(stated, tuple) else stated

    def _label_path(self, name: str) -> tuple[str, ...]:
        """The way to the labels of an output."""
        return ("labels",) if isinstance(self.labels, tuple) else ("labels", name)

    def _inputs(self) -> Mapping[str, tuple[object, ...]]:
        """The rows of each input."""
        stated = self.features
        return {INPUT: stated} if isinstance(stated, tuple) else stated

    @override
    def load(
        self,
        classes: ClassLists = None,
        *,
        task: WantedLabels,
        partly: bool = False,
    ) -> Dataset:
        import numpy as np

        features = {
            name: np.array(rows, dtype="float32")
            for name, rows in self._inputs().items()
        }
        raw = {name: list(rows) for name, rows in self._label_rows().items()}
        labels = read_by_output(self, raw, classes=classes, task=task, columns={})
        return labelled(features, labels)

    @override
    def label_path(self, row: int) -> tuple[str | int, ...]:
        return ("labels", row)

    @property
    @override
    def is_labelled(self) -> bool:
        return self.labels is not None

    @classmethod
    @override
    def load_new_rows(cls, new_rows: NewRows) -> Dataset:
        """A row per line of a file, each as JSON, or a list of all."""
        return cls.of_values(*json_rows(new_rows.file), new_rows)

    @classmethod
    def of_values(cls, rows: object, places: RowPlaces, new_rows: NewRows) -> Dataset:
        """Rows as lists, or as mappings by the names of columns or of several inputs.

        Args:
            rows: as a person has written them.
            places: where they stand.
            new_rows: what they are asked for, and what the train rows are like.

        Raises:
            DataError: they are not like the train rows.
        """
        from dlrun.components.sources.written_rows import gaps_of, with_others

        types = new_rows.types
        if types:
            named = by_name(rows, tuple(types), places)
            features = typed_rows(named, types, gaps_of(new_rows), places)
        else:
            features = cls._numbers(rows, places, new_rows)
        assert isinstance(rows, list | tuple)  # noqa: S101 - else there were no features
        return with_others(features, rows, new_rows, places)

    @classmethod
    def _numbers(cls, rows: object, places: RowPlaces, new_rows: NewRows) -> Dataset:
        """Features that are numbers as they are.

        Raises:
            DataError: they are none.
        """
        names = new_rows.feature_names
        given = by_field(rows, new_rows.row_shapes, names, places)
        try:
            stated = cls.model_validate({"features": given})
        except ValidationError as error:
            details = error.errors(include_url=False)
            problems = [_placed(problem_of(one), places) for one in details]
            if isinstance(given, dict):
                problems = [of_input(one) for one in problems]
            raise DataError(*problems) from error
        return stated.load(task="regression")


def _placed(problem: Problem, places: RowPlaces) -> Problem:
    """A problem with a row, which says where the row stands."""
    row = problem.path[-1] if problem.path else None
    if not isinstance(row, int):
        return problem
    message = problem.message.replace(f"row {row} ", f"{places.of(row)} ", 1)
    return replace(problem, message=message, location=places.locate(row, ""))


def _span(features: _Nested) -> Span:
    numbers = list(_flat(features))
    are_whole = all(number % 1 == 0 for number in numbers)
    return Span(min(numbers, default=0), max(numbers, default=0), are_whole)


def _flat(value: object) -> Iterator[float]:
    """Every number in nested tuples."""
    if isinstance(value, tuple):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, (int, float)):
        yield value


def _columns(output: str, labels: _Nested) -> tuple[str, ...]:
    name = "label" if output == OUTPUT else output
    if not isinstance(labels[0], tuple):
        return (name,)
    return tuple(f"{name}_{index}" for index in range(len(labels[0])))


def _classes(labels: _Nested) -> tuple[str, ...] | None:
    return None if isinstance(labels[0], tuple) else possible_classes(labels)
