from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.config import MAIN, ConfigText, load_config, node_of

TEXT = """\
# a config
name: gender
model:
  layers:
    - Flatten
    - Dropout: 0.5
    - Dense:   # with arguments below
        units: 16
        activation: relu
    - Dense: {units: 2}
compile:
  optimizer: {Adam: 1e-4}
  loss:
"""


@pytest.fixture
def node(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(TEXT)
    return load_config(Path("a.yaml"))


def marked(location):
    start = location.column - 1
    return location.line, location.text[start : start + location.length]


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (("name",), (2, "gender")),
        (("model", "layers", 0), (5, "Flatten")),
        (("model", "layers", 1, "Dropout"), (6, "0.5")),
        (("model", "layers", 1), (6, "Dropout: 0.5")),
        (("model", "layers", 2), (7, "Dense:")),
        (("model", "layers", 2, "Dense", "units"), (8, "16")),
        (("model", "layers", 3, "Dense"), (10, "{units: 2}")),
    ],
)
def test_a_value_is_marked_where_it_stands(node, path, mark):
    assert marked(node.locate(path)) == mark


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (("model", "layers", 2, "Dense", "units"), (8, "units")),
        (("model", "layers", 0), (5, "Flatten")),
        (("compile",), (11, "compile")),
        ((), (2, "name")),
    ],
)
def test_a_key_is_marked_where_there_is_one(node, path, mark):
    assert marked(node.locate(path, on_key=True)) == mark


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (("model", "layers", 2, "Dense", "rate"), (7, "Dense")),
        (("model", "layers", 2, "Dense", "rate", "deeper"), (7, "Dense")),
        (("model", "layers", 1, "Dropout", "rate"), (6, "0.5")),
        (("model", "layers", 0, "Flatten", "name"), (5, "Flatten")),
        (("compile", "optimizer", "Adam", "learning_rate"), (12, "1e-4")),
        (("compile", "loss", "x"), (13, "loss")),
        (("model", "layers", 9), (4, "layers")),
        (("fit", "epochs"), (2, "name")),
    ],
)
def test_what_is_missing_is_marked_at_its_parent(node, path, mark):
    assert marked(node.locate(path)) == mark


def test_the_main_argument_is_found_behind_its_marker(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("compile: {optimizer: {Adam: 1e-4}}\n")
    path = ("compile", "optimizer", "Adam")

    node = load_config(file, ["compile.optimizer.beta_1=0.8"])

    assert node.value["compile"]["optimizer"] == {"Adam": {MAIN: 1e-4, "beta_1": 0.8}}
    assert marked(node.locate((*path, "learning_rate"))) == (1, "1e-4")
    assert node.origin((*path, MAIN)) == f"{file}:1"
    assert node.origin((*path, "beta_1")) == "-s"
    assert node.origin((*path, "beta_2")) == "default"


def test_values_from_python_have_no_place(tmp_path):
    node = node_of({"fit": {"epochs": 3}, "tags": ("a",), "x": Path("y")}, tmp_path)

    assert node.value == {"fit": {"epochs": 3}, "tags": ["a"], "x": "y"}
    assert isinstance(node.value["x"], ConfigText)
    assert node.value["x"].directory == tmp_path
    assert node.locate(("fit", "epochs")) is None
    assert node.locate(("fit", "missing"), on_key=True) is None
    assert node.origin(("fit", "epochs")) == "default"
    assert node.text == ""
