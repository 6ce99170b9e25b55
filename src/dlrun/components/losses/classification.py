"""The losses of Keras for classes: cross-entropies, divergences, hinges.

Each says what labels it wants, so that a config whose labels do not fit is refused.
"""

from __future__ import annotations

from dlrun.components.fields import (
    Fraction,
    NonNegativeFloat,
    OpenFraction,
    UnitInterval,
)
from dlrun.components.losses.loss import Loss


class BinaryCrossentropy(Loss):
    """The cross-entropy of each output unit with its label, 0 or 1."""

    aliases = ("binary_crossentropy", "bce", "BCE")
    labels = "binary"

    from_logits: bool | None = None
    """Whether the outputs are before the sigmoid; nothing: as the last layer says."""
    label_smoothing: Fraction = 0.0
    """How far labels are moved from 0 and 1 towards 0.5."""


class BinaryFocalCrossentropy(Loss):
    """Binary cross-entropy with less weight on rows that are already right.

    Source: Lin et al. (2018), Focal Loss for Dense Object Detection.
    """

    labels = "binary"

    apply_class_balancing: bool = False
    """Whether `alpha` weighs the classes."""
    alpha: UnitInterval = 0.25
    """The weight of class 1; class 0 has the rest of 1."""
    gamma: NonNegativeFloat = 2.0
    """How strongly rows that are right lose weight; 0 is plain cross-entropy."""
    from_logits: bool | None = None
    """Whether the outputs are before the sigmoid; nothing: as the last layer says."""
    label_smoothing: Fraction = 0.0
    """How far labels are moved from 0 and 1 towards 0.5."""


class SparseCategoricalCrossentropy(Loss):
    """The cross-entropy of the class probabilities with one class per row."""

    example_name = "sparse_categorical_crossentropy"
    labels = "index"

    from_logits: bool | None = None
    """Whether the outputs are before the softmax; nothing: as the last layer says."""


class CategoricalCrossentropy(Loss):
    """The cross-entropy of the class probabilities with one-hot labels."""

    labels = "one_hot"

    from_logits: bool | None = None
    """Whether the outputs are before the softmax; nothing: as the last layer says."""
    label_smoothing: Fraction = 0.0
    """The share of each label that is spread evenly over all classes."""


class CategoricalFocalCrossentropy(Loss):
    """Categorical cross-entropy with less weight on rows that are already right.

    Source: Lin et al. (2018), Focal Loss for Dense Object Detection.
    """

    labels = "one_hot"

    alpha: UnitInterval = 0.25
    """The weight of every class."""
    gamma: NonNegativeFloat = 2.0
    """How strongly rows that are right lose weight; 0 is plain cross-entropy."""
    from_logits: bool | None = None
    """Whether the outputs are before the softmax; nothing: as the last layer says."""
    label_smoothing: Fraction = 0.0
    """The share of each label that is spread evenly over all classes."""


class CategoricalGeneralizedCrossEntropy(Loss):
    """Between cross-entropy and absolute error; bears wrong labels.

    Source: Zhang and Sabuncu (2018), Generalized Cross Entropy Loss for Training Deep
    Neural Networks with Noisy Labels. Despite its name, Keras reads a class per row.
    """

    aliases = ()
    labels = "index"

    q: OpenFraction = 0.5
    """From cross-entropy (near 0) to absolute error (near 1)."""


class KLDivergence(Loss):
    """`sum(y * log(y / output))`, for labels that are probabilities of the classes."""

    aliases = ("kl_divergence", "kld", "KLD")
    labels = "one_hot"


class CategoricalHinge(Loss):
    """`max(0, 1 + highest wrong output - right output)`."""

    takes_probabilities = False

    labels = "one_hot"


class Hinge(Loss):
    """`max(0, 1 - y * output)`; labels 0 and 1 become -1 and 1, as for a tanh."""

    takes_probabilities = False

    labels = "binary"


class SquaredHinge(Loss):
    """The square of `max(0, 1 - y * output)`; labels 0 and 1 become -1 and 1."""

    takes_probabilities = False

    labels = "binary"
