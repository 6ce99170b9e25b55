"""What a change acts on: a resolved config, and what is known of its data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from dlrun.changes.change import Values, named, value_at
from dlrun.changes.layers import Layers, read_layers
from dlrun.components.index import default_of
from dlrun.diagnosis.recording import number_of, numbers_of, whole_of

RATES = ("initial_learning_rate", "end_learning_rate", "warmup_target")
"""The arguments of schedules that are learning rates."""
_LARGE = 10.0
"""A size of targets that a net takes long to reach by steps of usual rates (ours)."""
_USUAL = 0.001
"""The learning rate of an optimizer that nobody knows."""


@dataclass(frozen=True)
class Setup:
    """A config and its data, as the changes read them."""

    config: Values
    """Resolved: what `config.json` of a run holds."""
    facts: Values = field(default_factory=dict)
    """What is known of the data, as `diagnose` takes it."""
    epochs: int = 0
    """How many it trained for; 0: not known."""

    @cached_property
    def layers(self) -> Layers:
        """The layers of the model."""
        return read_layers(self.config)

    def value(self, *keys: str) -> object:
        """The value of the config below some keys; None if it is not there."""
        return value_at(self.config, *keys)

    def number(self, *keys: str) -> float:
        """A number of the config; 0 if it is not there."""
        return number_of(self.value(*keys)) or 0.0

    def whole(self, *keys: str) -> int:
        """An integer of the config; 0 if it is not there."""
        return whole_of(self.value(*keys)) or 0

    def items(self, *keys: str) -> Sequence[object]:
        """A list of the config; empty if it is not there."""
        value = self.value(*keys)
        return value if isinstance(value, list | tuple) else ()

    @property
    def feature_size(self) -> float:
        """The root mean square of the features; 0: not known."""
        return number_of(self.facts.get("feature_size")) or 0.0

    @property
    def label_spread(self) -> float:
        """The standard deviation of the targets; 0: not known."""
        return math.sqrt(number_of(self.facts.get("label_variance")) or 0.0)

    @property
    def label_mean(self) -> float:
        """The mean of the targets; 0: not known."""
        return number_of(self.facts.get("label_mean")) or 0.0

    @property
    def has_large_labels(self) -> bool:
        """Whether the targets are far from 0, or far from each other."""
        spread = self.label_spread
        return spread > _LARGE or (spread > 0 and abs(self.label_mean) > _LARGE)

    @property
    def optimizer(self) -> tuple[str, Values]:
        """Its class and its arguments."""
        return named(self.value("compile", "optimizer"))

    @property
    def usual_rate(self) -> float:
        """The default learning rate of the optimizer."""
        usual = default_of("optimizer", self.optimizer[0], "learning_rate")
        return usual if isinstance(usual, float) else _USUAL

    @property
    def highest_rate(self) -> float:
        """The learning rate; of a schedule, the highest that it states."""
        rate = self.optimizer[1].get("learning_rate")
        own = number_of(rate)
        if own is not None:
            return own
        _, schedule = named(rate)
        stated = [number_of(schedule.get(key)) for key in RATES]
        stated += numbers_of(schedule.get("values"))
        numbers = [number for number in stated if number is not None]
        return max(numbers, default=self.usual_rate)
