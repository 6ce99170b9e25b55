"""How often a comparison over folds says "better" of two settings of equal worth.

    python benchmarks/folds.py [--comparisons 10000]

Each comparison draws rows of a real table anew, and measures its features twice, each
time with an error of its own: the two settings train on the two measurements. Over all
draws neither can be better, while within a draw the folds agree, since they share rows:
that is what a t test over folds does not know. Models are logistic regressions by
Newton's method. Beside the corrected variance stands what a plain t interval would say.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from dlrun.components.splits import HoldoutSplit
from dlrun.data import INPUT, OUTPUT, Dataset
from dlrun.estimates import difference, share_interval
from dlrun.rows.splits import divide

TABLES = Path(__file__).parents[1] / "datasets"
ROWS = 120
ERROR = 1.0
"""Of a measurement, in standard deviations of its column."""
PENALTY = 1.0
STEPS = 5
SCHEMES = {
    "5 folds": (5, 1, 1),
    "10 folds": (10, 1, 1),
    "5 folds, repeated twice": (5, 2, 1),
    "5 folds at 3 seeds": (5, 1, 3),
}


def breast_cancer():
    """Features `(569, 10)` of mean values, and which of two classes a row is of."""
    with (TABLES / "breast_cancer.csv").open() as stream:
        _, *rows = csv.reader(stream)
    features = [[float(cell) for cell in row[:10]] for row in rows]
    return np.array(features), np.array([row[-1] == "benign" for row in rows], int)


def penguins():
    """Features `(342, 4)`, and whether it is an Adelie."""
    columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    with (TABLES / "penguins.csv").open() as stream:
        rows = [*csv.DictReader(stream)]
    known = [
        row for row in rows if all(row[name] not in {"", "NA"} for name in columns)
    ]
    features = [[float(row[name]) for name in columns] for row in known]
    return np.array(features), np.array(
        [row["species"] == "Adelie" for row in known], int
    )


def digits():
    """Features `(rows, 16)`, pixels averaged in fours; whether a digit is odd."""
    held = np.load(TABLES / "digits.npz")
    pixels = held["x"].reshape(len(held["y"]), 4, 2, 4, 2).mean(axis=(2, 4))
    return pixels.reshape(len(pixels), 16), (held["y"] % 2).astype(int)


def scores(features, labels, folds):
    """`(folds,)` accuracies on the rows that validate; of all folds at once."""
    size = min(len(one.train) for one in folds)
    # Folds differ by a row: the rows beyond the least are left out of all.
    train = np.stack([one.train[:size] for one in folds])
    inputs = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    given, wanted = inputs[train], labels[train]
    weights = np.zeros((len(folds), inputs.shape[1]))
    ridge = PENALTY * np.eye(inputs.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.einsum("frk,fk->fr", given, weights)))
        slope = np.matmul((chance - wanted)[:, None, :], given)[:, 0] + weights @ ridge
        curve = (chance * (1 - chance))[:, :, None] * given
        bend = np.matmul(curve.transpose(0, 2, 1), given) + ridge
        weights -= np.linalg.solve(bend, slope[:, :, None])[:, :, 0]
    return [
        float(np.mean((inputs[one.validation] @ own > 0) == labels[one.validation]))
        for one, own in zip(folds, weights, strict=True)
    ]


def partition(labels, scheme, draw):
    """All folds of a scheme, as a config of it has them."""
    folds, repeats, seeds = scheme
    split = HoldoutSplit(folds=folds, repeats=repeats)
    rows = Dataset(
        {INPUT: np.zeros((len(labels), 1), "float32")},
        {OUTPUT: labels.astype("int32")},
        classes={OUTPUT: ("no", "yes")},
    )
    return [
        divide(split.model_copy(update={"fold": fold}), rows, draw * seeds + seed).fold
        for seed in range(seeds)
        for fold in range(1, split.all_folds + 1)
    ]


def compared(table, scheme, draw, generator):
    """What is said of two settings, with the corrected variance and without."""
    features, labels = table
    chosen = generator.integers(len(labels), size=ROWS)
    truth, classes = features[chosen], labels[chosen]
    if min(np.bincount(classes, minlength=2)) < scheme[0]:
        return None
    truth = (truth - truth.mean(axis=0)) / np.maximum(truth.std(axis=0), 1e-9)
    folds = partition(classes, scheme, draw)
    both = [
        scores(truth + ERROR * generator.normal(size=truth.shape), classes, folds)
        for _ in range(2)
    ]
    before, after = (dict(enumerate(values)) for values in both)
    overlap = float(np.mean([len(one.validation) / len(one.train) for one in folds]))
    return [
        difference(before, after, highest_is_best=True, overlap=share)
        for share in (overlap, 0.0)
    ]


def simulate(name, scheme, comparisons):
    """A line of the table: how often each word was said, and the interval held 0."""
    tables = [breast_cancer(), penguins(), digits()]
    generator = np.random.default_rng([len(name), *scheme])
    words = [Counter(), Counter()]
    held, done, draw = [0, 0], 0, 0
    while done < comparisons:
        found = compared(tables[draw % len(tables)], scheme, draw, generator)
        draw += 1
        if found is None:
            continue
        done += 1
        for place, change in enumerate(found):
            words[place][change.word] += 1
            held[place] += change.low <= 0 <= change.high
    cells = [name]
    for place in range(2):
        said = words[place]["better"] + words[place]["worse"]
        low, high = (end / 2 for end in share_interval(said / done, done))
        cells += [
            f"{said / (2 * done):.2%} ({low:.2%} to {high:.2%})",
            f"{held[place] / done:.1%}",
        ]
    return f"| {' | '.join(cells)} |"


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comparisons", type=int, default=10000)
    parser.add_argument("--scheme", choices=SCHEMES, default=None)
    asked = parser.parse_args()
    print("| folds | better or worse, a side | interval holds 0 | plain t | holds 0 |")
    print("|---|---|---|---|---|")
    for name, scheme in SCHEMES.items():
        if asked.scheme in {None, name}:
            begun = time.process_time()
            print(simulate(name, scheme, asked.comparisons), flush=True)
            print(f"{name}: {time.process_time() - begun:.0f} CPU s", file=sys.stderr)


if __name__ == "__main__":
    main()
