"""The settings that a search begins with are points of its space, however written."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.config import located
from dlrun.experiment import parse_spec
from dlrun.experiment.search.start import start_points
from dlrun.experiment.search.template import Template

CONFIGS = Path(__file__).parents[3] / "configs/search"
CONFIG = """\
name: tiny
vars: {width: 4}
data:
  inline: {features: [[0, 1], [1, 0], [1, 1], [0, 0]], labels: [0, 1, 0, 1]}
  split: {validation: 0.5}
model:
  layers:
    - Dense: {units: $width, activation: relu, name: h1}
    - Dropout: {rate: 0.1, name: drop}
    - Dense: {units: 2, activation: softmax}
compile: {loss: sparse_categorical_crossentropy, optimizer: {SGD: 0.02}}
fit: {epochs: 1}
search:
  trials: 3
  space:
    vars.width: {int: [2, 9]}
    model.layers.drop.enabled: [false, true]
    model.layers.drop.rate: {float: [0, 0.5], step: 0.1}
    fit.batch_size: [4, 32]
    compile.optimizer:
      - Adam
      - Adam: {learning_rate: {float: [0.01, 0.1]}, beta_1: {choice: [0.5, 0.8]}}
      - SGD: {float: [0.01, 0.1], log: true}
      - SGD: {learning_rate: 0.02, momentum: {float: [0.5, 0.9]}}
"""
OPTIMIZER = ("compile.optimizer",)
WRITTEN = {
    ("vars.width",): 4,
    ("model.layers.drop.enabled",): 1,
    ("model.layers.drop.rate",): 0.1,
    ("fit.batch_size",): 1,
    OPTIMIZER: 2,
    (*OPTIMIZER, 2, "SGD"): 0.02,
}


def points(file, *overrides):
    template = Template.read(file, overrides)
    with located(template.node):
        search = parse_spec(template.node).spec.search
    return start_points(template, search.space, search.start or ())


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ("{}", {}),
        ("{vars.width: 9, fit.batch_size: 4}", {"vars.width": 9, "fit.batch_size": 0}),
        ("{model.layers.drop.enabled: false}", {"model.layers.drop.enabled": 0}),
        ("{compile.optimizer: adam}", {OPTIMIZER: 0}),
        ("{compile.optimizer: Adam}", {OPTIMIZER: 0}),
        (
            "{compile.optimizer: {Adam: {learning_rate: 0.05, beta_1: 0.8}}}",
            {
                OPTIMIZER: 1,
                (*OPTIMIZER, 1, "Adam", "learning_rate"): 0.05,
                (*OPTIMIZER, 1, "Adam", "beta_1"): 1,
            },
        ),
        (
            "{compile.optimizer: {SGD: {learning_rate: 0.02, momentum: 0.8}}}",
            {OPTIMIZER: 3, (*OPTIMIZER, 3, "SGD", "momentum"): 0.8},
        ),
    ],
)
def test_settings_are_found_in_the_space_whatever_their_form(
    tmp_path, settings, changed
):
    (tmp_path / "tiny.yaml").write_text(CONFIG)

    (point,) = points(tmp_path / "tiny.yaml", f"search.start=[{settings}]")

    if OPTIMIZER in changed:
        kept = {
            place: one for place, one in WRITTEN.items() if place[0] != OPTIMIZER[0]
        }
    else:
        kept = WRITTEN
    stated = {(place,) if isinstance(place, str) else place: one
              for place, one in changed.items()}  # fmt: skip
    assert point == kept | stated


@pytest.mark.parametrize("name", ["digits", "penguins"])
def test_the_examples_can_begin_with_what_is_written(name):
    (point,) = points(CONFIGS / f"{name}.yaml", "search.start=[{}]")

    assert len(point) == (6 if name == "digits" else 3)
