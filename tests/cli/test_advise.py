from __future__ import annotations

import json
import shlex

import pytest

from dlrun.runs import RunFolder, Summary, create_run

FALLING = (0.6, 0.5, 0.42, 0.36, 0.32, 0.3)
RISING = (*FALLING, 0.31, 0.35, 0.4, 0.46, 0.53, 0.6, 0.68, 0.77, 0.86, 0.95, 1.05)


@pytest.fixture
def run(dlrun, here):
    """A run of the people, whose validation loss rises or not, never trained."""

    def make(*, overfits: bool):
        values = json.loads(dlrun("show", "people.yaml", "--json").out)
        folder = create_run(here / "runs", "people")
        folder.write_config(dlrun("show", "people.yaml").out, values)
        folder.write_summary(
            Summary(
                monitor="val_loss",
                monitor_mode="min",
                facts={"task": "classification", "num_classes": 2, "n_val": 400},
            )
        )
        for epoch, loss in enumerate(RISING, 1):
            train = 0.6 / epoch
            other = loss if overfits else train + 0.01
            row = {"epoch": epoch, "train_loss": train, "val_loss": other}
            folder.append_history(row)
        folder.write_status("finished")
        return folder

    return make


def test_advice_is_a_command_that_can_be_pasted(dlrun, run):
    run(overfits=True)

    outcome = dlrun("advise", "people")

    assert outcome.code == 0
    assert "people-001: OVERFITTING" in outcome.out
    assert "1. early_stop: " in outcome.out
    commands = [
        shlex.split(line)
        for line in outcome.out.splitlines()
        if " dlrun train " in line
    ]
    assert len(commands) == 3
    for words in commands:
        checked = dlrun(*words[1:], "--dry-run")
        assert checked.code == 0, checked.err
        assert "ready to train" in checked.out
    assert outcome.err.strip() == "next: dlrun advise runs/people-001 --run"


def test_advice_as_json_holds_verdict_evidence_overrides_and_command(dlrun, run):
    run(overfits=True)

    values = json.loads(dlrun("advise", "people", "--json").out)

    assert values["diagnosis"]["verdict"] == "OVERFITTING"
    first = values["advice"][0]
    assert (first["category"], first["verdict"]) == ("early_stop", "OVERFITTING")
    assert "validation loss" in first["evidence"][0]
    assert first["overrides"][0] in shlex.split(first["command"])


def test_a_good_run_is_left_alone(dlrun, run):
    run(overfits=False)

    outcome = dlrun("advise", "people")

    assert outcome.code == 0
    assert "dlrun train" not in outcome.out
    assert "nothing to repair" in outcome.err
    assert "--seeds 5" in outcome.err


def test_a_run_whose_data_is_gone_says_so(dlrun, run, here):
    run(overfits=True)
    (here / "people.csv").unlink()

    outcome = dlrun("advise", "people")

    assert outcome.code == 3
    assert "people.csv" in outcome.err


@pytest.mark.heavy
def test_the_first_advice_is_trained_and_judged(dlrun, here):
    arguments = ["-s", "fit.epochs=17", "-q"]
    assert dlrun("train", "people.yaml", *arguments).code == 0
    folder = here / "runs" / "people-001"
    hashes = RunFolder(folder).hashes
    hashes.unseal(["history.csv"])
    rows = "".join(
        f"{epoch},{0.6 / epoch},{loss}\n" for epoch, loss in enumerate(RISING, 1)
    )
    (folder / "history.csv").write_text(f"epoch,train_loss,val_loss\n{rows}")
    hashes.seal(["history.csv"])

    outcome = dlrun("advise", "people", "--run", "-q")

    assert outcome.code == 0, outcome.err
    assert "people-early-stop-001: OVERFITTING cleared" in outcome.out
    assert "One run each" in outcome.out
    assert outcome.err.endswith("runs/people-early-stop-001\n")
    assert (here / "runs" / "people-early-stop-001" / "model.keras").exists()
