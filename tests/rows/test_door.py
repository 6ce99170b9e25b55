"""Columns that Keras encodes: of train rows, of new ones, and of those written out."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.errors import DataError
from dlrun.experiment import parse_spec
from dlrun.rows import prepare_values, read_new_rows, read_rows
from dlrun.runs import Preprocessing
from dlrun.runs.reading import JsonObject

pytestmark = pytest.mark.heavy

HEAD = "size,shop,note,day,kind"
ROWS = [
    f"{number % 5}.0,{'NA' if number % 9 == 0 else 'nsü'[number % 3]},"
    f"{['Good soup!', 'ÜBER good', '', 'bad; bad'][number % 4]},"
    f"{['mon', 'tue'][number % 2]},{'ab'[number % 2]}"
    for number in range(40)
]
CONFIG = {
    "name": "rows",
    "data": {
        "csv": {"path": "rows.csv", "labels": "kind"},
        "split": {"validation": 0.25},
        "columns": {
            "size": "scale",
            "shop": {
                "hash": {"num_bins": 5, "output_mode": "one_hot", "missing": "ignore"}
            },
            "note": {
                "text": {"max_tokens": 4, "output_mode": "count", "missing": "ignore"}
            },
            "when": {
                "cross": {
                    "columns": ["day", "size"],
                    "num_bins": 7,
                    "output_mode": "one_hot",
                }
            },
        },
    },
    "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
    "compile": {"loss": "sparse_categorical_crossentropy"},
}
ROW = {"size": 1, "shop": "s", "note": "good bad bad", "day": "tue"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    directory = tmp_path_factory.mktemp("rows")
    (directory / "rows.csv").write_text("\n".join([HEAD, *ROWS]))
    experiment, parts = read_rows(parse_spec(node_of(CONFIG, directory)), KerasDoor())
    return experiment.spec, parts, directory


def prepared(trained, rows, **changed):
    spec, parts, _ = trained
    preprocessing = replace(parts.preprocessing, **changed)
    return prepare_values(spec, preprocessing, rows, KerasDoor()).features["input"]


def test_rows_are_as_wide_as_the_config_says_and_named(trained):
    _, parts, _ = trained

    features = parts.train.features["input"]

    assert features.shape == (30, 1 + 5 + 4 + 7)
    assert parts.train.feature_names[6:11] == (
        *("note:unknown", "note:word1", "note:word2", "note:word3"),
        "when:bin0",
    )
    assert features[:, 10:].sum(axis=1).tolist() == [1] * 30
    assert {*features[:, 1:6].sum(axis=1)} == {0, 1}


def test_what_was_learned_is_read_as_it_was_written(trained):
    _, parts, directory = trained
    learned = parts.preprocessing

    text = json.dumps(learned.to_json())

    assert Preprocessing.read(JsonObject(directory, json.loads(text), "")) == learned
    assert learned.table_columns == ("size", "shop", "note", "day")


def test_a_file_of_new_rows_may_have_its_columns_in_any_order(trained):
    spec, parts, directory = trained
    head, *rows = [line.split(",") for line in [HEAD, *ROWS]]
    order = [head.index(name) for name in ("day", "note", "shop", "size")]
    lines = [",".join(row[place] for place in order) for row in [head, *rows]]
    (directory / "new.csv").write_text("\n".join(lines))

    rows = read_new_rows(
        spec, parts.preprocessing, directory / "new.csv", KerasDoor(), labelled=False
    )

    places = [int(name) for name in parts.train.ids]
    expected = parts.train.features["input"]
    np.testing.assert_array_equal(rows.features["input"][places], expected)


def test_a_row_is_the_same_as_a_mapping_and_as_a_list_in_order(
    trained,
):
    listed = [ROW["size"], ROW["shop"], ROW["note"], ROW["day"]]

    mapping, values, texts = prepared(trained, [ROW, listed, {**ROW, "size": "1.0"}])

    assert mapping.tolist() == values.tolist() == texts.tolist()
    assert mapping[6:10].sum() == 3


def test_gaps_of_all_columns_are_told_with_what_crosses_them(trained):
    with pytest.raises(DataError) as caught:
        prepared(trained, [{**ROW, "size": None, "day": None}])

    told = [problem.message for problem in caught.value.problems]
    assert told == [
        'column "size" has 1 gap, at row 0',
        'column "day" has 1 gap, which "when" takes, at row 0',
        'column "size" has 1 gap, which "when" takes, at row 0',
    ]


def test_a_row_must_have_the_columns_that_are_crossed(trained):
    row = {name: value for name, value in ROW.items() if name != "day"}

    with pytest.raises(DataError, match='there is no column "day"'):
        prepared(trained, [row])


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("shop", {"names": ("shop:bin0",)}),
        ("when", {"encoders": ({"cross": {"columns": ["day"], "num_bins": 7}},)}),
        ("note", {"states": ({"vocabulary": ["a"] * 2},)}),
        ("note", {"states": ({},)}),
        ("note", {"row_shape": (3,)}),
    ],
)
def test_what_is_damaged_is_an_error_that_says_so(trained, column, change):
    columns = {**trained[1].preprocessing.columns}
    columns[column] = replace(columns[column], **change)

    with pytest.raises(DataError) as caught:
        prepared(trained, [ROW], columns=columns)

    assert [one.code for one in caught.value.problems] == ["damaged-state"]
