"""What `own_code.yaml` names: one of each kind that a config can use."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import ops


def load(path: Path, label: str):
    """A source: the logarithms of the columns of a table, and one of them as labels."""
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
    names = [name for name in table.dtype.names if name != label]
    x = np.stack([table[name] for name in names], axis=1).astype("float64")
    return np.log(x + 1e-3), table[label]


def squared_relu(x):
    """An activation: So et al. (2021), Primer."""
    return ops.square(ops.relu(x))


class Gated(keras.layers.Layer):
    """A layer: `(batch, features)` to `(batch, units)`, each behind a gate of its own.

    Source: Dauphin et al. (2017), Language Modeling with Gated Convolutional Networks.
    """

    def __init__(self, units: int, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.kernel_initializer = kernel_initializer

    def build(self, input_shape):
        shape = (input_shape[-1], 2 * self.units)
        self.kernel = self.add_weight(shape=shape, initializer=self.kernel_initializer)
        self.bias = self.add_weight(shape=shape[1:], initializer="zeros")

    def call(self, inputs):
        both = ops.matmul(inputs, self.kernel) + self.bias
        values, gates = ops.split(both, 2, axis=-1)
        return values * ops.sigmoid(gates)


def tversky(y_true, y_pred, alpha: float = 0.7):
    """A loss under which a miss costs more than a false alarm, beside the square.

    Source: Salehi et al. (2017), Tversky loss function for image segmentation.
    """
    y = ops.cast(y_true, y_pred.dtype)
    hits, misses, alarms = y * y_pred, y * (1 - y_pred), (1 - y) * y_pred
    share = (hits + 1e-3) / (hits + alpha * misses + (1 - alpha) * alarms + 1e-3)
    return ops.mean(1 - share, axis=-1) + ops.mean(ops.square(y - y_pred), axis=-1)


class MatthewsCorrelation(keras.metrics.Metric):
    """A metric from -1 to 1; 0 is a guess, whatever the shares of the classes are."""

    def __init__(self, threshold: float = 0.5, name="mcc", **kwargs):
        super().__init__(name=name, **kwargs)
        self.threshold = threshold
        self.counts = self.add_variable((2, 2), initializer="zeros", name="counts")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y = ops.cast(ops.reshape(y_true, (-1,)), "float32")
        p = ops.cast(ops.reshape(y_pred, (-1,)) > self.threshold, "float32")
        counts = ops.matmul(ops.stack([1 - y, y]), ops.stack([1 - p, p], axis=1))
        self.counts.assign_add(counts)

    def result(self):
        (tn, fp), (fn, tp) = (ops.unstack(row) for row in ops.unstack(self.counts))
        scale = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        return (tp * tn - fp * fn) / ops.sqrt(ops.maximum(scale, 1.0))


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that rises in a line for a share of the steps, then falls."""

    def __init__(self, peak: float, decay_steps, share: float = 0.1):
        self.peak, self.decay_steps, self.share = peak, decay_steps, share

    def __call__(self, step):
        done = ops.cast(step, "float32") / self.decay_steps
        fallen = ops.clip((done - self.share) / (1 - self.share), 0, 1)
        cosine = (1 + ops.cos(np.pi * fallen)) / 2
        return self.peak * ops.where(done < self.share, done / self.share, cosine)

    def get_config(self):
        return {"peak": self.peak, "decay_steps": self.decay_steps, "share": self.share}


class StopAt(keras.callbacks.Callback):
    """A callback that ends training when a figure is good for some epochs on end."""

    def __init__(self, value: float, monitor="val_mcc", epochs: int = 3):
        super().__init__()
        self.value, self.monitor, self.epochs = value, monitor, epochs
        self.reached = 0

    def on_epoch_end(self, epoch, logs=None):
        self.reached = self.reached + 1 if logs[self.monitor] >= self.value else 0
        if self.reached == self.epochs:
            self.model.stop_training = True
