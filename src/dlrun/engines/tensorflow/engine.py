"""The TensorFlow engine: whole chunks of steps inside one `tf.function`.

Each step is Keras' own `train_step`, so the weights equal those of `Model.fit` given
the same order of rows and the same random states. Python is entered once per chunk, not
once per step: there small models spend their time (`docs/decisions/0003-the-loop.md`).
With `jit`, XLA compiles the steps (`docs/decisions/0008-when-xla.md`), which rounds
otherwise. No function is read by AutoGraph: it takes as long as the tracing itself, and
Keras does without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from typing_extensions import override

from dlrun.data import INPUT, OUTPUT, Array, Arrays, arrays_for
from dlrun.engines.engine import Engine, Probe, ProbedLayer, Rows, RowWeights
from dlrun.engines.tensorflow.inference import Inference, whole_means
from dlrun.engines.tensorflow.noise import fast_noise
from dlrun.engines.tensorflow.placed import place, rows_from, take_rows
from dlrun.engines.tensorflow.probe import Prober

if TYPE_CHECKING:
    import keras

# Several runs in one process trace a function each, which TensorFlow takes for a fault.
tf.get_logger().addFilter(
    lambda record: "triggered tf.function retracing" not in record.getMessage()
)

Tensors: TypeAlias = "tuple[tf.Tensor, ...]"
"""Features, labels and, if rows count differently, their weights; of several inputs a
dictionary by their names."""

_SEED = "seed_generator_state"


@dataclass(frozen=True, slots=True)
class _Placed(Rows):
    """Rows as tensors on the device."""

    arrays: Tensors

    @override
    def __len__(self) -> int:
        return int(tf.nest.flatten(self.arrays)[0].shape[0])


class TensorFlowEngine(Engine):
    """Runs a compiled Keras model on TensorFlow."""

    def __init__(
        self,
        model: keras.Model,
        *,
        batch_size: int,
        augmentation: Mapping[str, Sequence[keras.Layer]] | None = None,
        jit: bool = False,
        jit_evaluation: bool = False,
    ) -> None:
        """Take a compiled model.

        Args:
            model: a compiled `keras.Model`.
            batch_size: rows per train step.
            augmentation: built Keras layers for each input that has some, applied to
                train rows before each step; `None`: there are none.
            jit: compile the train steps with XLA.
            jit_evaluation: compile what evaluates and predicts, too.
        """
        self._model = model
        self._batch_size = batch_size
        self._jit = jit
        taken, given = model.input, model.output
        self._inputs = list(taken) if isinstance(taken, dict) else [INPUT]
        self._outputs = list(given) if isinstance(given, dict) else [OUTPUT]
        self._augmentation = dict(augmentation or {})
        augmenting = (one for each in self._augmentation.values() for one in each)
        layers = (model, *augmenting)
        self._seeds = [
            variable
            for layer in layers
            for variable in layer.variables
            if variable.name == _SEED
        ]
        self._weights = [
            variable for variable in model.variables if variable.name != _SEED
        ]
        self._inference = Inference(model, batch_size, jit=jit_evaluation)
        self._train_chunk = tf.function(
            self._train_steps, autograph=False, reduce_retracing=True
        )
        self._jit_chunk = tf.function(
            self._train_whole_batches,
            autograph=False,
            reduce_retracing=True,
            jit_compile=True,
        )
        self._has_variables = False
        self._epoch: tuple[Tensors, tf.Tensor] | None = None

    @override
    def adopt(self, model: keras.Model) -> None:
        for each in (self._model, model):  # An engine that only predicts has none yet.
            if not each.optimizer.built:
                each.optimizer.build(each.trainable_variables)
        own = (*self._model.variables, *self._model.optimizer.variables)
        others = (*model.variables, *model.optimizer.variables)
        for variable, value in zip(own, others, strict=True):
            variable.assign(value)
        self._model.stop_training = False
        self._epoch = None

    @override
    def place(
        self, features: Arrays, labels: Arrays, weights: RowWeights | None = None
    ) -> Rows:
        arrays: list[object] = [arrays_for(self._inputs, features)]
        arrays.append(arrays_for(self._outputs, labels))
        arrays += [] if weights is None else [weights]
        rows = _Placed(tuple(tf.nest.map_structure(place, arrays)))
        if not self._has_variables:
            self._create_variables(rows.arrays)
            self._has_variables = True
        return rows

    def _create_variables(self, arrays: Tensors) -> None:
        """Create the variables of optimizer and metrics: a loop in a graph cannot."""
        features, labels, *weights = (rows_from(part, 0, 1) for part in arrays)
        outputs = self._model(features, training=False)
        sample_weight = weights[0] if weights else None
        self._model.compute_loss(
            x=features,
            y=labels,
            y_pred=outputs,
            sample_weight=sample_weight,
            training=False,
        )
        self._model.compute_metrics(features, labels, outputs, sample_weight)
        self._model.reset_metrics()
        self._model.optimizer.build(self._model.trainable_variables)

    @property
    @override
    def num_seeds(self) -> int:
        return len(self._seeds)

    @override
    def begin_epoch(
        self, rows: Rows, order: npt.NDArray[np.int32], seeds: npt.NDArray[np.uint32]
    ) -> None:
        assert isinstance(rows, _Placed)  # noqa: S101 - only place() makes rows
        for variable, state in zip(self._seeds, seeds, strict=True):
            variable.assign(state.astype(variable.dtype))
        self._model.reset_metrics()
        self._epoch = (rows.arrays, tf.constant(order))

    @override
    def run(self, start: int, stop: int) -> Mapping[str, float]:
        assert self._epoch is not None  # noqa: S101 - begin_epoch() comes first
        arrays, order = self._epoch
        whole = int(order.shape[0]) // self._batch_size if self._jit else 0
        if start < whole:
            end = min(stop, whole)
            self._jit_chunk(arrays, order, tf.constant(start), tf.constant(end))
        if stop > whole:
            begin = max(start, whole)
            self._train_chunk(arrays, order, tf.constant(begin), tf.constant(stop))
        return self._results()

    def _train_steps(
        self, arrays: Tensors, order: tf.Tensor, start: tf.Tensor, stop: tf.Tensor
    ) -> None:
        def step(number: tf.Tensor) -> Tensors:
            first = number * self._batch_size
            self._train_step(arrays, order[first : first + self._batch_size])
            return (number + 1,)

        tf.while_loop(lambda number: number < stop, step, [start])

    def _train_whole_batches(
        self, arrays: Tensors, order: tf.Tensor, start: tf.Tensor, stop: tf.Tensor
    ) -> None:
        # XLA wants static shapes. A smaller last batch stays in graph mode: it would be
        # compiled by itself, to save a millisecond per epoch.
        def step(number: tf.Tensor) -> Tensors:
            rows = tf.slice(order, [number * self._batch_size], [self._batch_size])
            self._train_step(arrays, rows)
            return (number + 1,)

        with fast_noise():
            tf.while_loop(lambda number: number < stop, step, [start])

    def _train_step(self, arrays: Tensors, rows: tf.Tensor) -> None:
        features, *others = (take_rows(part, rows) for part in arrays)
        for name, layers in self._augmentation.items():
            changed = features[name] if isinstance(features, dict) else features
            for layer in layers:
                changed = layer(changed, training=True)
            is_one = not isinstance(features, dict)
            features = changed if is_one else {**features, name: changed}
        with whole_means(self._model, others[0]):
            self._model.train_step((features, *others))

    @override
    def evaluate(self, rows: Rows) -> Mapping[str, float]:
        assert isinstance(rows, _Placed)  # noqa: S101
        self._model.reset_metrics()
        self._inference.evaluate(rows.arrays[:2])
        return self._results()

    def _results(self) -> dict[str, float]:
        """The metrics, by the shortest decimals that stand for their 32 bits."""
        return {
            name: float(str(value.numpy()))
            for name, value in self._model.get_metrics_result().items()
        }

    @cached_property
    def _prober(self) -> Prober:
        return Prober(self._model, self._weights)

    @property
    @override
    def probed_layers(self) -> Sequence[ProbedLayer]:
        return self._prober.layers

    @override
    def probe(self, rows: Rows) -> Probe:
        assert isinstance(rows, _Placed)  # noqa: S101
        whole = tuple(rows_from(part, 0, len(rows)) for part in rows.arrays)
        return self._prober.probe(whole)

    @override
    def predict(self, features: Arrays) -> Arrays:
        outputs = self._inference.predict(arrays_for(self._inputs, features))
        return outputs if isinstance(outputs, dict) else {OUTPUT: outputs}

    @override
    def weights(self) -> list[Array]:
        return [np.array(variable.numpy()) for variable in self._weights]

    @override
    def set_weights(self, weights: list[Array]) -> None:
        for variable, value in zip(self._weights, weights, strict=True):
            variable.assign(value)

    @override
    def optimizer_state(self) -> list[Array]:
        variables = self._model.optimizer.variables
        return [np.array(variable.numpy()) for variable in variables]

    @override
    def set_optimizer_state(self, state: list[Array]) -> None:
        for variable, value in zip(self._model.optimizer.variables, state, strict=True):
            variable.assign(value)
