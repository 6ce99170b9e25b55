"""The kind `Optimizer`: how the gradients of a step change the weights."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from typing_extensions import override

from dlrun.components.fields import (
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    UnitInterval,
)
from dlrun.components.keras_component import KerasComponent
from dlrun.components.schedules import LearningRate


class Optimizer(KerasComponent, kind="optimizer"):
    """A rule that changes the weights by the gradients of each step."""

    keras_module = "optimizers"
    main_argument = "learning_rate"
    traits = ("adapts",)
    adapts: ClassVar[bool] = False
    """Whether it adapts the step of each weight as Adam does."""
    cures: ClassVar[dict[str, str]] = {
        "decay": "use a schedule as the learning_rate, such as ExponentialDecay",
        "momentum": "use SGD or RMSprop; in the family of Adam, beta_1 is the momentum",
    }

    learning_rate: LearningRate = 0.001
    """The size of a step: a number above 0, or a schedule."""
    weight_decay: NonNegativeFloat | None = None
    """The share of each weight, times the learning rate, that each step takes away."""
    clipnorm: PositiveFloat | None = None
    """The largest norm of the gradient of one weight; larger ones are scaled down."""
    clipvalue: PositiveFloat | None = None
    """The largest absolute value within a gradient; larger ones are cut."""
    global_clipnorm: PositiveFloat | None = None
    """The largest norm of all gradients together; larger ones are scaled down."""
    use_ema: bool = False
    """Whether a moving average of the weights is kept."""
    ema_momentum: UnitInterval = 0.99
    """The share of the old average in the new one."""
    ema_overwrite_frequency: PositiveInt | None = None
    """The steps between two replacements of the weights by their average."""
    gradient_accumulation_steps: Annotated[int, Field(ge=2)] | None = None
    """The steps whose mean gradient makes one change of the weights."""

    @property
    def copies(self) -> int:
        """How many numbers it remembers of each trained weight, at most."""
        averages = int(self.use_ema) + (self.gradient_accumulation_steps is not None)
        return self.slots + averages

    @property
    def slots(self) -> int:
        """How many of them come from its rule: two for a mean and a variance."""
        return 2

    @classmethod
    @override
    def derived_aliases(cls) -> tuple[str, ...]:
        """The text that Keras accepts for the class: its name in lower case."""
        return (cls.__name__.lower(),)

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        clips = ("clipnorm", "clipvalue", "global_clipnorm")
        given = [name for name in clips if getattr(self, name) is not None]
        if len(given) > 1:
            first, second = given[:2]
            message = f"`{second}` cannot stand beside {first}"
            self.refuse(second, "conflict", message, f"remove {first} or {second}")
        if self.ema_overwrite_frequency is not None and not self.use_ema:
            message = "`ema_overwrite_frequency` has no effect without use_ema"
            hint = "add use_ema: true"
            self.refuse("ema_overwrite_frequency", "missing-key", message, hint)
        if self.use_ema and self.ema_overwrite_frequency is None:
            message = "`use_ema` alone keeps an average that the model never takes"
            hint = "add ema_overwrite_frequency: 100, the steps between two takings"
            self.refuse("use_ema", "missing-key", message, hint)
        return self
