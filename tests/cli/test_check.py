from __future__ import annotations

import json
import shlex

import pytest

from dlrun.runs import (
    Metrics,
    RecordedFinding,
    RecordedReference,
    RowGain,
    RunFolder,
    Summary,
    create_run,
)

FINDING = RecordedFinding(
    suspicion="UNDERFITTING",
    verdict="SLOW_CONVERGENCE",
    standing="changed",
    cause="longer",
    sentence="With 3 -> 12 epochs, val_loss falls by 50 % (0.6 to 0.3): it was "
    "still learning when it ended.",
    rows=400,
    value=0.6,
    matters=0.06,
    references=(
        RecordedReference(
            name="longer",
            sentence="3 -> 12 epochs",
            run="people-longer-001",
            state="finished",
            value=0.3,
            gain=RowGain(0.3, 0.25, 0.35),
            helps=True,
        ),
        RecordedReference(
            name="wider", sentence="wider", run="people-wider-001", state="diverged"
        ),
    ),
    left_out={"scale_inputs": "the features are scaled already"},
)


@pytest.fixture
def run(dlrun, here):
    """A run of the people that nobody has trained."""

    def make(state="finished", num_validation=400, **config):
        values = json.loads(dlrun("show", "people.yaml", "--json").out) | config
        folder = create_run(here / "runs", "people")
        folder.write_config(dlrun("show", "people.yaml").out, values)
        folder.write_summary(
            Summary(
                monitor="val_loss",
                monitor_mode="min",
                num_validation=num_validation,
                facts={"task": "classification", "num_classes": 2, "n_val": 400},
            )
        )
        for epoch in range(1, 7):
            folder.append_history(
                {"epoch": epoch, "train_loss": 0.69, "val_loss": 0.69}
            )
        folder.write_metrics(Metrics(epochs=6))
        folder.write_status(state)
        return folder

    return make


def test_a_finding_stands_beside_the_suspicion_in_text_and_json(dlrun, run):
    folder = run()
    suspicion = json.loads(dlrun("diagnose", "people", "--json").out)
    folder.write_finding(FINDING)

    text = dlrun("diagnose", "people")
    values = json.loads(dlrun("diagnose", "people", "--json").out)

    assert text.out.startswith("people: UNDERFITTING (confidence")
    assert "\n  checked: not UNDERFITTING but SLOW_CONVERGENCE\n" in text.out
    assert "+0.3000 [+0.2500, +0.3500]  helps" in text.out
    assert "left out: scale_inputs: the features are scaled already" in text.out
    assert values.pop("finding") == FINDING.to_json()
    assert values == suspicion
    assert "finding" not in suspicion


def test_a_finding_fits_into_sixty_columns(golden_finding):
    assert max(map(len, golden_finding(60).splitlines())) <= 60


@pytest.fixture
def golden_finding():
    from dlrun.report.finding import render_finding

    return lambda width: render_finding(FINDING, width)


def test_a_finding_reads_back_as_it_was_written(run):
    folder = run()

    folder.write_finding(FINDING)

    assert folder.finding() == FINDING
    assert "finding.json" in (folder.path / "SHA256SUMS").read_text()
    folder.hashes.require_all()


def test_a_finding_that_was_changed_or_removed_is_damage(dlrun, run):
    folder = run()
    folder.write_finding(FINDING)
    file = folder.path / "finding.json"
    written = file.read_text()

    file.write_text(written.replace("SLOW_CONVERGENCE", "GOOD_FIT"))
    changed = dlrun("diagnose", "people")
    file.unlink()
    removed = dlrun("diagnose", "people")

    assert changed.code != 0
    assert "finding.json" in changed.err
    assert removed.code != 0
    assert "finding.json" in removed.err


@pytest.mark.parametrize("option", ["--again", "--jobs=2"])
def test_options_of_the_check_need_it(dlrun, run, option):
    run()

    outcome = dlrun("diagnose", "people", option)

    assert outcome.code == 2
    assert "--check" in outcome.err


def test_a_history_cannot_be_checked(dlrun, here):
    (here / "history.json").write_text(json.dumps({"loss": [1, 0.9]}))

    outcome = dlrun("diagnose", "history.json", "--check")

    assert outcome.code != 0
    assert "nothing can be trained" in outcome.err


def test_a_folder_of_runs_is_not_checked_with_all_its_references(dlrun, run):
    run()

    outcome = dlrun("diagnose", "runs", "--check")

    assert outcome.code != 0
    assert "runs is a folder of runs" in outcome.err
    assert "runs/RUN --check" in outcome.err


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"state": "interrupted"}, "dlrun resume"),
        ({"state": "failed"}, "dlrun train"),
        ({"num_validation": 0}, "data.split.validation=0.2"),
        ({"pseudo_label": {"rounds": 2}}, "-u pseudo_label"),
    ],
)
def test_a_run_of_which_references_say_nothing_is_refused(dlrun, run, made, words):
    folder = run(**made)

    outcome = dlrun("diagnose", "people", "--check")

    assert outcome.code != 0
    assert words in outcome.err
    assert folder.finding() is None
    assert len(list(folder.path.parent.glob("people*"))) == 1


def test_rows_that_have_changed_are_noticed_before_anything_is_trained(
    dlrun, run, here
):
    folder = run()
    summary = json.loads((folder.path / "summary.json").read_text())
    folder.write_summary(
        Summary(num_validation=4, data_fingerprint="0" * 64, facts=summary["facts"])
    )

    outcome = dlrun("diagnose", "people", "--check")

    assert outcome.code != 0
    assert "has changed since it was trained" in outcome.err
    command = outcome.err.partition("dlrun train ")[2].split()[0]
    assert shlex.split(command)
    assert [path.name for path in (here / "runs").glob("people*")] == ["people-001"]


def test_rows_that_are_gone_are_named_before_anything_is_trained(dlrun, run, here):
    run()
    (here / "people.csv").unlink()

    outcome = dlrun("diagnose", "people", "--check")

    assert outcome.code == 3
    assert "people.csv" in outcome.err
    assert [path.name for path in (here / "runs").glob("people*")] == ["people-001"]


def test_a_run_that_does_not_say_what_its_rows_were_is_refused(dlrun, run):
    run()

    outcome = dlrun("diagnose", "people", "--check")

    assert outcome.code != 0
    assert "people-001, of an older dlrun, does not say" in outcome.err


def test_who_goes_on_with_a_run_forgets_what_was_found_of_it(run):
    from dlrun.runs import forget_training

    folder = run()
    folder.write_finding(FINDING)

    forget_training(folder)

    assert folder.finding() is None
    assert RunFolder(folder.path).exists
