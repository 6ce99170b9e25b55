"""Encoders that leave a column one column: numbers, filled gaps, scales."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator
from typing_extensions import override

from dlrun.components.encoders.cure import DROP, Cure
from dlrun.components.encoders.encoder import (
    CellFault,
    CellsError,
    ColumnEncoder,
    ColumnNumbers,
    EncoderState,
    damaged,
    gap_in,
    is_gap,
    numbers_of,
)
from dlrun.components.encoders.outline import Outline
from dlrun.components.fields import Number
from dlrun.components.transforms import Scaler
from dlrun.data import ColumnType, TypedColumn

if TYPE_CHECKING:
    import keras


class DropEncoder(ColumnEncoder):
    """Leaves the column out. It stands alone, and the column is not even read."""

    key: ClassVar[str] = "drop"
    synonyms: ClassVar[tuple[str, ...]] = ("exclude", "remove")

    @override
    def outline(self, given: Outline) -> Outline:
        return replace(given, form="nothing", names=())


class NumberEncoder(ColumnEncoder):
    """The numbers of the column as they are; True and False, in any case, are 1 and 0.

    It is what happens to a column that no entry names.
    """

    key: ClassVar[str] = "number"
    gives_numbers: ClassVar[bool] = True
    synonyms: ClassVar[tuple[str, ...]] = ("float", "numeric", "passthrough")

    @property
    @override
    def takes(self) -> ColumnType:
        return "numbers"


class ImputeEncoder(ColumnEncoder):
    """Fills gaps with one value, which is learned from the train rows, or stated."""

    key: ClassVar[str] = "impute"
    gives_numbers: ClassVar[bool] = True
    main_argument: ClassVar[str] = "method"
    synonyms: ClassVar[tuple[str, ...]] = ("fillna", "simpleimputer")

    method: Literal["mean", "median", "most_frequent", "constant"] = "mean"
    """What fills a gap: the mean or the median of the train rows that have a number,
    their most frequent value (of several the first when sorted), or `value`."""
    value: Number | str | None = None
    """What fills a gap under `constant`."""
    indicator: bool = False
    """Put a column beside it that is 1 where there was a gap, and 0 elsewhere. It is
    there for a column without gaps, too."""

    @model_validator(mode="after")
    def _value_of_constant(self) -> Self:
        if self.method == "constant" and self.value is None:
            message = "`impute` fills with a constant, but none is given"
            hint = "write {method: constant, value: 0}"
            self.refuse("value", "missing-key", message, hint)
        if self.method != "constant" and self.value is not None:
            message = f"`value` fills nothing: the method is {self.method}"
            hint = f"write {{method: constant, value: {self.value}}}"
            self.refuse("value", "unused-key", message, hint)
        return self

    @property
    @override
    def takes(self) -> ColumnType | None:
        is_number = self.method in {"mean", "median"}
        return "numbers" if is_number else "texts" if self._is_text else None

    @property
    def _is_text(self) -> bool:
        return isinstance(self.value, str)

    @override
    def outline(self, given: Outline) -> Outline:
        categories = given.categories
        if categories is not None and given.form == "texts":
            filled = {str(self.value)} if self.value is not None else set()
            categories = tuple(sorted({*categories, *filled} - {""}))
        beside = (f"{given.column}:missing",) if self.indicator else ()
        return replace(given, categories=categories, beside=(*given.beside, *beside))

    @override
    def learn(self, given: Outline, train: TypedColumn) -> EncoderState:
        import numpy as np

        if self.value is not None:
            is_text = given.form == "texts"
            return {"value": str(self.value) if is_text else self.value}
        known = train[~is_gap(train)]
        if not len(known):
            rows = np.arange(len(train))
            words = f"has a gap in all {len(train)} train rows, so there is nothing"
            raise CellsError([CellFault("gap", f"{words} to learn", rows, DROP)])
        if self.method == "most_frequent":
            values, counts = np.unique(known, return_counts=True)
            value = values[counts.argmax()]
            return {"value": value if given.form == "texts" else float(value)}
        numbers = numbers_of(known)
        number = np.median(numbers) if self.method == "median" else numbers.mean()
        return {"value": float(number)}

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        value = state.get("value")
        if column.dtype.kind == "O":
            if not isinstance(value, str):
                raise damaged(state, "value")
            texts = column.copy()
            texts[is_gap(column)] = value
            return texts
        if not isinstance(value, int | float):
            raise damaged(state, "value")
        numbers = numbers_of(column).copy()
        numbers[is_gap(column)] = value
        return numbers

    @override
    def beside(self, column: TypedColumn) -> list[ColumnNumbers]:
        return [is_gap(column).astype("float64")] if self.indicator else []

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        from keras import ops

        return ops.where(gap_in(column), state["value"], column)

    @override
    def connect_beside(self, column: keras.KerasTensor) -> list[keras.KerasTensor]:
        from keras import ops

        return [ops.cast(gap_in(column), "float32")] if self.indicator else []


class ScaleEncoder(ColumnEncoder):
    """Scales the numbers of the column by the train rows; gaps stay gaps."""

    key: ClassVar[str] = "scale"
    main_argument: ClassVar[str] = "method"
    synonyms: ClassVar[tuple[str, ...]] = (
        "scaler",
        "standardscaler",
    )
    takes_parts: ClassVar[bool] = True

    method: Literal["standard", "minmax", "robust", "log"] = "standard"
    """`standard` brings the train rows to mean 0 and deviation 1, `minmax` to 0..1,
    `robust` to median 0 and a distance of 1 between the quartiles. `log` is the natural
    logarithm of 1 + the number, and learns nothing."""

    @property
    @override
    def takes(self) -> ColumnType:
        return "numbers"

    @override
    def learn(self, given: Outline, train: TypedColumn) -> EncoderState:
        import numpy as np

        if self.method == "log":
            return {}
        numbers = numbers_of(train)
        rows = numbers[:, None] if numbers.ndim == 1 else numbers
        known = rows[~np.isnan(rows).any(axis=1)]
        if not len(known):
            known = np.zeros((1, rows.shape[1]))
        return Scaler.fit(self.method, known).state()

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        numbers = numbers_of(column)
        if self.method != "log":
            rows = numbers[:, None] if numbers.ndim == 1 else numbers
            scaled = Scaler.from_state(state).apply(rows).reshape(numbers.shape)
            return scaled.astype("float64", copy=False)
        wrong = np.flatnonzero((numbers.reshape(len(numbers), -1) <= -1).any(axis=1))
        if len(wrong):
            least = float(np.nanmin(numbers))
            words = f"has numbers of at most -1, which have no log1p, such as {least:g}"
            cure = Cure(instead="scale")
            raise CellsError([CellFault("no-logarithm", words, wrong, cure)])
        logarithm: ColumnNumbers = np.log1p(numbers)
        return logarithm

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        import numpy as np
        from keras import ops

        if self.method == "log":
            return ops.log1p(column)
        scaler = Scaler.from_state(state)
        return (column - np.array(scaler.offset)) / np.array(scaler.divisor)
