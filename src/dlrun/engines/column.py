"""The encoders of a column as a model of Keras, which does the same in a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlrun.components.encoders.encoder import ColumnEncoder, EncoderState

if TYPE_CHECKING:
    import keras


def build_column(
    encoders: Sequence[ColumnEncoder], states: Sequence[EncoderState]
) -> keras.Model:
    """A model from the cells of a column to the numbers that go into the model.

    Args:
        encoders: in their order.
        states: what each has learned.

    Returns:
        Its input is what `cells` of the first encoder gives: float32, or texts. What is
        an error when rows are encoded before is a gap or no category here.
    """
    import keras

    types = (encoder.cell_type for encoder in encoders)
    kind = next((one for one in types if one is not None), "numbers")
    dtype = "string" if kind == "texts" else "float32"
    column = keras.Input(encoders[0].cell_shape, dtype=dtype)
    given, beside = column, list[keras.KerasTensor]()
    for encoder, state in zip(encoders, states, strict=True):
        beside += encoder.connect_beside(given)
        given = encoder.connect(state, given)
    given = keras.ops.cast(given, "float32")
    joined = keras.ops.concatenate([given, *beside], axis=-1) if beside else given
    return keras.Model(column, joined)
