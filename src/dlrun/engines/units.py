"""Models that are trained on scaled labels, and still speak the units of the file.

The loss sees what is minimised; metrics see labels and outputs in the units of the
file. For that, labels go in twice: beside what an output is trained on stands what was
read, along the last axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import keras
from keras import ops
from typing_extensions import override

if TYPE_CHECKING:
    from dlrun.data import Array, LabelScaler


class OutputUnits:
    """From what a model gives at an output to the units of the file.

    Its numbers are variables: runs that differ in them share a traced function.
    """

    def __init__(self, scaler: LabelScaler) -> None:
        """Take what was learned from the train rows."""
        self._logs = scaler.logs
        self._scale = _variable(scaler.divisor)
        self._offset = _variable(scaler.offset)

    def take(self, other: OutputUnits) -> None:
        """Let the numbers be those of another run of the same model."""
        self._scale.assign(other._scale)
        self._offset.assign(other._offset)

    def __call__(self, outputs: keras.KerasTensor) -> keras.KerasTensor:
        """The outputs in the units of the file."""
        return _without_logs(outputs * self._scale + self._offset, self._logs)


def unscaled(outputs: Array, scaler: LabelScaler) -> Array:
    """Outputs of a model in the units of the file, as its saved form gives them."""
    shown = OutputUnits(scaler)(ops.convert_to_tensor(outputs))
    numbers: Array = ops.convert_to_numpy(shown)
    return numbers


def _variable(numbers: Sequence[float]) -> keras.Variable:
    values = ops.convert_to_tensor(list(numbers), dtype="float32")
    return keras.Variable(values, trainable=False)


def _without_logs(
    numbers: keras.KerasTensor, logs: Sequence[bool]
) -> keras.KerasTensor:
    """The numbers of which those that are logarithms of 1 + x are x again."""
    if all(logs):
        return ops.expm1(numbers)
    if not any(logs):
        return numbers
    parts = [numbers[..., index : index + 1] for index in range(len(logs))]
    shown = [
        ops.expm1(part) if is_log else part
        for part, is_log in zip(parts, logs, strict=True)
    ]
    return ops.concatenate(shown, axis=-1)


class ScaledLoss(keras.losses.Loss):  # type: ignore[misc]
    """The loss of the labels that are scaled."""

    def __init__(self, loss: keras.losses.Loss) -> None:
        """Take the loss as it is without scaled labels."""
        super().__init__(name=loss.name, reduction=loss.reduction, dtype=loss.dtype)
        self._loss = loss

    @override
    def call(
        self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor
    ) -> keras.KerasTensor:
        return self._loss.call(_halves(y_true)[0], y_pred)


class MetricInUnits(keras.metrics.Metric):  # type: ignore[misc]
    """A metric of labels and outputs in the units of the file."""

    def __init__(self, metric: keras.metrics.Metric, units: OutputUnits) -> None:
        """Take the metric as it is without scaled labels."""
        super().__init__(name=metric.name, dtype=metric.dtype)
        self._metric = metric
        self._units = units

    @override
    def update_state(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> object:
        labels = _halves(y_true)[1]
        return self._metric.update_state(labels, self._units(y_pred), sample_weight)

    @override
    def reset_state(self) -> None:
        self._metric.reset_state()

    @override
    def result(self) -> keras.KerasTensor:
        return self._metric.result()


def _halves(labels: keras.KerasTensor) -> Sequence[keras.KerasTensor]:
    """What an output is trained on, and what was read."""
    halves: Sequence[keras.KerasTensor] = ops.split(labels, 2, axis=-1)
    return halves


def with_units(
    output: keras.KerasTensor, scaler: LabelScaler, name: str, taken: Sequence[str]
) -> keras.KerasTensor:
    """An output of a graph in the units of the file, by layers of Keras alone.

    Args:
        output: of a model.
        scaler: of its labels.
        name: what the layer is called, unless that is taken.
        taken: names that layers of the model have.
    """
    if any(scale not in {None, "log"} for scale in scaler.scales):
        while name in taken:
            name += "_"
        scale, offset = list(scaler.divisor), list(scaler.offset)
        rescaling = keras.layers.Rescaling(scale, offset, name=name)
        output = rescaling(output)
    return _without_logs(output, scaler.logs)
