"""What people read of each verdict, and that nothing in one answer contradicts it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from dlrun.diagnosis import all_verdicts, diagnose, render_diagnosis

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "diagnose" / "verdicts"
HALVES = ("development", "held_out", "injected")
FALLING = [2.3 * 0.9**epoch for epoch in range(40)]
JUMPING = [1.5 if epoch % 2 else 2.2 for epoch in range(40)]
LEVEL = [0.2 + 0.8 * 0.5**epoch for epoch in range(40)]
SERIES = {
    "history": {"train_loss": LEVEL, "val_loss": LEVEL},
    "facts": {
        "task": "regression",
        "label_variance": 1.0,
        "loss": "mse",
        "naive": {"last value": {"loss": 0.15}, "season ago": {"loss": 0.4}},
    },
}
MADE = {
    "NOT_JUDGED": {"train_loss": FALLING},
    "OSCILLATING_LOSS": {"train_loss": JUMPING, "val_loss": [2.0] * 40},
}

RATE_DOWN = {"learning_rate_third", "learning_rate_down"}
RATE_UP = {"learning_rate_triple", "learning_rate_up"}
CONTRARY = (
    ({"UNDERFITTING"}, {"train_longer", "SLOW_CONVERGENCE", "OVERFITTING"}),
    ({"OVERFITTING"}, {"train_longer", "SLOW_CONVERGENCE", "GENERALIZATION_GAP"}),
    ({"GENERALIZATION_GAP"}, {"more_complexity"}),
    ({"SLOW_CONVERGENCE"}, {"early_stop"}),
    (RATE_DOWN, RATE_UP),
    ({"more_complexity", "deeper"}, {"less_complexity"}),
    ({"dropout_up"}, {"dropout_down"}),
    ({"l2_up"}, {"l2_down"}),
    ({"augmentation"}, {"less_augmentation"}),
    ({"train_longer"}, {"early_stop"}),
    ({"CONFIRMED_LEAK"}, {"SHARED_ROWS"}),
)
"""Verdicts, remarks and changes: one of the first beside one of the second."""


@pytest.fixture(scope="module")
def halves(diagnosis_benchmark) -> dict[str, dict[str, tuple]]:
    """What is said of each everyday run, and advised, by the name of the run."""
    everyday = diagnosis_benchmark("everyday")
    return {
        half: {
            everyday.key(record): everyday.asked(record)
            for record in everyday.load_records(half)
        }
        for half in HALVES
    }


@pytest.fixture(scope="module")
def examples(halves, labelled) -> dict[str, str]:
    """An answer for each verdict: the first everyday run, or else another history."""
    made = [{"history": one, "facts": {"num_classes": 10}} for one in MADE.values()]
    others = [
        (diagnose(one["history"], one.get("probe"), one["facts"]), ())
        for one in [*labelled, *made, SERIES]
    ]
    texts: dict[str, str] = {}
    for found, advice in [*halves["development"].values(), *others]:
        lines = [render_diagnosis(found)]
        for piece in advice:
            lines += ["", f"{piece.category}: {piece.change.sentence}"]
            lines += [f"  because: {reason}" for reason in piece.evidence]
            lines += [f"  -s {argument}" for argument in piece.change.patch]
        texts.setdefault(found.verdict, "\n".join(lines))
    return texts


@pytest.mark.parametrize("name", [verdict.name for verdict in all_verdicts()])
def test_a_verdict_reads_well(examples, golden, name):
    golden(GOLDEN / f"{name.lower()}.txt", examples[name])


def codes(found, advice) -> set[str]:
    """All that one answer says, without its words."""
    verdicts = {found.verdict, *(finding.verdict for finding in found.findings)}
    return verdicts | {*found.remarks} | {piece.category for piece in advice}


def contradictions(said: set[str]) -> list[tuple[str, str]]:
    return [
        pair
        for ours, others in CONTRARY
        for pair in product(sorted(ours & said), sorted(others & said))
    ]


@pytest.mark.parametrize("half", HALVES)
def test_no_answer_contradicts_itself(halves, half):
    found = {
        name: contradictions(codes(*answer)) for name, answer in halves[half].items()
    }

    assert len(found) > 100
    assert {name: pairs for name, pairs in found.items() if pairs} == {}


@pytest.mark.parametrize("half", HALVES)
def test_where_nothing_is_wrong_nothing_is_advised(halves, half):
    answers = halves[half].values()

    fine = [advice for found, advice in answers if found.verdict == "GOOD_FIT"]

    assert len(fine) > 10
    assert not any(fine)


def test_contradictions_are_found():
    assert contradictions({"UNDERFITTING", "train_longer"})
    assert contradictions({"dropout_up", "dropout_down"})
    assert not contradictions({"SLOW_CONVERGENCE", "train_longer"})
