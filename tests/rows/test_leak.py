from __future__ import annotations

import numpy as np
import pytest

from dlrun.data import INPUT, OUTPUT, Dataset
from dlrun.rows.leak import leaked_rows


def dataset(features, labels=None):
    features = np.asarray(features, dtype="float32")
    labels = np.zeros(len(features), dtype="int32") if labels is None else labels
    return Dataset({INPUT: features}, {OUTPUT: labels})


def answers(rows, columns, seed):
    """What people answer to questions that have to do with each other."""
    random = np.random.default_rng(seed)
    mood = random.normal(0, 1, (rows, 1))
    return np.clip(np.round(mood + random.normal(0, 0.3, (rows, columns))), -2, 2)


@pytest.mark.parametrize("columns", [4, 8, 12])
def test_people_with_equal_answers_are_no_copies(columns):
    train, held = answers(3000, columns, 0), answers(500, columns, 1)

    assert leaked_rows(dataset(train), dataset(held)) == 0


@pytest.mark.parametrize("columns", [3, 8, 30])
@pytest.mark.parametrize("copies", [1, 5, 50])
def test_copies_of_measurements_are_counted(columns, copies):
    rows = np.random.default_rng(0).normal(0, 1, (400, columns)).round(2)
    held = np.concatenate([rows[:copies], rows[350:]])

    assert leaked_rows(dataset(rows[:350]), dataset(held)) == copies


def test_copies_of_people_are_told_from_people_with_equal_answers():
    train, held = answers(3000, 12, 0), answers(500, 12, 1)
    age = np.random.default_rng(2).normal(40, 10, (3500, 1)).round(1)
    train, held = np.hstack([train, age[:3000]]), np.hstack([held, age[3000:]])
    held[:100] = train[:100]

    assert leaked_rows(dataset(train), dataset(held)) >= 100


def test_columns_that_change_places_make_other_rows():
    rows = np.random.default_rng(0).normal(0, 1, (200, 2)).round(3)

    assert leaked_rows(dataset(rows), dataset(rows[:, ::-1])) == 0
