"""Optimizers that scale the step of each weight by the gradients it has had."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from dlrun.components.fields import Fraction, NonNegativeFloat, PositiveFloat
from dlrun.components.optimizers.optimizer import Optimizer

NonPositiveFloat = Annotated[float, Field(le=0, allow_inf_nan=False)]


class RMSprop(Optimizer):
    """Steps divided by the root of a moving average of the squared gradient.

    Source: Hinton (2012), Neural Networks for Machine Learning, lecture 6.
    """

    adapts = True

    rho: Fraction = 0.9
    """The share of the old value in the moving average."""
    momentum: Fraction = 0.0
    """The share of the last step in the next one."""
    epsilon: PositiveFloat = 1e-7
    """A small number that keeps the division finite."""
    centered: bool = False
    """Whether the variance of the gradient replaces its square."""

    @property
    @override
    def slots(self) -> int:
        return 1 + (self.momentum > 0) + self.centered


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients so far.

    Source: Duchi et al. (2011), Adaptive Subgradient Methods.
    """

    initial_accumulator_value: NonNegativeFloat = 0.1
    """The sum before the first step."""
    epsilon: PositiveFloat = 1e-7
    """A small number that keeps the division finite."""

    @property
    @override
    def slots(self) -> int:
        return 1


class Adadelta(Optimizer):
    """Steps whose size follows the sizes of the last ones.

    Source: Zeiler (2012), ADADELTA: An Adaptive Learning Rate Method. There the
    learning rate is 1; Keras' default is smaller.
    """

    rho: Fraction = 0.95
    """The share of the old value in the moving averages."""
    epsilon: PositiveFloat = 1e-7
    """A small number that keeps the division finite."""


class Adafactor(Optimizer):
    """Adam in little memory: a matrix's squared gradients as a row and a column.

    Source: Shazeer and Stern (2018), Adafactor: Adaptive Learning Rates with Sublinear
    Memory Cost.
    """

    beta_2_decay: NonPositiveFloat = -0.8
    """The power of the step that the average forgets by."""
    epsilon_1: PositiveFloat = 1e-30
    """A small number that keeps the division finite."""
    epsilon_2: PositiveFloat = 1e-3
    """The smallest size of a weight that counts in the size of its step."""
    clip_threshold: PositiveFloat = 1.0
    """The largest root mean square of a step, before the learning rate."""
    relative_step: bool = True
    """Whether a learning rate that is a number falls with the root of the step."""


class Ftrl(Optimizer):
    """Follow the regularized leader; made for large linear models with sparse inputs.

    Source: McMahan et al. (2013), Ad Click Prediction: a View from the Trenches.
    """

    learning_rate_power: NonPositiveFloat = -0.5
    """The power by which the learning rate falls; 0 keeps it."""
    initial_accumulator_value: NonNegativeFloat = 0.1
    """The sum of squared gradients before the first step."""
    l1_regularization_strength: NonNegativeFloat = 0.0
    """The factor on the sum of the absolute weights."""
    l2_regularization_strength: NonNegativeFloat = 0.0
    """The factor on the sum of the squared weights."""
    l2_shrinkage_regularization_strength: NonNegativeFloat = 0.0
    """The factor on the sum of the squared weights, as a penalty on the loss."""
    beta: NonNegativeFloat = 0.0
    """The beta of the paper."""
