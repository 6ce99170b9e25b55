"""The encoders of a column as a model of Keras, which does the same in a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlrun.components.encoders.encoder import ColumnEncoder, EncoderState

if TYPE_CHECKING:
    import keras

    from dlrun.data import TypedColumn


def build_column(
    encoders: Sequence[ColumnEncoder], states: Sequence[EncoderState]
) -> keras.Model:
    """A model from the cells of a column to the numbers that go into the model.

    Args:
        encoders: in their order.
        states: what each has learned.

    Returns:
        Its input is what `cells_of` gives: float32, or texts. What is an error when
        rows are encoded before is a gap or no category here.
    """
    import keras

    types = (encoder.cell_type for encoder in encoders)
    kind = next((one for one in types if one is not None), "numbers")
    dtype = "string" if kind == "texts" else "float32"
    column = keras.Input(encoders[0].cell_shape, dtype=dtype)
    given, beside = column, list[keras.KerasTensor]()
    for place, encoder in enumerate(encoders):
        beside += encoder.connect_beside(given)
        given = encoder.connect(_spelt_as_known(place, encoders, states), given)
    given = keras.ops.cast(given, "float32")
    joined = keras.ops.concatenate([given, *beside], axis=-1) if beside else given
    return keras.Model(column, joined)


def cells_of(
    encoders: Sequence[ColumnEncoder],
    states: Sequence[EncoderState],
    column: TypedColumn,
) -> TypedColumn:
    """What the model of a column takes: texts are spelt as the encoders know them.

    Args:
        encoders: in their order.
        states: what each has learned.
        column: `(rows,)`, of several columns `(rows, columns)`, or images.
    """
    if column.dtype.kind == "O" and column.ndim == 1:
        for encoder, state in zip(encoders, states, strict=True):
            column = encoder.as_known(state, column)
    return encoders[0].cells(column)


def _spelt_as_known(
    place: int, encoders: Sequence[ColumnEncoder], states: Sequence[EncoderState]
) -> EncoderState:
    """What an encoder has learned; a text that it puts in as those after it know it."""
    import numpy as np

    filled = states[place].get("value")
    if not isinstance(filled, str):
        return states[place]
    column = np.array([filled], dtype=object)
    for encoder, state in list(zip(encoders, states, strict=True))[place + 1 :]:
        column = encoder.as_known(state, column)
    return {**states[place], "value": column[0]}
