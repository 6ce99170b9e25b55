"""The schedules of Keras: learning rates that fall with the number of steps."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import model_validator
from typing_extensions import override

from dlrun.components.fields import (
    AsTuple,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    UnitInterval,
)
from dlrun.components.schedules.schedule import DecaySteps, Schedule
from dlrun.components.words import shown


class ExponentialDecay(Schedule):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`."""

    initial_learning_rate: PositiveFloat
    """The learning rate of the first step."""
    decay_steps: DecaySteps
    """After so many steps the rate has been multiplied by `decay_rate` once; `auto`:
    those of the run."""
    decay_rate: PositiveFloat
    """The factor per `decay_steps`; below 1 the rate falls."""
    staircase: bool = False
    """Whether the rate changes only every `decay_steps`, not at every step."""


class InverseTimeDecay(Schedule):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    The old argument `decay` of Keras' optimizers is this with `decay_steps: 1`.
    """

    initial_learning_rate: PositiveFloat
    """The learning rate of the first step."""
    decay_steps: DecaySteps
    """The steps over which the divisor grows by `decay_rate`; `auto`: those of the
    run."""
    decay_rate: NonNegativeFloat
    """The growth of the divisor."""
    staircase: bool = False
    """Whether the rate changes only every `decay_steps`, not at every step."""


class PolynomialDecay(Schedule):
    """From the first to the last learning rate; a straight line for `power: 1`."""

    initial_learning_rate: PositiveFloat
    """The learning rate of the first step."""
    decay_steps: DecaySteps
    """The steps until the end is reached, where the rate stays; `auto`: those of the
    run."""
    end_learning_rate: NonNegativeFloat = 0.0001
    """The learning rate at the end."""
    power: PositiveFloat = 1.0
    """The power of the curve; above 1 it falls fast first."""
    cycle: bool = False
    """Whether a longer and lower fall begins when the end is reached."""


class CosineDecay(Schedule):
    """Down a half cosine; before that, with `warmup_target`, up a straight line.

    Source: Loshchilov and Hutter (2016), SGDR: Stochastic Gradient Descent with Warm
    Restarts.
    """

    initial_learning_rate: NonNegativeFloat
    """The learning rate of the first step; 0 only with a warmup."""
    decay_steps: DecaySteps
    """The steps of the fall; `auto`: those of the run."""
    alpha: UnitInterval = 0.0
    """The last learning rate as a share of the highest."""
    warmup_target: PositiveFloat | None = None
    """The learning rate that the warmup leads to; nothing: no warmup."""
    warmup_steps: NonNegativeInt = 0
    """The steps of the warmup, before those of the fall."""

    @model_validator(mode="after")
    def _warmup_is_whole(self) -> Self:
        if self.warmup_target is not None and not self.warmup_steps:
            message = "`warmup_target` has no effect while warmup_steps is 0"
            self.refuse(
                "warmup_target", "missing-key", message, "add warmup_steps: 100"
            )
        if self.warmup_target is None and self.warmup_steps:
            message = "`warmup_steps` has no effect without warmup_target"
            hint = "add warmup_target: 0.001"
            self.refuse("warmup_steps", "missing-key", message, hint)
        if self.warmup_target is None and not self.initial_learning_rate:
            message = (
                "`initial_learning_rate` must be above 0.0 without a warmup, found 0.0"
            )
            hint = "use a number above 0.0, as in 0.001"
            self.refuse("initial_learning_rate", "out-of-range", message, hint)
        return self


class CosineDecayRestarts(Schedule):
    """Down a half cosine, again and again.

    Source: Loshchilov and Hutter (2016), SGDR: Stochastic Gradient Descent with Warm
    Restarts.
    """

    initial_learning_rate: PositiveFloat
    """The learning rate of the first step."""
    first_decay_steps: PositiveInt
    """The steps of the first fall."""
    t_mul: PositiveFloat = 2.0
    """The factor on the length of each further fall."""
    m_mul: PositiveFloat = 1.0
    """The factor on the highest learning rate of each further fall."""
    alpha: UnitInterval = 0.0
    """The last learning rate of a fall as a share of its highest."""


class PiecewiseConstantDecay(Schedule):
    """One learning rate up to each boundary, and one after the last."""

    boundaries: Annotated[tuple[PositiveInt, ...], AsTuple]
    """The steps after which the rate changes, in rising order."""
    values: Annotated[tuple[PositiveFloat, ...], AsTuple]
    """The learning rates; one more than boundaries."""

    @model_validator(mode="after")
    def _pieces_fit(self) -> Self:
        if not self.boundaries:
            message = "`boundaries` must hold at least one step, found none"
            hint = "write the steps after which the rate changes, as in [100, 200]"
            self.refuse("boundaries", "wrong-length", message, hint)
        if any(later <= earlier for earlier, later in pairwise(self.boundaries)):
            steps = list(self.boundaries)
            message = f"`boundaries` must rise, found {shown(steps)}"
            hint = f"write {sorted(set(steps))}"
            self.refuse("boundaries", "out-of-range", message, hint)
        wanted = len(self.boundaries) + 1
        if len(self.values) != wanted:
            message = (
                f"`values` must hold one number more than boundaries: {wanted}, "
                f"found {len(self.values)}"
            )
            hint = "write the rate before, between and after the boundaries"
            self.refuse("values", "wrong-length", message, hint)
        return self

    @override
    def keras_arguments(self) -> dict[str, Any]:
        """The arguments for the Keras class, which expects lists."""
        return {"boundaries": list(self.boundaries), "values": list(self.values)}
