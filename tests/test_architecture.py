"""The light path: what a light command must never import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"keras", "numpy", "pandas", "pyarrow", "ray", "scipy", "sklearn", "tensorflow"}
CONFIG = Path(__file__).parents[1] / "configs/gender.yaml"
COMMANDS = [
    ["--help"],
    ["--version"],
    ["train", "--help"],
    ["validate", str(CONFIG)],
    ["validate", str(CONFIG), "-s", "fit.epoch=3"],
    ["summary", str(CONFIG)],
    ["summary", str(CONFIG), str(CONFIG)],
    ["show", str(CONFIG)],
    ["init"],
    ["runs"],
    ["compare", "runs"],
    ["diagnose", "history.csv"],
    ["advise", "runs"],
]
PRINT = """
import json, sys
print(json.dumps({"code": 0, "modules": sorted(sys.modules)}))
"""
PROGRAM = """
import json, sys
from dlrun.cli.app import run
code = run(sys.argv[1:])
print(json.dumps({"code": code, "modules": sorted(sys.modules)}), file=sys.__stdout__)
"""


def modules_after(program: str, *arguments: str, cwd: Path) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        check=True,
        cwd=cwd,
        text=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    names = {name for name in found["modules"] if name.startswith("dlrun.")}
    return found["code"], names | {name.split(".")[0] for name in found["modules"]}


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_light_command_imports_nothing_heavy(arguments, tmp_path):
    code, modules = modules_after(PROGRAM, *arguments, cwd=tmp_path)

    assert code in {0, 3}
    assert modules & HEAVY == set()


def test_a_proposal_needs_no_tensorflow(tmp_path):
    table = str(CONFIG.parents[1] / "datasets/penguins.csv")

    code, modules = modules_after(
        PROGRAM, "init", "--data", table, "--labels", "species", cwd=tmp_path
    )

    assert code == 0
    assert modules & HEAVY == {"numpy"}


def test_validate_imports_no_room_that_a_plain_config_does_not_need(tmp_path):
    code, modules = modules_after(PROGRAM, "validate", str(CONFIG), cwd=tmp_path)

    assert code == 0
    needless = {"custom", "describe.summary", "rows", "runs", "studies", "training"}
    assert modules & {f"dlrun.{name}" for name in needless} == set()


def test_a_heavy_library_would_be_noticed(tmp_path):
    program = f"import numpy\n{PRINT}"

    _, modules = modules_after(program, cwd=tmp_path)

    assert modules & HEAVY == {"numpy"}


def test_import_dlrun_stays_light(tmp_path):
    program = f"import dlrun\n{PRINT}"

    _, modules = modules_after(program, cwd=tmp_path)

    assert modules & (HEAVY | {"pydantic", "rich", "typer", "yaml"}) == set()


def test_help_pays_for_the_command_line_alone(tmp_path):
    _, modules = modules_after(PROGRAM, "--help", cwd=tmp_path)

    assert modules & {"pydantic", "yaml"} == set()
