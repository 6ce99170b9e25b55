from __future__ import annotations

import json

import pytest
import yaml

from dlrun.runs import create_run


@pytest.fixture
def lines(dlrun, here):
    """Every value of a config with its origin, by path."""

    def read(*arguments: str) -> dict[str, str]:
        outcome = dlrun("show", *arguments, "--origin")
        assert outcome.code == 0
        pairs = (line.split("  # ") for line in outcome.out.splitlines())
        return {text.rstrip(): place for text, place in pairs}

    return read


def test_the_defaults_are_written_out(dlrun, here):
    outcome = dlrun("show", "small.yaml")

    assert outcome.code == 0
    assert outcome.out.startswith("name: small\n")
    assert "kernel_initializer: GlorotUniform" in outcome.out
    assert "batch_size: 32" in outcome.out
    assert "monitor: train_loss" in outcome.out


def test_what_is_shown_reads_back_as_the_same_config(dlrun, here):
    first = dlrun("show", "people.yaml").out
    (here / "again.yaml").write_text(first)

    assert dlrun("show", "again.yaml").out == first


def test_json_holds_the_same_values(dlrun, here):
    as_json = json.loads(dlrun("show", "people.yaml", "--json").out)

    assert as_json == yaml.safe_load(dlrun("show", "people.yaml").out)


def test_arguments_are_applied(dlrun, here):
    shown = dlrun(
        "show", "people.yaml", "-s", "fit.epochs=7", "-u", "data.scale", "--json"
    )

    values = json.loads(shown.out)
    assert values["fit"]["epochs"] == 7
    assert "scale" not in values["data"]


def test_every_value_names_who_wrote_it(lines, here):
    (here / "child.yaml").write_text("extends: people.yaml\nfit: {epochs: 5}\n")

    found = lines("child.yaml", "-s", "compile.optimizer.beta_1=0.8")

    assert found["fit.epochs: 5"] == "child.yaml:2"
    assert found["fit.batch_size: 4"] == "people.yaml:14"
    assert found["compile.optimizer.Adam.beta_1: 0.8"] == "-s"
    assert found["compile.optimizer.Adam.beta_2: 0.999"] == "default"


def test_the_main_argument_of_a_short_form_was_written_too(lines):
    short = lines("people.yaml")
    changed = lines("people.yaml", "-s", "compile.optimizer.beta_1=0.8")
    nested = lines(
        "small.yaml",
        "-s",
        "model.layers[0]={Bidirectional: {LSTM: 3}}",
        "-s",
        "data.inline.features=[[[0], [1]], [[1], [0]]]",
    )

    assert short["compile.optimizer.Adam.learning_rate: 0.05"] == "people.yaml:12"
    assert changed["compile.optimizer.Adam.learning_rate: 0.05"] == "people.yaml:12"
    assert nested["model.layers[0].Bidirectional.layer.LSTM.units: 3"] == "-s"


def test_a_run_is_shown_by_its_name_or_that_of_its_config(dlrun, here):
    values = json.loads(dlrun("show", "small.yaml", "--json").out)
    folder = create_run(here / "runs", "small")
    folder.write_config("name: small", values)

    for text in ("runs/small-001", "small-001", "small"):
        outcome = dlrun("show", text, "--json")
        assert (outcome.code, json.loads(outcome.out)) == (0, values)


def test_an_unknown_run_is_answered_with_the_nearest_names(dlrun, here):
    create_run(here / "runs", "small")

    outcome = dlrun("show", "smal")

    assert outcome.code == 3
    assert outcome.err == (
        "error: no run 'smal' in runs\n   = help: did you mean small or small-001?\n"
    )


def test_a_wrong_config_is_not_shown(dlrun, here):
    outcome = dlrun("show", "small.yaml", "-s", "fit.epochs=-1")

    assert (outcome.code, outcome.out) == (3, "")


def test_weights_of_classes_are_merged_and_shown_by_their_names(lines, here):
    (here / "odd.csv").write_text("x,y\n1,No\n2,Dense\n3,grade 1.5\n4,No\n")
    (here / "base.yaml").write_text(
        "name: base\n"
        "data: {csv: {path: odd.csv, labels: y}}\n"
        "model: {layers: [Dense: {units: 3, activation: softmax}]}\n"
        "compile: {loss: sparse_categorical_crossentropy}\n"
        "fit: {class_weight: {No: 1, Dense: 2, grade 1.5: 3}}\n"
    )
    (here / "child.yaml").write_text(
        "extends: base.yaml\nfit:\n  class_weight: {Dense: 5}\n"
    )

    found = lines("child.yaml", "-s", 'fit.class_weight["grade 1.5"]=7')

    assert found["fit.class_weight.No: 1.0"] == "base.yaml:5"
    assert found["fit.class_weight.Dense: 5.0"] == "child.yaml:3"
    assert found['fit.class_weight["grade 1.5"]: 7.0'] == "-s"


def test_what_stands_alone_where_a_list_may_stand_has_its_line(lines, here):
    (here / "t.csv").write_text("photo,mass,y\na.png,1,0\nb.png,2,1\n")
    (here / "t.yaml").write_text(
        "name: t\n"
        "data:\n"
        "  csv: {path: t.csv, labels: y}\n"
        "  columns:\n"
        "    photo: {image: {image_size: 4}}\n"
        "    mass: {scale: minmax}\n"
        "  inputs: {pixels: [photo], numbers: [mass]}\n"
        "model:\n"
        "  layers:\n"
        "    - Flatten: {name: seen, from: pixels}\n"
        "    - Concatenate: [numbers, seen]\n"
        "    - Dense: {units: 2, activation: softmax}\n"
        "compile: {loss: sparse_categorical_crossentropy}\n"
    )

    found = lines("t.yaml")

    places = {key: place for key, place in found.items() if "columns" in key}
    assert places == {
        "data.columns.photo[0].image.image_size: [4, 4]": "t.yaml:5",
        'data.columns.photo[0].image.color_mode: "rgb"': "default",
        'data.columns.photo[0].image.missing: "error"': "default",
        'data.columns.mass[0].scale.method: "minmax"': "t.yaml:6",
    }
