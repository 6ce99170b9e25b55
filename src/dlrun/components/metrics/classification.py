"""Metrics of classes as a whole: shares of right rows, cross-entropies, hinges."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from dlrun.components.fields import Fraction, PositiveInt, UnitInterval
from dlrun.components.metrics.metric import KerasMetric, Metric


class Accuracy(Metric):
    """The share of rows (or of binary outputs) that are right, whatever the labels.

    Keras picks the binary, categorical or sparse accuracy by the shape of the labels.
    """

    key = "accuracy"
    example_name = "accuracy"
    aliases = ("acc", "Accuracy")
    accepted = ("index", "one_hot", "binary")

    @override
    def build(self) -> Any:
        """The text that `Model.compile` resolves by the labels."""
        return "accuracy"

    @override
    def build_for(self, *, several_labels: bool) -> object:
        """Of several labels Keras would take the highest output for a class."""
        if not several_labels:
            return self.build()
        import keras

        return keras.metrics.BinaryAccuracy(name="accuracy")


class BinaryAccuracy(KerasMetric):
    """The share of outputs on the right side of the threshold."""

    main_argument = "threshold"
    accepted = ("binary", "one_hot")

    threshold: UnitInterval = 0.5
    """Outputs above it count as 1."""


class SparseCategoricalAccuracy(KerasMetric):
    """The share of rows whose highest output is the class."""

    accepted = ("index",)


class CategoricalAccuracy(KerasMetric):
    """The share of rows whose highest output is the class, for one-hot labels."""

    accepted = ("one_hot",)


class SparseTopKCategoricalAccuracy(KerasMetric):
    """The share of rows whose class is among the `k` highest outputs."""

    main_argument = "k"
    accepted = ("index",)

    k: PositiveInt = 5
    """How many outputs count."""


class TopKCategoricalAccuracy(KerasMetric):
    """The share of rows whose class is among the `k` highest, for one-hot labels."""

    main_argument = "k"
    accepted = ("one_hot",)

    k: PositiveInt = 5
    """How many outputs count."""


class BinaryCrossentropy(KerasMetric):
    """The cross-entropy of each output unit with its label, 0 or 1."""

    aliases = ("binary_crossentropy", "bce", "BCE")
    mode = "min"
    accepted = ("binary", "one_hot")

    from_logits: bool | None = None
    """Whether the outputs are before the sigmoid; nothing: as the last layer says."""
    label_smoothing: Fraction = 0.0
    """How far labels are moved from 0 and 1 towards 0.5."""


class SparseCategoricalCrossentropy(KerasMetric):
    """The cross-entropy of the class probabilities with one class per row."""

    mode = "min"
    accepted = ("index",)

    from_logits: bool | None = None
    """Whether the outputs are before the softmax; nothing: as the last layer says."""


class CategoricalCrossentropy(KerasMetric):
    """The cross-entropy of the class probabilities with one-hot labels."""

    mode = "min"
    accepted = ("one_hot",)

    from_logits: bool | None = None
    """Whether the outputs are before the softmax; nothing: as the last layer says."""
    label_smoothing: Fraction = 0.0
    """The share of each label that is spread evenly over all classes."""


class KLDivergence(KerasMetric):
    """`sum(y * log(y / output))`, for labels that are probabilities of the classes."""

    mode = "min"
    accepted = ("one_hot",)


class CategoricalHinge(KerasMetric):
    """`max(0, 1 + highest wrong output - right output)`."""

    mode = "min"
    accepted = ("one_hot",)


class Hinge(KerasMetric):
    """`max(0, 1 - y * output)`; labels 0 and 1 become -1 and 1, as for a tanh."""

    mode = "min"
    accepted = ("binary",)


class SquaredHinge(KerasMetric):
    """The square of `max(0, 1 - y * output)`; labels 0 and 1 become -1 and 1."""

    mode = "min"
    accepted = ("binary",)
