"""Every example of docs/models.md that is a part of a config is valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from dlrun.config import located
from dlrun.experiment import parse_spec, read_config

TEXT = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
EXAMPLES = [block for block in BLOCKS if not block.startswith("name: ")]
HEAD = """\
name: example
data: {inline: {features: [[0, 1], [1, 0]], labels: [0, 1]}}
"""
COMPILE = "compile: {loss: sparse_categorical_crossentropy}\n"


def experiment_of(tmp_path, example, *overrides):
    file = tmp_path / "example.yaml"
    file.write_text(HEAD + ("" if "compile:" in example else COMPILE) + example)
    node = read_config(file, overrides)
    with located(node):
        return parse_spec(node)


def test_there_are_examples():
    assert len(EXAMPLES) >= 6
    assert all(yaml.safe_load(example)["model"]["layers"] for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_valid_without_a_warning(example, tmp_path):
    assert experiment_of(tmp_path, example).warnings == ()


def test_what_is_said_of_the_names_in_blocks_is_so(tmp_path):
    (example,) = (one for one in EXAMPLES if "repeat: 3" in one)
    change = 'model.layers["residual.2.main"].use_bias=false'

    experiment = experiment_of(tmp_path, example, change)

    layers = {layer.name: layer for layer in experiment.layers}
    assert "last.main" in layers
    assert set(layers["residual.2.main"].weights) == {"kernel"}
    assert set(layers["residual.1.main"].weights) == {"kernel", "bias"}


def test_a_variable_changes_all_that_follows_from_it(tmp_path):
    (example,) = (one for one in EXAMPLES if "vars:" in one)

    layers = experiment_of(tmp_path, example, "vars.width=32").layers

    assert [layer.output_shape for layer in layers] == [(32,), (32,), (16,), (2,)]
