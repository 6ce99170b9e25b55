"""Rows of one person on both sides of a split, and what only looks like them."""

from __future__ import annotations

import numpy as np
import pytest

from dlrun.data import INPUT, OUTPUT, Dataset
from dlrun.diagnosis.facts import read_facts
from dlrun.diagnosis.verdicts.validation_better import splits_kin

pytestmark = pytest.mark.heavy
PERSONS, YEARS = 120, 6


def persons(draw):
    """Rows of each person one below the other: who they are stays, the year counts."""
    who = np.repeat(draw.integers(0, 9, (PERSONS, 7)), YEARS, axis=0)
    year = np.tile(np.arange(YEARS), PERSONS)[:, None]
    hours = draw.integers(30, 60, (len(who), 1))
    wage = np.repeat(draw.normal(size=PERSONS), YEARS) + draw.normal(0, 0.2, len(who))
    return np.concatenate([who, year, hours], axis=1), wage


def shuffled(draw):
    x, y = persons(draw)
    order = draw.permutation(len(x))
    return x[order], y[order]


def coarse_and_sorted(draw):
    """Passengers by class and fate: rows side by side are alike, but so are all."""
    x = draw.integers(0, 2, (700, 4))
    y = draw.normal(size=700)
    order = np.lexsort([y, x[:, 0]])
    return x[order], y[order]


def labels_of_their_own(draw):
    """The same machine day by day: what it does has nothing to do with it."""
    x, y = persons(draw)
    return x, draw.permutation(y)


def measures(draw):
    x = draw.normal(size=(700, 5))
    return x, x @ np.arange(5)


def facts_of(x, y, draw, classes=()):
    from dlrun.training.watch.facts import _neighbours

    labels = np.asarray(y, dtype="int64" if classes else "float32")
    named = {OUTPUT: classes} if classes else {}
    features = {INPUT: np.asarray(x, dtype="float32")}
    rows = Dataset(features, {OUTPUT: labels}, classes=named)
    order = draw.permutation(len(rows))
    cut = len(rows) * 7 // 10
    train, held = rows.take(order[:cut]), rows.take(order[cut:])
    return _neighbours(train, held)


@pytest.mark.parametrize(
    ("make", "is_kin"),
    [
        (persons, True),
        (shuffled, False),
        (coarse_and_sorted, False),
        (labels_of_their_own, False),
        (measures, False),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_rows_of_one_person_are_told_from_rows_that_are_alike(make, is_kin, seed):
    draw = np.random.default_rng(seed)

    facts = facts_of(*make(draw), draw)

    assert splits_kin(read_facts(facts, has_accuracy=False)) == is_kin


def test_persons_that_are_told_apart_by_class_are_kin_too():
    draw = np.random.default_rng(0)
    x, wage = persons(draw)

    facts = facts_of(x, wage > 0, draw, ("low", "high"))

    assert splits_kin(read_facts(facts, has_accuracy=True))


def test_of_two_sources_places_say_nothing():
    from dlrun.training.watch.facts import _neighbours

    draw = np.random.default_rng(0)
    x, y = persons(draw)
    rows = Dataset({INPUT: x.astype("float32")}, {OUTPUT: y.astype("float32")})
    train, held = rows.take(range(500)), rows.take(range(500, len(rows)))

    here = Dataset(held.features, held.labels)

    assert _neighbours(train, here) == {}
