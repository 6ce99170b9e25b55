"""Noise has no warnings, or as seldom as is said; no table breaks a rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlrun.errors import DataError, SpecError
from dlrun.rows.lint.chance import RATE, homogeneity, rank_sum, runs, unlikely_from

FILLED = [{"impute": "median"}, "scale"]
CELLS = st.one_of(
    st.just(""),
    st.sampled_from(["0", "1", "-1", "1e300", "-1e300", "1e-300", "7.5"]),
    st.integers(-3, 3).map(str),
)


def spoil_nothing(odd, gaps):
    """Noise of all kinds beside a label that has to do with none of it."""
    random, rows = odd.random, odd.rows
    odd.columns["level"] = random.integers(0, 4, rows).tolist()
    odd.columns["word"] = [f"w{number}" for number in random.integers(0, 6, rows)]
    odd.columns["size"] = np.exp(random.normal(0, 2, rows)).tolist()
    for name in ("a", "b", "c", "size"):
        is_gap = random.random(rows) < gaps
        cells = zip(odd.columns[name], is_gap, strict=True)
        odd.columns[name] = ["" if gap else cell for cell, gap in cells]
        odd.encode(**{name: FILLED})
    odd.encode(word={"one_hot": {"unknown": "ignore"}})


@settings(
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.integers(40, 400),
    classes=st.sampled_from([0, 2, 3]),
    seed=st.integers(0, 10**6),
    gaps=st.sampled_from([0.0, 0.02, 0.3]),
)
def test_noise_has_no_warnings(table, rows, classes, seed, gaps):
    odd = table(rows=rows, classes=classes, seed=seed)
    spoil_nothing(odd, gaps)

    assert {*odd.codes()} <= {"rare-class"}  # Of few rows a class may be rare.


@settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cells=st.lists(st.tuples(CELLS, CELLS, st.booleans()), min_size=8, max_size=60),
    is_of_numbers=st.booleans(),
)
def test_no_table_breaks_a_rule(table, cells, is_of_numbers):
    odd = table(rows=len(cells))
    odd.columns["a"], odd.columns["b"] = (
        [row[place] for row in cells] for place in (0, 1)
    )
    odd.columns["label"] = [int(row[2]) for row in cells]
    odd.encode(
        a=[{"impute": {"method": "constant", "value": 0}}, {"clip": {"x_max": 9}}]
    )
    odd.encode(b={"one_hot": {"missing": "category", "unknown": "ignore"}})
    if is_of_numbers:
        odd.config["compile"]["loss"] = "mse"
        odd.config["model"]["layers"] = [{"Dense": {"units": 1}}]

    try:
        found = odd.found()
    except (DataError, SpecError):
        return  # Too few rows of a class, or numbers that no float32 holds.

    assert all(problem.hint and problem.severity == "warning" for problem in found)
    assert len(found) <= 8


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [2, 5])
def test_chance_makes_classes_as_unlike_as_it_is_said(kinds):
    random, rows, trials = np.random.default_rng(0), 300, 40_000
    told = 0
    border = unlikely_from(1)
    for _ in range(trials):
        classes = random.integers(0, kinds, rows)
        gaps = random.random(rows) < 0.2
        counts = np.stack(
            [np.bincount(classes[one], minlength=kinds) for one in (gaps, ~gaps)]
        )
        told += homogeneity(counts) > border

    assert told / trials < 2 * RATE


@pytest.mark.slow
def test_chance_makes_ranks_as_unlike_as_it_is_said():
    random, rows, trials = np.random.default_rng(0), 200, 40_000
    ranks = np.arange(rows) / (rows - 1)
    told = sum(
        rank_sum(ranks, random.random(rows) < 0.1)[1] > unlikely_from(1)
        for _ in range(trials)
    )

    assert told / trials < 3 * RATE  # two sides


def test_pairs_of_ranks_are_counted():
    random = np.random.default_rng(0)
    values, chosen = random.normal(0, 1, 50), random.random(50) < 0.4
    ranks = np.argsort(np.argsort(values)) / 49

    share, _ = rank_sum(ranks, chosen)
    pairs = values[chosen][:, None] > values[~chosen][None, :]

    assert share == pytest.approx(pairs.mean())


@pytest.mark.parametrize("counts", [(30, 30), (50, 10, 5), (20, 20, 20)])
def test_runs_by_chance_are_those_of_shuffled_rows(counts):
    random = np.random.default_rng(0)
    rows = np.repeat(np.arange(len(counts)), counts)

    drawn = [runs(random.permutation(rows))[0] for _ in range(4000)]
    _, expected, deviation = runs(rows)

    assert np.mean(drawn) == pytest.approx(expected, rel=0.01)
    assert np.std(drawn) == pytest.approx(deviation, rel=0.05)
