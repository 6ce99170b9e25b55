"""How often comparisons over folds are wrong where nothing differs, and right where it
does: writes FOLDS.md.

    pip install --group bench -c constraints.txt
    python benchmarks/folds.py [--limit 280] [--part development]

Each comparison draws rows of a real table anew, and measures its features twice, each
time with an error of its own: the two settings train on the two measurements. Over all
draws neither can be better, while within a draw the folds agree, since they share rows:
that is what a t test over folds does not know.

What is done is kept in build/folds.json, in blocks; with `--limit` none begins after so
many seconds, and the same command goes on.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
import zlib
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import cache
from pathlib import Path

import numpy as np
from folds_kinds import FIVE, KINDS, SEEDS, TEN, THREE_SEEDS, TWICE, Kind, sides
from folds_models import points, predictions, scores
from folds_report import write
from folds_tables import TABLES, draw

from dlrun.estimates import difference

KEPT = Path(__file__).parents[1] / "build/folds.json"
BLOCK = 500
BLOCKS = 4
"""Of each kind and half of the tables: 2,000 comparisons."""
POWER_BLOCK = 200
SIZES = (60, 120, 240)
ERROR = 1.0
"""Of a measurement, in standard deviations of its column."""
SMALL_ERROR = 0.5
"""The same where one setting is the better one, so that the two are more alike."""
POWER_KINDS = (
    Kind("5 seeds, each with a division of its own", "drawn", SEEDS, SEEDS),
    Kind("5 folds", "drawn", FIVE, FIVE),
    Kind("10 folds", "drawn", TEN, TEN),
    Kind("5 folds, repeated twice", "drawn", TWICE, TWICE),
    Kind("5 folds at 3 seeds", "drawn", THREE_SEEDS, THREE_SEEDS),
)
POWER_SIZES = (150, 500, 1500)
POINTS = (0.01, 0.02, 0.05)


@cache
def tables(how, held_out):
    return TABLES[how, held_out]()


def measured(how, rows, error, generator):
    """The features with errors that rows of a group share, or that drift in time."""
    shape = rows.features.shape
    noise = generator.normal(size=shape)
    if how == "by group":
        shared = generator.normal(size=(rows.groups.max() + 1, shape[1]))
        noise = (noise + shared[rows.groups]) / math.sqrt(2)
    elif how == "in time":
        for row in range(1, len(noise)):
            noise[row] = 0.8 * noise[row - 1] + 0.6 * noise[row]
    return rows.features + error * noise


def sampled(values, pairs):
    """As `compare` takes them: the mean of runs that are one pair counts once."""
    found: dict[int, list[float]] = {}
    for value, pair in zip(values, pairs, strict=True):
        found.setdefault(pair, []).append(float(value))
    return {pair: math.fsum(each) / len(each) for pair, each in found.items()}


def told(kind, before, after, values, metric):
    """What is said of two settings: as `compare` says it; by the corrected variance,
    whatever is compared; by the plain t interval of independent runs."""
    samples = [
        sampled(each, side.pairs)
        for each, side in zip(values, (before, after), strict=True)
    ]
    overlap = max(before.overlap, after.overlap)
    up = metric == "accuracy"
    is_mixed = (before.overlap > 0) != (after.overlap > 0)
    return {
        "": difference(
            *samples, highest_is_best=up, overlap=overlap, is_mixed=is_mixed
        ),
        "corrected ": difference(*samples, highest_is_best=up, overlap=overlap),
        "plain ": difference(*samples, highest_is_best=up),
    }


def null_block(kind, held_out, block):
    """Counts of words over a block of comparisons of settings of equal worth."""
    key = zlib.crc32(f"{kind.name} {held_out} {block}".encode())
    generator = np.random.default_rng(key)
    counts: Counter[str] = Counter()
    place = block * BLOCK
    while counts["done"] < BLOCK:
        place += 1
        choice = tables(kind.how, held_out)
        table = choice[place % len(choice)]
        size = SIZES[place // len(choice) % len(SIZES)]
        metric = ("accuracy", "loss")[place // len(choice) // len(SIZES) % 2]
        rows = draw(table, kind.how, size, generator)
        runs = sides(kind, rows, int(generator.integers(2**40)), generator)
        if runs is None:
            continue
        values = [
            scores(
                rows, _learned(kind, rows, side, ERROR, generator), side.held, metric
            )
            for side in runs
        ]
        _count(counts, told(kind, *runs, values, metric), table.name)
    return dict(counts)


def _learned(kind, rows, side, error, generator):
    """What the runs of a side predict, which has measured the features anew."""
    seen = measured(kind.how, rows, error, generator)
    return predictions(rows, seen, side.train)


def _count(counts, changes, table):
    counts["done"] += 1
    counts[f"{table}: done"] += 1
    for name, change in changes.items():
        if change.low is not None:
            counts[f"{name}held"] += change.low <= 0 <= change.high
        if change.word in {"better", "worse"}:
            counts[f"{name}said"] += 1
            counts[f"{name}{table}: said"] += 1
        elif change.word.startswith("probably"):
            counts[f"{name}probably"] += 1


def power_block(kind, size, points_less, block):
    """Counts of words where the second setting errs on so many more of the rows."""
    key = zlib.crc32(f"{kind.name} {size} {points_less} {block}".encode())
    generator = np.random.default_rng(key)
    counts: Counter[str] = Counter()
    choice = [
        table
        for held_out in (False, True)
        for table in tables("drawn", held_out)
        if table.is_of_classes
    ]
    while counts["done"] < POWER_BLOCK:
        rows = draw(choice[counts["done"] % len(choice)], "drawn", size, generator)
        runs = sides(kind, rows, int(generator.integers(2**40)), generator)
        if runs is None:
            continue
        right = [
            points(rows, _learned(kind, rows, side, SMALL_ERROR, generator), "accuracy")
            for side in runs
        ]
        counts["disagree"] += 1000 * float(np.mean(right[0] != right[1]))
        # Of the rows that are right a share is not, the same in every run.
        share = points_less / max(right[1].mean(), 0.5)
        right[1] = right[1] & (generator.random(size) >= share)
        values = [
            (each * side.held).sum(axis=1) / side.held.sum(axis=1)
            for each, side in zip(right, runs, strict=True)
        ]
        change = told(kind, *runs, values, "accuracy")[""]
        counts["done"] += 1
        counts["better"] += change.word == "worse"
        counts["probably"] += change.word == "probably worse"
        counts["wrong"] += change.word == "better"
    return dict(counts)


def work():
    """Every block, by the name under which it is kept, and which tables it takes."""
    yield from _null_work(range(1))
    for size in POWER_SIZES:
        for kind in POWER_KINDS:
            for less in POINTS:
                name = f"{kind.name}|power {size} {less}|0"
                yield name, power_block, (kind, size, less, 0)
    yield from _null_work(range(1, BLOCKS))


def _null_work(blocks):
    for block in blocks:
        for part in ("development", "held out"):
            for kind in KINDS:
                given = kind, part == "held out", block
                yield f"{kind.name}|{part}|{block}", null_block, given


def main():
    """Do what is missing, as far as time allows; write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=math.inf)
    parser.add_argument("--part", default="", help="development, held out, or power")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    missing = [
        one for one in work() if one[0] not in kept and f"|{asked.part}" in one[0]
    ]
    begun = time.perf_counter()
    running: dict[Future[dict[str, int]], str] = {}
    with ProcessPoolExecutor(asked.jobs) as pool:
        while running or (missing and time.perf_counter() - begun < asked.limit):
            if len(running) < asked.jobs and missing:
                name, do, given = missing.pop(0)
                running[pool.submit(do, *given)] = name
                continue
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            kept |= {running.pop(future): future.result() for future in done}
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_text(json.dumps(kept, indent=0))
            if time.perf_counter() - begun > asked.limit:
                missing = []
    left = sum(name not in kept for name, *_ in work())
    print(f"{left} blocks are missing", file=sys.stderr)
    write(kept, KINDS, POWER_KINDS, POWER_SIZES, POINTS)


if __name__ == "__main__":
    main()
