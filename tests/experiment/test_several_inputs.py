"""A model with several named inputs: what follows from their names, without rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlrun.cli.app import run
from dlrun.config import node_of
from dlrun.describe.summary import render_summary
from dlrun.errors import ProblemsError
from dlrun.experiment import config_of, parse_spec, read_config, restore_spec

TOWERS = Path(__file__).parents[2] / "configs/models/two_towers.yaml"
LAYERS: list[Any] = [
    {"Flatten": {"from": "photo", "name": "image"}},
    {"Dense": {"from": "numbers", "units": 4, "name": "table"}},
    {"Concatenate": ["image", "table"]},
    {"Dense": {"units": 2, "activation": "softmax"}},
]


def config(features: object, layers: object = LAYERS, **data: object) -> dict[str, Any]:
    return {
        "name": "pairs",
        "data": {"inline": {"features": features, "labels": [0, 1]}, **data},
        "model": {"layers": layers},
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }


PHOTO = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
NUMBERS = [[1, 2, 3], [4, 5, 6]]


def problems(values: dict[str, Any]) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        parse_spec(config_of(values))
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("stated", "code"),
    [({}, "which-input"), ({"from": "numbers"}, "wrong-axes")],
)
def test_a_cure_names_an_input_that_the_layer_takes(stated, code):
    def first(taken: dict[str, str]) -> list[Any]:
        return [{"LSTM": {"units": 3, **taken}}, *LAYERS[-1:]]

    features = {"photo": PHOTO, "numbers": NUMBERS}
    with pytest.raises(ProblemsError) as caught:
        parse_spec(config_of(config(features, first(stated))))

    problem = caught.value.problems[0]
    assert problem.code == code
    assert problem.hint.startswith("write from: photo")


def test_the_order_of_inputs_changes_nothing():
    one = parse_spec(config_of(config({"photo": PHOTO, "numbers": NUMBERS})))
    other = parse_spec(config_of(config({"numbers": NUMBERS, "photo": PHOTO})))

    assert one.input_shapes == {"numbers": (3,), "photo": (2, 2)}
    assert list(one.input_shapes) == list(other.input_shapes)
    assert one.layers == other.layers
    assert one.spec == other.spec


def test_the_shapes_of_inputs_are_written_out_and_read_back():
    experiment = parse_spec(config_of(config({"photo": PHOTO, "numbers": NUMBERS})))

    values = experiment.spec.values()

    assert values["model"]["input_shape"] == {"photo": [2, 2], "numbers": [3]}
    assert parse_spec(node_of(values)).spec == experiment.spec
    assert restore_spec(values).input_shapes == experiment.input_shapes


def test_a_single_named_input_is_taken_by_the_first_layer():
    layers = ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]

    experiment = parse_spec(config_of(config({"photo": PHOTO}, layers)))

    assert experiment.input_shapes == {"photo": (2, 2)}
    assert experiment.layers[0].sources == ("photo",)
    assert experiment.spec.data.scales(["photo"]) == {}


def test_a_single_named_input_is_not_called_input():
    layers = [{"Flatten": {"from": "input"}}, {"Dense": 2}]

    assert problems(config({"photo": PHOTO}, layers)) == ["the input is called photo"]


def test_a_layer_that_is_named_by_its_class_never_takes_the_name_of_an_input():
    layers = [
        {"Flatten": {"from": "dense", "name": "image"}},
        {"Dense": {"from": "numbers", "units": 4}},
        {"Concatenate": ["image", "dense_1"]},
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]

    experiment = parse_spec(
        config_of(config({"dense": PHOTO, "numbers": NUMBERS}, layers))
    )

    names = [layer.name for layer in experiment.layers]
    assert names == ["image", "dense_1", "concatenate", "dense_2"]


def test_a_scale_holds_for_all_inputs_or_for_those_that_it_names():
    features = {"photo": PHOTO, "numbers": NUMBERS}

    of_all = parse_spec(config_of(config(features, scale="minmax"))).spec.data
    of_one = parse_spec(config_of(config(features, scale={"photo": "standard"}))).spec

    assert of_all.scales(features) == {"photo": "minmax", "numbers": "minmax"}
    assert of_one.data.scales(features) == {"photo": "standard"}


def test_what_is_said_by_input_is_merged_by_input(tmp_path):
    base = tmp_path / "base.yaml"
    base.write_text(json.dumps(config({"photo": PHOTO, "numbers": NUMBERS})))
    child = tmp_path / "child.yaml"
    child.write_text(
        "extends: base.yaml\ndata: {scale: {photo: minmax}, "
        "inline: {features: {photo: [[[0, 2], [3, 4]], [[5, 6], [7, 8]]]}}}\n"
    )

    spec = parse_spec(read_config(child, ["data.scale.numbers=standard"])).spec

    assert spec.data.scale == {"photo": "minmax", "numbers": "standard"}
    assert spec.data.source.features["numbers"] == ((1, 2, 3), (4, 5, 6))
    assert spec.data.source.features["photo"][0] == ((0, 2), (3, 4))


def test_a_table_is_looked_up_in_the_input_that_leads_to_it():
    layers = [
        {"Embedding": {"from": "words", "input_dim": 3, "output_dim": 2}},
        {"Flatten": {"name": "text"}},
        {"Dense": {"from": "numbers", "units": 4, "name": "table"}},
        {"Concatenate": ["text", "table"]},
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]
    features = {"words": [[0, 2], [1, 1]], "numbers": [[0.5, -7], [99, 1]]}

    experiment = parse_spec(
        config_of(config(features, layers, scale={"numbers": "standard"}))
    )

    assert experiment.warnings == ()
    assert problems(config(features, layers, scale={"words": "minmax"})) == [
        "`Embedding` looks integers up, but `scale` changes them"
    ]
    assert problems(config({**features, "words": [[0, 3], [1, 1]]}, layers)) == [
        "`Embedding` takes integers from 0 to 2, but the features go up to 3"
    ]


def test_arrays_of_a_file_are_inputs_under_names_of_their_own(tmp_path):
    np.savez(tmp_path / "a.npz", x1=np.ones((4, 2, 2)), x2=np.ones(4), y=[0, 1, 0, 1])
    values = config(None)
    values["data"] = {
        "npz": {
            "path": str(tmp_path / "a.npz"),
            "features": {"photo": "x1", "numbers": "x2"},
        }
    }

    experiment = parse_spec(config_of(values))

    assert experiment.facts.row_shapes == {"photo": (2, 2), "numbers": (1,)}
    assert experiment.facts.num_rows == 4


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x1": np.ones((4, 2, 2))}, 'a.npz has no array "x2"'),
        (
            {"x1": np.ones((4, 2, 2)), "x2": np.ones((5, 1))},
            "`photo` has 4 rows, but `numbers` has 5",
        ),
        (
            {"x1": np.ones((4, 2, 2)), "x2": np.array(["a"] * 4)},
            'the array "x2" holds text',
        ),
    ],
)
def test_a_file_that_lacks_an_input_is_refused_by_its_name(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", y=[0, 1, 0, 1], **arrays)
    values = config(None)
    values["data"] = {
        "npz": {
            "path": str(tmp_path / "a.npz"),
            "features": {"photo": "x1", "numbers": "x2"},
        }
    }

    with pytest.raises(ProblemsError) as caught:
        parse_spec(config_of(values))

    (problem,) = caught.value.problems
    assert problem.message == message
    assert problem.path[-1] == "numbers"


def test_the_summary_shows_each_input_and_who_takes_it():
    text = render_summary([("towers", parse_spec(read_config(TOWERS)))])

    lines = [line.split() for line in text.splitlines()]
    assert ["numbers", "input", "5", "0"] in lines
    assert ["photo", "input", "8x8x1", "0"] in lines
    assert ["table_vector", "Dense", "relu", "16", "96", "numbers"] in lines


def test_two_models_of_several_inputs_stand_side_by_side(capsys):
    assert run(["summary", str(TOWERS), str(TOWERS)]) == 0

    assert "numbers 5, photo 8x8x1" in capsys.readouterr().out


def test_where_an_input_was_written_is_shown(capsys):
    assert run(["show", str(TOWERS), "--origin"]) == 0

    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("data.scale.numbers")]
    assert "two_towers.yaml" in line
