"""Write the data sets of this folder again, byte for byte.

The simulated ones need NumPy alone; `digits` and `breast_cancer` are exported from
scikit-learn, which dlrun itself does not need:

    python3 -m venv /tmp/export && /tmp/export/bin/pip install numpy scikit-learn
    /tmp/export/bin/python datasets/make_datasets.py
"""

from __future__ import annotations

import csv
import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent


def write_table(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_gender() -> None:
    """The six rows of the notes."""
    people = [(150, 67, 1), (130, 60, 1), (200, 65, 0), (125, 52, 1), (230, 72, 0)]
    write_table("gender.csv", ["weight", "height", "gender"], [*people, (181, 70, 0)])


def write_trial(seed: int = 2100) -> None:
    """1,050 people under 65 and 1,050 of 65 and more; in each group 52 exceptions."""
    rng = np.random.default_rng(seed)
    group, exceptions = 1050, 52
    ages = np.concatenate([rng.integers(13, 65, group), rng.integers(65, 101, group)])
    effects = np.repeat([0, 1], group)
    for start in (0, group):
        chosen = start + rng.choice(group, exceptions, replace=False)
        effects[chosen] = 1 - effects[chosen]
    order = rng.permutation(2 * group)
    rows = [(int(ages[row]), ("no", "yes")[effects[row]]) for row in order]
    write_table("trial.csv", ["age", "side_effect"], rows)


def write_gender_population(seed: int = 507, people: int = 2000) -> None:
    """Pairs of height and weight, normally distributed per sex, correlation 0.5."""
    rng = np.random.default_rng(seed)
    published = {  # mean and standard deviation of height in cm, of weight in kg
        "male": ((177.7, 7.2), (78.1, 10.5)),
        "female": ((164.9, 6.5), (60.6, 9.6)),
    }
    rows = []
    for sex, ((height, height_sd), (weight, weight_sd)) in published.items():
        first, second = rng.standard_normal((2, people))
        related = 0.5 * first + np.sqrt(1 - 0.5**2) * second
        heights = height + height_sd * first
        weights = np.maximum(35.0, weight + weight_sd * related)
        rows += [
            (f"{w:.1f}", f"{h:.1f}", sex) for h, w in zip(heights, weights, strict=True)
        ]
    shuffled = [rows[row] for row in rng.permutation(len(rows))]
    write_table("gender_population.csv", ["weight", "height", "gender"], shuffled)


def write_sequences(seed: int = 20, examples: int = 1000, steps: int = 20) -> None:
    """Noise with one pulse up and one pulse down; the class says which comes last."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([0, 1], examples // 2)).astype("uint8")
    values = rng.normal(0, 0.1, (examples, steps, 1))
    for row, label in enumerate(labels):
        first, last = sorted(rng.choice(steps, 2, replace=False))
        values[row, first, 0] += 1 if label == 0 else -1
        values[row, last, 0] += -1 if label == 0 else 1
    np.savez_compressed(HERE / "sequences.npz", x=values.astype("float32"), y=labels)


def write_digits() -> None:
    """All images as an array; and the first 20 of each digit as files."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = digits.images.astype("uint8")[..., None]
    labels = digits.target.astype("uint8")
    np.savez_compressed(HERE / "digits.npz", x=images, y=labels)
    for digit in range(10):
        folder = HERE / "digits_images" / str(digit)
        folder.mkdir(parents=True, exist_ok=True)
        for number, row in enumerate(np.flatnonzero(labels == digit)[:20]):
            pixels = np.rint(images[row, :, :, 0] * (255 / 16)).astype("uint8")
            (folder / f"{number:02}.png").write_bytes(png(pixels))


def write_digit_parts(seed: int = 8) -> None:
    """The images again, beside what can be said of each: numbers, classes, masks."""
    with np.load(HERE / "digits.npz") as digits:
        images, digit = digits["x"][..., 0].astype("float64"), digits["y"]
    ink = images.sum(axis=(1, 2))
    halves = [images[:, :4].sum((1, 2)), images[:, :, :4].sum((1, 2))]
    sides = [np.arange(8.0)[:, None], np.arange(8.0)[None]]
    centres = [(images * side).sum((1, 2)) / ink for side in sides]
    shares = [half / ink for half in halves]
    numbers = np.stack([ink / 16, *shares, *centres], axis=1)
    traits = [
        digit % 2 == 1,
        np.isin(digit, (2, 3, 5, 7)),
        np.isin(digit, (0, 6, 8, 9)),
    ]
    noise = np.random.default_rng(seed).normal(0, 4, images.shape)
    np.savez_compressed(
        HERE / "digit_parts.npz",
        image=images.astype("uint8")[..., None],
        numbers=np.rint(numbers * 1000).astype("int32"),
        noisy=np.clip(np.rint(images + noise), 0, 16).astype("uint8")[..., None],
        digit=digit,
        odd=digit % 2,
        traits=np.stack(traits, axis=1).astype("uint8"),
        mask=(images >= 8).astype("uint8")[..., None],
    )


def write_digit_pairs(seed: int = 9, pairs: int = 600) -> None:
    """Two images each, one half of one digit; which images are drawn."""
    with np.load(HERE / "digits.npz") as digits:
        images, digit = digits["x"], digits["y"]
    rng = np.random.default_rng(seed)
    same = rng.permutation(np.repeat([0, 1], pairs // 2))
    left = rng.integers(0, len(digit), pairs)
    right = np.empty_like(left)
    for row, is_same in enumerate(same):
        alike = digit == digit[left[row]]
        alike[left[row]] = not is_same  # an image is no pair with itself
        right[row] = rng.choice(np.flatnonzero(alike == is_same))
    np.savez_compressed(
        HERE / "digit_pairs.npz",
        left=images[left],
        right=images[right],
        same=same.astype("uint8"),
    )


def png(pixels: np.ndarray) -> bytes:
    """A grayscale image of 8 bits per pixel, `(height, width)`, as a PNG file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    height, width = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def write_breast_cancer() -> None:
    """All rows; spaces in the names of columns become underscores."""
    from sklearn.datasets import load_breast_cancer

    cells = load_breast_cancer()
    columns = [name.replace(" ", "_") for name in cells.feature_names]
    rows = [
        (*row.tolist(), cells.target_names[target])
        for row, target in zip(cells.data, cells.target, strict=True)
    ]
    write_table("breast_cancer.csv", [*columns, "diagnosis"], rows)


def main() -> None:
    write_gender()
    write_trial()
    write_gender_population()
    write_sequences()
    write_digits()
    write_digit_parts()
    write_digit_pairs()
    write_breast_cancer()


if __name__ == "__main__":
    main()
