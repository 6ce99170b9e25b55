"""Labels of a table are predicted and measured under the names of the file."""

from __future__ import annotations

import json
from contextlib import chdir

import numpy as np
import pytest

import dlrun as notebook
from dlrun.cli.app import run

pytestmark = pytest.mark.heavy

TAGS = ["drama;war", "comedy", "comedy;romance", "drama", "", "war;drama", "romance"]
ROWS = [
    f"{n},{n % 5 / 5},{TAGS[n % 7]},{1990 + n},{n % 5},{90 + n % 9}" for n in range(30)
]
CONFIG = """\
name: films
data:
  csv:
    path: films.csv
    ids: id
    features: [f]
    labels:
      genre: {multi_hot: {column: tags, missing: ignore}}
      both: [rating, length]
      age: {bins: {column: year, boundaries: [2010]}}
  split: {validation: 0.3}
model:
  layers:
    - Dense: {units: 8, activation: relu, name: h}
    - Dense: {from: h, units: classes, activation: sigmoid, name: genre}
    - Dense: {from: h, units: 2, name: both}
    - Dense: {from: h, units: 1, activation: sigmoid, name: age}
  outputs: [genre, both, age]
compile: {loss: {genre: binary_crossentropy, both: mse, age: binary_crossentropy}}
fit: {epochs: 2, class_weight: {age: balanced}}
"""
SMALL = """\
name: rating
data: {csv: {path: films.csv, labels: rating, features: [f]}}
model: {layers: [{Dense: 1}]}
compile: {loss: mse}
fit: {epochs: 1}
"""
GENRES = ["comedy", "drama", "romance", "war"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    directory = tmp_path_factory.mktemp("films")
    table = "\n".join(["id,f,tags,year,rating,length", *ROWS])
    (directory / "films.csv").write_text(table)
    (directory / "films.yaml").write_text(CONFIG)
    (directory / "rating.yaml").write_text(SMALL)
    with chdir(directory):
        assert run(["train", "films.yaml", "rating.yaml", "-q"]) == 0
    return directory


@pytest.fixture
def here(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return trained


def test_predictions_have_the_names_of_labels_columns_and_classes(dlrun, here):
    (first, *_) = dlrun("predict", "films", "--data", "films.csv").table

    genres = [
        f"genre_{what}_{name}" for what in ("label", "prediction") for name in GENRES
    ]
    both = [
        f"both_{w}_{name}"
        for w in ("label", "prediction")
        for name in ("rating", "length")
    ]
    assert list(first) == ["id", *genres, *both, "age_label", "age_prediction"]
    assert [first[f"genre_label_{name}"] for name in GENRES] == ["0", "1", "0", "1"]
    assert (first["both_label_rating"], first["both_label_length"]) == ("0.0", "90.0")
    assert first["age_label"] == "below 2010"


def test_new_rows_need_no_labels_and_a_notebook_gets_the_same_names(here):
    run_of_films = notebook.open_run("films")

    frame = run_of_films.predict([[0.1], [0.2]])

    assert "both_prediction_length" in frame
    assert "genre_probability_war" in frame
    assert "age_probability_from 2010" in frame


def test_figures_of_each_label_are_those_of_the_predictions(dlrun, here):
    rows = dlrun("predict", "films").table
    values = json.loads(dlrun("evaluate", "films", "--json").out)["outputs"]

    (rating, length) = values["both"]["per_number"]
    assert (rating["label"], length["label"]) == ("rating", "length")
    for one in (rating, length):
        truth, said = (
            np.array([float(row[f"both_{what}_{one['label']}"]) for row in rows])
            for what in ("label", "prediction")
        )
        assert one["mae"] == pytest.approx(np.abs(said - truth).mean(), rel=1e-5)
        assert one["rmse"] == pytest.approx(
            np.sqrt(np.square(said - truth).mean()), rel=1e-5
        )
        spread = np.square(truth - truth.mean()).sum()
        assert one["r2"] == pytest.approx(1 - np.square(said - truth).sum() / spread)
    assert [one["label"] for one in values["genre"]["per_label"]][:4] == GENRES


def test_what_is_said_of_labels_fits_a_narrow_terminal(dlrun, here):
    said = dlrun("evaluate", "films").out

    assert max(map(len, said.splitlines()[1:])) <= 60
    assert "rating" in said
    assert "from 2010" in said


def test_a_threshold_moves_the_second_of_two_classes(dlrun, here):
    low, high = (
        {
            row["age_prediction"]
            for row in dlrun("predict", "films", "--threshold", p).table
        }
        for p in ("0", "1")
    )

    assert (low, high) == ({"from 2010"}, {"below 2010"})


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_a_threshold_of_numbers_is_refused_with_the_reason(dlrun, here, command):
    outcome = dlrun(command, "rating", "--threshold", "0.3")

    assert (outcome.code, outcome.out) == (3, "")
    assert "the model predicts numbers" in outcome.err


def test_an_unknown_tag_of_new_rows_is_told_with_what_to_write(dlrun, here):
    (here / "new.csv").write_text(
        "id,f,tags,year,rating,length\n1,0.1,drama;noir,2000,1,90\n2,0.2,war,,1,90\n"
    )

    outcome = dlrun("evaluate", "films", "--data", "new.csv")

    assert outcome.code == 3
    assert 'has the tag "noir", which is none of its labels' in outcome.err
    assert "or train again with genre: {multi_hot: {column: tags, " in outcome.err
    assert 'the label "year" is empty in 1 row, at new.csv:3' in outcome.err


def test_a_run_of_labels_by_output_is_trained_again_to_the_bit(dlrun, here):
    outcome = dlrun("verify", "films")

    assert outcome.code == 0
    assert "bit-identical" in outcome.out
