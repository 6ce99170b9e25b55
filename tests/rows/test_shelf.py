"""Rows are read once for configs whose data say the same, and anew for all others."""

from __future__ import annotations

import os

import numpy as np
import pytest

from dlrun.engines import KerasDoor
from dlrun.experiment import config_of, parse_spec
from dlrun.rows import RowShelf, read_rows
from dlrun.rows import rows as module

TABLE = "height,weight,sex\n" + "".join(
    f"{row % 7},{row % 5},{'mf'[row % 2]}\n" for row in range(40)
)
CONFIG = {
    "name": "tiny",
    "data": {"csv": {"path": "rows.csv", "labels": "sex"}, "scale": "standard",
             "split": {"validation": 0.25}},
    "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
    "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": 1},
}  # fmt: skip


@pytest.fixture
def reads(tmp_path, monkeypatch):
    """How often rows were read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text(TABLE)
    real, seen = module.build_dataset, []

    def counted(*given):
        seen.append(1)
        return real(*given)

    monkeypatch.setattr(module, "build_dataset", counted)
    return seen


def rows(shelf, *overrides):
    experiment = parse_spec(config_of(CONFIG, overrides))
    return read_rows(experiment, KerasDoor(experiment.spec), shelf=shelf)


def test_what_has_nothing_to_do_with_rows_reads_none_and_gets_equal_ones(reads):
    shelf = RowShelf()

    rows(shelf)
    experiment, shared = rows(
        shelf, "compile.optimizer={Adam: 0.1}", "fit.batch_size=4", "name=other",
        "model.layers=[{Dense: 8}, {Dense: {units: 2, activation: softmax}}]",
    )  # fmt: skip
    fresh = rows(None)[1]

    assert len(reads) == 2
    assert experiment.spec.fit.batch_size == 4
    for one, other in ((shared.train, fresh.train),
                       (shared.validation, fresh.validation)):  # fmt: skip
        np.testing.assert_array_equal(one.features["input"], other.features["input"])
        np.testing.assert_array_equal(one.labels["output"], other.labels["output"])
        assert one.ids == other.ids
    assert shared.split == fresh.split


@pytest.mark.parametrize(
    "override",
    [
        "seed=1", "data.scale=minmax", "data.split.validation=0.5",
        "data.split.test=0.1",
    ],
)  # fmt: skip
def test_what_changes_rows_reads_them(reads, override):
    shelf = RowShelf()

    rows(shelf)
    rows(shelf, override)

    assert len(reads) == 2


def test_a_file_that_has_changed_is_read_again(reads, tmp_path):
    shelf = RowShelf()

    rows(shelf)
    (tmp_path / "rows.csv").write_text(TABLE + "9,9,m\n")
    later = rows(shelf)[1]
    os.utime(tmp_path / "rows.csv", ns=(1, 1))
    rows(shelf)

    assert len(reads) == 3
    assert len(later.train) + len(later.validation) == 41


def test_there_is_room_for_some_and_always_for_one(reads):
    wide, narrow = RowShelf(), RowShelf(room=100)

    for seed in (0, 1, 0, 1, 1):
        rows(wide, f"seed={seed}")
    assert len(reads) == 2
    for seed in (0, 1, 0, 1, 1):
        rows(narrow, f"seed={seed}")
    assert len(reads) == 2 + 4
