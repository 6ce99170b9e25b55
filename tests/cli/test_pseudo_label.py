"""What people see of a run with pseudo-labels."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.heavy

SECTION = """
pseudo_label:
  unlabelled: {csv: {path: more.csv, labels: sex}}
  rounds: 1
  threshold: 0
"""


@pytest.fixture
def semi(here):
    """People, and others whose sex is only partly known."""
    lines = ["height,weight,sex"]
    lines += [f"{150 + at},{50 + at},{'fm '[at % 3].strip()}" for at in range(30)]
    (here / "more.csv").write_text("\n".join([*lines, ""]))
    config = (here / "people.yaml").read_text().replace("name: people", "name: semi")
    (here / "semi.yaml").write_text(config + SECTION)
    return here / "semi.yaml"


def test_the_rounds_are_told_and_the_baseline_stands_beside_the_result(dlrun, semi):
    outcome = dlrun("train", "semi.yaml")

    shown = outcome.err
    assert outcome.code == 0
    assert "round 0/1  the supervised baseline" in shown
    assert "round 1/1  30 of 30 unlabelled rows, mean confidence 0." in shown
    assert shown.count("round 1/1  epoch ") == 3
    assert outcome.out.startswith("semi-001: best epoch ")
    assert "pseudo-labels" in outcome.out
    assert "test_accuracy " in outcome.out
    assert ", baseline " in outcome.out


def test_a_dry_run_counts_the_unlabelled_rows(dlrun, semi):
    outcome = dlrun("train", "semi.yaml", "--dry-run")

    assert outcome.out == (
        "semi: ready to train on 8 train rows, 4 validation rows, 4 test rows, "
        "30 unlabelled rows\n"
    )
    assert "warning[few-validation-rows]" in outcome.err
    assert "warning[cap-advised]" in outcome.err


def test_every_other_command_takes_the_run_like_any(dlrun, semi):
    trained = dlrun("train", "semi.yaml", "-q", "--json")
    dlrun("train", "people.yaml", "-q", "-s", "seed=3")

    answers = {
        words[0]: dlrun(*words)
        for words in (
            ("validate", "semi.yaml", "--data"),
            ("show", "semi"),
            ("summary", "semi.yaml"),
            ("runs",),
            ("compare", "runs"),
            ("predict", "semi"),
            ("evaluate", "semi"),
            ("verify", "semi", "-q"),
        )
    }

    assert {name: one.code for name, one in answers.items()} == dict.fromkeys(
        answers, 0
    )
    metrics = json.loads(trained.out)
    assert metrics["gain"].keys() == {"val_loss", "val_accuracy", "test_accuracy"}
    assert "pseudo_label:" in answers["show"].out
    assert "semi-001" in answers["runs"].out
    assert "semi-001" in answers["compare"].out
    assert "bit-identical weights after each of 6 epochs" in answers["verify"].out


def test_a_run_in_a_finished_folder_is_not_resumed(dlrun, semi):
    dlrun("train", "semi.yaml", "-q")

    outcome = dlrun("resume", "semi")

    assert outcome.code == 3
    assert "semi-001 is finished" in outcome.err
    assert "pseudo_label.rounds=N" in outcome.err
