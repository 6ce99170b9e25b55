"""The narrow interface behind which a Keras backend stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt


class Rows(Protocol):
    """Rows that an engine holds ready, on its device."""

    def __len__(self) -> int: ...


class Engine(Protocol):
    """Runs a compiled Keras model. What goes in and comes out are NumPy arrays."""

    def place(
        self,
        features: npt.NDArray[Any],
        labels: npt.NDArray[Any],
        weights: npt.NDArray[Any] | None = None,
    ) -> Rows:
        """Put rows on the device.

        Args:
            features: `(rows, *row_shape)`.
            labels: `(rows,)` or `(rows, outputs)`.
            weights: `(rows,)`, how much each row counts; `None`: all alike.
        """

    def begin_epoch(
        self, rows: Rows, order: npt.NDArray[np.int32], seeds: npt.NDArray[np.uint32]
    ) -> None:
        """Forget the running metrics; set the order of the rows and the random states.

        Args:
            rows: the train rows.
            order: a permutation of the rows.
            seeds: `(num_seeds, 2)`, one state for each source of noise in the model.
        """

    def run(self, start: int, stop: int) -> Mapping[str, float]:
        """Train on the batches `start` to `stop - 1` of the epoch.

        Returns:
            Keras' running loss and metrics since the epoch began.
        """

    def evaluate(self, rows: Rows) -> Mapping[str, float]:
        """Loss and metrics over rows, in inference mode, on the present weights."""

    def predict(self, features: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The outputs for rows, `(rows, outputs)`, in inference mode."""

    @property
    def num_seeds(self) -> int:
        """How many sources of noise there are: dropout, noise, augmentation layers."""

    def weights(self) -> list[npt.NDArray[Any]]:
        """A copy of every weight of the model, without random states."""

    def set_weights(self, weights: list[npt.NDArray[Any]]) -> None:
        """Put back what `weights` gave."""

    def optimizer_state(self) -> list[npt.NDArray[Any]]:
        """A copy of every variable of the optimizer, learning rate and steps too."""

    def set_optimizer_state(self, state: list[npt.NDArray[Any]]) -> None:
        """Put back what `optimizer_state` gave."""
