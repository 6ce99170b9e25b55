"""Encoders that hash categories into bins, so that there is nothing to learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, PlainValidator, model_validator
from typing_extensions import override

from dlrun.components.encoders.cure import Cure
from dlrun.components.encoders.encoder import (
    CellFault,
    CellsError,
    ColumnEncoder,
    EncoderState,
    Policy,
    encodable,
    is_gap,
)
from dlrun.components.encoders.outline import Outline
from dlrun.components.fields import Pair
from dlrun.components.words import invalid, shown
from dlrun.data import ColumnType, TypedColumn
from dlrun.writing import is_plain, whole_number

if TYPE_CHECKING:
    import keras

_LARGEST_SALT = 2**63 - 1


class HashingEncoder(ColumnEncoder, abstract=True):
    """What encoders have in common that hash texts into bins.

    Nothing is learned, so there are no unknown categories; several may share a bin.
    """

    runs_in_graph: ClassVar[bool] = True

    num_bins: Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
    """How many bins there are."""
    output_mode: Literal["int", "one_hot"] = "int"
    """`int`: the number of the bin, from 0, which a layer like Embedding looks up in an
    input of its own; `one_hot`: a column for each bin."""
    missing: Policy = "error"
    """What a gap is: an error, a category like others (`category`), or (`ignore`)
    none of them, which is 0 in all columns of `one_hot`."""

    @model_validator(mode="after")
    def _gaps_have_a_number(self) -> Self:
        if self.output_mode == "int" and self.missing == "ignore":
            message = "`ignore` leaves a gap without a bin, which `int` needs"
            hint = "write category, or output_mode: one_hot"
            self.refuse("missing", "conflicting-keys", message, hint)
        return self

    @property
    @override
    def takes(self) -> ColumnType:
        return "texts"

    @property
    @override
    def as_numbers(self) -> str:
        return self.changed_to(output_mode="one_hot")

    def names_of_bins(self, column: str) -> tuple[str, ...]:
        """What the columns of the bins are called."""
        return tuple(f"{column}:bin{number}" for number in range(self.num_bins))

    @override
    def outline(self, given: Outline) -> Outline:
        if self.output_mode == "int":
            return replace(
                given,
                form="tokens",
                names=(),
                categories=None,
                shape=(1,),
                num_tokens=self.num_bins,
            )
        names = self.names_of_bins(given.column)
        return replace(given, form="several", names=names, categories=None)

    @override
    def spelled(self, text: str) -> str:
        """`1.0` is `1`, as one table may have either, and so may a DataFrame."""
        whole = whole_number(text) if "." in text and is_plain(text) else None
        return encodable(text) if whole is None else whole

    def _without_gaps(
        self, encoded: keras.KerasTensor, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        """Zeros for rows with a gap, where those are to be ignored."""
        from keras import ops

        if self.missing != "ignore":
            return encoded
        has_gap = ops.any(ops.equal(column, ""), axis=-1, keepdims=True)
        return ops.where(has_gap, 0.0, encoded)


class HashEncoder(HashingEncoder):
    """The bin that a category is hashed to: for those that are many, or never end.

    A category that nobody has seen is in a bin like every other. The arguments are
    those of Keras' Hashing; under `missing: category` gaps alone are in the first bin.
    """

    key: ClassVar[str] = "hash"
    main_argument: ClassVar[str] = "num_bins"
    synonyms: ClassVar[tuple[str, ...]] = ("featurehasher", "hashing")

    salt: Pair | None = None
    """One number or two that make it another hash: SipHash64 in place of FarmHash64."""

    @model_validator(mode="after")
    def _a_bin_for_others(self) -> Self:
        if self.missing == "category" and self.num_bins == 1:
            message = "gaps have the only bin, so there is none for categories"
            self.refuse("num_bins", "out-of-range", message, "write more bins")
        if self.salt is not None and max(self.salt) > _LARGEST_SALT:
            message = f"`salt` must be at most {_LARGEST_SALT}, found {max(self.salt)}"
            self.refuse("salt", "out-of-range", message, "write a smaller one")
        return self

    @override
    def names_of_bins(self, column: str) -> tuple[str, ...]:
        names = super().names_of_bins(column)
        return (f"{column}:missing", *names[1:]) if self._masks else names

    @property
    def _masks(self) -> bool:
        return self.missing == "category"

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        rows = np.flatnonzero(is_gap(column))
        if len(rows) and self.missing == "error":
            words = f"has {len(rows)} gap{'' if len(rows) == 1 else 's'}"
            cure = Cure({"missing": "category"})
            raise CellsError([CellFault("gap", words, rows, cure)])
        return self.cells(column)

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        import keras

        hashed = keras.layers.Hashing(
            self.num_bins,
            mask_value="" if self._masks else None,
            salt=self.salt,
            output_mode=self.output_mode,
        )(column)
        return self._without_gaps(hashed, column)


def _columns(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list | tuple) else []
    are_texts = all(isinstance(one, str) and one for one in names)
    if are_texts and len(names) >= 2 and len(set(names)) == len(names):
        return tuple(names)
    message = f"`{{key}}` must list at least two columns, found {shown(value)}"
    raise invalid("wrong-type", message, hint="write [island, sex]")


class CrossEncoder(HashingEncoder):
    """The bin that a combination of categories is hashed to, of several columns.

    It makes a column with a name of its own: `place: {cross: {columns: [island, sex],
    num_bins: 32, output_mode: one_hot}}`. The columns that it takes are features
    themselves only where other entries say so. The arguments are those of Keras'
    HashedCrossing.
    """

    key: ClassVar[str] = "cross"
    cell_parts: ClassVar[int | None] = None
    main_argument: ClassVar[str] = "columns"
    synonyms: ClassVar[tuple[str, ...]] = (
        "crossing",
        "featurecross",
        "hashedcrossing",
        "interaction",
    )

    columns: Annotated[tuple[str, ...], PlainValidator(_columns)]
    """The columns whose categories are combined, in this order."""

    @property
    @override
    def reads(self) -> tuple[str, ...]:
        return self.columns

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        faults = list(self._gaps(column)) if self.missing == "error" else []
        if faults:
            raise CellsError(faults)
        return self.cells(column)

    @override
    def cells(self, column: TypedColumn) -> TypedColumn:
        return column

    def _gaps(self, column: TypedColumn) -> Iterator[CellFault]:
        import numpy as np

        for name, cells in zip(self.columns, column.T, strict=True):
            rows = np.flatnonzero(is_gap(cells))
            if len(rows):
                words = f"has {len(rows)} gap{'' if len(rows) == 1 else 's'}"
                cure = Cure({"missing": "category"})
                yield CellFault("gap", words, rows, cure, column=name)

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        import keras

        width = 1 if self.output_mode == "int" else self.num_bins
        layer = keras.layers.HashedCrossing(self.num_bins, output_mode=self.output_mode)
        # Keras tells the shape of two columns alone, though it crosses any number.
        layer.compute_output_shape = lambda input_shape: (input_shape[0][0], width)
        parts = [column[:, at : at + 1] for at in range(len(self.columns))]
        crossed = layer(parts)
        return self._without_gaps(crossed, column)
