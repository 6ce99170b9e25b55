"""The words for every mistake in a config, and the proof that its cure works."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from dlrun.config import locate_problems, located
from dlrun.errors import ProblemsError, render_problems
from dlrun.experiment import parse_spec, read_config

GOLDEN = Path(__file__).parents[1] / "golden/spec"
CASES = [
    case
    for case in sorted(GOLDEN.glob("*.yaml"))
    if not case.stem.endswith((".cured", ".base"))
]
ARGUMENTS = {
    "argument-class": ["compile.optimizer={Adm: 0.01}"],
    "argument-column": ["data.csv={path: parts/people.csv, labels: gendre}"],
    "argument-key": ["fit.epoch=3"],
    "argument-layer": ["model.layers[0]={Dense: {units: 16, activatoin: relu}}"],
    "argument-loss": ["compile.loss=categorical_crossentropy"],
    "argument-second": ["fit.epochs=3", "fit.batch_size=0"],
    "argument-text": ['fit.epochs="3"'],
    "argument-value": ["model.layers[0].units=-16"],
}
CURED = {
    "argument-class": ["compile.optimizer={Adam: 0.01}"],
    "argument-column": ["data.csv={path: parts/people.csv, labels: gender}"],
    "argument-key": ["fit.epochs=3"],
    "argument-layer": ["model.layers[0]={Dense: {units: 16, activation: relu}}"],
    "argument-loss": ["compile.loss=sparse_categorical_crossentropy"],
    "argument-second": ["fit.epochs=3", "fit.batch_size=32"],
    "argument-text": ["fit.epochs=3"],
    "argument-value": ["model.layers[0].units=16"],
}


@pytest.fixture(autouse=True)
def beside_the_cases(monkeypatch):
    monkeypatch.chdir(GOLDEN)


def what_is_said(file: Path, overrides: list[str] | None = None) -> str:
    try:
        node = read_config(file, overrides or [])
        with located(node):
            experiment = parse_spec(node)
    except ProblemsError as error:
        words = str(error)
    else:
        words = render_problems(locate_problems(node, experiment.warnings))
    return words.replace(str(GOLDEN), "$HERE")


def name_of(case: Path) -> str:
    return case.stem


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_mistake_is_explained(case, golden):
    file = Path(case.name)

    words = what_is_said(file)

    assert words
    golden(case.with_suffix(".txt"), words)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_cure_makes_the_config_valid(case):
    file = Path(f"{case.stem}.cured.yaml")

    words = what_is_said(file)

    assert words == ""


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_every_caret_stands_under_text(case):
    lines = case.with_suffix(".txt").read_text(encoding="utf-8").splitlines()

    for above, line in pairwise(lines):
        caret = re.match(r" +\| +(\^+)", line)
        if caret is not None and above.isascii():
            marked = above[caret.start(1) : caret.end(1)]
            assert marked.strip(" -") or not above.split("|")[1].strip(" -")


@pytest.mark.parametrize("case", ARGUMENTS)
def test_a_mistake_in_an_argument_is_marked_inside_it(case, golden):
    words = what_is_said(Path("parts/people.yaml"), ARGUMENTS[case])

    assert "--> -s:" in words
    golden(GOLDEN / "arguments" / f"{case}.txt", words)
    assert what_is_said(Path("parts/people.yaml"), CURED[case]) == ""


def test_every_case_has_a_cure():
    assert len(CASES) > 150
    assert {case.stem for case in CASES} == {
        file.name.removesuffix(".cured.yaml") for file in GOLDEN.glob("*.cured.yaml")
    }


def test_no_hint_is_empty_and_no_python_is_shown():
    for case in CASES:
        words = case.with_suffix(".txt").read_text(encoding="utf-8")

        assert "help: \n" not in words
        assert not re.search(r"None|True|False|\('|\['|\{'", words) or case.stem in {
            "type-none",
            "type-python-call",
        }
