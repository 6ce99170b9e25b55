"""A model with several named outputs: what follows from their names, without rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlrun.cli.app import run
from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.errors import ProblemsError
from dlrun.experiment import config_of, parse_spec, read_config, restore_spec
from dlrun.rows import read_rows

MODELS = Path(__file__).parents[2] / "configs/models"
TOWERS = MODELS / "two_towers.yaml"
LABELS = {"digit": [0, 1, 2, 2], "odd": ["no", "yes", "no", "yes"]}
LOSSES = {"digit": "sparse_categorical_crossentropy", "odd": "bce"}


def config(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": "heads",
        "data": {"inline": {"features": [[1, 2], [3, 4], [5, 6], [7, 8]]}},
        "model": {
            "layers": [
                {"Dense": {"units": 4, "name": "both"}},
                {"Dense": {"units": 3, "activation": "softmax", "name": "digit"}},
                {
                    "Dense": {
                        "from": "both",
                        "units": 1,
                        "activation": "sigmoid",
                        "name": "odd",
                    }
                },
            ],
            "outputs": ["digit", "odd"],
        },
        "compile": {"loss": LOSSES},
    }
    values["data"]["inline"]["labels"] = LABELS
    for path, value in changes.items():
        *above, last = path.split("__")
        place = values
        for key in above:
            place = place.setdefault(key, {})
        place[last] = value
    return values


def parsed(**changes: Any) -> Any:
    return parse_spec(config_of(config(**changes)))


def problems(**changes: Any) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        parsed(**changes)
    return [problem.message for problem in caught.value.problems]


def test_what_follows_is_written_out_for_each_output_and_read_back():
    experiment = parsed(compile__metrics={"odd": ["AUC"]})

    values = experiment.spec.values()

    compiled = values["compile"]
    assert compiled["metrics"]["digit"] == ["accuracy"]
    assert list(compiled["loss"]) == ["digit", "odd"]
    losses = experiment.spec.compile.loss
    assert losses["digit"].from_logits is False
    assert parse_spec(node_of(values)).spec == experiment.spec
    assert restore_spec(values).output_shapes == {"digit": (3,), "odd": (1,)}


def test_logits_are_told_for_each_output():
    layers = config()["model"]["layers"]
    del layers[1]["Dense"]["activation"]

    losses = parsed(model__layers=layers).spec.compile.loss

    assert losses["digit"].from_logits is True
    assert losses["odd"].from_logits is False


def test_a_single_output_may_be_named_anywhere():
    named = parsed(
        model__outputs=["digit"],
        model__layers=config()["model"]["layers"][:2],
        data__inline__labels={"digit": LABELS["digit"]},
        compile__loss={"digit": "sparse_categorical_crossentropy"},
        compile__metrics={"digit": ["accuracy"]},
    )

    assert named.spec.compile.loss.key == "SparseCategoricalCrossentropy"
    assert [metric.key for metric in named.spec.compile.metrics] == ["accuracy"]
    assert named.outputs == ("digit",)


def test_an_output_need_not_be_the_last_layer():
    layers = config()["model"]["layers"]

    experiment = parsed(
        model__outputs=["digit"],
        model__layers=[*layers[:2]],
        data__inline__labels=LABELS["digit"],
        compile__loss="sparse_categorical_crossentropy",
    )
    first = parsed(
        model__outputs="both",
        model__layers=[layers[0]],
        data__inline__labels=[[0.5] * 4] * 4,
        compile__loss="mse",
    )

    assert experiment.output_shapes == {"digit": (3,)}
    assert first.outputs == ("both",)


def test_what_is_said_by_output_is_merged_by_output(tmp_path):
    base = tmp_path / "base.yaml"
    base.write_text(json.dumps(config(compile__loss_weights={"digit": 1.0})))
    child = tmp_path / "child.yaml"
    child.write_text(
        "extends: base.yaml\ncompile: {loss: {odd: hinge}, loss_weights: {odd: 0.5}}\n"
        "model: {layers: [{Dense: {units: 4, name: both}}, "
        "{Dense: {units: 3, activation: softmax, name: digit}}, "
        "{Dense: {from: both, units: 1, activation: tanh, name: odd}}]}\n"
    )

    spec = parse_spec(read_config(child, ["fit.class_weight.odd=balanced"])).spec

    assert {name: loss.key for name, loss in spec.compile.loss.items()} == {
        "digit": "SparseCategoricalCrossentropy",
        "odd": "Hinge",
    }
    assert spec.compile.loss_weights == {"digit": 1.0, "odd": 0.5}
    assert spec.fit.class_weights("odd") == "balanced"
    assert spec.fit.class_weights("digit") is None


@pytest.mark.parametrize("loss", ["mse", "binary_crossentropy"])
def test_one_loss_for_two_outputs_is_one_mistake_where_no_metrics_are_stated(loss):
    (message,) = problems(compile__loss=loss, compile__metrics=None)

    assert message == "the model has the outputs digit, odd: say which `loss` is for"


def test_one_loss_takes_the_place_of_losses_by_output(tmp_path):
    base = tmp_path / "base.yaml"
    base.write_text(json.dumps(config()))
    child = tmp_path / "child.yaml"
    child.write_text("extends: base.yaml\ncompile: {loss: {Huber: {delta: 2}}}\n")

    node = read_config(child)

    assert node.value["compile"]["loss"] == {"Huber": {"delta": 2}}


def test_one_unit_tells_no_classes_apart_however_many_there_are():
    node = read_config(TOWERS, ["compile.loss.parity=sparse_categorical_crossentropy"])

    with pytest.raises(ProblemsError) as caught:
        parse_spec(node)

    (problem,) = (one for one in caught.value.problems if one.code == "output-size")
    assert problem.hint == "write units: 2"
    assert problem.message == (
        "the output `parity` has 1 unit, but the data has two classes at least"
    )


def test_columns_of_outputs_can_be_monitored():
    stopping = {"EarlyStopping": {"monitor": "train_odd_accuracy"}}

    spec = parsed(fit__monitor="train_digit_loss", fit__callbacks=[stopping]).spec

    assert spec.fit.monitor == "train_digit_loss"


def test_outputs_whose_columns_would_be_one_are_refused():
    layers = config()["model"]["layers"]
    layers[1]["Dense"]["name"] = "odd_odd"
    labels = {"odd_odd": LABELS["digit"], "odd": LABELS["odd"]}
    losses = {"odd_odd": LOSSES["digit"], "odd": "bce"}
    metrics = {"odd_odd": ["accuracy"], "odd": [{"AUC": {"name": "odd_accuracy"}}]}

    found = problems(
        model__layers=layers,
        model__outputs=["odd_odd", "odd"],
        data__inline__labels=labels,
        compile__loss=losses,
        compile__metrics=metrics,
    )

    assert found == ['two columns of the history would be called "odd_odd_accuracy"']


def test_pseudo_labels_refuse_several_outputs():
    (message,) = problems(
        pseudo_label={"unlabelled": "rest"},
        data__split={"validation": 0.25, "train": 0.25},
    )

    assert message == "pseudo-labels are for one output, but the model has 2"


def test_a_table_says_how_labels_by_output_are_written(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("a,b,digit\n1,2,0\n3,4,1\n5,6,2\n")
    values = config()
    values["data"] = {"csv": {"path": str(table), "labels": "digit"}}

    with pytest.raises(ProblemsError) as caught:
        parse_spec(config_of(values))

    (problem,) = caught.value.problems
    assert problem.code == "which-output"
    assert problem.hint == "write labels: {digit: ..., odd: ...}"


def test_the_summary_names_the_outputs_and_the_memory(capsys):
    assert run(["summary", str(TOWERS)]) == 0
    text = capsys.readouterr().out
    assert run(["summary", str(TOWERS), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)

    assert "outputs: digit, parity" in text
    assert "a train step holds about" in text
    assert values["outputs"] == ["digit", "parity"]
    assert values["input_shape"] == {"photo": [8, 8, 1], "numbers": [5]}
    assert values["memory_bytes"]["parameters"] == 4 * values["parameters"]


def test_a_loss_by_output_has_its_line_in_the_file(capsys):
    assert run(["show", str(TOWERS), "--origin"]) == 0

    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("compile.loss_weights.parity")]
    assert "two_towers.yaml" in line


@pytest.mark.parametrize("name", ["two_towers", "unet", "traits"])
def test_a_run_is_opened_with_what_its_rows_tell_of_labels(name):
    experiment = parse_spec(read_config(MODELS / f"{name}.yaml"))

    opened = restore_spec(experiment.spec.values())

    again, parts = read_rows(opened, KerasDoor())
    assert again.warnings == parts.warnings == ()
    assert again.spec == experiment.spec


def test_a_large_config_of_several_outputs_is_read_at_once():
    for name in ("two_towers", "unet", "traits"):
        assert parse_spec(read_config(MODELS / f"{name}.yaml")).warnings == ()
