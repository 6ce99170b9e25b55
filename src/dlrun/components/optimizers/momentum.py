"""Optimizers that follow the gradient, or a moving average of it, by a fixed size."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from dlrun.components.fields import (
    Fraction,
    NonNegativeFloat,
    OpenFraction,
    PositiveFloat,
    PositiveInt,
)
from dlrun.components.optimizers.optimizer import Optimizer
from dlrun.components.schedules import LearningRate


class SGD(Optimizer):
    """Gradient descent on batches, with or without momentum."""

    learning_rate: LearningRate = 0.01
    """The size of a step: a number above 0, or a schedule."""
    momentum: Fraction = 0.0
    """The share of the last step in the next one."""
    nesterov: bool = False
    """Whether the gradient is taken ahead of the momentum; needs one above 0."""

    @property
    @override
    def slots(self) -> int:
        return int(self.momentum > 0)


class Lion(Optimizer):
    """Steps of one size along the sign of a moving average of the gradient.

    Source: Chen et al. (2023), Symbolic Discovery of Optimization Algorithms.
    """

    beta_1: OpenFraction = 0.9
    """The share of the moving average in the direction of a step."""
    beta_2: Fraction = 0.99
    """The share of the old value in the moving average."""

    @property
    @override
    def slots(self) -> int:
        return 1


class Muon(Optimizer):
    """Orthogonal steps for matrices, AdamW for embeddings and all other weights.

    Source: Jordan et al. (2024), Muon; Liu et al. (2025), Muon is Scalable for LLM
    Training.
    """

    cures: ClassVar[dict[str, str]] = {
        **Optimizer.cures,
        "beta_1": "use adam_beta_1",
        "beta_2": "use adam_beta_2",
    }

    weight_decay: NonNegativeFloat | None = 0.004
    """The share of each weight, times the learning rate, that each step takes away."""
    momentum: Fraction = 0.95
    """The share of the old value in the moving average of the gradient."""
    nesterov: bool = True
    """Whether the gradient is taken ahead of the momentum."""
    ns_steps: PositiveInt = 5
    """The Newton-Schulz iterations that make a step orthogonal."""
    rms_rate: PositiveFloat | None = 0.2
    """The size of a step beside one of Adam's; nothing: not adapted."""
    exclude_embeddings: bool = True
    """Whether embeddings are left to AdamW."""
    adam_lr_ratio: PositiveFloat = 1.0
    """The learning rate of AdamW as a share of Muon's."""
    adam_beta_1: Fraction = 0.9
    """The `beta_1` of AdamW."""
    adam_beta_2: Fraction = 0.999
    """The `beta_2` of AdamW."""
    adam_weight_decay: NonNegativeFloat | None = 0.004
    """The `weight_decay` of AdamW."""
    epsilon: PositiveFloat = 1e-7
    """A small number that keeps the division of AdamW finite."""
