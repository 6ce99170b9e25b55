"""Columns of a table are changed one by one, by what the train rows have shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.changes import advise
from dlrun.changes.changes import find_change
from dlrun.diagnosis import Diagnosis, Finding
from dlrun.experiment import parse_spec, read_config

CONFIG = """\
name: people
data:
  csv: {path: people.csv, labels: y}
  columns:
    "*": [{impute: median}, scale]
    income: {impute: median}
    area.m2: number
    height_*: [number]
    city: [{impute: most_frequent}, {one_hot: {missing: ignore}}]
  split: {validation: 0.25}
model: {layers: [{Dense: {units: 2, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
"""
HEAD = "age,income,area.m2,height_m,height_cm,city,y"
ROWS = [f"{n},{n * 900},{n},{n},{n * 100},{'abcab'[n % 5]},{n % 2}" for n in range(12)]


@pytest.fixture
def people(tmp_path):
    (tmp_path / "people.csv").write_text("\n".join([HEAD, *ROWS]))
    file = tmp_path / "people.yaml"
    file.write_text(CONFIG)
    run = tmp_path / "config.yaml"
    run.write_text(parse_spec(read_config(file)).spec.to_yaml())
    return run


def values(file, patch=()):
    return parse_spec(read_config(file, list(patch))).spec.values()


@pytest.mark.parametrize(
    ("column", "patch"),
    [
        ("income", ["data.columns.income+=scale"]),
        ("area.m2", ['data.columns["area.m2"]+=scale']),
        ("height_cm", ["data.columns.height_cm=[scale]"]),
    ],
)
def test_a_column_that_nothing_scales_is_scaled_by_its_name(people, column, patch):
    facts = {"feature_size": 4e3, "unscaled_columns": {column: 38000.0}}

    made = find_change("scale_inputs", values(people), facts)

    assert list(made.patch) == patch
    assert made.sentence == f"{column} scaled"
    assert made.because == f"The root mean square of {column} is 3.8e+04."
    columns = values(people, made.patch)["data"]["columns"]
    assert columns[column][-1] == {"scale": {"method": "standard"}}
    assert columns["*"] == values(people)["data"]["columns"]["*"]


def test_a_column_without_an_entry_is_scaled_beside_the_others(people):
    patch = ["data.columns={income: [{impute: median}, scale], city: one_hot}"]
    facts = {"feature_size": 4e3, "unscaled_columns": {"height_cm": 700.0}}

    made = find_change("scale_inputs", values(people, patch), facts)

    assert made.patch == ("data.columns.height_cm=scale",)


def test_categories_are_not_scaled_whatever_was_said(people):
    facts = {"feature_size": 4e3, "unscaled_columns": {"city": 40.0}}

    assert find_change("scale_inputs", values(people), facts) is None


RARE = {"count": 9, "of": 11, "few": {"b": 1, "c": 2}, "kept": ["a", "Bad Ems"]}


def test_rare_categories_become_one_that_more_rows_have(people):
    facts = {"rare_categories": {"city": RARE}}

    made = find_change("join_rare", values(people), facts)

    assert made.because == "Of 11 categories of city, 9 have few train rows."
    assert values(people, made.patch)["data"]["columns"]["city"] == [
        {"impute": {"method": "most_frequent", "indicator": False}},
        {
            "one_hot": {
                "vocabulary": ["a", "Bad Ems"],
                "missing": "ignore",
                "unknown": "category",
            }
        },
    ]
    assert find_change("join_rare", values(people)) is None
    many = {"rare_categories": {"city": {**RARE, "kept": []}}}
    assert find_change("join_rare", values(people), many) is None


def test_rare_categories_are_joined_before_anything_is_dropped(people):
    finding = Finding("OVERFITTING", 9, 0.8, {}, "It was seen.")
    found = Diagnosis("OVERFITTING", (finding,))

    with_rare, without = (
        [one.category for one in advise(found, values(people), facts)]
        for facts in ({"rare_categories": {"city": RARE}}, {})
    )

    assert "join_rare" in with_rare
    assert "join_rare" not in without
    assert with_rare[: with_rare.index("join_rare")] == without[:1]


def test_a_rare_class_is_told_with_its_rows(people):
    facts = {"train_class_counts": {"0": 380, "1": 12}}

    made = find_change("class_weight", values(people), facts)

    assert made.because == "Of 392 train rows 12 are of class 1."


def test_changes_of_tables_need_one():
    config = values(Path(__file__).parents[2] / "configs/study/digits.yaml")

    assert find_change("scale_columns", config) is None
    assert find_change("impute_indicator", config) is None
