from __future__ import annotations

import csv
import io
import json

import pytest

from dlrun.runs import create_run


@pytest.fixture
def runs(dlrun, here):
    """Two runs of a config, the second with a larger learning rate and better."""
    for rate, losses in ((0.001, (0.9, 0.8)), (0.01, (0.7, 0.4))):
        setting = f"compile.optimizer={{Adam: {rate}}}"
        shown = dlrun("show", "people.yaml", "-s", setting, "--json").out
        folder = create_run(here / "runs", "people")
        folder.write_config("name: people", json.loads(shown))
        folder.write_summary({"parameters": 42, "monitor": "val_loss"})
        for epoch, loss in enumerate(losses, 1):
            row = {"epoch": epoch, "seconds": 0.5, "learning_rate": rate}
            row |= {"train_loss": loss / 2, "val_loss": loss, "weights_sha256": "a"}
            folder.append_history(row)
        folder.write_status("finished")
    return here / "runs"


def names(outcome) -> list[str]:
    return [row["run"] for row in csv.DictReader(io.StringIO(outcome.out))]


@pytest.mark.parametrize(
    "targets",
    [["runs"], ["people-001", "people-002"], ["runs/people-001", "runs/people-002"]],
)
def test_runs_are_given_as_a_folder_by_name_or_by_path(dlrun, runs, targets):
    outcome = dlrun("compare", *targets)

    assert outcome.code == 0
    assert outcome.out.startswith("people-002 has the best value: val_loss 0.4000")


def test_csv_json_and_markdown_hold_the_same_runs(dlrun, runs):
    as_csv = dlrun("compare", "runs", "--csv")
    as_json = json.loads(dlrun("compare", "runs", "--json").out)
    as_markdown = dlrun("compare", "runs", "--md").out

    assert sorted(names(as_csv)) == ["people-001", "people-002"]
    assert {run["run"]: run["best"] for run in as_json["runs"]} == {
        "people-001": 0.8,
        "people-002": 0.4,
    }
    assert "| people-002 |" in as_markdown


def test_what_differs_is_a_column(dlrun, runs):
    rows = list(csv.DictReader(io.StringIO(dlrun("compare", "runs", "--csv").out)))

    rates = [row["compile.optimizer.Adam.learning_rate"] for row in rows]
    assert sorted(rates) == ["0.001", "0.01"]


def test_the_order_follows_a_column(dlrun, runs):
    best = dlrun("compare", "runs", "--csv", "--sort", "best")
    by_name = dlrun("compare", "runs", "--csv", "--sort", "run")

    assert names(best) == ["people-002", "people-001"]
    assert names(by_name) == ["people-001", "people-002"]


def test_an_unknown_column_is_answered_with_those_there_are(dlrun, runs):
    outcome = dlrun("compare", "runs", "--sort", "score")

    assert (outcome.code, outcome.out) == (2, "")
    assert "no run has the column 'score'" in outcome.err
    assert "best_epoch" in outcome.err


def test_another_metric_can_be_compared(dlrun, runs):
    outcome = dlrun("compare", "runs", "--metric", "train_loss", "--json")

    assert json.loads(outcome.out)["metric"] == "train_loss"


def test_a_run_that_is_not_there_is_named(dlrun, runs):
    outcome = dlrun("compare", "people-001", "people-009")

    assert (outcome.code, outcome.out) == (3, "")
    assert "no run 'people-009'" in outcome.err
