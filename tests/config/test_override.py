from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.config import MAIN, Grammar, Names, Node, load_config
from dlrun.config.document import read_document
from dlrun.config.override import apply_overrides
from dlrun.config.path import parse_path
from dlrun.config.source import SourceText
from dlrun.errors import ConfigError

GOLDEN = Path(__file__).parents[1] / "golden/config/override"

GRAMMAR = Grammar(
    exclusive=frozenset({"csv", "inline"}),
    names=[
        Names(("model", "inputs")),
        Names(("fit", "class_weight"), of_objects=False),
    ],
)
CONFIG = """\
name: cnn
data: {inline: {features: [[1, 2], [3, 4]], labels: [0, 1]}}
model:
  inputs: {Image: [28, 28]}
  layers:
    - Conv2D: {name: c1, filters: 16}
    - Conv2D: {name: c2, filters: 32, kernel_regularizer: {l2: 0.01}}
    - Flatten
    - Dropout: 0.5
    - Reshape: [2, 3]
    - Dense: {units: 2}
compile:
  optimizer: {Adam: 1e-4}
  loss: mse
  metrics: [accuracy]
fit:
  epochs: 10
  class_weight:
  callbacks: []
"""


def set_in(text, *overrides, deletions=()):
    tree, _ = read_document(SourceText("a.yaml", text, Path.cwd()))
    node = Node(tree, grammar=GRAMMAR)
    return apply_overrides(node, overrides, deletions).value


@pytest.mark.parametrize(
    ("config", "override", "value"),
    [
        ("fit: {epochs: 1}", "fit.epochs=3", {"fit": {"epochs": 3}}),
        ("fit: {epochs: 1}", " fit.epochs = 3", {"fit": {"epochs": 3}}),
        ("fit:", "fit.epochs=3", {"fit": {"epochs": 3}}),
        ("{}", "a.b.c=[1, {d: x}]", {"a": {"b": {"c": [1, {"d": "x"}]}}}),
        ("{}", "a=", {"a": None}),
        ("{}", "a=b=c", {"a": "b=c"}),
        ("{}", "a=1e-4", {"a": 1e-4}),
        ("{}", "a='1'", {"a": "1"}),
        ("a: [1, 2]", "a[0]=5", {"a": [5, 2]}),
        ("a: [1, 2]", "a[-1]=5", {"a": [1, 5]}),
        ("a: [[1], [2]]", "a[1][0]=5", {"a": [[1], [5]]}),
        ("a: [1]", "a+=[2]", {"a": [1, [2]]}),
        ("{}", "a.b+=x", {"a": {"b": ["x"]}}),
        ("a: [x, y]", "a[0]+=z", {"a": ["x", "z", "y"]}),
        ("a: [x, y]", "a[-1]+={b: 1}", {"a": ["x", "y", {"b": 1}]}),
        ("a: [[1], [2]]", "a[0]+=5", {"a": [[1, 5], [2]]}),
        ("a: {1: [x]}", "a[1]+=y", {"a": {1: ["x", "y"]}}),
        ("a: {1: x}", "a[1]=y", {"a": {1: "y"}}),
        ("a: {1: x}", "a.1=y", {"a": {1: "y"}}),
        ("a: {1: x}", "a[2]=y", {"a": {1: "x", 2: "y"}}),
        ("{}", "fit.class_weight[0]=2", {"fit": {"class_weight": {"0": 2}}}),
    ],
)
def test_a_value_is_set_where_the_path_leads(config, override, value):
    assert set_in(config, override) == value


@pytest.mark.parametrize(
    ("old", "override", "new"),
    [
        ("{Adam: 1e-4}", ".beta_1=0.8", {"Adam": {MAIN: 1e-4, "beta_1": 0.8}}),
        ("{Adam: 0.1}", ".Adam.beta_1=0.8", {"Adam": {MAIN: 0.1, "beta_1": 0.8}}),
        ("{Adam: 1e-4}", ".Adam=1", {"Adam": 1}),
        ("{Adam: 1e-4}", "=sgd", "sgd"),
        ("{Adam: 1e-4}", ".SGD=0.1", {"SGD": 0.1}),
        ("{Adam: 1e-4}", ".SGD.momentum=0.9", {"SGD": {"momentum": 0.9}}),
        ("{Adam: {beta_1: 0.1}}", ".beta_1=0.8", {"Adam": {"beta_1": 0.8}}),
        (
            "{adam: {beta_1: 0.1}}",
            ".beta_2=0.8",
            {"adam": {"beta_1": 0.1, "beta_2": 0.8}},
        ),
        ("{Adam: }", ".beta_1=0.8", {"Adam": {"beta_1": 0.8}}),
        ("adam", ".beta_1=0.8", {"adam": {"beta_1": 0.8}}),
        ("adam", ".adam.beta_1=0.8", {"adam": {"beta_1": 0.8}}),
        ("", ".learning_rate=0.01", {"Adam": {"learning_rate": 0.01}}),
        ("", ".SGD.momentum=0.9", {"SGD": {"momentum": 0.9}}),
        ("{}", ".SGD.momentum=0.9", {"SGD": {"momentum": 0.9}}),
        (
            "{Adam: {learning_rate: {CosineDecay: 0.1}}}",
            ".learning_rate.alpha=0.2",
            {"Adam": {"learning_rate": {"CosineDecay": {MAIN: 0.1, "alpha": 0.2}}}},
        ),
    ],
)
def test_the_class_may_be_left_out_and_short_forms_grow(old, override, new):
    value = set_in(f"compile: {{optimizer: {old}}}", f"compile.optimizer{override}")

    assert value == {"compile": {"optimizer": new}}


def test_a_missing_optimizer_is_adam_and_nothing_else_is_guessed():
    value = set_in("{}", "compile.optimizer.learning_rate=0.01", "compile.loss.x=1")

    assert value == {
        "compile": {"optimizer": {"Adam": {"learning_rate": 0.01}}, "loss": {"x": 1}}
    }


@pytest.mark.parametrize(
    ("override", "index", "layer"),
    [
        ("c1.filters=3", 0, {"Conv2D": {"name": "c1", "filters": 3}}),
        ("c1.Conv2D.filters=3", 0, {"Conv2D": {"name": "c1", "filters": 3}}),
        ("[0].filters=3", 0, {"Conv2D": {"name": "c1", "filters": 3}}),
        ("[-6].filters=3", 0, {"Conv2D": {"name": "c1", "filters": 3}}),
        (
            "c2.kernel_regularizer.l1=0.1",
            1,
            {
                "Conv2D": {
                    "name": "c2",
                    "filters": 32,
                    "kernel_regularizer": {"l2": {MAIN: 0.01, "l1": 0.1}},
                }
            },
        ),
        ("[2].name=f", 2, {"Flatten": {"name": "f"}}),
        ("[3].name=d", 3, {"Dropout": {MAIN: 0.5, "name": "d"}}),
        ("[4].name=r", 4, {"Reshape": {MAIN: [2, 3], "name": "r"}}),
        ("[4].Reshape[0]=6", 4, {"Reshape": [6, 3]}),
        ("[5]=Flatten", 5, "Flatten"),
    ],
)
def test_a_layer_is_addressed_by_name_or_index(override, index, layer):
    separator = "" if override.startswith("[") else "."

    value = set_in(CONFIG, f"model.layers{separator}{override}")

    assert value["model"]["layers"][index] == layer


def test_names_that_a_person_chose_are_no_classes():
    value = set_in(CONFIG, "model.inputs.text=[3]", "model.inputs.Other=[4]")

    assert value["model"]["inputs"] == {"Image": [28, 28], "text": [3], "Other": [4]}


def test_a_source_replaces_the_other_and_grows_from_its_short_form():
    value = set_in(CONFIG, "data.csv=iris.csv", "data.csv.labels=y")

    assert value["data"] == {"csv": {MAIN: "iris.csv", "labels": "y"}}


@pytest.mark.parametrize(
    ("deletion", "path", "rest"),
    [
        ("fit.epochs", ("fit",), {"class_weight": None, "callbacks": []}),
        ("model.layers.c1.filters", ("model", "layers", 0), {"Conv2D": {"name": "c1"}}),
        ("compile.metrics[0]", ("compile", "metrics"), []),
        ("model.layers[2]", ("model", "layers", 2), {"Dropout": 0.5}),
        ("model.layers.c1", ("model", "layers", 1), "Flatten"),
        ("data.inline.features[0][1]", ("data", "inline", "features"), [[1], [3, 4]]),
    ],
)
def test_a_value_is_deleted_where_the_path_leads(deletion, path, rest):
    value = set_in(CONFIG, deletions=[deletion])

    for key in path:
        value = value[key]
    assert value == rest


def test_deletions_come_before_overrides():
    value = set_in("fit: {epochs: 1}", "fit.batch_size=3", deletions=["fit"])

    assert value == {"fit": {"batch_size": 3}}


def test_everything_an_override_wrote_points_at_the_argument(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("name: a\n")

    node = load_config(file, ["name=b", "fit.callbacks= [a, {Stop: 3}]"])

    value = node.locate(("fit", "callbacks", 1, "Stop"))
    key = node.locate(("fit", "callbacks"), on_key=True)
    assert (value.file, value.line, value.column, value.length) == ("-s", 2, 27, 1)
    assert (key.column, key.length, key.text) == (5, 9, "fit.callbacks= [a, {Stop: 3}]")
    assert node.origin(("fit",)) == "-s"
    assert node.overrides == ("name=b", "fit.callbacks= [a, {Stop: 3}]")


MISTAKES = {
    "append-to-text": (["compile.loss+=x"], []),
    "class-in-list": (["model.layers[0].Dense.units=3"], []),
    "comment": (["description=#1", "x=--- "], []),
    "control-character": (["name=\x1b[31m"], []),
    "delete-missing": ([], ["fit.epoch", "model.layers.c3", "nothing.at.all"]),
    "delete-short-form": ([], ["compile.optimizer.learning_rate"]),
    "empty": (["", "=3"], [""]),
    "extends": (["extends=base.yaml", "set.fit.epochs=3"], ["set"]),
    "index-of-mapping": (["fit[0]=3"], []),
    "index-of-missing": (["fit.stages[0]=3"], []),
    "index-of-text": (["name[0]=b"], []),
    "index-too-large": (["model.layers[6]=Flatten", "fit.callbacks[0].x=3"], []),
    "into-number": (["fit.epochs.x=3"], []),
    "into-text": (["name.x=3"], []),
    "no-value": (["fit.epochs", "fit.epochs: 3"], []),
    "path": (["fit..epochs=3", "fit.[0]=3", "a[x]=3", "a[0]b=3", ".a=3", "a.=3"], []),
    "quoted-path": (
        ['a[""]=3', 'a["x=3', "a['x]=3", 'a.["x"]=3', 'a["x"]b=3', r'a["\q"]=3'],
        ['a["b.c"]'],
    ),
    "syntax": (["fit={epochs: 3", "name=a: b: c", "a=\t- x", "a=010", "a=!x y"], []),
    "too-deep": ([".".join("a" * 51) + "=1", "a=" + "[" * 60 + "]" * 60], []),
    "unknown-class": (["model.layers.Dropout.rate=0.3"], []),
    "unknown-name": (["model.layers.c3.padding=same", "fit.callbacks.x=3"], []),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_an_argument_is_shown_with_its_place_and_cure(
    case, golden, tmp_path, monkeypatch
):
    overrides, deletions = MISTAKES[case]
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(CONFIG)

    with pytest.raises(ConfigError) as caught:
        load_config(Path("a.yaml"), overrides, deletions)

    shown = "\n".join(
        [f"-u {text!r}" for text in deletions] + [f"-s {text!r}" for text in overrides]
    )
    golden(GOLDEN / f"{case}.txt", f"{shown}\n\n{caught.value}")


def test_an_argument_that_is_no_unicode_is_refused():
    with pytest.raises(ConfigError, match="control character"):
        set_in("a: 1", "a=\udcff")


def test_two_items_of_one_name_are_not_told_apart():
    config = "a: [{Dense: {name: x}}, {Dense: {name: x}}]"

    with pytest.raises(ConfigError, match="2 items named `x`"):
        set_in(config, "a.x.units=3")


def test_a_path_knows_the_place_of_each_step():
    segments = parse_path("model.layers[-1].c1")

    assert [segment.key for segment in segments] == ["model", "layers", -1, "c1"]
    assert [segment.mark.start for segment in segments] == [0, 6, 12, 17]
    assert segments[2].mark.location().length == 4


def test_a_layer_is_inserted_after_the_one_that_is_named():
    changed = set_in(
        CONFIG, "model.layers.c1+={Dropout: 0.3}", "model.layers[3]+=Flatten"
    )

    layers = changed["model"]["layers"]
    assert [next(iter(one)) if isinstance(one, dict) else one for one in layers] == [
        "Conv2D", "Dropout", "Conv2D", "Flatten", "Flatten", "Dropout", "Reshape",
        "Dense",
    ]  # fmt: skip
