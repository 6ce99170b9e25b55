"""What the simulation of folds divides and pairs is what dlrun does."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def kinds(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    return importlib.import_module("folds_kinds")


class Rows:
    """Rows of two classes, in groups of four."""

    def __init__(self, count=60):
        random = np.random.default_rng(3)
        self.labels = (random.random(count) < 0.4).astype(float)
        self.groups = np.arange(count) // 4
        self.is_of_classes = True


def runs_of(kinds, name):
    (kind,) = [one for one in kinds.KINDS if one.name == name]
    return kinds.sides(kind, Rows(), 5, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("name", "shared"),
    [
        ("5 folds", 5),
        ("5 folds at 3 seeds", 15),
        ("5 folds of groups, repeated twice", 10),
        ("5 folds in time at 3 seeds", 5),
        ("5 folds, other 5 folds", 0),
        ("5 folds at 3 seeds, two shared", 10),
        ("5 folds, 10 folds", 0),
        ("5 folds, one division at 5 seeds", 0),
    ],
)
def test_the_same_validation_rows_of_one_partition_are_a_pair(kinds, name, shared):
    before, after = runs_of(kinds, name)

    assert len({*before.pairs} & {*after.pairs}) == shared


@pytest.mark.parametrize(
    ("name", "overlap"),
    [("5 folds", 1 / 4), ("10 folds", 1 / 9), ("5 seeds, one division", 0)],
)
def test_the_overlap_is_rows_that_validate_over_rows_that_train(kinds, name, overlap):
    before, _ = runs_of(kinds, name)

    assert before.overlap == pytest.approx(overlap, abs=0.003)
    assert not ((before.train > 0) & (before.held > 0)).any()


def test_folds_in_time_train_on_what_comes_before(kinds):
    before, _ = runs_of(kinds, "5 folds in time")

    for train, held in zip(before.train, before.held, strict=True):
        assert np.flatnonzero(train).max() < np.flatnonzero(held).min()


PAGE = Path(__file__).parents[2] / "benchmarks/FOLDS.md"


def test_the_page_is_of_every_kind_and_none_is_wrongly_called_better_too_often(kinds):
    nothing_differs, _, rest = PAGE.read_text("utf-8").partition("### Folds beside")
    lines = [line for line in nothing_differs.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]

    named = {kind.name for kind in kinds.KINDS}
    assert {row[0] for row in rows} <= named
    assert all(f"| {name} |" in rest for name in named - {row[0] for row in rows})
    for row in rows:
        for cell in row[1:3]:  # Tables of development, and those held out.
            highest = float(re.search(r"to ([\d.]+)%", cell)[1])
            assert highest <= 3.0, row
