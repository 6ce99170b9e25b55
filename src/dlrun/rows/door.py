"""What rows need of Keras before there is a model, asked through a door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.encoders import ColumnEncoder, EncoderState
    from dlrun.data import TypedColumn


class Door(Protocol):
    """What Keras does for rows; `dlrun.engines.KerasDoor` is one."""

    def decode_image(
        self, data: bytes, shape: tuple[int, int, int], /
    ) -> NDArray[np.float32] | None:
        """Decode an image, as `dlrun.data.ImageDecoder` says."""

    def encode_column(
        self, encoder: ColumnEncoder, state: EncoderState, cells: TypedColumn, /
    ) -> NDArray[np.float32]:
        """What the graph of an encoder makes of cells.

        Args:
            encoder: one that `runs_in_graph`.
            state: as it was learned.
            cells: as `apply` of the encoder gives them.

        Returns:
            `(rows, width)`.
        """
