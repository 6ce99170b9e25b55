"""A rule's reasoning: conditions with thresholds, and how far a value is beyond."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

CERTAIN = math.inf


@dataclass(frozen=True, slots=True)
class Condition:
    """A value that must reach a threshold."""

    name: str
    value: float
    threshold: float
    below: bool = False
    """The value must be below the threshold, not at or above it."""

    @property
    def holds(self) -> bool:
        """Whether the value is on the side that is asked for."""
        if self.below:
            return self.value < self.threshold
        return self.value >= self.threshold

    @property
    def margin(self) -> float:
        """How many times the value would have to double or halve to cross over.

        Negative if the condition does not hold; source: log2(value/threshold).
        """
        high, low = self.value, self.threshold
        if self.below:
            high, low = low, high
        if high <= 0 or low <= 0:
            return CERTAIN if self.holds else -CERTAIN
        return math.log2(high) - math.log2(low) if math.isfinite(high) else CERTAIN


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which a verdict can be reached: every condition must hold."""

    conditions: Sequence[Condition]
    sentence: str
    """A format; `{name}` stands for a number of `numbers` or of the conditions,
    `{epoch}` for the epoch and `{when}` for "in epoch 3" or "before training"."""
    epoch: int | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Further evidence that decides nothing."""

    @property
    def holds(self) -> bool:
        """Whether the case is made."""
        return all(condition.holds for condition in self.conditions)

    @property
    def margin(self) -> float:
        """How far the weakest condition is from its threshold."""
        return min((condition.margin for condition in self.conditions), default=CERTAIN)

    def evidence(self) -> dict[str, float]:
        """The numbers that fired, and further ones; finite, as JSON wants them."""
        fired = {condition.name: condition.value for condition in self.conditions}
        together = {**fired, **self.numbers}
        return {
            name: float(value)
            for name, value in together.items()
            if math.isfinite(value)
        }

    def describe(self) -> str:
        """The sentence with its numbers."""
        fired = {condition.name: condition.value for condition in self.conditions}
        when = f"in epoch {self.epoch}" if self.epoch else "before training"
        epoch = {"epoch": self.epoch, "when": when}
        text = self.sentence.format(**fired | dict(self.numbers) | epoch)
        return text.replace("%", " %")
