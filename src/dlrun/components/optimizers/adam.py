"""The family of Adam: steps scaled by averages of the gradient and its square."""

from __future__ import annotations

from typing_extensions import override

from dlrun.components.fields import (
    Fraction,
    NonNegativeFloat,
    NonNegativeInt,
    OpenFraction,
    PositiveFloat,
)
from dlrun.components.optimizers.optimizer import Optimizer
from dlrun.components.schedules import LearningRate


class Adam(Optimizer):
    """Adam: steps scaled by the first two moments of the gradient.

    Source: Kingma and Ba (2014), Adam: A Method for Stochastic Optimization.
    """

    example_name = "Adam"
    adapts = True

    beta_1: Fraction = 0.9
    """The share of the old value in the moving average of the gradient."""
    beta_2: Fraction = 0.999
    """The share of the old value in the moving average of the squared gradient."""
    epsilon: PositiveFloat = 1e-7
    """A small number that keeps the division finite."""
    amsgrad: bool = False
    """Whether the average of the squares may never fall (Reddi et al., 2018)."""

    @property
    @override
    def slots(self) -> int:
        return 2 + self.amsgrad


class AdamW(Optimizer):
    """Adam with weight decay apart from the gradient.

    Source: Loshchilov and Hutter (2019), Decoupled Weight Decay Regularization.
    """

    adapts = True

    weight_decay: NonNegativeFloat = 0.004
    """The share of each weight, times the learning rate, that each step takes away."""
    beta_1: Fraction = 0.9
    """The share of the old value in the moving average of the gradient."""
    beta_2: Fraction = 0.999
    """The share of the old value in the moving average of the squared gradient."""
    epsilon: PositiveFloat = 1e-7
    """A small number that keeps the division finite."""
    amsgrad: bool = False
    """Whether the average of the squares may never fall (Reddi et al., 2018)."""

    @property
    @override
    def slots(self) -> int:
        return 2 + self.amsgrad


class Adamax(Optimizer):
    """Adam with the maximum norm in place of the second moment.

    Source: Kingma and Ba (2014), Adam: A Method for Stochastic Optimization, section 7.
    """

    adapts = True

    beta_1: Fraction = 0.9
    """The share of the old value in the moving average of the gradient."""
    beta_2: Fraction = 0.999
    """The share of the old value in the decaying maximum of the gradient."""
    epsilon: PositiveFloat = 1e-7
    """A small number that keeps the division finite."""


class Nadam(Optimizer):
    """Adam with Nesterov's momentum.

    Source: Dozat (2016), Incorporating Nesterov Momentum into Adam.
    """

    adapts = True

    beta_1: Fraction = 0.9
    """The share of the old value in the moving average of the gradient."""
    beta_2: Fraction = 0.999
    """The share of the old value in the moving average of the squared gradient."""
    epsilon: PositiveFloat = 1e-7
    """A small number that keeps the division finite."""


class Lamb(Optimizer):
    """Adam whose steps are scaled by the norm of each weight; made for large batches.

    Source: You et al. (2019), Large Batch Optimization for Deep Learning.
    """

    adapts = True

    aliases = ()

    beta_1: Fraction = 0.9
    """The share of the old value in the moving average of the gradient."""
    beta_2: Fraction = 0.999
    """The share of the old value in the moving average of the squared gradient."""
    epsilon: PositiveFloat = 1e-7
    """A small number that keeps the division finite."""


class ScheduleFreeAdamW(Optimizer):
    """AdamW that averages the weights in place of a falling learning rate.

    Source: Defazio et al. (2024), The Road Less Scheduled.
    """

    learning_rate: LearningRate = 0.0025
    """The size of a step: a number above 0, or a schedule."""
    beta_1: OpenFraction = 0.9
    """The place of the weights between the last step (0) and the average (1)."""
    beta_2: Fraction = 0.999
    """The share of the old value in the moving average of the squared gradient."""
    epsilon: PositiveFloat = 1e-8
    """A small number that keeps the division finite."""
    warmup_steps: NonNegativeInt = 0
    """The steps over which the learning rate rises from 0."""
