"""Encoders of the range of a number: cut at its ends, or divided into bins."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf, nan
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from dlrun.components.encoders.cure import DROP, FILLED
from dlrun.components.encoders.encoder import (
    CellFault,
    CellsError,
    ColumnEncoder,
    ColumnNumbers,
    EncoderState,
    damaged,
    gap_in,
    numbers_of,
)
from dlrun.components.encoders.outline import Outline
from dlrun.components.fields import AsTuple, Number
from dlrun.data import ColumnType, TypedColumn

if TYPE_CHECKING:
    import keras


class ClipEncoder(ColumnEncoder):
    """Numbers below the least are the least, those above the most are the most."""

    key: ClassVar[str] = "clip"
    gives_numbers: ClassVar[bool] = True
    synonyms: ClassVar[tuple[str, ...]] = ("clamp", "winsorize")
    takes_parts: ClassVar[bool] = True

    x_min: Number | None = None
    """The least number; null: there is none."""
    x_max: Number | None = None
    """The largest number; null: there is none."""

    @model_validator(mode="after")
    def _some_end(self) -> Self:
        if self.x_min is None and self.x_max is None:
            message = "`clip` cuts at neither end"
            self.refuse("x_min", "missing-key", message, "write clip: {x_min: 0}")
        ends = [end for end in (self.x_min, self.x_max) if end is not None]
        if len(ends) > 1 and ends[0] >= ends[1]:
            message = f"`x_max` is {self.x_max}, not above `x_min`, {self.x_min}"
            self.refuse("x_max", "out-of-range", message, "write the larger one there")
        return self

    @property
    @override
    def takes(self) -> ColumnType:
        return "numbers"

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        numbers = numbers_of(column)
        if self.x_min is not None:
            numbers = np.maximum(numbers, self.x_min)
        return numbers if self.x_max is None else np.minimum(numbers, self.x_max)

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        from keras import ops

        least = -inf if self.x_min is None else self.x_min
        return ops.clip(column, least, inf if self.x_max is None else self.x_max)


class BinsEncoder(ColumnEncoder):
    """The number of the bin that a number falls into, from 0, or a column per bin.

    A bin holds its lower boundary, and not its upper one. Under `int` a gap stays a
    gap. The arguments are those of Keras' Discretization.
    """

    key: ClassVar[str] = "bins"
    main_argument: ClassVar[str] = "bin_boundaries"
    synonyms: ClassVar[tuple[str, ...]] = (
        "bin",
        "bucketize",
        "discretization",
        "kbins",
    )

    bin_boundaries: (
        Annotated[tuple[Number, ...], AsTuple, Field(min_length=1)] | None
    ) = None
    """Where one bin ends and the next begins, ascending."""
    num_bins: Annotated[int, Field(ge=2)] | None = None
    """So many bins, of which each holds as many train rows; in place of boundaries."""
    output_mode: Literal["int", "one_hot"] = "int"
    """`int`: the number of the bin; `one_hot`: a column for each bin."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        boundaries = self.bin_boundaries
        if (boundaries is None) == (self.num_bins is None):
            message = "`bins` takes either `bin_boundaries` or `num_bins`"
            self.refuse("num_bins", "missing-key", message, "write bins: [18, 65]")
        if any(after <= before for before, after in pairwise(boundaries or ())):
            message = f"`bin_boundaries` must ascend, found {list(boundaries or ())}"
            hint = "write each once, from the lowest"
            self.refuse("bin_boundaries", "out-of-range", message, hint)
        return self

    @property
    @override
    def takes(self) -> ColumnType:
        return "numbers"

    @property
    def width(self) -> int:
        """How many bins there are."""
        return self.num_bins or len(self.bin_boundaries or ()) + 1

    @override
    def outline(self, given: Outline) -> Outline:
        if self.output_mode == "int":
            return given
        names = tuple(f"{given.column}:bin{number}" for number in range(self.width))
        return replace(given, form="several", names=names)

    @override
    def learn(self, given: Outline, train: TypedColumn) -> EncoderState:
        import numpy as np

        if self.bin_boundaries is not None:
            return {"bin_boundaries": list(self.bin_boundaries)}
        numbers = numbers_of(train)
        known = numbers[~np.isnan(numbers)]
        if not len(known):
            words = f"has a gap in all {len(train)} train rows, so there is nothing"
            rows = np.arange(len(train))
            raise CellsError([CellFault("gap", f"{words} to learn", rows, DROP)])
        shares = np.arange(1, self.width) / self.width
        return {"bin_boundaries": np.quantile(known, shares).tolist()}

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        boundaries, numbers = state.get("bin_boundaries"), numbers_of(column)
        if not isinstance(boundaries, list) or len(boundaries) != self.width - 1:
            raise damaged(state, "bin_boundaries")
        bins = np.digitize(numbers, boundaries)
        is_gap = np.isnan(numbers)
        if self.output_mode == "int":
            return np.where(is_gap, np.nan, bins.astype("float64"))
        if is_gap.any():
            rows = np.flatnonzero(is_gap)
            words = f"has {len(rows)} gap{'' if len(rows) == 1 else 's'}"
            raise CellsError([CellFault("gap", words, rows, FILLED)])
        encoded: ColumnNumbers = np.eye(self.width)[bins]
        return encoded

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        import keras
        from keras import ops

        bins = keras.layers.Discretization(
            bin_boundaries=state["bin_boundaries"], output_mode=self.output_mode
        )(column)
        if self.output_mode == "one_hot":
            return bins
        return ops.where(gap_in(column), nan, ops.cast(bins, "float32"))
