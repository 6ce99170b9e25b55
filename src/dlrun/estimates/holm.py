"""Several comparisons at once: what each may still claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ALPHA = 0.05
"""How often at least one of several comparisons may claim too much."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one of several comparisons is held to."""

    p: float
    """Adjusted: below 0.05 where the comparison may claim a difference."""
    level: float
    """Of the interval that says the same: it leaves out 0 just where p < 0.05."""


def holm(values: Sequence[float], comparisons: int | None = None) -> list[Step]:
    """Adjust p values so that one false claim among all of them stays rare.

    Source: S. Holm, A simple sequentially rejective multiple test procedure (1979).

    Args:
        values: The p value of each comparison, in any order.
        comparisons: How many were possible, if these were picked from more: then
            every one is held to that number (Bonferroni).
    """
    many = comparisons or len(values)
    is_picked = many > len(values)
    steps: dict[int, Step] = {}
    adjusted, held_to, stopped = 0.0, many, False
    for rank, place in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        left = many if is_picked else many - rank
        adjusted = max(adjusted, min(1.0, left * values[place]))
        # Once a comparison claims nothing, the rest are held to what it was held to.
        held_to = held_to if stopped else left
        steps[place] = Step(adjusted, 1 - ALPHA / held_to)
        stopped = adjusted >= ALPHA
    return [steps[place] for place in range(len(values))]
