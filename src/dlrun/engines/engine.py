"""The narrow interface behind which a Keras backend stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt


class Rows(Protocol):
    """Rows that an engine holds ready, on its device."""

    def __len__(self) -> int: ...


ZEROING = frozenset({"relu", "relu6"})
"""Activation functions whose units can die."""
LIMITS = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
}
"""Activation functions that can saturate, and where."""


@dataclass(frozen=True, slots=True)
class ProbedLayer:
    """What a probe takes of a layer: a kernel, what its activation gives, or both."""

    layer: str
    kind: str
    activation: str
    kernel: str
    """The name of the kernel within its layer; empty: there is none."""
    place: int
    """Where the kernel stands in `Engine.weights`; -1: there is none."""
    is_shown: bool
    """Whether the outputs of the activation are taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """What a model does with a few rows, in inference mode."""

    loss: float
    """With penalties."""
    regularisation_loss: float
    """The penalties alone."""
    outputs: npt.NDArray[Any]
    """`(rows, outputs)`"""
    gradients: Sequence[npt.NDArray[Any]]
    """Of the loss, for each kernel, in the order of `Engine.probed_layers`."""
    activations: Sequence[npt.NDArray[Any]]
    """`(rows, ..., units)` for each layer that is shown, in the same order."""


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
            order: the numbers of the rows, one after the other; some may come twice.
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
    def probed_layers(self) -> Sequence[ProbedLayer]:
        """What `probe` takes, in the order of depth: a row per kernel or activation."""

    def probe(self, rows: Rows) -> Probe:
        """Take gradients and activations on a few rows; nothing is changed by it."""

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
