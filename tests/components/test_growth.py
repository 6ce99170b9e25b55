"""A new layer is one class, and the index made anew: nothing else is touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dlrun

PACKAGE = Path(dlrun.__file__).parent
LAYER = '''

class Gain(Layer):
    """A trained factor per channel: `(batch, ..., features)` in and out."""

    main_argument = "channels"
    width_argument = "channels"

    channels: PositiveInt
    """How many channels there are."""

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        return {"gain": Weight((self.channels,))}
'''
CONFIG = """
name: growth
data: {inline: {features: [[1, 2], [3, 4]], labels: [0, 1]}}
model: {layers: [{Gain: 2}, {Dense: {units: 2, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
"""
PROGRAM = """
import contextlib, io, json, sys
from dlrun.changes.layer_changes import less_complexity, dropout_up
from dlrun.changes.setup import Setup
from dlrun.cli.app import run
def words(*arguments):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        with contextlib.redirect_stderr(io.StringIO()) as err:
            code = run(list(arguments))
    return [code, out.getvalue(), err.getvalue()]
plain = {"model": {"layers": [{"Gain": {"channels": 2}}, {"Dense": {"units": 2}}]}}
answers = {
    "validate": words("validate", "good.yaml"),
    "summary": words("summary", "good.yaml"),
    "explain": words("explain", "Gain"),
    "misspelt": words("validate", "bad.yaml"),
    "width": less_complexity(Setup(plain)).patch,
    "dropout": dropout_up(Setup(plain)).patch,
}
print(json.dumps(answers), file=sys.__stdout__)
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    directory = tmp_path_factory.mktemp("growth")
    shutil.copytree(
        PACKAGE, directory / "dlrun", ignore=shutil.ignore_patterns("__pycache__")
    )
    with (directory / "dlrun/components/layers/core.py").open("a") as file:
        file.write(LAYER)
    (directory / "good.yaml").write_text(CONFIG)
    (directory / "bad.yaml").write_text(CONFIG.replace("Gain", "Gian"))
    python(directory, "-m", "dlrun.describe.generate")
    return json.loads(python(directory, "-c", PROGRAM))


def python(directory: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(directory)}
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        check=True,
        cwd=directory,
        env=environment,
        text=True,
    )
    return done.stdout


def test_a_new_layer_validates(answers):
    code, out, _ = answers["validate"]

    assert code == 0
    assert "good.yaml: valid" in out


def test_a_new_layer_is_summarised(answers):
    _, out, _ = answers["summary"]

    assert "gain" in out
    assert "8 parameters" in out


def test_a_new_layer_is_explained(answers):
    _, out, _ = answers["explain"]

    assert out.startswith("Gain (layer)")
    assert "How many channels there are." in out


def test_a_new_layer_is_suggested(answers):
    code, _, err = answers["misspelt"]

    assert code == 3
    assert "did you mean Gain?" in err


def test_the_traits_of_a_new_layer_reach_advice(answers):
    assert answers["width"] == ["model.layers[0].channels=1"]
    assert answers["dropout"] == ["model.layers[0]+={Dropout: 0.3}"]
