from __future__ import annotations

from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec
from dlrun.rows import read_rows

CODE = "constant-column"


def test_a_column_of_one_value_is_told_with_it(table):
    odd = table()
    odd.columns["unit"] = [7] * 400

    (found,) = odd.found()

    assert found.code == CODE
    assert found.message == (
        'column "unit" is 7 in all 300 train rows: nothing can be learned of it'
    )


def test_what_encoders_make_the_same_is_told_with_what_it_was(table):
    odd = table()
    odd.encode(when={"date": ["year"]})
    odd.columns["when"] = [f"2024-01-{1 + row % 28:02}" for row in range(400)]

    (found,) = odd.found()

    assert found.path == ("data", "columns", "when")
    assert "becomes the same in all 300 train rows, though it has 28 values" in (
        found.message
    )


def test_several_are_one_warning(table):
    odd = table()
    odd.columns |= {f"pixel{place}": [0] * 400 for place in range(9)}

    (found,) = odd.found()

    assert found.message.startswith(
        "9 columns are the same in all 300 train rows, as encoded: "
        '"pixel0", "pixel1", "pixel2"'
    )
    assert found.hint.count("drop") == 9


def test_a_gap_that_stays_a_number_is_no_constant(table):
    odd = table()
    odd.columns["seen"] = ["" if row % 3 else 1 for row in range(400)]
    odd.encode(seen={"impute": {"method": "mean", "indicator": True}})
    without = table()
    without.columns["seen"] = odd.columns["seen"]
    without.encode(seen={"impute": "mean"})

    assert odd.codes() == []
    assert without.codes() == [CODE]


def test_a_single_other_row_is_enough(table):
    odd = table()
    odd.columns["nearly"] = [7] * 200 + [8] * 5 + [7] * 195

    assert odd.codes() == []


def test_rows_with_a_gap_are_not_counted_among_those_of_the_value(table):
    odd = table()
    odd.columns["unit"] = [7 if row % 4 else "" for row in range(400)]
    odd.encode(unit={"impute": "median"})

    (found,) = odd.found()

    gaps = sum(not int(row) % 4 for row in _train_rows(odd))
    assert found.message == (
        f'column "unit" is 7 in all {300 - gaps} train rows that have no gap, as '
        f"{gaps} have: nothing can be learned of it"
    )


def _train_rows(odd):
    experiment = parse_spec(node_of(odd.config, odd.directory))
    return read_rows(experiment, KerasDoor())[1].train.ids
