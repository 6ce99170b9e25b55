from __future__ import annotations

from dataclasses import replace

from dlrun.report.rounds import rounds_text
from dlrun.runs import RoundsResult

RESULT = RoundsResult(
    kept_round=3,
    rounds=5,
    ended="all 5 rounds are over",
    baseline={"val_accuracy": 0.86, "test_accuracy": 0.85},
    kept={"val_accuracy": 0.92, "test_accuracy": 0.90},
    gain={"val_accuracy": 0.06, "test_accuracy": 0.05},
)


def test_the_baseline_stands_beside_the_result():
    lines = list(rounds_text(RESULT))

    assert lines == [
        "pseudo-labels: round 3 of 5 is kept (all 5 rounds are over)",
        "test_accuracy 0.9000, baseline 0.8500: gain +0.0500",
        "val_accuracy 0.9200, baseline 0.8600: gain +0.0600; it chose the round",
    ]


def test_it_is_said_when_pseudo_labels_did_not_help():
    result = replace(RESULT, kept_round=0, warnings=("the baseline is weak",))

    first, *_, last = rounds_text(result)

    assert first == "pseudo-labels did not help: the baseline is kept, round 0 of 5"
    assert last == "warning: the baseline is weak"


def test_a_run_without_rounds_has_nothing_to_say():
    assert list(rounds_text(None)) == []
