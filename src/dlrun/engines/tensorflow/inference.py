"""Evaluation and prediction of the TensorFlow engine: batches in inference mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from dlrun.data import Array, Arrays
from dlrun.engines.tensorflow.placed import rows_from

if TYPE_CHECKING:
    import keras

_NUMBERS = 2**18
"""Numbers in a batch, at most: more do not stay in the cache."""
_ROWS = 1024
_JIT_ROWS = 256
"""Rows in a batch under XLA; the last batch is filled up to as many."""


class Inference:
    """Runs a compiled Keras model on rows without changing it.

    The number of rows is left open where functions are traced, so that one trace serves
    train and validation rows.
    """

    def __init__(self, model: keras.Model, batch_size: int, *, jit: bool) -> None:
        """Take a compiled model.

        Args:
            model: a compiled `keras.Model`.
            batch_size: rows per train step; batches here are at least as large.
            jit: compile the forward pass with XLA, once, for batches of one size.
        """
        self._model = model
        self._jit = jit
        rows = min(_JIT_ROWS if jit else _ROWS, _NUMBERS // _size(model.inputs))
        self._batch = max(batch_size, rows)
        self._pass = tf.function(self._test_steps, autograph=False)
        self._outputs = tf.function(self._forward, autograph=False)
        self._compiled = tf.function(self._call, autograph=False, jit_compile=True)

    def evaluate(self, arrays: tuple[tf.Tensor, ...]) -> None:
        """Add features and labels to the loss and metrics of the model."""
        if self._pass.experimental_get_tracing_count() == 0:
            self._pass.get_concrete_function(tf.nest.map_structure(_open, arrays))
        self._pass(arrays)

    def predict(self, features: Array | Arrays) -> Array | dict[str, Array]:
        """The outputs for rows, `(rows, ...)`; of several each by its name."""
        size = self._batch
        batches = []
        for start in range(0, len(tf.nest.flatten(features)[0]), size):
            batch = tf.nest.map_structure(
                lambda array, first=start: tf.constant(
                    np.asarray(array[first : first + size])
                ),
                features,
            )
            if self._outputs.experimental_get_tracing_count() == 0:
                self._outputs.get_concrete_function(tf.nest.map_structure(_open, batch))
            batches.append(
                tf.nest.map_structure(lambda one: one.numpy(), self._outputs(batch))
            )
        joined: Array | dict[str, Array] = tf.nest.map_structure(
            lambda *parts: np.concatenate(parts), *batches
        )
        return joined

    def _test_steps(self, arrays: tuple[tf.Tensor, ...]) -> None:
        size = self._batch

        def step(start: tf.Tensor) -> tuple[tf.Tensor]:
            self._test_step(*(rows_from(part, start, size) for part in arrays))
            return (start + size,)

        rows = _rows(arrays[0])
        tf.while_loop(lambda start: start < rows, step, [tf.constant(0)])

    def _test_step(self, features: tf.Tensor, labels: tf.Tensor) -> None:
        """What Keras' `test_step` does, which calls the model by itself."""
        with whole_means(self._model, labels):
            self._take_test_step(features, labels)

    def _take_test_step(self, features: tf.Tensor, labels: tf.Tensor) -> None:
        if not self._jit:
            self._model.test_step((features, labels))
            return
        outputs = self._forward(features)
        loss = self._model.compute_loss(
            x=features, y=labels, y_pred=outputs, training=False
        )
        running = self._model.metrics[0]
        running.update_state(loss, sample_weight=_rows(features))
        self._model.compute_metrics(features, labels, outputs)

    def _forward(self, features: tf.Tensor) -> tf.Tensor:
        if not self._jit:
            return self._call(features)
        rows = _rows(features)

        def fill(array: tf.Tensor) -> tf.Tensor:
            missing = [[0, self._batch - rows], *[[0, 0]] * (array.shape.rank - 1)]
            shape = [self._batch, *array.shape[1:]]
            return tf.ensure_shape(tf.pad(array, missing), shape)

        outputs = self._compiled(tf.nest.map_structure(fill, features))
        return tf.nest.map_structure(lambda one: one[:rows], outputs)

    def _call(self, features: tf.Tensor) -> tf.Tensor:
        return self._model(features, training=False)


@contextmanager
def whole_means(model: keras.Model, labels: tf.Tensor) -> Iterator[None]:
    """Let the loss of each of several outputs be a mean over rows.

    Keras adds the mean of each batch, without regard to how many rows that has, where
    their number is open while a function is traced. So a smaller last batch would count
    as much as the others. The lines below are traced: where the step in between raises,
    no function comes of them, and the means are as they were.
    """
    compiled = getattr(model, "_compile_loss", None)
    if not isinstance(labels, dict) or compiled is None:
        yield
        return
    means = list(compiled.metrics)
    before = [(mean.total + 0.0, mean.count + 0.0) for mean in means]
    for mean in means:
        mean.reset_state()
    yield
    rows = tf.cast(_rows(labels), tf.float32)
    for mean, (total, count) in zip(means, before, strict=True):
        value = mean.total / mean.count
        mean.total.assign(total + value * rows)
        mean.count.assign(count + rows)


def _size(inputs: Sequence[keras.KerasTensor]) -> int:
    """Numbers in one row of all inputs."""
    return max(1, sum(prod(size or 1 for size in one.shape[1:]) for one in inputs))


def _rows(features: tf.Tensor) -> tf.Tensor:
    """The number of rows of one input, or of several by name."""
    return tf.shape(tf.nest.flatten(features)[0])[0]


def _open(array: tf.Tensor) -> tf.TensorSpec:
    """What is known of an array before its rows are counted."""
    return tf.TensorSpec([None, *array.shape[1:]], array.dtype)
