from __future__ import annotations

import ast
from pathlib import Path

import dlrun
from dlrun.config import apply_overrides
from dlrun.experiment import config_of, read_config

SOURCE = Path(dlrun.__file__).parent
READERS = {"load_config", "node_of"}


def test_a_source_of_a_config_drops_the_one_that_it_inherits(tmp_path):
    (tmp_path / "base.yaml").write_text("data: {csv: {path: a.csv}, scale: minmax}\n")
    file = tmp_path / "a.yaml"
    file.write_text("extends: base.yaml\ndata: {npz: {path: a.npz}}\n")

    value = read_config(file).value

    assert value == {"data": {"npz": {"path": "a.npz"}, "scale": "minmax"}}


def test_a_source_that_an_argument_names_drops_the_one_in_python():
    node = config_of({"data": {"csv": {"path": "a.csv"}}})

    changed = apply_overrides(node, ["data.npz.path=a.npz"])

    assert changed.value == {"data": {"npz": {"path": "a.npz"}}}


def test_every_config_is_read_by_who_knows_the_sources():
    callers = {
        file.relative_to(SOURCE).parts[0]
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in READERS
    }

    assert callers <= {"config", "experiment"}
