"""Encoders of categories: a column for each, or a number for each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from dlrun.components.encoders.category import (
    CategoryEncoder,
    CategoryList,
    columns_per_category,
    rows_of_columns,
    with_columns_for_policies,
)
from dlrun.components.encoders.encoder import (
    CellsError,
    EncoderState,
    Policy,
    texts_of,
)
from dlrun.components.encoders.outline import Outline
from dlrun.data import TypedColumn

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray


class OneHotEncoder(CategoryEncoder):
    """A column for each category, which is 1 where the row has it, and 0 elsewhere."""

    key: ClassVar[str] = "one_hot"
    main_argument: ClassVar[str] = "vocabulary"
    synonyms: ClassVar[tuple[str, ...]] = (
        "categorical",
        "dummies",
        "dummy",
        "onehotencoder",
    )

    vocabulary: CategoryList | None = None
    """The categories in the order of their columns; by default those of all rows,
    sorted."""

    @property
    @override
    def stated(self) -> tuple[str, ...] | None:
        return self.vocabulary

    @override
    def outline(self, given: Outline) -> Outline:
        return columns_per_category(self, given)

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        found = self.indices(state, column)
        indices, width = with_columns_for_policies(self, state, found)
        encoded = np.zeros((len(indices), width))
        known = np.flatnonzero(indices >= 0)
        encoded[known, indices[known]] = 1
        return encoded

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        from keras import ops

        found = self.looked_up(state, column)
        return ops.take(rows_of_columns(self, state), found[:, 0], axis=0)


class OrdinalEncoder(CategoryEncoder):
    """A number for each category, from 0, in an order that means something.

    `ignore` leaves a gap, which `impute` can fill; `category` gives the next number
    above the last category: to gaps first, then to what is unknown.
    """

    key: ClassVar[str] = "ordinal"
    unknown_cure: ClassVar[Policy] = "category"
    main_argument: ClassVar[str] = "order"
    synonyms: ClassVar[tuple[str, ...]] = ("labelencoder", "ordinalencoder")

    order: CategoryList | None = None
    """The categories from the lowest; by default those of all rows, sorted."""

    @property
    @override
    def stated(self) -> tuple[str, ...] | None:
        return self.order

    @override
    def outline(self, given: Outline) -> Outline:
        return replace(given, form="numbers", names=(given.column,), categories=None)

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        indices = self.indices(state, column)
        numbers = indices.astype("float64")
        above = len(texts_of(state, "vocabulary"))
        for policy, mark in ((self.missing, -1), (self.unknown, -2)):
            numbers[indices == mark] = above if policy == "category" else np.nan
            above += policy == "category"
        return numbers

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        import numpy as np
        from keras import ops

        above = len(texts_of(state, "vocabulary"))
        numbers = [float(place) for place in range(-2, above)]
        for place, policy in enumerate((self.missing, self.unknown)):
            numbers[place] = float(above) if policy == "category" else np.nan
            above += policy == "category"
        return ops.take(np.array(numbers), self.looked_up(state, column), axis=0)


class MultiHotEncoder(CategoryEncoder):
    """A column for each category, 1 where the cell names it among others."""

    key: ClassVar[str] = "multi_hot"
    cell_parts: ClassVar[int | None] = None
    main_argument: ClassVar[str] = "separator"
    synonyms: ClassVar[tuple[str, ...]] = ("multilabelbinarizer", "tags")

    separator: Annotated[str, Field(min_length=1)] = ";"
    """What stands between two categories of a cell."""
    vocabulary: CategoryList | None = None
    """The categories in the order of their columns; by default those of all rows,
    sorted."""

    @property
    @override
    def stated(self) -> tuple[str, ...] | None:
        return self.vocabulary

    def _parts(self, text: str) -> list[str]:
        parts = (part.strip() for part in text.split(self.separator))
        return list(dict.fromkeys(part for part in parts if part))

    @override
    def known(self, given: Outline) -> tuple[str, ...] | None:
        if given.categories is not None:
            parts = {part for text in given.categories for part in self._parts(text)}
            given = replace(given, categories=tuple(parts))
        return super().known(given)

    @override
    def outline(self, given: Outline) -> Outline:
        return columns_per_category(self, given)

    @override
    def learn(self, given: Outline, train: TypedColumn) -> EncoderState:
        return super().learn(given, self._spread(train)[0])

    def _spread(self, column: TypedColumn) -> tuple[TypedColumn, NDArray[np.int64]]:
        """Every part of every cell, and the row that it stands in; a gap is a part."""
        import numpy as np

        cells = [self._parts(text) or [""] for text in column.tolist()]
        parts = np.array([part for cell in cells for part in cell], dtype=object)
        return parts, np.repeat(np.arange(len(cells)), [len(cell) for cell in cells])

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        parts, rows = self._spread(column)
        try:
            indices = self.indices(state, parts)
        except CellsError as error:
            faults = [replace(fault, rows=rows[fault.rows]) for fault in error.faults]
            raise CellsError(faults) from error
        indices, width = with_columns_for_policies(self, state, indices)
        encoded = np.zeros((len(column), width))
        known = np.flatnonzero(indices >= 0)
        encoded[rows[known], indices[known]] = 1
        return encoded

    @override
    def as_known(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        parts, rows = self._spread(column)
        cells = [list[str]() for _ in column]
        for row, name in zip(rows, super().as_known(state, parts), strict=True):
            cells[row].append(name)
        return np.array([self.separator.join(one) for one in cells], dtype=object)

    @override
    def cells(self, column: TypedColumn) -> TypedColumn:
        import numpy as np

        cells = [self._parts(text) for text in column.tolist()]
        padded = np.full((len(cells), max(1, *map(len, cells))), "", dtype=object)
        for row, parts in enumerate(cells):
            padded[row, : len(parts)] = parts
        return padded

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        from keras import ops

        found, rows = self.looked_up(state, column), rows_of_columns(self, state)
        of_gap, rows[0] = rows[0].copy(), 0
        encoded = ops.max(ops.take(rows, found, axis=0), axis=1)
        is_gap = ops.all(ops.equal(found, 0), axis=1, keepdims=True)
        return ops.where(is_gap, of_gap, encoded)
