"""The narrow door behind which a Keras backend stands: `Backend` and its `Engine`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras
    import numpy as np
    import numpy.typing as npt

    from dlrun.data import Array, Arrays, TypedColumn
    from dlrun.experiment import Experiment


RowWeights: TypeAlias = "Array | Mapping[str, Array]"
"""How much each row counts, `(rows,)`, or that for each of several outputs."""


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
    outputs: Arrays
    """`(rows, ...)`, by the name of the output."""
    gradients: Sequence[Array]
    """Of the loss, for each kernel, in the order of `Engine.probed_layers`."""
    activations: Sequence[Array]
    """`(rows, ..., units)` for each layer that is shown, in the same order."""


class Engine(Protocol):
    """Runs a compiled Keras model. What goes in and comes out are NumPy arrays.

    Features, labels and outputs have names, in case a model has several of them. The
    model stays the owner of its values: between two calls its weights and the learning
    rate of its optimizer are those of the engine, for callbacks that read and set them
    and for whoever saves the model.
    """

    def adopt(self, model: keras.Model) -> None:
        """Start over as if made for `model`, which has the same graph as its own."""

    def place(
        self, features: Arrays, labels: Arrays, weights: RowWeights | None = None
    ) -> Rows:
        """Put rows on the device.

        Args:
            features: `(rows, *row_shape)` for each input of the model.
            labels: `(rows,)` or `(rows, ...)` for each output of the model; where they
                are scaled, with those that were read behind them on the last axis.
            weights: `(rows,)`, how much each row counts, or that for each of several
                outputs; `None`: all alike.

        Raises:
            DataError: there are more arrays than the engine can tell apart, or none.
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

    def predict(self, features: Arrays) -> Arrays:
        """The outputs for rows by name, each `(rows, ...)`, in inference mode.

        Raises:
            DataError: there are more arrays than the engine can tell apart, or none.
        """

    @property
    def probed_layers(self) -> Sequence[ProbedLayer]:
        """What `probe` takes, in the order of depth: a row per kernel or activation."""

    def probe(self, rows: Rows) -> Probe:
        """Take gradients and activations on a few rows; nothing is changed by it."""

    @property
    def num_seeds(self) -> int:
        """How many sources of noise there are: dropout, noise, augmentation layers."""

    def weights(self) -> list[Array]:
        """A copy of every weight of the model, without random states."""

    def set_weights(self, weights: list[Array]) -> None:
        """Put back what `weights` gave."""

    def optimizer_state(self) -> list[Array]:
        """A copy of every variable of the optimizer, learning rate and steps too.

        They are complete once rows have been placed.
        """

    def set_optimizer_state(self, state: list[Array]) -> None:
        """Put back what `optimizer_state` gave."""


@dataclass(frozen=True, slots=True)
class Jit:
    """Whether steps are compiled, and why."""

    on: bool
    reason: str
    evaluation: bool = False
    """Whether evaluation and prediction are compiled, too."""

    def words(self) -> dict[str, str]:
        """What `summary.json` says of it."""
        return {
            "jit": "on" if self.on else "off",
            "jit_evaluation": "on" if self.evaluation else "off",
            "jit_reason": self.reason,
        }


class Backend(Protocol):
    """What a folder in `engines/` offers under the name `BACKEND`.

    Asking for it imports no numeric library; each method imports what it needs.
    """

    @property
    def libraries(self) -> Sequence[str]:
        """Distributions, beside Keras and NumPy, whose version decides on a result."""

    @property
    def packages(self) -> Sequence[str]:
        """Packages that it imports and Keras does not; their code is not dlrun's."""

    def make_engine(
        self,
        model: keras.Model,
        *,
        batch_size: int,
        augmentation: Mapping[str, Sequence[keras.Layer]] | None = None,
        jit: bool = False,
        jit_evaluation: bool = False,
    ) -> Engine:
        """An engine over a compiled model.

        Args:
            model: a compiled `keras.Model`.
            batch_size: rows per train step.
            augmentation: built Keras layers for each input that has some, applied to
                train rows before each step; `None`: there are none.
            jit: compile the train steps.
            jit_evaluation: compile what evaluates and predicts, too.
        """

    def decide_jit(self, experiment: Experiment, num_rows: int) -> Jit:
        """Decide on compiling the steps of a run, by what its config fixes.

        Args:
            experiment: whose layers and `fit.jit` count.
            num_rows: train rows.
        """

    def set_determinism(self, *, on: bool) -> None:
        """Choose for this process whether operations give the same bits each time."""

    def set_threads(self, number: int) -> bool:
        """Let operations of this process use so many threads.

        Returns:
            Whether it is so; false: the process already computes with others.
        """

    def threads(self) -> int:
        """How many threads one operation of this process may use."""

    def devices(self) -> list[str]:
        """Every device of this process."""

    def refused_argument(self, error: Exception) -> str | None:
        """The argument of a layer for which this device has no kernel.

        `None`: the error says something else.
        """

    def is_out_of_memory(self, error: Exception) -> bool:
        """Whether an error says that a device has no memory left."""

    def decode_image(
        self, data: bytes, shape: tuple[int, int, int]
    ) -> npt.NDArray[np.float32] | None:
        """Decode a PNG or JPEG image, as `dlrun.data.ImageDecoder` says."""

    def run_column(
        self, graph: keras.Model, cells: TypedColumn
    ) -> npt.NDArray[np.float32]:
        """What a graph of Keras makes of the cells of a column.

        Args:
            graph: of `dlrun.engines.column.build_column`.
            cells: `(rows, cells)` numbers, or texts.
        """
