"""Layers and blocks that share weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.config import located
from dlrun.errors import DlrunError
from dlrun.experiment import config_of, parse_spec, read_config

GOLDEN = Path(__file__).parents[1] / "golden/sharing"
SIAMESE = """\
name: siamese
data:
  inline:
    features: [[0, 1, 2], [1, 0, 2], [1, 2, 1], [1, 1, 1]]
    labels: [0, 1, 0, 1]
blocks:
  tower:
    layers:
      - Dense: {units: 8, activation: relu}
      - Dense: {units: 5, name: wide, from: input}
      - Concatenate: [dense, wide]
      - Dense: {units: 4}
model:
  layers:
    - Dense: {units: 5, name: left}
    - Dense: {units: 5, name: right, from: input}
    - tower: {from: left, name: first}
    - use: {of: first, from: right, name: second}
    - Subtract: [first, second]
    - Dense: {units: 4, name: last}
    - use: {of: last}
    - use: last
    - Dense: {units: 2, activation: softmax}
compile: {loss: sparse_categorical_crossentropy}
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read(*overrides):
        Path("a.yaml").write_text(SIAMESE)
        return read_config(Path("a.yaml"), overrides)

    return read


def test_a_use_of_a_block_shares_all_of_its_layers(read):
    layers = read().value["model"]["layers"]

    assert layers[6:11] == [
        {"use": {"name": "second.dense", "of": "first.dense", "from": ["right"]}},
        {"use": {"name": "second.wide", "of": "first.wide", "from": ["right"]}},
        {
            "use": {
                "name": "second.concatenate",
                "of": "first.concatenate",
                "from": ["second.dense", "second.wide"],
            }
        },
        {
            "use": {
                "name": "second.dense_1",
                "of": "first.dense_1",
                "from": ["second.concatenate"],
            }
        },
        {"Subtract": {"name": "subtract", "from": ["first.dense_1", "second.dense_1"]}},
    ]


def test_shared_weights_are_counted_once(read):
    node = read()
    with located(node):
        experiment = parse_spec(node)

    shared = {one.name: one.shares for one in experiment.layers if one.shares}
    assert shared == {
        "second.dense": "first.dense",
        "second.wide": "first.wide",
        "second.concatenate": "first.concatenate",
        "second.dense_1": "first.dense_1",
        "use": "last",
        "use_1": "last",
    }
    assert experiment.parameters == 2 * 20 + 48 + 30 + 56 + 20 + 10
    assert {one.name: one.output_shape for one in experiment.layers}["use_1"] == (4,)


def test_what_shares_reads_back_as_itself(read, tmp_path):
    node = read()
    file = tmp_path / "again.yaml"
    with located(node):
        spec = parse_spec(node).spec
    file.write_text(spec.to_yaml())

    assert parse_spec(read_config(file)).spec == spec


def test_what_was_built_for_some_axes_is_shared_with_as_many_alone():
    def shared(first):
        rows = [[[0, 1], [1, 0]], [[1, 1], [0, 0]]]
        layers = [
            first,
            "GlobalAveragePooling1D",
            {"use": {"of": "one"}},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
        return parse_spec(
            config_of(
                {
                    "name": "a",
                    "data": {"inline": {"features": rows, "labels": [0, 1]}},
                    "model": {"layers": layers},
                    "compile": {"loss": "sparse_categorical_crossentropy"},
                }
            )
        )

    with pytest.raises(DlrunError, match="`one` takes inputs of 2 axes, but this one"):
        shared({"BatchNormalization": {"name": "one", "momentum": 0.5}})
    assert shared({"Dense": {"units": 2, "name": "one"}}).parameters == 12


def test_what_shares_a_layer_that_is_off_passes_its_input_on(read):
    node = read("model.layers.last.enabled=false")
    with located(node):
        layers = {one.name: one for one in parse_spec(node).layers}

    assert not layers["use"].layer.enabled
    assert layers["use_1"].parameters == 0


MISTAKES = {
    "alone": "model.layers[6]=use",
    "inside": "model.layers[6]={TimeDistributed: {layer: {use: last}}}",
    "merge": "model.layers[6]={use: {of: subtract, from: last}}",
    "of-input": "model.layers[6].use.of=input",
    "shape": "model.layers.right.units=7",
    "typo": "model.layers.second.of=frist",
    "unknown": "model.layers[6].use.of=lats",
    "unknown-key": "model.layers.second.rate=3",
    "wrong-type": "model.layers[6].use.of=3",
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_shown_with_its_place_and_cure(case, golden, read):
    with pytest.raises(DlrunError) as caught:  # noqa: PT012 - either may find it
        node = read(MISTAKES[case])
        with located(node):
            parse_spec(node)

    golden(GOLDEN / f"{case}.txt", f"-s {MISTAKES[case]}\n\n{caught.value}")
