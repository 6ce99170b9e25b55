"""The examples of docs/search.md are valid searches, and its mistake is told so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlrun.config import located
from dlrun.errors import SpecError
from dlrun.experiment import parse_spec
from dlrun.experiment.search.check import check_space
from dlrun.experiment.search.template import Template

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/search.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(MISTAKE,) = re.findall(r"```\n(error.*?)```", PAGE, re.DOTALL)
IMAGES = """\
name: kernels
data:
  npz: {path: datasets/digits.npz}
model:
  layers: [{Conv2D: {filters: 4, kernel_size: 3, name: c1}}, Flatten, {Dense: 10}]
compile: {loss: sparse_categorical_crossentropy}
search: {method: grid, space: {
    model.layers.c1.kernel_size: {int: [3, 9]}
}}
"""


def check(file):
    template = Template.read(file)
    with located(template.node):
        experiment = parse_spec(template.node)
    return check_space(template, experiment.spec.search, 0)


@pytest.fixture
def here(tmp_path, monkeypatch):
    for name in ("datasets", "configs"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_example_is_a_valid_search(here):
    (here / "digits-search.yaml").write_text(EXAMPLE)

    assert check(Path("digits-search.yaml")).parameters > 100_000


def test_the_mistake_is_told_as_the_page_says(here):
    (here / "search.yaml").write_text(IMAGES)

    with pytest.raises(SpecError) as caught:
        check(Path("search.yaml"))

    assert str(caught.value) == MISTAKE.rstrip()


@pytest.mark.parametrize("name", ["digits", "penguins"])
def test_the_configs_of_the_folder_are_valid_searches(name):
    check(ROOT / f"configs/search/{name}.yaml")
