from __future__ import annotations

import numpy as np
import pytest

CODE = "labels-in-order"


def by_tail(odd):
    odd.config["data"].pop("split")
    odd.config["fit"] = {"validation_split": 0.2, "batch_size": 16}


def sort(odd):
    odd.columns["label"] = sorted(odd.columns["label"])


def test_a_sorted_file_whose_last_rows_validate_is_told_with_its_runs(table):
    odd = table()
    sort(odd)
    by_tail(odd)

    (found,) = odd.found()

    assert found.code == CODE
    assert found.path == ("fit", "validation_split")
    assert found.message == (
        "the last 20% of the rows validate, but rows of a class stand together: 2 runs "
        "of one class in 400 rows, of which chance makes 201"
    )
    assert found.hint == (
        "write under data: split: {validation: 0.2}, and remove fit.validation_split"
    )


def test_that_it_is_not_representative_is_said_by_this(table):
    odd = table()
    sort(odd)
    by_tail(odd)

    assert [problem.code for problem in odd.warnings()] == [CODE]


def test_a_split_that_draws_answers_it(table):
    odd = table()
    sort(odd)

    assert odd.codes() == []


def test_nothing_that_shuffles_is_told(table):
    odd = table()
    sort(odd)
    odd.config["fit"] = {"shuffle": False}

    (found,) = odd.found()

    assert found.path == ("fit", "shuffle")
    assert found.hint == "write under fit: shuffle: true"


@pytest.mark.parametrize("persistence", [0.5, 0.7])
def test_weather_that_lasts_is_no_sorted_file(table, persistence):
    odd = table(rows=800)
    changes = odd.random.random(800) > persistence
    odd.columns["label"] = [f"class{number % 2}" for number in np.cumsum(changes)]
    by_tail(odd)

    assert odd.codes() == []


@pytest.mark.parametrize(("noise", "is_told"), [(0, True), (0.2, True), (2, False)])
def test_numbers_that_rise_with_their_place(table, noise, is_told):
    odd = table(classes=0)
    rising = np.linspace(0, 2, 400) + noise * odd.random.normal(0, 1, 400)
    odd.columns["label"] = rising.tolist()
    by_tail(odd)

    assert odd.codes() == [CODE] * is_told
