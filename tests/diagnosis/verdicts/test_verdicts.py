"""A verdict is one module and one line; here is one of its own, as an example."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

import dlrun
from dlrun.changes import advise
from dlrun.config import node_of
from dlrun.diagnosis import all_verdicts, diagnose, render_diagnosis, verdicts
from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.verdicts.remedy import Remedy
from dlrun.diagnosis.verdicts.verdict import Asked, Verdict
from dlrun.experiment import parse_spec

SOURCE = Path(dlrun.__file__).parent
AMBIGUOUS = {"diverged", "overfitting"}
"""What a run's state and a picture's legend are called as well."""


def stands_still(evidence):
    losses = evidence.train.values
    moved = Condition("moved", max(losses) - min(losses), 1e-3, below=True)
    yield Case((moved,), "The train loss moved by {moved:.1g} in all.", 1)


FLAT_LOSS = Verdict(
    name="FLAT_LOSS",
    tag="flat",
    meaning="The train loss does not move at all.",
    colour="broken",
    rule=stands_still,
    remedies=(
        Remedy(("l2_up",), lambda signs: signs.is_too_fast),
        Remedy(("adam", "learning_rate_up")),
    ),
)
FLAT = {"train_loss": [1.0] * 30, "val_loss": [1.0] * 30}


@pytest.fixture
def flat_loss(monkeypatch):
    # The line: its place in the order.
    monkeypatch.setattr(verdicts, "ORDER", (Asked(FLAT_LOSS), *verdicts.ORDER))


def config(**fit):
    return {
        "name": "flat",
        "seed": 1,
        "data": {"inline": {"features": [[1.0], [2.0]], "labels": [0, 1]}},
        "model": {"layers": [{"Dense": {"units": 2}}]},
        "compile": {"loss": "sparse_categorical_crossentropy", "optimizer": "SGD"},
        "fit": fit,
    }


@pytest.mark.usefixtures("flat_loss")
def test_a_verdict_is_found_tagged_and_described():
    diagnosis = diagnose(FLAT)

    assert diagnosis.verdict == "FLAT_LOSS"
    assert diagnosis.tag == "flat"
    assert not diagnosis.is_fine
    assert FLAT_LOSS.meaning in render_diagnosis(diagnosis)
    assert "The train loss moved by 0 in all." in render_diagnosis(diagnosis)


@pytest.mark.usefixtures("flat_loss")
def test_a_verdict_has_a_colour_on_the_page():
    from dlrun.report.drawing.tag import tag_kind

    assert tag_kind("FLAT_LOSS") == "broken"


@pytest.mark.usefixtures("flat_loss")
def test_a_verdict_is_advised_on():
    values = parse_spec(node_of(config())).spec.values()

    advice = advise(diagnose(FLAT), values)

    assert [one.category for one in advice] == ["adam", "learning_rate_up"]
    assert {one.verdict for one in advice} == {"FLAT_LOSS"}


@pytest.mark.usefixtures("flat_loss")
def test_a_verdict_may_be_stopped_on():
    experiment = parse_spec(node_of(config(stop_on=["flat-loss"])))

    assert experiment.spec.fit.stop_on == ("flat_loss",)


def test_without_its_line_it_is_no_verdict():
    assert diagnose(FLAT).verdict != "FLAT_LOSS"


@pytest.mark.parametrize("verdict", all_verdicts(), ids=lambda verdict: verdict.name)
def test_a_verdict_is_named_in_its_own_module_alone(verdict, modules_of_texts):
    names = {verdict.name, verdict.name.lower()} - AMBIGUOUS

    modules = set().union(*(modules_of_texts[name] for name in names))

    assert modules == {f"diagnosis/verdicts/{verdict.name.lower()}.py"}


@pytest.fixture(scope="module")
def modules_of_texts():
    modules = defaultdict(set)
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                modules[node.value].add(file.relative_to(SOURCE).as_posix())
    return modules
