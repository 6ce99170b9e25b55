"""Every example of docs/tables.md is valid, and does what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from dlrun.cli.app import run
from dlrun.components.encoders import ColumnEncoder
from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.errors import DataError
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import prepare_values, read_rows

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/tables.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
PENGUINS, SHIRTS, TRIPS, AREAS, FILMS, DIAMONDS, TOWERS, DIGITS, REVIEWS, WORDS = (
    EXAMPLES
)
(ROWS,) = re.findall(r"--rows '(.*?)'", PAGE, re.DOTALL)
JOURNEYS = """\
hour,day,street,price
7,monday,Main Street,10
23,monday,,12
7.0,,Broadway,17
7,monday,Broadway,11
"""
EXAMPLE_FILES = ("reviews.yaml", "words.yaml")
MODEL = "\nname: shirts\nmodel: {layers: [{Dense: 1}]}\ncompile: {loss: mse}\n"
TABLE = """\
size,colour,shop,washed,tags,sold,weight,price
small,red,north,yes,new/sale,31.01.2024,120,10
?,red,south,,sale,01.07.2024,999,12
large,blue,east,yes,,01.07.2025,300,17
"""


@pytest.fixture
def penguins(tmp_path):
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    (tmp_path / "penguins.yaml").write_text(PENGUINS)
    return parse_spec(read_config(tmp_path / "penguins.yaml"))


def test_the_first_example_is_valid_and_its_rows_are_as_wide_as_it_says(penguins):
    assert penguins.warnings == ()
    assert penguins.input_shapes == {"input": (11,)}


def test_the_shipped_config_has_the_columns_of_the_page(penguins):
    shipped = parse_spec(read_config(ROOT / "configs/tables/penguins.yaml"))

    assert shipped.spec.data.columns == penguins.spec.data.columns


def test_rows_are_written_out_as_the_page_shows(penguins):
    _, parts = read_rows(penguins, KerasDoor())

    rows = prepare_values(
        penguins.spec, parts.preprocessing, json.loads(ROWS), KerasDoor()
    )

    assert rows.feature_names == parts.train.feature_names
    cells = dict(zip(rows.feature_names, rows.features["input"][0], strict=True))
    assert (cells["island=Biscoe"], cells["sex:missing"]) == (1, 1)


def test_gaps_and_unknown_categories_are_what_the_second_example_says(tmp_path):
    (tmp_path / "shirts.csv").write_text(TABLE)
    (tmp_path / "shirts.yaml").write_text(SHIRTS + MODEL)

    experiment = parse_spec(read_config(tmp_path / "shirts.yaml"))
    _, parts = read_rows(experiment, KerasDoor())

    rows = parts.train
    numbers = rows.features["input"].T.tolist()
    cells = dict(zip(rows.feature_names, numbers, strict=True))
    sold = [cells.pop(f"sold:{name}") for name in ("year", "month_sin", "month_cos")]
    assert np.mean(sold, axis=1) == pytest.approx([0, 0, 0], abs=1e-6)
    assert cells == {
        "size": [0, 3, 2],
        "colour=blue": [0, 0, 1],
        "colour=red": [1, 1, 0],
        "colour:unknown": [0, 0, 0],
        "shop=north": [1, 0, 0],
        "shop=south": [0, 1, 0],
        "washed=yes": [1, 1, 1],
        "tags=new": [1, 0, 0],
        "tags=sale": [1, 1, 0],
        "weight:bin0": [1, 0, 0],
        "weight:bin1": [0, 1, 1],
    }


@pytest.mark.heavy
def test_categories_are_hashed_and_crossed_as_the_page_says(tmp_path):
    (tmp_path / "trips.csv").write_text(JOURNEYS)
    (tmp_path / "trips.yaml").write_text(TRIPS + MODEL)

    experiment = parse_spec(read_config(tmp_path / "trips.yaml"))
    _, parts = read_rows(experiment, KerasDoor())

    features = parts.train.features["input"]
    hours, streets, rush = features[:, :5], features[:, 5:13], features[:, 13:]
    assert experiment.input_shapes == {"input": (5 + 8 + 16,)}
    assert hours.argmax(axis=1).tolist() == [1, 4, 1, 1]
    assert streets.sum(axis=1).tolist() == [1, 0, 1, 1]
    assert (streets[2] == streets[3]).all()
    assert rush.sum(axis=1).tolist() == [1, 1, 1, 1]
    assert (rush[0] == rush[3]).all()
    assert parts.preprocessing.table_columns == ("hour", "day", "street")


@pytest.fixture
def reviews(tmp_path):
    words = {"good": "great film with good Actors", "bad": "a boring, bad film"}
    lines = [
        f'{number % 5 + 1},"{words[kind] if number % 7 else ""}",{kind}'
        for number in range(20)
        for kind in words
    ]
    (tmp_path / "reviews.csv").write_text("\n".join(["stars,comment,verdict", *lines]))
    (tmp_path / "reviews.yaml").write_text(REVIEWS)
    model = "model: {layers: [{Dense: {units: classes, activation: softmax}}]}\n"
    compiled = "compile: {loss: sparse_categorical_crossentropy}\n"
    (tmp_path / "words.yaml").write_text(f"name: words\n{WORDS}{model}{compiled}")
    return tmp_path


def test_texts_have_shapes_before_anything_is_read(reviews):
    tokens, words = (
        parse_spec(read_config(reviews / f"{name}.yaml")).input_shapes
        for name in ("reviews", "words")
    )

    assert tokens == {"words": (40,), "numbers": (1,)}
    assert words == {"input": (200 + 1,)}


@pytest.mark.heavy
def test_texts_are_learned_and_new_ones_asked_as_the_page_says(
    reviews, monkeypatch, capsys
):
    monkeypatch.chdir(reviews)
    new = '[{"stars": 5, "comment": "GREAT actors!"}, {"stars": 1, "comment": null}, '
    new += '{"stars": 3, "comment": "never seen"}]'

    trained = [
        run(["train", name, "-q", "-s", "fit.epochs=150"]) for name in EXAMPLE_FILES
    ]
    capsys.readouterr()
    asked = [run(["predict", name, "--rows", new]) for name in ("reviews", "words")]

    told = capsys.readouterr().out.splitlines()
    assert (trained, asked) == ([0, 0], [0, 0])
    assert [told[1], told[5]] == ["0,good", "0,good"]
    assert len(told) == 8


@pytest.fixture
def towers(tmp_path):
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    (tmp_path / "towers.yaml").write_text(TOWERS)
    return tmp_path / "towers.yaml"


def test_the_third_example_has_two_inputs(towers):
    experiment = parse_spec(read_config(towers))

    assert experiment.warnings == ()
    assert experiment.input_shapes == {"measures": (4,), "names": (5,)}


@pytest.fixture
def digits(tmp_path, monkeypatch):
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    (tmp_path / "digits.yaml").write_text(DIGITS)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "digits.yaml"


def test_the_example_of_images_has_an_input_for_them(digits):
    experiment = parse_spec(read_config(digits))

    assert experiment.warnings == ()
    assert experiment.input_shapes == {"numbers": (1,), "pixels": (8, 8, 1)}


@pytest.mark.heavy
def test_a_model_of_images_and_numbers_is_trained_kept_and_asked(digits, capsys):
    trained = run(["train", "digits.yaml", "-q", "-s", "fit.epochs=12"])
    capsys.readouterr()
    row = '[{"image": "datasets/digits_images/4/00.png", "ink": 300}]'
    predicted = run(["predict", "digits_with_ink", "--rows", row])
    told = capsys.readouterr().out
    (digits.parent / "new.csv").write_text("image,ink\nno.png,3\n")
    missing = run(["predict", "digits_with_ink", "--data", "new.csv"])
    error = capsys.readouterr().err
    verified = run(["verify", "digits_with_ink"])
    capsys.readouterr()
    evaluated = run(["evaluate", "digits_with_ink", "--json"])

    assert (trained, predicted, verified, evaluated) == (0, 0, 0, 0)
    assert told == "id,prediction\n0,4\n"
    summary = json.loads(Path("runs/digits_with_ink-001/summary.json").read_text())
    assert summary["facts"]["feature_size"] == pytest.approx(1, abs=0.1)  # Of the ink.
    assert missing != 0
    assert "names an image that is not there: no.png at new.csv:2" in error
    assert json.loads(capsys.readouterr().out)["metrics"]["accuracy"] > 0.7


@pytest.mark.heavy
def test_a_model_of_two_inputs_is_built_and_asked(towers, monkeypatch, capsys):
    monkeypatch.chdir(towers.parent)

    trained = run(["train", "towers.yaml", "-q", "-s", "fit.epochs=0"])
    capsys.readouterr()
    predicted = run(["predict", "two_towers_of_a_table", "--rows", ROWS])

    assert (trained, predicted) == (0, 0)
    assert capsys.readouterr().out.startswith("id,prediction\n0,")


def test_a_number_is_cut_into_the_classes_that_the_page_names(tmp_path):
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    (tmp_path / "areas.yaml").write_text(AREAS)

    experiment, parts = read_rows(
        parse_spec(read_config(tmp_path / "areas.yaml")), KerasDoor()
    )

    assert experiment.output_shapes == {"dense": (3,)}
    assert list(parts.train.class_counts()) == ["below 500", "500 to 1000", "from 1000"]
    assert all(count > 20 for count in parts.train.class_counts().values())


def test_tags_and_a_label_of_its_own_are_those_of_two_outputs(tmp_path):
    rows = ["A,90,war/art,1", "B,80,,0", "C,70,art,0", "D,60,film,0", "E,50,art,1"]
    (tmp_path / "films.csv").write_text("\n".join(["title,length,tags,seen", *rows]))
    (tmp_path / "films.yaml").write_text(FILMS)

    experiment, parts = read_rows(
        parse_spec(read_config(tmp_path / "films.yaml")), KerasDoor()
    )

    assert experiment.output_shapes == {"genres": (3,), "seen": (1,)}
    assert parts.train.label_names == {"genres": ("art", "film", "war")}
    counts = parts.train.class_counts("seen")
    weights = experiment.spec.fit.weights_of(counts, "seen")
    assert weights == [4 / (2 * count) for count in counts.values()]


def test_the_page_names_every_encoder():
    assert {key for key in ColumnEncoder.types if f"| `{key}" not in PAGE} == set()


def test_a_table_of_penguins_without_columns_gets_the_lines_of_the_error():
    source = {"path": str(ROOT / "datasets/penguins.csv"), "labels": "species"}
    config = {
        "name": "bare",
        "data": {"csv": source},
        "model": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }
    with pytest.raises(DataError) as caught:
        read_rows(parse_spec(node_of(config)), KerasDoor())
    hint = caught.value.problems[0].hint

    config["data"] |= yaml.safe_load(hint.removeprefix("write under data:"))
    _, parts = read_rows(parse_spec(node_of(config)), KerasDoor())

    assert parts.train.features["input"].shape == (344, 3 + 4 + 3 + 1)


def test_the_table_of_the_readme_is_that_of_the_config():
    text = (ROOT / "README.md").read_text("utf-8")
    (example,) = re.findall(
        r"```yaml\n# of configs/tables/cars.yaml.*?\n(.*?)```", text, re.DOTALL
    )

    config = (ROOT / "configs/tables/cars.yaml").read_text("utf-8")

    assert example.replace("path: cars", "path: ../../datasets/cars") in config


def test_the_page_lists_every_config_of_a_table():
    listed = re.findall(
        r"^\| `([a-z_]+)` \|", PAGE.partition("## Tables to start")[2], re.MULTILINE
    )

    configs = (ROOT / "configs/tables").glob("*.yaml")

    assert set(listed) == {path.stem for path in configs}


@pytest.mark.heavy
def test_prices_are_told_in_dollars(tmp_path, monkeypatch, capsys):
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    (tmp_path / "diamonds.yaml").write_text(DIAMONDS)
    monkeypatch.chdir(tmp_path)

    assert run(["train", "diamonds.yaml", "-s", "fit.epochs=3", "--json", "-q"]) == 0

    trained = capsys.readouterr()
    values = json.loads(trained.out)
    assert "large-labels" not in trained.err
    assert values["scale_labels"] == "standard"
    assert 0 < values["best"]["val_loss"] < 1
    assert 100 < values["best"]["val_mean_absolute_error"] < 2000
    assert run(["predict", values["run"], "--data", "datasets/diamonds.csv"]) == 0
    prices = [
        float(line.split(",")[-1]) for line in capsys.readouterr().out.split()[1:]
    ]
    assert 2000 < np.mean(prices) < 6000
