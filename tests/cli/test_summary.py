from __future__ import annotations

import json

from dlrun.runs import create_run


def test_one_model_is_a_table_of_layers(dlrun, here):
    outcome = dlrun("summary", "small.yaml")

    assert outcome.code == 0
    assert outcome.out.splitlines()[0] == "small.yaml"
    assert "22 parameters (88 bytes)" in outcome.out
    assert outcome.err == ""


def test_several_models_stand_side_by_side(dlrun, here):
    outcome = dlrun("summary", "small.yaml", "people.yaml")

    head = outcome.out.splitlines()[0]
    assert outcome.code == 0
    assert head.split() == ["layer", "small", "people"]


def test_the_arithmetic_is_shown_on_demand(dlrun, here):
    outcome = dlrun("summary", "small.yaml", "--explain")

    assert "kernel 2 x 4 + bias 4 = 12" in outcome.out
    assert "12 + 10 = 22" in outcome.out


def test_json_is_an_object_or_a_list(dlrun, here):
    one = json.loads(dlrun("summary", "small.yaml", "--json").out)
    two = json.loads(dlrun("summary", "small.yaml", "people.yaml", "--json").out)

    assert one["parameters"] == 22
    assert [model["model"] for model in two] == ["small.yaml", "people.yaml"]
    assert two[0] == one


def test_arguments_change_the_model(dlrun, here):
    outcome = dlrun(
        "summary", "small.yaml", "-s", "model.layers[0].units=100", "--json"
    )

    assert json.loads(outcome.out)["parameters"] == 2 * 100 + 100 + 100 * 2 + 2


def test_a_run_has_a_summary_like_a_config(dlrun, here):
    values = json.loads(dlrun("show", "small.yaml", "--json").out)
    create_run(here / "runs", "small").write_config("name: small", values)

    of_run = json.loads(dlrun("summary", "small", "--json").out)
    of_config = json.loads(dlrun("summary", "small.yaml", "--json").out)

    assert of_run == of_config | {"model": "small-001"}


def test_warnings_go_to_stderr(dlrun, here):
    sigmoids = "model.layers[1].Dense.activation=sigmoid"

    outcome = dlrun("summary", "small.yaml", "-s", sigmoids)

    assert outcome.code == 0
    assert "warning[sigmoid-classes]" in outcome.err
    assert "warning" not in outcome.out


def test_a_shape_that_does_not_fit_is_an_error_in_the_config(dlrun, here):
    outcome = dlrun("summary", "small.yaml", "-s", "model.layers[0]={MaxPooling2D: 2}")

    assert (outcome.code, outcome.out) == (3, "")
    assert "MaxPooling2D" in outcome.err


def test_a_model_is_drawn_as_text_and_as_a_picture(dlrun, here):
    outcome = dlrun("summary", "small.yaml", "--graph", "--svg", "small.svg")

    assert outcome.code == 0
    assert "dense  Dense relu  4  12 parameters" in outcome.out
    assert outcome.err == "the picture is in small.svg\n"
    assert (here / "small.svg").read_text().startswith("<svg ")


def test_one_model_is_drawn_at_a_time(dlrun, here):
    outcome = dlrun("summary", "small.yaml", "people.yaml", "--graph")

    assert outcome.code == 2
    assert "one model is drawn at a time" in outcome.err


def test_a_picture_that_cannot_be_written_is_an_error(dlrun, here):
    outcome = dlrun("summary", "small.yaml", "--svg", "nowhere/small.svg")

    assert (outcome.code, outcome.out) == (3, "")
    assert "cannot write nowhere/small.svg" in outcome.err


def test_a_block_that_is_repeated_is_folded_until_it_is_expanded(dlrun, here):
    text = (here / "small.yaml").read_text()
    blocks = "blocks: {unit: {layers: [Dense: {units: 4}, ReLU]}}\n"
    layers = "  layers:\n    - unit: {repeat: 2}\n"
    (here / "blocks.yaml").write_text(blocks + text.replace("  layers:\n", layers))

    folded, expanded = (
        dlrun("summary", "blocks.yaml", *flags).out for flags in ([], ["--expand"])
    )

    assert "unit x2" in folded
    assert "--expand shows every layer" in folded
    assert "unit.2.re_lu" in expanded
