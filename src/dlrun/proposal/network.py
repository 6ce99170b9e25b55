"""How large a first network is, and how long it trains, by the rows there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sizes of a network and of its training."""

    units: tuple[int, ...]
    """Of the hidden layers."""
    dropout: float
    learning_rate: float
    batch_size: int
    epochs: int
    patience: int


_RECIPES: Sequence[tuple[int, Recipe]] = (
    (300, Recipe((16,), 0.0, 0.01, 16, 100, 20)),
    (1_000, Recipe((32,), 0.1, 0.005, 16, 100, 20)),
    (3_000, Recipe((64, 32), 0.1, 0.003, 32, 100, 15)),
    (10_000, Recipe((128, 128), 0.1, 0.005, 64, 150, 25)),
    (50_000, Recipe((128, 128), 0.1, 0.003, 128, 60, 10)),
    (200_000, Recipe((128, 128), 0.0, 0.002, 256, 30, 5)),
    (1_000_000, Recipe((256, 128), 0.0, 0.002, 512, 15, 3)),
)
_LARGEST = Recipe((256, 128), 0.0, 0.002, 2048, 8, 2)


def recipe_for(rows: int) -> Recipe:
    """The recipe for so many rows."""
    return next((one for most, one in _RECIPES if rows <= most), _LARGEST)
