from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import dlrun
from dlrun.components.component import Component
from dlrun.components.index import default_of, keys_of, listed, with_trait
from dlrun.describe.generate import classes_by_kind
from dlrun.experiment import parse_spec, read_config

PACKAGE = Path(dlrun.__file__).parent
CONFIGS = Path(__file__).parents[2] / "configs"
KINDS = classes_by_kind()
PROGRAM = """
import json, sys
from dlrun.cli.app import run
run(sys.argv[1:])
print(json.dumps(sorted(sys.modules)), file=sys.__stdout__)
"""


def test_every_class_is_in_the_index():
    assert {kind: [cls.key for cls in classes] for kind, classes in KINDS.items()} == {
        kind: list(listed(kind)) for kind in KINDS
    }
    assert sum(map(len, KINDS.values())) > 140


@pytest.mark.parametrize(
    "cls",
    [cls for classes in KINDS.values() for cls in classes],
    ids=lambda cls: cls.key,
)
def test_a_class_is_found_by_its_key_and_is_what_the_index_tells(cls):
    entry = listed(cls.kind)[cls.key]

    assert cls.types[cls.key] is cls
    assert cls.main_argument == entry["main_argument"]
    assert set(cls.keys()) >= keys_of(cls.kind, cls.key)


def test_defaults_and_keys_are_known_without_the_class():
    assert default_of("optimizer", "SGD", "learning_rate") == 0.01
    assert default_of("layer", "Dense", "units") is None
    assert default_of("layer", "Nothing", "units") is None
    assert keys_of("layer", "Nothing") == frozenset()


def test_a_trait_is_told_without_the_class():
    assert with_trait("layer", "width_argument", str)["Conv2D"] == "filters"
    assert "Flatten" not in with_trait("layer", "width_argument", str)


def components_in(value: object) -> Iterator[Component]:
    if isinstance(value, Component):
        yield value
    if isinstance(value, BaseModel):
        value = [getattr(value, name) for name in type(value).model_fields]
    for item in value if isinstance(value, (list, tuple)) else ():
        yield from components_in(item)


@pytest.mark.parametrize("command", ["validate", "summary", "show"])
@pytest.mark.parametrize("config", ["gender.yaml"])
def test_a_light_command_imports_the_classes_that_its_config_names(
    command, config, tmp_path
):
    file = CONFIGS / config
    named = components_in(parse_spec(read_config(file)).spec)

    modules = modules_after(command, str(file), cwd=tmp_path)

    families = {cls.__module__ for classes in KINDS.values() for cls in classes}
    assert modules & families == {type(component).__module__ for component in named}


def test_explain_imports_no_class(tmp_path):
    modules = modules_after("explain", "Conv2D", cwd=tmp_path)

    assert not {name for name in modules if name.startswith("dlrun.components.l")}
    assert "dlrun.components.component" not in modules


def modules_after(*arguments: str, cwd: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        check=True,
        cwd=cwd,
        text=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


WRITES = "a change of a config writes the class"
DEFAULT = "what a config means that names no optimizer"
CODE = "the key of the file of code of a config, not the rows that it may give"
NAMED_ELSEWHERE = {
    "components/not_offered.py": (
        {"Identity"},
        "the layer of this name, which is not offered; the initializer is",
    ),
    "changes/data_changes.py": ({"RandomTranslation", "Rescaling"}, WRITES),
    "changes/fit_changes.py": ({"EarlyStopping", "ReduceLROnPlateau"}, WRITES),
    "changes/layer_changes.py": (
        {"BatchNormalization", "Dense", "Dropout", "L2"},
        WRITES,
    ),
    "changes/start_changes.py": (
        {
            "GRU",
            "GlorotUniform",
            "HeNormal",
            "LSTM",
            "LeakyReLU",
            "Orthogonal",
            "Zeros",
        },
        WRITES,
    ),
    "proposal/network.py": ({"Dense", "L2"}, WRITES),
    "cli/compare.py": ({"csv"}, "a format of what is written, not a source of rows"),
    "components/vocabulary.py": (
        {"RootMeanSquaredError"},
        "`rmse` is a metric, and among losses the nearest to it",
    ),
    "config/edit.py": ({"Adam"}, DEFAULT),
    "config/tree.py": ({"custom"}, CODE),
    "comparison/settings/text.py": ({"custom"}, CODE),
    "experiment/experiment.py": ({"custom"}, CODE),
    "runs/origin.py": ({"custom"}, CODE),
    "studies/plan.py": ({"custom"}, CODE),
    "experiment/compile.py": ({"Adam"}, DEFAULT),
}
"""Where the name of a class stands outside its module, and why."""


def test_the_name_of_a_class_stands_in_its_own_module_alone():
    every = {cls.key for classes in KINDS.values() for cls in classes}
    names = {key for key in every if key[:1].isupper()} | set(listed("data source"))

    elsewhere = {
        name: strangers
        for file in sorted(PACKAGE.rglob("*.py"))
        if (name := file.relative_to(PACKAGE).as_posix())
        if (strangers := (literals(file) & names) - classes_of(name))
    }

    assert elsewhere == {name: names for name, (names, _) in NAMED_ELSEWHERE.items()}


def literals(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    constants = (
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
    )
    return {value for value in constants if isinstance(value, str)}


def classes_of(name: str) -> set[str]:
    module = "dlrun." + name.removesuffix(".py").replace("/", ".")
    every = (cls for classes in KINDS.values() for cls in classes)
    return {cls.key for cls in every if cls.__module__ == module}
