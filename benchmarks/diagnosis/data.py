"""The rows of the study: seeded, written as .npz files, or taken from `datasets/`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
SHIPPED = (
    "breast_cancer.csv",
    "digits.npz",
    "gender_population.csv",
    "sequences.npz",
    "trial.csv",
)
Rows = tuple[np.ndarray, np.ndarray]
"""Features and labels."""
Parts = dict[str, np.ndarray]
"""Arrays by name: `x`, `y`; with validation rows of their own `x_held`, `y_held`."""


def write_data(directory: Path) -> None:
    """Write every file that a case names; what is there already is kept."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in SHIPPED:
        if not (directory / name).exists():
            shutil.copy(ROOT / "datasets" / name, directory)
    for number, (name, make) in enumerate(MADE.items()):
        file = directory / f"{name}.npz"
        if not file.exists():
            made = make(np.random.default_rng([20, number]))
            arrays = made if isinstance(made, dict) else {"x": made[0], "y": made[1]}
            np.savez(file, **{key: _small(array) for key, array in arrays.items()})


def _small(array: np.ndarray) -> np.ndarray:
    return array.astype("int64" if array.dtype.kind in "iu" else "float32")


def spirals(random: np.random.Generator, rows: int, wrong: float = 0.0) -> Rows:
    """Three arms in the plane; a share of the labels is replaced at random."""
    labels = np.arange(rows) % 3
    radius = np.sqrt(random.uniform(0.02, 1, rows))
    angle = 7 * radius + labels * 2 * np.pi / 3 + random.normal(0, 0.12, rows)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return points, replaced(random, labels, wrong, 3)


def replaced(
    random: np.random.Generator, labels: np.ndarray, share: float, classes: int
) -> np.ndarray:
    """The labels, a share of them moved to another class."""
    moved = random.random(len(labels)) < share
    return np.where(
        moved, (labels + random.integers(1, classes, len(labels))) % classes, labels
    )


def shapes(
    random: np.random.Generator, rows: int, wrong: float = 0.0, noise: float = 0.25
) -> Rows:
    """Images `(12, 12, 1)`: a disc, a square, a plus or a cross, in noise."""
    labels = random.integers(0, 4, rows)
    down, right = np.mgrid[0:12, 0:12]
    images = random.normal(0, noise, (rows, 12, 12))
    for image, label in zip(images, labels, strict=True):
        y, x = random.uniform(4, 7, 2)
        size = random.uniform(2.4, 4)
        image[_inside(int(label), down - y, right - x, size)] += 1
    return images[..., None], replaced(random, labels, wrong, 4)


def _inside(kind: int, y: np.ndarray, x: np.ndarray, size: float) -> np.ndarray:
    """The pixels of a shape; the disc and the square have a hole."""
    if kind == 0:
        return np.abs(np.hypot(y, x) - size) < 0.8
    far = np.maximum(np.abs(y), np.abs(x))
    if kind == 1:
        return np.abs(far - size) < 0.6
    near = (
        np.minimum(np.abs(y), np.abs(x)) if kind == 2 else np.abs(np.abs(y) - np.abs(x))
    )
    return (near < 0.8) & (far < size + 0.5)


def waves(
    random: np.random.Generator, rows: int, wrong: float = 0.0, noise: float = 0.2
) -> Rows:
    """Sequences `(24, 1)`: a slow, a middle or a fast oscillation at any phase."""
    labels = random.integers(0, 3, rows)
    cycles = np.array([1.2, 2.4, 4.0])[labels] * random.uniform(0.85, 1.15, rows)
    phase = random.uniform(0, 2 * np.pi, rows)
    time = np.linspace(0, 1, 24)
    values = np.sin(2 * np.pi * cycles[:, None] * time + phase[:, None])
    values += random.normal(0, noise, values.shape)
    return values[..., None], replaced(random, labels, wrong, 3)


def average(random: np.random.Generator, rows: int) -> Rows:
    """Sequences `(16, 2)` of values and marks; asked is the mean of those marked."""
    values = random.uniform(-1, 1, (rows, 16))
    marks = (random.random((rows, 16)) < 0.3).astype(float)
    marks[np.arange(rows), random.integers(0, 16, rows)] = 1
    target = 2 * (values * marks).sum(axis=1) / marks.sum(axis=1)
    return np.stack([values, marks], axis=2), target


def friedman(
    random: np.random.Generator, rows: int, noise: float = 1.0, times: float = 1.0
) -> Rows:
    """Ten features, five of which count.

    Source: Friedman, J. (1991). Multivariate adaptive regression splines, model 1.
    """
    x = random.uniform(0, 1, (rows, 10))
    target = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2
    target += 10 * x[:, 3] + 5 * x[:, 4] + random.normal(0, noise, rows)
    return x, target * times


def ripple(
    random: np.random.Generator, rows: int, noise: float = 0.05, times: float = 1.0
) -> Rows:
    """A surface over the plane that no straight one comes near."""
    x = random.uniform(-1, 1, (rows, 2))
    target = np.sin(4 * x[:, 0]) * np.cos(4 * x[:, 1]) + random.normal(0, noise, rows)
    return x, target * times


def board(random: np.random.Generator, rows: int) -> Rows:
    """The squares of a 4 x 4 board, black and white."""
    x = random.uniform(-2, 2, (rows, 2))
    return x, np.floor(x).astype(int).sum(axis=1) % 2


def moons(random: np.random.Generator, rows: int, wrong: float = 0.0) -> Rows:
    """Two half moons that hook into each other."""
    labels = np.arange(rows) % 2
    angle = random.uniform(0, np.pi, rows)
    side = 1 - 2 * labels
    points = np.stack(
        [side * np.cos(angle) + labels, side * np.sin(angle) + labels / 2], 1
    )
    points += random.normal(0, 0.15, points.shape)
    return points, replaced(random, labels, wrong, 2)


def table(
    random: np.random.Generator, rows: int, wrong: float = 0.0, features: int = 20
) -> Rows:
    """Four classes by the signs of two sums of five features; the rest is noise."""
    x = random.normal(size=(rows, features))
    labels = 2 * (x[:, :5].sum(axis=1) > 0) + (x[:, 5:10].sum(axis=1) > 0)
    return x, replaced(random, labels, wrong, 4)


def rare(
    random: np.random.Generator, rows: int, share: float, shape: tuple[int, ...] = (8,)
) -> Rows:
    """A rare class that is moved a little: too little to ever bet on it."""
    labels = (np.arange(rows) < share * rows).astype(int)
    x = random.normal(size=(rows, *shape))
    return x + 0.4 * labels.reshape(-1, *[1] * len(shape)) / np.sqrt(
        np.prod(shape)
    ), labels


def leaked(make: Callable[..., Rows], random: np.random.Generator, rows: int) -> Parts:
    """Validation rows that are copies of train rows: those labelled rightly."""
    seed = int(random.integers(2**31))
    x, y = make(np.random.default_rng(seed), rows, 0.3)
    right = np.flatnonzero(y == make(np.random.default_rng(seed), rows, 0.0)[1])
    chosen = right[: rows // 3]
    return {"x": x, "y": y, "x_held": x[chosen], "y_held": y[chosen]}


def beside(train: Rows, held: Rows) -> Parts:
    """Train and validation rows that were not labelled by the same people."""
    return {"x": train[0], "y": train[1], "x_held": held[0], "y_held": held[1]}


MADE: dict[str, Callable[[np.random.Generator], Rows | Parts]] = {
    "moons": partial(moons, rows=1200),
    "moons_wrong": partial(moons, rows=400, wrong=0.2),
    "moons_leaked": partial(leaked, moons, rows=900),
    "table": partial(table, rows=3000),
    "table_wrong": partial(table, rows=1000, wrong=0.3),
    "ripple": partial(ripple, rows=1500),
    "ripple_large": partial(ripple, rows=1500, times=1000.0),
    "rare_table": partial(rare, rows=2000, share=0.03),
    "spirals": partial(spirals, rows=2500),
    "spirals_wrong": partial(spirals, rows=900, wrong=0.3),
    "spirals_leaked": partial(leaked, spirals, rows=1200),
    "shapes": partial(shapes, rows=1200),
    "shapes_wrong": partial(shapes, rows=700, wrong=0.35),
    "shapes_checked": lambda random: beside(
        shapes(random, 900, wrong=0.35), shapes(random, 400)
    ),
    "waves": partial(waves, rows=1200),
    "waves_wrong": partial(waves, rows=500, wrong=0.35),
    "waves_leaked": partial(leaked, waves, rows=900),
    "average": partial(average, rows=1500),
    "friedman": partial(friedman, rows=2500),
    "friedman_noise": partial(friedman, rows=400, noise=4.0),
    "friedman_large": partial(friedman, rows=2500, times=1000.0),
    "board": partial(board, rows=4000),
    "rare_rows": partial(rare, rows=2500, share=0.02),
    "rare_images": partial(rare, rows=1500, share=0.03, shape=(8, 8, 1)),
    "rare_sequences": partial(rare, rows=1500, share=0.025, shape=(12, 1)),
}
"""Files by name. New ones go to the end: the place in this list seeds the rows."""
