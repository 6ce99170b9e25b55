"""The configs of pseudo-labels: what they divide, and that they gain what they say."""

from __future__ import annotations

import statistics

import pytest

pytestmark = pytest.mark.heavy


def test_the_digits_are_divided_as_the_config_says(parse):
    from dlrun.engines import KerasDoor
    from dlrun.rows import read_rows

    _, parts = read_rows(parse("semi/digits"), KerasDoor())

    sizes = [len(part) for part in (parts.train, parts.validation, parts.test)]
    assert sizes == [50, 50, 597]
    assert len(parts.unlabelled.rows) == 1100
    assert set(parts.train.class_counts().values()) == {5}
    assert [problem.code for problem in parts.warnings] == ["few-validation-rows"]


def test_fifty_labels_gain_by_pseudo_labels_and_little_by_naive_ones(train):
    shorter = ("fit.epochs=60", "fit.checkpoint_seconds=3600")
    naive = ("pseudo_label.threshold=0", "pseudo_label.rounds=1")
    gains, believed = [], []

    for seed in (0, 2, 3):
        found = train("semi/digits", f"seed={seed}", *shorter)
        gains.append(found.metrics().rounds.gain["test_accuracy"])
        found = train("semi/digits", f"seed={seed}", *shorter, *naive)
        believed.append(found.metrics().rounds.gain["test_accuracy"])

    assert min(gains) > 0
    assert statistics.mean(gains) >= 0.03
    assert statistics.mean(believed) < 0.015 < statistics.mean(gains)
