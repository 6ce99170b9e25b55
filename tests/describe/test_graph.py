"""Models as rows, folded and unfolded, and drawn."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.config import located
from dlrun.describe.folding import ModelRow, model_rows
from dlrun.describe.graph import _nodes, graph_svg, graph_text
from dlrun.describe.summary import render_summary
from dlrun.experiment import config_of, parse_spec, read_config

GOLDEN = Path(__file__).parents[1] / "golden/summary"
RESNET = Path(__file__).parents[2] / "configs/models/resnet20.yaml"


def experiment_of(layers, blocks=None):
    node = config_of(
        {
            "name": "model",
            "data": {"inline": {"features": [[0, 1], [1, 0]], "labels": [0, 1]}},
            **({"blocks": blocks} if blocks else {}),
            "model": {"layers": layers},
            "compile": {"loss": "sparse_categorical_crossentropy"},
        }
    )
    with located(node):
        return parse_spec(node)


@pytest.fixture(scope="module")
def resnet():
    node = read_config(RESNET)
    with located(node):
        return parse_spec(node)


UNIT = {
    "unit": {
        "with": {"units": 4},
        "layers": [
            {"Dense": {"units": "$units", "name": "main"}},
            {"Dense": {"units": "$units", "name": "side", "from": "input"}},
            {"Add": ["main", "side"]},
        ],
    }
}


def test_blocks_that_are_repeated_are_a_row_each(resnet, golden):
    text = render_summary([("resnet20.yaml", resnet)])

    golden(GOLDEN / "resnet.txt", text)


def test_expanded_every_layer_is_a_row(resnet):
    text = render_summary([("resnet20.yaml", resnet)], expand=True)

    assert "residual.3.conv2d_1" in text
    assert "residual x3" not in text
    assert len(model_rows(resnet.layers, is_folded=False)) == len(resnet.layers)


def test_rows_add_up_to_the_model_however_they_are_folded(resnet):
    for is_folded in (True, False):
        rows = model_rows(resnet.layers, is_folded=is_folded)
        assert sum(row.parameters for row in rows) == resnet.parameters == 274_042


def test_a_block_that_is_used_once_is_not_folded():
    once = experiment_of(["unit", {"Dense": 2}], UNIT)
    twice = experiment_of(["unit", "unit", {"Dense": 2}], UNIT)

    names = [[row.name for row in model_rows(one.layers)] for one in (once, twice)]
    assert names[0] == ["unit.main", "unit.side", "unit.add", "dense"]
    assert names[1] == ["unit", "unit_1", "dense"]


def test_a_block_whose_layers_were_changed_one_by_one_is_not_folded():
    layers = [{"unit": {"repeat": 3}}, {"Dense": 2}]
    whole = experiment_of(layers, UNIT)
    node = config_of(
        {
            "name": "a",
            "data": {"inline": {"features": [[0, 1], [1, 0]], "labels": [0, 1]}},
            "blocks": UNIT,
            "model": {"layers": layers},
            "compile": {"loss": "sparse_categorical_crossentropy"},
        },
        ['model.layers["unit.2.main"]+={Dropout: 0.5}'],
    )

    assert [row.name for row in model_rows(whole.layers)] == ["unit x3", "dense"]
    assert len(model_rows(parse_spec(node).layers)) == 11


def test_names_with_dots_that_a_person_chose_are_no_block():
    layers = [{"Dense": {"units": 2, "name": name}} for name in ("a.b", "a.c", "d.b")]
    experiment = experiment_of([*layers, {"Dense": 2}])

    assert len(model_rows(experiment.layers)) == 4


def test_a_use_that_is_an_output_is_one_row_with_the_layer_that_bears_its_name():
    kinds, sides = [0, 1], ["a", "b"]
    node = config_of(
        {
            "name": "heads",
            "data": {
                "inline": {
                    "features": [[0, 1], [1, 0]],
                    "labels": {"kind": kinds, "side": sides},
                }
            },
            "blocks": {
                "head": {"layers": [{"Dense": 3}, {"Dense": {"units": 2}}, "Softmax"]}
            },
            "model": {
                "layers": [
                    {"Dense": {"units": 4, "name": "both"}},
                    {"head": {"name": "kind"}},
                    {"head": {"name": "side", "from": "both"}},
                ],
                "outputs": ["kind", "side"],
            },
            "compile": {
                "loss": dict.fromkeys(
                    ("kind", "side"), "sparse_categorical_crossentropy"
                )
            },
        }
    )
    experiment = parse_spec(node)

    folded, all_ = (
        model_rows(experiment.layers, is_folded=flag) for flag in (True, False)
    )

    assert [(row.name, row.kind, row.parameters) for row in folded[1:]] == [
        ("kind", "3 layers", 15 + 8),
        ("side", "3 layers", 15 + 8),
    ]
    assert [row.name for row in all_[1:4]] == ["kind.dense", "kind.dense_1", "kind"]


def test_a_model_is_drawn_as_text(golden):
    experiment = experiment_of(
        [
            {"Dense": {"units": 4, "name": "stem"}},
            {"Dense": {"units": 4, "name": "left"}},
            {"Dense": {"units": 4, "name": "right", "from": "stem"}},
            {"Dense": {"units": 4, "name": "far", "from": "input"}},
            {"Add": ["left", "right"]},
            {"Concatenate": ["far", "add", "stem"]},
            {"use": {"of": "left", "from": "add"}},
            {"Add": ["use", "stem"]},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    )
    rows = model_rows(experiment.layers)

    text = graph_text(experiment, rows)

    golden(
        GOLDEN / "graph.txt", f"{text}\n\n{graph_text(experiment, rows, is_plain=True)}"
    )
    assert graph_text(experiment, rows, is_plain=True).isascii()


def test_a_picture_is_whole_and_loads_nothing(resnet):
    rows = model_rows(resnet.layers)

    picture = graph_svg(resnet, rows)

    root = ET.fromstring(picture)
    texts = ["".join(one.itertext()) for one in root.iter() if one.tag.endswith("text")]
    assert len(texts) == len(rows) + 1
    assert any(text.startswith("residual x3") for text in texts)
    assert "script" not in picture
    assert picture.count("http") == 1


def test_a_name_cannot_break_a_picture():
    name = "<b>&\u202e"
    experiment = experiment_of([{"Dense": {"units": 2, "name": "<b>&"}}, {"Dense": 2}])
    rows = [ModelRow(name, name, "Dense", (2,), 3, ("input",))]

    picture = graph_svg(experiment, rows)

    ET.fromstring(picture)
    assert "<b>" not in picture
    assert "\u202e" not in picture


@given(st.data())
def test_every_output_goes_down_its_lane_until_it_is_taken_for_the_last_time(data):
    rows = [ModelRow("n0", "n0", "", (1,), 0, ())]
    for number in range(1, data.draw(st.integers(1, 12))):
        names = [row.name for row in rows]
        sources = data.draw(
            st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
        )
        name = f"n{number}"
        rows.append(ModelRow(name, name, "", (1,), 0, tuple(sources)))

    nodes = _nodes(rows)

    lanes = {}
    for place, node in enumerate(nodes):
        assert {lanes[lane] for lane in node.taken} == set(node.row.sources)
        later = {name for row in rows[place + 1 :] for name in row.sources}
        lanes = {lane: name for lane, name in lanes.items() if name in later}
        assert node.lane not in lanes
        if node.row.name in later:
            lanes[node.lane] = node.row.name
        assert tuple(sorted(lanes)) == node.after
