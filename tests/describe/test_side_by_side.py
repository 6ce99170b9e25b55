from __future__ import annotations

import pytest

from dlrun.config import node_of
from dlrun.describe.summary import render_summary
from dlrun.experiment import parse_spec


@pytest.fixture
def compared():
    """The lines of the table of several models, and those below it."""

    def compare(*models):
        experiments = [
            parse_spec(
                node_of(
                    {
                        "name": "model",
                        "data": {
                            "inline": {"features": [[0] * 3] * 2, "labels": [0, 1]}
                        },
                        "model": {"layers": layers},
                        "compile": {"loss": "sparse_categorical_crossentropy"},
                    }
                )
            )
            for layers in models
        ]
        names = [f"{letter}.yaml" for letter in "abc"]
        text = render_summary(list(zip(names, experiments, strict=False)))
        table, _, below = text.partition("\n\n")
        return table.splitlines(), below.splitlines()

    return compare


def dense(units, name, **others):
    return {"Dense": {"units": units, "name": name, **others}}


OUTPUT = dense(2, "output", activation="softmax")


def test_equal_models_are_called_so(compared):
    table, below = compared([dense(4, "hidden"), OUTPUT], [dense(4, "hidden"), OUTPUT])

    assert not any(line.startswith("*") for line in table)
    assert below == ["the layers are the same"]


def test_rows_that_differ_are_marked(compared):
    table, below = compared([dense(4, "hidden"), OUTPUT], [dense(8, "hidden"), OUTPUT])

    marked = [line.split()[1] for line in table if line.startswith("*")]
    assert marked == ["hidden", "output", "parameters"]
    assert any(line.split() == ["units", "hidden", "4", "8"] for line in below)


def test_a_layer_that_only_one_model_has_gets_a_row_of_its_own(compared):
    table, below = compared(
        [dense(4, "hidden"), OUTPUT],
        [dense(4, "hidden"), {"Dropout": {"rate": 0.5, "name": "drop"}}, OUTPUT],
    )

    (row,) = [line for line in table if "drop" in line]
    assert row.split()[:4] == ["*", "drop", "(Dropout)", "-"]
    assert any(line.split() == ["is", "there", "drop", "no", "yes"] for line in below)


def test_the_growth_is_measured_by_the_first_model(compared):
    _, below = compared([OUTPUT], [dense(5, "hidden"), OUTPUT])

    assert below[-1] == "b.yaml has 300.0% more parameters than a.yaml."


def test_three_models_have_a_column_each(compared):
    table, _ = compared([OUTPUT], [OUTPUT], [OUTPUT])

    assert table[0].split() == ["layer", "a.yaml", "b.yaml", "c.yaml"]
