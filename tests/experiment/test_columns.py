"""Which encoders hold for which column, how wide rows become, and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from dlrun.config import located
from dlrun.describe.summary import render_summary
from dlrun.describe.unknown import unread_columns
from dlrun.engines import KerasDoor
from dlrun.errors import ProblemsError
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows

GOLDEN = Path(__file__).parents[1] / "golden/columns"
TABLE = """\
id,bill_mm,depth_mm,mass,island,sex,size,when,species
p1,39.1,18.7,3750,Torgersen,male,small,2007,Adelie
p2,NA,17.4,3800,Biscoe,,large,2008,Gentoo
p3,40.3,18,3250,Dream,female,medium,2009,Adelie
p4,36.7,19.3,,Dream,male,small,2007,Gentoo
p5,39.3,20.6,3650,Biscoe,female,large,2008,Adelie
"""
CONFIG = """\
name: table
data:
  csv: {path: table.csv, labels: species, ids: id}
  columns:
    "*_mm": [{impute: median}, scale]
    mass: {impute: {method: mean, indicator: true}}
    island: one_hot
    sex: {one_hot: {missing: category}}
    size: {ordinal: [small, medium, large]}
    when: drop
model: {layers: [{Dense: {units: 2, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
"""
NAMES = [
    *("bill_mm", "depth_mm", "mass", "mass:missing"),
    *("island=Biscoe", "island=Dream", "island=Torgersen"),
    *("sex=female", "sex=male", "sex:missing", "size"),
]


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text(TABLE)
    (tmp_path / "c.yaml").write_text(CONFIG)
    return tmp_path


def parsed(*overrides):
    node = read_config(Path("c.yaml"), list(overrides))
    with located(node):
        return parse_spec(node)


def read(*overrides):
    node = read_config(Path("c.yaml"), list(overrides))
    with located(node):
        return read_rows(parse_spec(node), KerasDoor())


def names(*overrides):
    columns = parsed(*overrides).facts.columns
    return [name for column in columns for name in column.names]


def test_a_light_command_knows_what_the_rows_turn_out_to_be():
    experiment, parts = read()

    assert names() == NAMES == list(parts.train.feature_names)
    assert parsed().input_shapes == {"input": (11,)} == experiment.input_shapes


WHEN_ALONE = (
    "data.columns={'*_mm': drop, mass: drop, island: drop, sex: drop, size: drop}"
)


def test_a_column_without_an_entry_is_a_number():
    (column,) = parsed(WHEN_ALONE).facts.columns

    assert (column.column, column.entry, column.encoders) == ("when", None, "number")


def test_the_scale_of_the_data_holds_for_numbers_without_an_entry():
    (column,) = parsed(WHEN_ALONE, "data.scale=minmax").facts.columns

    assert column.encoders == "scale minmax"


def test_an_exact_name_beats_a_pattern_and_the_longest_pattern_beats_others():
    entries = {
        one.column: one.entry
        for one in parsed(
            "data.columns={'*': number, 'bill*': {impute: mean}, 'b*': drop, "
            "island: one_hot, sex: {one_hot: {missing: ignore}}, size: one_hot}"
        ).facts.columns
    }

    assert entries == {
        "bill_mm": "bill*",
        "depth_mm": "*",
        "mass": "*",
        "island": "island",
        "sex": "sex",
        "size": "size",
        "when": "*",
    }


def test_the_names_of_rows_are_a_feature_where_an_entry_says_so():
    assert "id=p1" in names("data.columns.id=one_hot")


def test_an_entry_of_a_file_that_extends_another_replaces_its_encoder(directory):
    (directory / "d.yaml").write_text(
        "extends: c.yaml\nname: other\n"
        "data: {columns: {size: one_hot, Sex: drop, island: {one_hot: [Dream]}}}\n"
    )

    node = read_config(directory / "d.yaml")

    columns = node.value["data"]["columns"]
    assert columns["size"] == "one_hot"
    assert columns["island"] == {"one_hot": ["Dream"]}
    assert columns["sex"] == {"one_hot": {"missing": "category"}}
    assert columns["Sex"] == "drop"


def test_a_config_reads_back_as_it_is_written(directory):
    spec = parsed().spec
    (directory / "again.yaml").write_text(spec.to_yaml())

    assert parse_spec(read_config(directory / "again.yaml")).spec == spec


def test_a_summary_shows_the_width_of_each_entry(golden):
    golden(GOLDEN / "summary.txt", render_summary([("c.yaml", parsed())]))


def test_widths_that_take_long_to_read_are_not_guessed(golden, monkeypatch):
    monkeypatch.setattr("dlrun.components.sources.table._SHORT", 10)

    experiment = parsed()

    assert experiment.layers == ()
    assert experiment.facts.row_shapes is None
    assert unread_columns(experiment).startswith("the widths of island, sex and all")
    golden(GOLDEN / "unread.txt", render_summary([("c.yaml", experiment)]))
    assert read()[0].parameters == 11 * 2 + 2


def test_stated_categories_need_no_reading(monkeypatch):
    monkeypatch.setattr("dlrun.components.sources.table._SHORT", 10)
    stated = "data.columns.island={one_hot: [Biscoe, Dream, Torgersen]}"

    width = parsed(stated, "data.columns.sex={one_hot: [male, female]}").input_shapes

    assert width == {"input": (3 + 2 + 2 + 2 + 1,)}


INPUTS = "data.inputs={numbers: ['*_mm', mass], names: [island, sex, mass]}"
TWO = (
    "model.layers=[{Dense: {units: 2, from: numbers, name: a}}, {Dense: {units: 2, "
    "from: names, name: b}}, {Add: [a, b]}, {Softmax: {}}]"
)


def test_columns_may_make_several_inputs(golden):
    experiment = parsed(INPUTS, TWO)
    read_experiment, parts = read(INPUTS, TWO)

    assert experiment.input_shapes == {"names": (8,), "numbers": (4,)}
    assert read_experiment.input_shapes == experiment.input_shapes
    assert parts.train.row_shapes == experiment.input_shapes
    golden(GOLDEN / "inputs.txt", render_summary([("c.yaml", experiment)]))


def test_a_column_in_several_inputs_is_the_same_in_each():
    _, parts = read(INPUTS, TWO)
    numbers, names = (parts.train.features[name] for name in ("numbers", "names"))

    assert (numbers[:, 2:] == names[:, :2]).all()
    assert names[:, 2:5].sum(axis=1).tolist() == [1] * 5


def test_a_column_in_no_input_is_noted_and_not_read(directory):
    table = TABLE.replace("large", "huge")
    (directory / "table.csv").write_text(table)

    experiment, parts = read(INPUTS, TWO)

    notes = [one for one in experiment.warnings if one.code == "unused-column"]
    assert [note.message for note in notes] == ["the column size is in no input"]
    assert set(parts.preprocessing.columns) == {
        *("bill_mm", "depth_mm", "mass", "island", "sex")
    }


def test_numbers_need_no_encoders_to_make_several_inputs(directory):
    (directory / "plain.csv").write_text("a,b,c,y\n1,2,3,0\n4,5,6,1\n")
    changes = (
        "data={csv: {path: plain.csv, labels: y}, inputs: {numbers: [a], names: "
        "['[bc]']}}"
    ).replace("['[bc]']", "[b, c]")

    _, parts = read(changes, TWO)

    assert parts.train.features["numbers"].tolist() == [[1], [4]]
    assert parts.train.features["names"].tolist() == [[2, 3], [5, 6]]


MISTAKES = {
    "cross-of-nothing": [
        "data.columns.place={cross: {columns: [iland, species], num_bins: 9}}"
    ],
    "cross-of-a-taken-name": [
        (
            "data.columns={mass: {cross: {columns: [island, sex], num_bins: 9}}, "
            "'*_mm': {cross: {columns: [island, size], num_bins: 9}}}"
        )
    ],
    "cross-behind-others": [
        "data.columns.place=[{cross: {columns: [island, sex], num_bins: 9}}, scale]"
    ],
    "cross-in-an-input": [
        (
            "data.columns={'*_mm': {impute: mean}, mass: {impute: mean}, size: drop, "
            "place: {cross: {columns: [island, sex], num_bins: 9}}}"
        ),
        "data.inputs={place: [place], others: [when, island]}",
    ],
    "cross-of-images": [
        (
            "data.columns={island: {image: {image_size: [8, 8]}}, '*': {impute: mean}, "
            "place: {cross: {columns: [island, sex], num_bins: 9}}}"
        )
    ],
    "text-without-an-input": ["data.columns.island={text: {max_tokens: 9}}"],
    "text-without-its-size": ["data.columns.island={text: {output_mode: count}}"],
    "text-of-capitals": ["data.columns.island={text: {vocabulary: [Dream, biscoe]}}"],
    "hash-without-an-input": ["data.columns.island={hash: 9}"],
    "hash-without-a-bin": [
        "data.columns.island={hash: {num_bins: 9, missing: ignore}}"
    ],
    "hash-too-large": [
        "data.columns={island: {hash: 9}, '*': drop}",
        "data.inputs={place: [island]}",
        (
            "model.layers=[{Embedding: {input_dim: 3, output_dim: 2}}, Flatten, "
            "{Dense: {units: 2, activation: softmax}}]"
        ),
    ],
    "inputs-of-arrays": [
        "data={inline: {features: [[1], [2]], labels: [0, 1]}, inputs: {x: [a]}}"
    ],
    "inputs-unknown": ["data.inputs={numbers: [mas, '*_cm', when], names: [island]}"],
    "inputs-no-list": ["data.inputs={numbers: mass}"],
    "inputs-untaken": [
        INPUTS,
        "model.layers=[{Dense: {units: 2, from: numbers, activation: softmax}}]",
    ],
    "inputs-unsaid": [INPUTS],
    "input-called-input": ["data.inputs={input: [mass], names: [sex]}"],
    "scale-by-input": ["data.scale={input: standard}"],
    "unknown-column": ["data.columns.iland=one_hot"],
    "pattern-fits-nothing": ["data.columns={'*_cm': scale}"],
    "two-patterns": [
        "data.columns={'*_mm': scale, 'bill*': drop, 'b*_mm': drop, 'bi*mm': scale}"
    ],
    "label": ["data.columns.species=one_hot"],
    "unselected": ["data.csv.features=[mass, sex]"],
    "behind-a-date": ["data.columns.when=[{date: [year, month]}, {impute: mean}]"],
    "drop-beside-others": ["data.columns.mass=[drop, scale]"],
    "behind-one-hot": ["data.columns.island=[one_hot, scale]"],
    "text-behind-numbers": ["data.columns.island=[scale, one_hot]"],
    "unknown-encoder": ["data.columns.island=onehot"],
    "unknown-key": ["data.columns.island={one_hot: {handle_unknown: ignore}}"],
    "empty-list": ["data.columns.island=[]"],
    "nothing-left": ["data.columns={'*': drop}"],
    "no-table": [
        "data={inline: {features: [[1], [2]], labels: [0, 1]}, columns: {x: scale}}"
    ],
    "labels-of-no-column": [
        "data.csv.labels={bins: {column: masss, boundaries: [3600]}}"
    ],
    "ids-missing": ["data.csv.ids=name"],
    "number-as-name": ["data.csv.missing=NA"],
    "missing-without-columns": ["data.columns=null", "data.csv.missing=['?']"],
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_the_config_is_shown_with_its_place_and_cure(
    case, golden, directory
):
    with pytest.raises(ProblemsError) as caught:
        parsed(*MISTAKES[case])

    told = f"{caught.value}".replace(str(directory), "$HERE")
    golden(GOLDEN / f"{case}.txt", f"-s {MISTAKES[case]}\n\n{told}")


NUMBERS = ("compile.loss=mse", "model.layers=[{Dense: 1}]")
DATES = "day,tags,price\n2024-01-02,a;b,1\n3/4/2024,,2\n2024-01-02,a,3\n"
OF_ROWS = {
    "gap-of-a-text": [
        "data.columns.sex={text: {max_tokens: 9, output_mode: count}}",
    ],
    "gap-of-a-hash": [
        "data.columns.island=drop",
        "data.columns.sex={hash: {num_bins: 9, output_mode: one_hot}}",
        (
            "data.columns.place={cross: {columns: [island, sex], num_bins: 9, "
            "output_mode: one_hot}}"
        ),
    ],
    "no-date": [
        "data.csv={path: days.csv, labels: price}",
        "data.columns={day: {date: [year]}, tags: multi_hot}",
        *NUMBERS,
    ],
    "years-first-without-columns": [
        "data.csv={path: slashes.csv, labels: price}",
        "data.columns=null",
        *NUMBERS,
    ],
    "dates-without-columns": [
        "data.csv={path: dated.csv, labels: price}",
        "data.columns=null",
        *NUMBERS,
    ],
    "no-columns": ["data.columns=null"],
    "gap": ["data.columns.mass=scale", "data.columns.sex=one_hot"],
    "gap-of-a-pattern": ["data.columns={'*_mm': scale, '*': drop}"],
    "text-under-scale": ["data.columns.island=scale"],
    "text-without-entry": ["data.columns={'*_mm': drop, mass: drop}"],
    "odd-gap": ["data.columns.when=number", "data.csv.path=odd.csv"],
    "not-listed": ["data.columns.size={ordinal: [small, large]}"],
    "no-train-row": ["data.split={validation: 0.4}", "seed=1"],
    "label-no-number": [
        "data.csv.labels={bins: {column: mass, boundaries: [3600]}}",
        "data.columns={'*': drop, '*_mm': {impute: mean}}",
    ],
    "label-gap": ["data.csv.path=unlabelled.csv"],
    "weight": ["data.csv.weights=mass"],
    "two-names": [
        "data.csv.path=twice.csv",
        "data.columns={'x=1': number, x: one_hot, '*': drop}",
    ],
}


@pytest.mark.parametrize("case", OF_ROWS)
def test_a_mistake_in_the_rows_is_shown_with_its_place_and_cure(
    case, golden, directory
):
    (directory / "days.csv").write_text(DATES)
    (directory / "dated.csv").write_text(DATES.replace("3/4/2024", "2024-04-03T10:00"))
    slashes = "day,n,price\n2012/01/31,1,1\n2012/1/2,500,2\n,7,3\n"
    (directory / "slashes.csv").write_text(slashes)
    (directory / "unlabelled.csv").write_text(TABLE.replace(",Gentoo", ","))
    (directory / "odd.csv").write_text(TABLE.replace("2009", "?"))
    (directory / "twice.csv").write_text("id,x,x=1,species\na,1,2,u\nb,2,3,v\n")
    with pytest.raises(ProblemsError) as caught:
        read(*OF_ROWS[case])

    told = f"{caught.value}".replace(str(directory), "$HERE")
    golden(GOLDEN / f"{case}.txt", f"-s {OF_ROWS[case]}\n\n{told}")


def test_two_numbers_of_one_name_are_seen_without_reading_rows_where_they_are_short(
    directory, monkeypatch
):
    (directory / "twice.csv").write_text("id,x,x=1,species\na,1,2,u\nb,2,3,v\n")
    overrides = OF_ROWS["two-names"]

    for limit, light in ((10_000, True), (1, False)):
        monkeypatch.setattr("dlrun.components.sources.table._SHORT", limit)
        with pytest.raises(ProblemsError) as caught:
            (parsed if light else read)(*overrides)
        assert [one.code for one in caught.value.problems] == ["two-names"]


def test_lines_that_are_pasted_take_gaps_and_categories_of_rows_that_come_later(
    directory,
):
    words = "a car that was seen on this day"
    lines = [
        f"{'ab'[row % 2]},{row},{row * row},2024-01-{1 + row % 28:02},{words} {row},"
        f"{'' if row % 9 == 0 else 'n'},{row % 2}"
        for row in range(120)
    ]
    header = "kind,plain,gappy,day,said,seen,y"
    lines[5] = lines[5].replace(",25,", ",,")
    (directory / "old.csv").write_text("\n".join([header, *lines]))
    (directory / "new.csv").write_text(f"{header}\nz,,,,,q,0\n,1,,2025-01-01,x,,1\n")
    own = "{csv: {path: new.csv, labels: y}}"
    bare = f"data={{csv: {{path: old.csv, labels: y}}, validation: {own}}}"
    with pytest.raises(ProblemsError) as caught:
        read(bare)
    hint = next(one.hint for one in caught.value.problems if one.hint)
    pasted = yaml.safe_load(hint.removeprefix("write under data:"))

    _, parts = read(bare, f"data.columns={json.dumps(pasted['columns'])}")

    assert pasted["columns"].keys() == {"kind", "gappy", "day", "said", "seen", "*"}
    assert len(parts.validation) == 2


def test_lines_that_are_pasted_leave_no_number_unscaled_and_keep_what_was_stated(
    directory,
):
    (directory / "plain.csv").write_text("a,b,c,y\n1,u,900,0\n,v,800,1\n3,u,700,0\n")
    bare = "data={csv: {path: plain.csv, labels: y}}"
    cures = {}
    for scale in ("null", "minmax"):
        with pytest.raises(ProblemsError) as caught:
            read(bare, f"data.scale={scale}")
        hint = next(one.hint for one in caught.value.problems if one.hint)
        cures[scale] = yaml.safe_load(hint.removeprefix("write under data:"))

    numbers = [{"impute": "median"}, "scale"]
    written = {
        "a": numbers,
        "b": {"one_hot": {"missing": "ignore", "unknown": "ignore"}},
    }
    assert cures["null"] == {"columns": {**written, "*": numbers}}
    assert cures["minmax"] == {"columns": written}
    _, parts = read(bare, f"data.columns={json.dumps(cures['null']['columns'])}")
    rows = parts.train.features["input"]
    assert rows[:, [0, -1]].std(axis=0) == pytest.approx([1, 1], abs=1e-5)


def test_a_column_with_a_role_may_be_the_only_feature(directory):
    (directory / "table.csv").write_text("when,species\n2007,a\n2008,b\n")
    data = "data.csv={path: table.csv, labels: species, ids: when}"

    with pytest.raises(ProblemsError) as caught:
        parsed(data, "data.columns=null")
    named = parsed(data, "data.columns={when: scale}")

    assert '"when" is `ids`' in caught.value.problems[0].hint
    assert [one.column for one in named.facts.columns] == ["when"]
