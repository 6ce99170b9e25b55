"""Columns are encoded by what the train rows show, and told apart by row and column."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.data import INPUT
from dlrun.engines import KerasDoor
from dlrun.errors import DataError, SpecError
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import encoding, prepare_values, read_new_rows, read_rows
from dlrun.runs import Preprocessing
from dlrun.runs.reading import JsonObject

GOLDEN = Path(__file__).parents[1] / "golden/columns"
COLUMNS = {
    "mass": [{"impute": {"method": "median", "indicator": True}}, "scale"],
    "island": {"one_hot": {"unknown": "ignore"}},
    "sex": {"one_hot": {"missing": "category"}},
    "note": "drop",
}
ROWS = [
    f"p{number},{['', number * 100][number % 7 > 0]},{'BDT'[number % 3]},"
    f"{['male', 'female', 'NA'][number % 3]},x{number},{'ab'[number % 2]}"
    for number in range(40)
]
HEAD = "id,mass,island,sex,note,kind"


def config_of(columns=COLUMNS, **data):
    source = {"path": "rows.csv", "labels": "kind", "ids": "id"}
    layers = [{"Dense": {"units": 2, "activation": "softmax"}}]
    return {
        "name": "rows",
        "data": {
            "csv": source,
            "columns": columns,
            "split": {"validation": 0.25},
            **data,
        },
        "model": {"layers": layers},
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }


def read(directory, rows=ROWS, **data):
    (directory / "rows.csv").write_text("\n".join([HEAD, *rows]))
    return read_rows(parse_spec(node_of(config_of(**data), directory)), KerasDoor())


@pytest.fixture
def trained(tmp_path):
    experiment, parts = read(tmp_path)
    return experiment.spec, parts


def problems(caught):
    return [problem.message for problem in caught.value.problems]


def predicted(trained, directory, text):
    spec, parts = trained
    (directory / "new.csv").write_text(text)
    file = directory / "new.csv"
    return read_new_rows(spec, parts.preprocessing, file, KerasDoor(), labelled=False)


@pytest.mark.parametrize("at_once", [1, 3, 7, 30])
def test_how_many_rows_are_encoded_at_once_changes_nothing(
    trained, tmp_path, monkeypatch, at_once
):
    _, expected = trained
    monkeypatch.setattr(encoding, "_ROWS_AT_ONCE", at_once)

    _, parts = read(tmp_path)

    for name in ("train", "validation"):
        one, other = getattr(parts, name), getattr(expected, name)
        assert one.features[INPUT].tobytes() == other.features[INPUT].tobytes()
    assert parts.preprocessing == expected.preprocessing


def test_mistakes_are_told_of_all_rows_however_many_are_encoded_at_once(
    trained, tmp_path, monkeypatch
):
    rows = "".join(f"1,B,{['male', 'x', 'y'][number % 3]}\n" for number in range(9))

    told = []
    for at_once in (2, 100):
        monkeypatch.setattr(encoding, "_ROWS_AT_ONCE", at_once)
        with pytest.raises(DataError) as caught:
            predicted(trained, tmp_path, f"mass,island,sex\n{rows}")
        told.append(problems(caught))

    assert told[0] == told[1]
    assert "6" in told[0][0]


def test_numbers_are_learned_from_train_rows_alone(trained):
    _, parts = trained
    raw = {
        name: row.split(",")[1]
        for name, row in zip((f"p{number}" for number in range(40)), ROWS, strict=True)
    }
    train = [float(raw[name]) for name in parts.train.ids if raw[name]]
    median = float(np.median(train))
    filled = np.array([float(raw[name] or median) for name in parts.train.ids])

    expected = (filled - filled.mean()) / filled.std()

    assert parts.train.features[INPUT][:, 0] == pytest.approx(expected, abs=1e-6)
    assert parts.preprocessing.columns["mass"].states[0] == {"value": median}
    assert parts.train.feature_names == (
        *("mass", "mass:missing", "island=B", "island=D", "island=T"),
        *("sex=female", "sex=male", "sex:missing"),
    )


def test_what_was_learned_is_read_as_it_was_written(tmp_path):
    rows = [row.replace("x", "") for row in ROWS]  # `note` is a number, as it is.
    columns = {
        "mass": ["number", "impute", {"bins": {"bin_boundaries": [500, 1000]}}],
        "island": {"ordinal": ["B", "D", "T"]},
        "sex": {"one_hot": {"missing": "category"}},
    }

    learned = read(tmp_path, rows, columns=columns)[1].preprocessing
    text = json.dumps(learned.to_json())

    assert learned.columns["note"].encoders == ({"number": {}},)
    assert learned.columns["mass"].encoders[0] == {"number": {}}
    assert Preprocessing.read(JsonObject(tmp_path, json.loads(text), "")) == learned


def test_every_part_has_one_width_and_the_names_of_rows(trained):
    _, parts = trained

    assert parts.train.features[INPUT].shape == (30, 8)
    assert parts.validation.features[INPUT].shape == (10, 8)
    assert set(parts.train.ids) | set(parts.validation.ids) == {
        f"p{number}" for number in range(40)
    }


def test_widths_are_equal_for_every_seed(tmp_path):
    rows = [*ROWS, "p40,1,Rare,male,x,a"]

    shapes = {
        read(tmp_path, rows, split={"validation": 0.5, "train": share})[0].parameters
        for share in (0.3, 0.4, 0.5)
    }

    assert len(shapes) == 1


def test_a_category_without_train_rows_is_noted(trained, tmp_path):
    held = trained[1].validation.ids[0]
    rows = [
        f"{held},1,Rare,male,x,{row[-1]}" if row.startswith(f"{held},") else row
        for row in ROWS
    ]

    _, parts = read(tmp_path, rows)

    (note,) = [one for one in parts.warnings if one.code == "unseen-category"]
    assert note.message == 'column "island": no train row has the category "Rare"'
    assert note.path == ("data", "columns", "island")


def test_what_was_learned_reads_back_from_json(trained):
    written = trained[1].preprocessing.to_json()

    values = json.loads(json.dumps(written))
    again = Preprocessing.read(JsonObject("preprocessing.json", values))

    assert again.to_json() == written
    assert again.column_names == ("mass", "island", "sex")


def test_new_rows_may_have_any_order_and_further_columns(trained, tmp_path):
    text = "sex,extra,island,mass\nmale,?,B,100\n,!,T,\n"

    rows = predicted(trained, tmp_path, text)

    values = prepare_values(
        trained[0],
        trained[1].preprocessing,
        [
            {"mass": 100, "island": "B", "sex": "male"},
            {"mass": None, "island": "T", "sex": None},
        ],
        KerasDoor(),
    )
    assert rows.features[INPUT].tolist() == values.features[INPUT].tolist()
    assert rows.features[INPUT][:, 1:].tolist() == [
        [0, 1, 0, 0, 0, 1, 0],
        [1, 0, 0, 1, 0, 0, 1],
    ]


def test_rows_of_training_are_encoded_as_in_training(trained, tmp_path):
    _, parts = trained
    validation = parts.validation
    text = "\n".join(
        [HEAD, *(row for row in ROWS if row.split(",")[0] in set(validation.ids))]
    )

    rows = predicted(trained, tmp_path, text)

    assert rows.ids == validation.ids
    assert (rows.features[INPUT] == validation.features[INPUT]).all()


def test_everything_wrong_with_new_rows_is_told_at_once(
    trained, tmp_path, golden, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    _, parts = trained
    strict = {
        name: replace(
            column,
            encoders=({"one_hot": {}},) if name != "mass" else ({"scale": {}},),
            states=column.states[-1:],
        )
        for name, column in parts.preprocessing.columns.items()
    }
    prepared = replace(parts.preprocessing, columns=strict)
    text = "mass,island,sex\n1,B,male\n,Gotham,\n2,Gotham,female\n,D,\n"

    with pytest.raises(DataError) as caught:
        predicted((trained[0], replace(parts, preprocessing=prepared)), tmp_path, text)

    assert problems(caught) == [
        'column "mass" has 2 gaps, at new.csv:3, new.csv:5',
        (
            'column "island" has the category "Gotham", which no train row has, at '
            "new.csv:3, new.csv:4"
        ),
        'column "sex" has 2 gaps, at new.csv:3, new.csv:5',
    ]
    golden(GOLDEN / "new-rows.txt", str(caught.value))


def test_a_column_that_new_rows_lack_is_told(trained, tmp_path):
    with pytest.raises(DataError) as caught:
        predicted(trained, tmp_path, "mass,iland\n1,B\n")

    assert problems(caught) == [
        'new.csv has no column "island"',
        'new.csv has no column "sex"',
    ]


def test_rows_that_are_written_out_are_told_apart(trained):
    prepared = trained[1].preprocessing

    with pytest.raises(DataError) as caught:
        prepare_values(
            trained[0],
            prepared,
            [{"mass": "much", "island": "B", "sex": "male"}],
            KerasDoor(),
        )
    with pytest.raises(DataError) as lacking:
        prepare_values(trained[0], prepared, [{"mass": 1}], KerasDoor())

    assert problems(caught) == [
        'column "mass" has "much", which is no number, at row 0'
    ]
    assert problems(lacking) == [
        'there is no column "island"',
        'there is no column "sex"',
    ]


def test_json_lines_are_new_rows(trained, tmp_path):
    spec, parts = trained
    file = tmp_path / "new.jsonl"
    file.write_text('{"mass": 100, "island": "B", "sex": null}\n["200", "D", "male"]\n')

    rows = read_new_rows(spec, parts.preprocessing, file, KerasDoor(), labelled=False)

    assert rows.features[INPUT][:, 1:].tolist() == [
        [0, 1, 0, 0, 0, 0, 1],
        [0, 0, 1, 0, 0, 1, 0],
    ]


def test_an_archive_of_arrays_is_no_table(trained, tmp_path):
    spec, parts = trained
    np.savez(tmp_path / "new.npz", x=np.zeros((2, 8)), y=[0, 1])
    file = tmp_path / "new.npz"

    with pytest.raises(DataError) as caught:
        read_new_rows(spec, parts.preprocessing, file, KerasDoor(), labelled=False)

    assert problems(caught) == [
        "new.npz has no columns with names, as the train rows have"
    ]


def test_copies_of_rows_are_found_before_they_are_encoded(tmp_path):
    copies = [row.replace("p", "q") for row in ROWS]

    _, parts = read(tmp_path, [*ROWS, *copies])

    assert any(one.code == "leaked-rows" for one in parts.warnings)


def test_a_table_of_its_own_validates(tmp_path):
    (tmp_path / "held.csv").write_text("kind,sex,island,mass\na,male,B,100\nb,NA,D,\n")
    source = {"csv": {"path": "held.csv", "labels": "kind"}}

    _, parts = read(tmp_path, split=None, validation=source)

    assert parts.validation.features[INPUT].shape == (2, 8)
    assert len(parts.train) == 40


def test_a_mistake_in_a_table_of_its_own_names_its_file(tmp_path):
    (tmp_path / "held.csv").write_text("kind,sex,island,mass\na,other,B,100\nb,NA,D,\n")
    source = {"csv": {"path": "held.csv", "labels": "kind"}}

    with pytest.raises(DataError) as caught:
        read(tmp_path, split=None, validation=source)

    assert problems(caught) == [
        'column "sex" has the category "other", which no train row has, at held.csv:2'
    ]
    assert caught.value.problems[0].path == ("data", "columns", "sex")


def pseudo_labels(directory, table):
    """The rows of a config whose unlabelled rows are a table of their own."""
    (directory / "rows.csv").write_text("\n".join([HEAD, *ROWS]))
    (directory / "more.csv").write_text(table)
    config = config_of() | {
        "pseudo_label": {"unlabelled": {"csv": {"path": "more.csv"}}}
    }
    return read_rows(parse_spec(node_of(config, directory)), KerasDoor())


def test_rows_to_be_labelled_are_encoded_like_train_rows(tmp_path):
    _, parts = pseudo_labels(tmp_path, "sex,mass,island,other\nmale,100,B,?\n,,T,?\n")

    pool = parts.unlabelled.rows
    assert pool.feature_names == parts.train.feature_names
    assert pool.features[INPUT][:, 1:].tolist() == [
        [0, 1, 0, 0, 0, 1, 0],
        [1, 0, 0, 1, 0, 0, 1],
    ]


def test_rows_to_be_labelled_need_the_columns_that_are_encoded(tmp_path):
    with pytest.raises(SpecError) as caught:
        pseudo_labels(tmp_path, "sex,mass\nmale,100\n")

    (message,) = [one.message for one in caught.value.problems]
    assert message == "the unlabelled rows lack island"


def test_columns_may_be_named_by_digits(tmp_path):
    (tmp_path / "years.csv").write_text("2020,2021,kind\n1,2,a\n3,,b\n5,6,a\n")
    text = """
name: years
data:
  csv: {path: years.csv, labels: kind}
  columns: {2021: {impute: mean}, "20*": scale}
model: {layers: [{Dense: {units: 2, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
"""
    (tmp_path / "c.yaml").write_text(text)
    node = read_config(tmp_path / "c.yaml", ['data.columns["2020"]=number'])

    _, parts = read_rows(parse_spec(node), KerasDoor())

    assert parts.train.features[INPUT].tolist() == [[1, 2], [3, 4], [5, 6]]


def test_rows_are_the_same_whatever_becomes_of_their_columns(tmp_path):
    every = read(tmp_path)[1]
    fewer = {"island": "one_hot", "*": "drop"}

    other = read(tmp_path, columns=fewer)[1]

    assert other.fingerprint == every.fingerprint
    assert other.split.parts["validation"].sha256 == (
        every.split.parts["validation"].sha256
    )
    assert other.train.features[INPUT].shape != every.train.features[INPUT].shape


def test_the_fingerprint_of_the_data_sees_every_cell(tmp_path):
    prints = {read(tmp_path)[1].fingerprint}
    for old, new in (("p1,100", "p1,101"), (",B,", ",D,"), ("female", "male")):
        rows = [*ROWS]
        place = next(index for index, row in enumerate(rows) if old in row)
        rows[place] = rows[place].replace(old, new)
        prints.add(read(tmp_path, rows)[1].fingerprint)

    assert len(prints) == 4


def test_a_date_in_new_rows_is_written_as_those_of_training(tmp_path):
    rows = [row.replace("x", "2024-01-1") for row in ROWS[:10]]
    columns = COLUMNS | {"note": {"date": ["year", "month"]}}
    experiment, parts = read(tmp_path, rows, columns=columns)

    with pytest.raises(DataError) as caught:
        predicted(
            (experiment.spec, parts),
            tmp_path,
            "mass,island,sex,note\n1,B,male,31.12.2024\n",
        )

    hint = caught.value.problems[0].hint
    assert hint == "write dates there as the rows of training have them"


def test_what_is_no_number_in_new_rows_is_to_be_repaired(trained, tmp_path):
    with pytest.raises(DataError) as caught:
        predicted(trained, tmp_path, "mass,island,sex\nlong,B,male\n1,B,male\n")
    with pytest.raises(DataError) as commas:
        predicted(trained, tmp_path, 'mass,island,sex\n"1,5",B,male\n')

    hints = [error.value.problems[0].hint for error in (caught, commas)]
    assert hints == [
        "write numbers there, as in the rows of training",
        "write decimal points",
    ]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "encoders",
    [
        "number",
        "scale",
        {"scale": "minmax"},
        {"scale": "robust"},
        [{"impute": "mean"}, "scale"],
        {"bins": {"num_bins": 4}},
    ],
)
def test_numbers_that_overflow_are_told_where_they_stand(tmp_path, encoders):
    rows = [
        f"p{number},{'-' * (number % 2)}1e308,B,male,x,{'ab'[number % 3 == 0]}"
        for number in range(40)
    ]
    columns = {**COLUMNS, "mass": encoders}

    with pytest.raises(DataError) as caught:
        read(tmp_path, rows, columns=columns)

    (problem,) = caught.value.problems
    assert (problem.code, problem.path[-1]) == ("not-finite", "mass")
    assert problem.location.file.endswith("rows.csv")


@pytest.mark.parametrize("change", ["vocabulary", "names"])
def test_a_state_that_its_names_do_not_fit_is_damage(trained, change):
    prepared = trained[1].preprocessing
    island = prepared.columns["island"]
    state = {**island.states[0], "vocabulary": ["B"]}
    other = {"vocabulary": {"states": (state,)}, "names": {"names": ()}}[change]
    columns = {**prepared.columns, "island": replace(island, **other)}

    row = {"mass": 1, "island": "B", "sex": "male"}

    with pytest.raises(DataError) as caught:
        prepare_values(
            trained[0], replace(prepared, columns=columns), [row], KerasDoor()
        )

    assert [one.code for one in caught.value.problems] == ["damaged-state"]
