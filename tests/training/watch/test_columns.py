"""What stands out of the columns of a table is kept with the facts of a run."""

from __future__ import annotations

import pytest

from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec
from dlrun.rows import read_rows
from dlrun.training.watch.columns import column_facts

pytestmark = pytest.mark.heavy

CITIES = ["Rome"] * 20 + ["Bonn"] * 15 + ["Pisa", "Lucca", "Pisa", "Siena", "Bari"]


@pytest.fixture
def facts(tmp_path):
    def found(columns):
        rows = [
            f"{number % 7},{number * 900},{city},{number % 2}"
            for number, city in enumerate(CITIES)
        ]
        (tmp_path / "t.csv").write_text("\n".join(["age,income,city,y", *rows]))
        values = {
            "name": "t",
            "data": {
                "csv": {"path": "t.csv", "labels": "y"},
                "columns": columns,
            },
            "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
            "compile": {"loss": "sparse_categorical_crossentropy"},
        }
        spec = parse_spec(node_of(values, tmp_path))
        _, parts = read_rows(spec, KerasDoor())
        return column_facts(parts.preprocessing, parts.train)

    return found


def test_a_large_column_beside_small_ones_is_named(facts):
    found = facts({"age": "scale", "city": "drop"})

    assert found == {"unscaled_columns": {"income": pytest.approx(2.04e4, rel=0.01)}}


def test_nothing_is_named_where_all_are_large_or_all_are_scaled(facts):
    assert facts({"age": "drop", "city": "drop"}) == {}
    assert facts({"age": "scale", "income": "scale", "city": "drop"}) == {}


def test_rare_categories_are_counted_where_they_are_many(facts):
    found = facts({"age": "scale", "income": "scale", "city": "one_hot"})

    assert found == {
        "rare_categories": {
            "city": {
                "count": 4,
                "of": 6,
                "few": {"Bari": 1, "Lucca": 1, "Siena": 1, "Pisa": 2},
                "kept": ["Bonn", "Rome"],
            }
        }
    }
