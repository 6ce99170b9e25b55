"""Faults put into real tables, each in several strengths: does the linter see them?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from lint_tables import Real

MOST_ROWS = 3000
"""Rows of a table that faults are put into."""
ROWS_AT_LEAST = 300


@dataclass(slots=True)
class Spoiled:
    """A table with a fault, and an experiment on it."""

    frame: pd.DataFrame
    config: dict[str, Any]
    random: np.random.Generator
    real: Real
    held: pd.DataFrame | None = None
    """Validation rows of a file of their own."""
    columns: list[str] = field(default_factory=list)

    @property
    def labels(self) -> pd.Series:
        return self.frame[self.real.label]

    def add(self, name: str, cells: Any, encoder: Any) -> None:
        self.frame[name] = cells
        self.config["data"]["columns"][name] = encoder

    def a_number(self) -> str | None:
        """A column of many different numbers."""
        for name, encoder in self.config["data"]["columns"].items():
            cells = self.frame[name]
            is_number = pd.api.types.is_numeric_dtype(cells)
            if encoder != "drop" and is_number and cells.nunique() > 20:
                return str(name)
        return None

    def divide(self) -> None:
        """Let the last quarter of mixed rows stand in a file of their own."""
        mixed = self.frame.sample(frac=1, random_state=1).reset_index(drop=True)
        border = len(mixed) * 3 // 4
        self.frame, self.held = mixed[:border].copy(), mixed[border:].copy()
        del self.config["data"]["split"]
        label = self.real.label
        own = {"csv": {"path": "held.csv", "labels": label}}
        self.config["data"]["validation"] = own


Put = Callable[[Spoiled, float], bool]
"""Puts a fault of a strength into a table; False: it cannot be there."""


def copy_of_label(one: Spoiled, noise: float) -> bool:
    if one.real.is_of_classes:
        codes = one.labels.astype("category").cat.codes.to_numpy()
        kinds = int(codes.max()) + 1
        drawn = one.random.integers(0, kinds, len(codes))
        cells = np.where(one.random.random(len(codes)) < noise, drawn, codes)
        one.add(
            "fault", [f"k{(3 * code + 1) % (kinds + 7)}" for code in cells], "one_hot"
        )
        counts = np.bincount(codes)
        return bool(len(codes) - counts.max() >= 30 and (kinds + 7) % 3)
    numbers = one.labels.to_numpy(dtype="float64")
    cells = numbers + noise * numbers.std() * one.random.normal(0, 1, len(numbers))
    one.add("fault", 2.5 * cells + 3, "scale")
    return True


def rows_twice(one: Spoiled, share: float) -> bool:
    if one.frame.duplicated().mean() > 0.01:
        return False
    again = one.frame.sample(frac=share, random_state=1)
    one.frame = pd.concat([one.frame, again], ignore_index=True)
    return True


def column_twice(one: Spoiled, noise: float) -> bool:
    name = one.a_number()
    if name is None:
        return False
    cells = one.frame[name].to_numpy(dtype="float64")
    noisy = cells + noise * np.nanstd(cells) * one.random.normal(0, 1, len(cells))
    one.add("fault", 2.54 * noisy, one.config["data"]["columns"][name])
    return True


def categories_twice(one: Spoiled, _: float) -> bool:
    for name, encoder in list(one.config["data"]["columns"].items()):
        cells = one.frame[name]
        kinds = cells.nunique()
        if not isinstance(encoder, dict) or "one_hot" not in encoder:
            continue
        others = len(cells) - cells.value_counts().max()
        if kinds * 5 <= len(cells) and others >= 10:
            one.add(
                "fault",
                cells.map(lambda cell: f"x {cell}", na_action="ignore"),
                encoder,
            )
            return True
    return False


def one_value(one: Spoiled, gaps: float) -> bool:
    is_gap = one.random.random(len(one.frame)) < gaps
    one.add("fault", np.where(is_gap, np.nan, 7.0), {"impute": "median"})
    return True


def sorted_by_label(one: Spoiled, runs: float) -> bool:
    frame = one.frame.sort_values(one.real.label, kind="stable").reset_index(drop=True)
    if not one.real.is_of_classes:
        places = np.arange(len(frame)) + runs * len(frame) * one.random.normal(
            0, 0.05, len(frame)
        )
        frame = frame.iloc[np.argsort(places)].reset_index(drop=True)
    elif runs:
        blocks = np.array_split(np.arange(len(frame)), int(10 * runs))
        order = np.concatenate([blocks[k] for k in one.random.permutation(len(blocks))])
        frame = frame.iloc[order].reset_index(drop=True)
    one.frame = frame
    del one.config["data"]["split"]
    one.config["fit"] = {"validation_split": 0.25}
    return True


def other_units(one: Spoiled, factor: float) -> bool:
    name = one.a_number()
    if name is None:
        return False
    one.divide()
    assert one.held is not None
    one.held[name] = one.held[name] * factor
    sizes = one.frame[name].abs()
    return bool(sizes[sizes > 0].quantile(0.95) < 10 * sizes[sizes > 0].quantile(0.05))


def other_categories(one: Spoiled, share: float) -> bool:
    cells = [f"s{number}" for number in one.random.integers(0, 30, len(one.frame))]
    one.add("fault", cells, {"hash": {"num_bins": 8, "output_mode": "one_hot"}})
    one.divide()
    assert one.held is not None
    is_new = one.random.random(len(one.held)) < share
    one.held["fault"] = np.where(is_new, "new " + one.held["fault"], one.held["fault"])
    return True


def gaps_by_label(one: Spoiled, difference: float) -> bool:
    low, labels = 0.02, one.labels
    if one.real.is_of_classes:
        chosen = (labels == labels.mode()[0]).to_numpy()
    else:
        chosen = (labels > labels.median()).to_numpy()
    shares = np.where(chosen, low + difference, low)
    is_gap = one.random.random(len(labels)) < shares
    cells = np.where(is_gap, np.nan, one.random.normal(0, 1, len(labels)))
    one.add("fault", cells, [{"impute": "median"}, "scale"])
    return 50 <= chosen.sum() <= len(chosen) - 50


def few_of_a_class(one: Spoiled, share: float) -> bool:
    counts = one.labels.value_counts()
    if not one.real.is_of_classes or len(counts) > 6 or len(one.frame) < 600:
        return False
    name = counts.index[-1]
    kept = max(4, round(share * len(one.frame)))
    drop = one.frame.index[one.labels == name][kept:]
    one.frame = one.frame.drop(drop).reset_index(drop=True)
    return bool(counts.iloc[-1] >= kept and len(one.frame) >= 500)


FAULTS: dict[str, tuple[str, Put, tuple[float, ...]]] = {
    "label, so much of it noise": ("label-told", copy_of_label, (0, 0.01, 0.03, 0.1)),
    "rows twice, a share of them": ("leaked-rows", rows_twice, (0.05, 0.1, 0.3)),
    "column twice, with noise": ("near-equal-columns", column_twice, (0, 0.01, 0.03)),
    "categories renamed": ("near-equal-columns", categories_twice, (0,)),
    "one value, a share of gaps": ("constant-column", one_value, (0, 0.3)),
    "sorted; in blocks / 10; moved": ("labels-in-order", sorted_by_label, (0, 1, 2)),
    "another unit, times": ("other-units", other_units, (0.001, 0.01, 100, 1000)),
    "new categories, a share": ("unseen-categories", other_categories, (0.2, 0.5, 1)),
    "gaps of a class, more by": ("gaps-tell-label", gaps_by_label, (0.1, 0.2, 0.4)),
    "a class of a share of rows": ("rare-class", few_of_a_class, (0.02, 0.005)),
}
"""What is put in, under what code it must be found, and in which strengths."""


def spoiled(real: Real, put: Put, strength: float) -> Iterator[Spoiled]:
    """The table with the fault, where it can be there."""
    frame = real.frame
    if len(frame) < ROWS_AT_LEAST:
        return
    if len(frame) > MOST_ROWS:
        frame = frame.sample(MOST_ROWS, random_state=1)
    one = Spoiled(
        frame.reset_index(drop=True),
        real.config(),
        np.random.default_rng([len(frame), *real.name.encode()]),
        real,
    )
    if put(one, strength):
        yield one
