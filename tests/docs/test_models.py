"""Every whole config of docs/models.md trains; parts: test_model_parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlrun.cli.app import run
from dlrun.experiment import parse_spec, read_config

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/models.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(name: .*?)```", TEXT, re.DOTALL)
CODE = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def file(tmp_path, request):
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    for name, text in CODE:
        (tmp_path / name).write_text(text, encoding="utf-8")
    file = tmp_path / "example.yaml"
    file.write_text(request.param, encoding="utf-8")
    return file


def name_of(example: str) -> str:
    return example.partition("\n")[0].removeprefix("name: ")


def test_there_are_whole_configs():
    assert EXAMPLES


@pytest.mark.parametrize("file", EXAMPLES, ids=name_of, indirect=True)
def test_an_example_is_valid_and_warns_of_nothing(file):
    assert parse_spec(read_config(file)).warnings == ()


@pytest.mark.heavy
@pytest.mark.parametrize("file", EXAMPLES, ids=name_of, indirect=True)
def test_an_example_trains(file, tmp_path):
    arguments = ["-s", "fit.epochs=1", "--runs", str(tmp_path / "runs"), "-q"]

    assert run(["train", str(file), *arguments, "--allow-code"]) == 0
