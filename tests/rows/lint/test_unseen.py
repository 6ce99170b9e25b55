from __future__ import annotations

import pytest

CODE = "unseen-categories"
HASH = {"hash": {"num_bins": 8, "output_mode": "one_hot"}}


@pytest.mark.parametrize(
    "encoder",
    [HASH, {"one_hot": {"unknown": "ignore"}}, {"ordinal": {"unknown": "category"}}],
)
def test_categories_of_many_validation_rows_are_told(table, encoder):
    odd = table()
    odd.columns["street"] = [f"s{row}" for row in range(400)]
    odd.encode(street=encoder)

    (found,) = odd.found()

    assert found.code == CODE
    assert found.path == ("data", "columns", "street")
    assert found.message.startswith(
        'column "street": 100 of 100 validation rows (100%) have one of 100 categories'
    )


@pytest.mark.parametrize("encoder", [HASH, {"one_hot": {"unknown": "ignore"}}])
def test_a_few_of_them_are_answered_by_the_config(table, encoder):
    odd = table()
    odd.columns["street"] = [
        f"s{row if row % 30 == 0 else row % 7}" for row in range(400)
    ]
    odd.encode(street=encoder)

    assert odd.codes() == []


def test_cells_that_are_no_categories_are_not_counted(table):
    odd = table()
    odd.columns["when"] = [f"{2000 + row}-01-01" for row in range(400)]
    odd.columns["tags"] = [f"x;{'y' * (row % 2)};{row % 5}" for row in range(400)]
    odd.encode(when=[{"date": ["year"]}, "scale"], tags={"multi_hot": ";"})

    assert odd.codes() == []
