from __future__ import annotations

import json
import shlex

import pytest

from dlrun.runs import (
    RecordedFinding,
    RecordedReference,
    RowGain,
    RunFolder,
    Summary,
    create_run,
)

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


def test_commands_stand_a_path_with_a_space_and_allow_what_was_allowed(dlrun, run):
    folder = run(overfits=True).path
    moved = folder.parent.with_name("my runs") / folder.name
    moved.parent.mkdir()
    folder.rename(moved)

    plain = dlrun("advise", str(moved))
    allowed = dlrun("advise", str(moved), "--allow-code")

    assert plain.err.strip() == f"next: dlrun advise '{moved}' --run"
    assert allowed.err.strip() == f"next: dlrun advise '{moved}' --run --allow-code"
    commands = [line for line in allowed.out.splitlines() if " dlrun train " in line]
    assert len(commands) == 3
    assert all(line.endswith(" --allow-code") for line in commands)
    assert "--allow-code" not in plain.out


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
def test_advice_is_trained_once_and_judged(dlrun, here):
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
    there = sorted(path.name for path in (here / "runs").iterdir())
    again = json.loads(dlrun("advise", "people", "--run", "-q", "--json").out)

    assert outcome.code == 0, outcome.err
    assert "people-early-stop-001: OVERFITTING cleared" in outcome.out
    assert "One run each" in outcome.out
    assert "gain by row" in outcome.out
    tried = [item["run"] for item in again["tried"]]
    assert tried[0] == "people-early-stop-001"
    assert len(tried) == 3
    paths = " ".join(f"runs/{name}" for name in ("people-001", *tried))
    assert outcome.err.endswith(f"next: dlrun compare {paths}\n")
    assert (here / "runs" / "people-early-stop-001" / "model.keras").exists()
    assert sorted(path.name for path in (here / "runs").iterdir()) == there
    assert again["kept"] is None or again["kept"] in tried


def finding(standing, *helping):
    """What a check has found of an overfitting run; the others do not help."""
    return RecordedFinding(
        suspicion="OVERFITTING",
        verdict="GOOD_FIT" if standing == "refuted" else "OVERFITTING",
        standing=standing,
        references=tuple(
            RecordedReference(
                name=name,
                sentence=name,
                run=f"people-{name.replace('_', '-')}-001",
                state="finished",
                value=0.2,
                gain=RowGain(0.1, 0.05, 0.15),
                helps=name in helping,
            )
            for name in ("dropout_up", "l2_up", "less_complexity")
        ),
    )


def test_what_a_check_has_shown_to_help_is_advised_first_and_the_rest_not_at_all(
    dlrun, run
):
    folder = run(overfits=True)
    folder.write_finding(finding("confirmed", "l2_up"))

    values = json.loads(dlrun("advise", "people", "--json").out)

    first, *others = values["advice"]
    assert first["category"] == "l2_up"
    assert "people-l2-up-001 has shown it" in first["evidence"][0]
    assert not {"dropout_up", "less_complexity"} & {item["category"] for item in others}
    assert values["finding"]["standing"] == "confirmed"


def test_where_a_check_has_shown_that_nothing_helps_nothing_is_advised(dlrun, run):
    folder = run(overfits=True)
    folder.write_finding(finding("refuted"))

    outcome = dlrun("advise", "people")

    assert outcome.code == 0
    assert "checked: not OVERFITTING but GOOD_FIT" in outcome.out
    assert "dlrun train" not in outcome.out
    assert "nothing that was tried helps" in outcome.err


@pytest.mark.parametrize("option", ["--again", "--jobs=2"])
def test_options_of_the_trainings_need_them(dlrun, run, option):
    run(overfits=True)

    outcome = dlrun("advise", "people", option)

    assert outcome.code == 2
    assert "--run" in outcome.err
