"""The door through which rows reach Keras before there is a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.engines.backend import current_backend, import_keras
from dlrun.engines.threads import fix_threads

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dlrun.components.encoders import ColumnEncoder, EncoderState
    from dlrun.data import TypedColumn
    from dlrun.experiment import ExperimentSpec

_ROWS_AT_ONCE = 8192
"""So many cells are encoded by one call, so that what it needs on the way is small."""


class KerasDoor:
    """What Keras does for rows: it decodes images, and encodes columns in a graph.

    It is not woken before the first image or column asks for it.
    """

    def __init__(self, spec: ExperimentSpec | None = None) -> None:
        """Say whose rows they are.

        Args:
            spec: the run that is trained on them; waking the backend fixes its threads,
                which raises what `fix_threads` does. `None`: no run needs certain ones.
        """
        self._spec = spec

    def decode_image(
        self, data: bytes, shape: tuple[int, int, int], /
    ) -> npt.NDArray[np.float32] | None:
        """Decode an image, as `dlrun.data.ImageDecoder` says."""
        self._wake()
        return current_backend().decode_image(data, shape)

    def encode_column(
        self, encoder: ColumnEncoder, state: EncoderState, cells: TypedColumn, /
    ) -> npt.NDArray[np.float32]:
        """`(rows, width)`: what the graph of an encoder makes of cells."""
        import numpy as np

        from dlrun.engines.column import build_column

        self._wake()
        graph = build_column([encoder], [state])
        run = current_backend().run_column
        starts = range(0, max(len(cells), 1), _ROWS_AT_ONCE)
        parts = [run(graph, cells[start : start + _ROWS_AT_ONCE]) for start in starts]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _wake(self) -> None:
        if self._spec is None:
            import_keras()  # quietly, and with its threads
        else:
            fix_threads(self._spec)
