"""Rows of one patient, or of one day, that train and validate."""

from __future__ import annotations

import pytest

CODE = "both-sides"


def of_patients(odd, column="patient", alike=1.0):
    """Four rows of each patient, of whom each has one class."""
    people = odd.random.permutation(odd.rows) // 4
    own = odd.random.integers(0, 2, odd.rows // 4)
    drawn = odd.random.integers(0, 2, odd.rows)
    keeps = odd.random.random(odd.rows) < alike
    odd.columns[column] = [f"P{person}" for person in people]
    labels = [own[one] if keeps[row] else drawn[row] for row, one in enumerate(people)]
    odd.columns["label"] = [f"class{label}" for label in labels]
    odd.encode(**{column: "drop", "*": "scale"})


def test_rows_of_patients_of_whom_others_train_are_told_with_what_divides_them(table):
    odd = table()
    of_patients(odd)

    (found,) = odd.found()
    odd.paste(found.hint)

    assert found.code == CODE
    assert "validation rows (" in found.message
    assert 'have a value of "patient" that train rows have, too' in found.message
    assert "the same class in 100% of their pairs, by chance in 51%" in found.message
    assert odd.config["data"]["split"] == {"validation": 0.25, "by": "patient"}
    assert odd.codes() == []


@pytest.mark.parametrize("column", ["ids", "number"])
def test_a_column_is_known_by_its_role_or_as_a_number(table, column):
    odd = table()
    of_patients(odd, "subject_id")
    if column == "ids":
        del odd.config["data"]["columns"]["subject_id"]
        odd.config["data"]["csv"]["ids"] = "subject_id"
    else:
        odd.columns["subject_id"] = [one[1:] for one in odd.columns["subject_id"]]
        del odd.config["data"]["columns"]["subject_id"]

    assert odd.codes() == [CODE]


def test_labels_that_are_numbers_are_alike_by_quarters(table):
    odd = table(classes=0)
    people = odd.random.permutation(odd.rows) // 4
    own = odd.random.normal(0, 1, odd.rows)
    odd.columns["patient"] = [f"P{one}" for one in people]
    odd.columns["label"] = (own[people] + odd.random.normal(0, 0.1, odd.rows)).tolist()
    odd.encode(patient="drop", **{"*": "scale"})

    (found,) = odd.found()

    assert found.code == CODE
    assert "labels of one quarter of all" in found.message


def test_patients_whose_rows_are_not_alike_are_no_leak(table):
    odd = table()
    of_patients(odd, alike=0.0)

    assert odd.codes() == []


def test_a_column_of_another_name_is_no_patient(table):
    odd = table()
    of_patients(odd, "colour")

    assert odd.codes() == []


def test_whom_a_model_is_to_know_by_name_may_be_known(table):
    odd = table()
    of_patients(odd)
    hashed = {"hash": {"num_bins": 16, "output_mode": "one_hot"}}
    odd.config["data"]["columns"]["patient"] = hashed

    assert CODE not in odd.codes()


def test_a_forecast_may_know_patients(table):
    odd = table()
    of_patients(odd)
    odd.columns["when"] = list(range(odd.rows))
    odd.config["data"]["split"] = {"validation": 0.25, "time": "when"}

    assert odd.codes() == []


@pytest.mark.parametrize(
    ("hours", "order"), [("", {"by": "day"}), ("T{:02}:00", {"time": "day"})]
)
def test_rows_of_one_day_are_told(table, hours, order):
    odd = table()
    days = odd.random.permutation(odd.rows) // 10
    own = odd.random.integers(0, 2, odd.rows // 10)
    odd.columns["day"] = [
        f"2024-{1 + day // 28:02}-{1 + day % 28:02}" + hours.format(row % 24)
        for row, day in enumerate(days)
    ]
    odd.columns["label"] = [f"class{own[day]}" for day in days]
    odd.encode(day="drop", **{"*": "scale"})

    (found,) = odd.found()
    odd.paste(found.hint)

    assert "have a day that train rows have, too" in found.message
    assert odd.config["data"]["split"] == {"validation": 0.25, **order}
    assert CODE not in odd.codes()


def test_folds_are_cured_too(table):
    odd = table()
    of_patients(odd)
    odd.config["data"]["split"] = {"folds": 4}

    (found,) = odd.found()
    odd.paste(found.hint)

    assert found.message.endswith("(in 4 of 4 folds, as in fold 1)")
    assert odd.config["data"]["split"] == {"folds": 4, "by": "patient"}
    assert odd.codes() == []


def test_of_folds_each_is_looked_at(table):
    odd = table()
    odd.columns["label"] = [f"class{row % 2}" for row in range(odd.rows)]
    odd.config["data"]["split"] = {"folds": 4, "time": "place"}
    odd.columns["place"] = list(range(odd.rows))
    cells = odd.columns["a"]
    odd.columns["a"] = [*cells[:320], *(1000 * cell for cell in cells[320:])]

    (found,) = odd.found()

    assert found.code == "other-units"
    assert found.message.endswith("(in 1 of 4 folds, as in fold 4)")


def test_a_category_of_no_train_row_is_what_unknown_says(table):
    odd = table()
    odd.columns["street"] = ["north", "south"] * 200
    odd.columns["street"][7] = "once"
    odd.config["data"]["split"] = {"validation": 0.25, "time": "place"}
    odd.columns["place"] = [-row for row in range(odd.rows)]
    odd.encode(street={"one_hot": {"unknown": "ignore"}}, **{"*": "scale"})

    assert odd.warnings() == []
