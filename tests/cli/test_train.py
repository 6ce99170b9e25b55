from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy


def folder(name: str) -> RunFolder:
    from pathlib import Path

    return RunFolder(Path("runs") / name)


def test_a_run_is_trained_into_its_folder(dlrun, here):
    outcome = dlrun("train", "people.yaml")

    lines = outcome.err.splitlines()
    assert outcome.code == 0
    assert outcome.out.splitlines()[0].startswith(
        "people-001: best epoch 3 of 3: val_loss 0."
    )
    assert "42 parameters" in outcome.out
    assert lines[0] == "people-001: 3 epochs of 2 steps"
    assert [line.split("  ")[0] for line in lines[1:4]] == [
        f"epoch {epoch}/3" for epoch in (1, 2, 3)
    ]
    assert lines[4] == "next: dlrun predict runs/people-001"
    assert "\x1b" not in outcome.out + outcome.err
    assert sorted(path.name for path in (here / "runs" / "people-001").iterdir()) == [
        "SHA256SUMS",
        "checkpoints",
        "config.json",
        "config.yaml",
        "diagnosis.json",
        "diagnostics",
        "environment.json",
        "history.csv",
        "metrics.json",
        "model.keras",
        "predictions.csv",
        "preprocessing.json",
        "run.lock",
        "source",
        "split.json",
        "status.json",
        "summary.json",
    ]


def test_several_configs_and_seeds_run_in_one_process(dlrun, here):
    outcome = dlrun("train", "people.yaml", "small.yaml", "--seeds", "2", "-q")

    names = [line.partition(":")[0] for line in outcome.out.splitlines()[::3]]
    seeds = [folder(name).config()["seed"] for name in names]
    assert outcome.code == 0
    assert names == ["people-001", "people-002", "small-001", "small-002"]
    assert seeds == [3, 4, 0, 1]
    assert outcome.err == (
        "next: dlrun compare runs/people-001 runs/people-002"
        " runs/small-001 runs/small-002\n"
    )


def test_a_run_is_the_same_alone_and_as_the_second_of_a_process(dlrun, here):
    dlrun("train", "small.yaml", "people.yaml", "-q")
    dlrun("train", "people.yaml", "-q")

    first, second = (folder(f"people-00{number}").history() for number in (1, 2))
    assert first["weights_sha256"] == second["weights_sha256"]
    assert len(set(first["weights_sha256"])) == 3


def test_quiet_shows_the_result_alone(dlrun, here):
    outcome = dlrun("train", "small.yaml", "-q")

    lines = outcome.out.splitlines()
    assert len(lines) == 3
    assert lines[1] == "  TOO_SHORT: Not diagnosed: fewer than 5 epochs."
    assert outcome.err == "next: dlrun predict runs/small-001\n"


def test_verbose_shows_the_layers_and_every_figure(dlrun, here):
    outcome = dlrun("train", "people.yaml", "-v", "-s", "fit.epochs=1")

    assert "42 parameters (168 bytes)" in outcome.err
    assert "8 train rows, 4 validation rows, 4 test rows" in outcome.err
    assert "  accuracy " in outcome.err
    assert "  learning_rate 0.05  " in outcome.err


def test_json_is_the_answer_of_one_run_or_a_list(dlrun, here):
    one = json.loads(dlrun("train", "small.yaml", "--json").out)
    two = json.loads(dlrun("train", "small.yaml", "--json", "--seeds", "2").out)

    assert one["run"] == "small-001"
    assert one["path"] == "runs/small-001"
    assert one["parameters"] == 22
    assert one["best"] == folder("small-001").metrics().best
    assert [run["run"] for run in two] == ["small-002", "small-003"]


def test_name_and_place_of_the_runs_can_be_chosen(dlrun, here):
    outcome = dlrun("train", "small.yaml", "--name", "tried", "--runs", "a/b", "-q")

    assert outcome.out.startswith("tried-001: ")
    assert RunFolder(here / "a" / "b" / "tried-001").config()["name"] == "tried"


def test_arguments_change_the_run_and_are_kept(dlrun, here):
    words = ["-s", "fit.epochs=2", "-u", "data.scale", "-s", "fit.batch_size=8"]

    dlrun("train", "people.yaml", "-q", *words)

    run = folder("people-001")
    kept = json.loads((run.path / "source" / "arguments.json").read_text())
    assert run.history()["epoch"] == [1, 2]
    assert "scale" not in run.config()["data"]
    assert kept["overrides"] == ["fit.epochs=2", "fit.batch_size=8"]
    assert kept["deletions"] == ["data.scale"]
    assert (run.path / "source" / "people.yaml").read_text() == (
        here / "people.yaml"
    ).read_text()


def test_a_run_is_repeated_from_its_own_config(dlrun, here):
    dlrun("train", "people.yaml", "-q")

    outcome = dlrun("train", "runs/people-001/config.yaml", "-q")

    first, second = (folder(f"people-00{number}").history() for number in (1, 2))
    assert outcome.code == 0
    assert first["weights_sha256"] == second["weights_sha256"]


def test_a_dry_run_writes_nothing(dlrun, here):
    before = sorted(here.rglob("*"))

    outcome = dlrun("train", "people.yaml", "small.yaml", "--dry-run")

    assert outcome.code == 0
    assert outcome.out == (
        "people: ready to train on 8 train rows, 4 validation rows, 4 test rows\n"
        "small: ready to train on 2 train rows\n"
    )
    assert sorted(here.rglob("*")) == before


def test_a_dry_run_checks_the_rows(dlrun, here):
    table = here / "people.csv"
    table.write_text(table.read_text().replace("170,65,f", "170,,f"))

    outcome = dlrun("train", "people.yaml", "--dry-run")

    assert (outcome.code, outcome.out) == (3, "")
    assert "weight" in outcome.err


def test_a_warning_is_printed_once_and_on_stderr(dlrun, here):
    sigmoids = "model.layers[1].Dense.activation=sigmoid"

    outcome = dlrun("train", "people.yaml", "-q", "--seeds", "2", "-s", sigmoids)

    assert outcome.code == 0
    assert outcome.err.count("warning[sigmoid-classes]") == 1
    assert "warning" not in outcome.out


def test_a_mistake_in_the_last_config_is_found_before_the_first_run(dlrun, here):
    outcome = dlrun("train", "small.yaml", "nothing.yaml")

    assert (outcome.code, outcome.out) == (3, "")
    assert not (here / "runs").exists()


def test_a_run_that_fails_does_not_stop_the_others(dlrun, here):
    (here / "boom.yaml").write_text(
        "extends: people.yaml\nname: boom\ncompile: {optimizer: {Adam: 1e20}}\n"
    )

    outcome = dlrun("train", "boom.yaml", "small.yaml", "-q")

    assert outcome.code == 1
    assert outcome.out.startswith("small-001: ")
    assert "runs/boom-001: diverged" in outcome.err
    assert outcome.err.endswith("1 of 2 runs failed\n")


def test_a_run_that_diverges_says_so_and_leaves_no_model(dlrun, here):
    outcome = dlrun(
        "train", "people.yaml", "-q", "-s", "compile.optimizer={Adam: 1e20}"
    )

    run = folder("people-001")
    status = run.status()
    assert (outcome.code, outcome.out) == (1, "")
    assert "lower compile.optimizer.learning_rate" in outcome.err
    assert status.state == "diverged"
    assert "the loss is" in (status.reason or "")
    assert not run.model_file.exists()
    assert not (run.path / "metrics.json").exists()


@pytest.fixture
def broken(monkeypatch):
    """An engine that breaks in the second epoch, as a bug would."""
    from dlrun.engines.tensorflow.engine import TensorFlowEngine

    original, calls = TensorFlowEngine.begin_epoch, []

    def begin_epoch(self, rows, order, seeds):
        calls.append(1)
        if len(calls) > 1:
            message = "the device is gone\nsecond line"
            raise RuntimeError(message)
        original(self, rows, order, seeds)

    monkeypatch.setattr(TensorFlowEngine, "begin_epoch", begin_epoch)


def test_a_bug_in_training_leaves_a_failed_run_with_its_traceback(dlrun, here, broken):
    outcome = dlrun("train", "people.yaml")

    run = folder("people-001")
    status = run.status()
    assert (outcome.code, outcome.out) == (1, "")
    assert "Traceback" not in outcome.err
    assert "runs/people-001: failed; its history holds 1 epoch, " in outcome.err
    assert "error: RuntimeError: the device is gone\n" in outcome.err
    assert status.state == "failed"
    assert (status.reason or "").startswith("RuntimeError: the device is gone")
    assert "begin_epoch" in run.log_file.read_text()
    assert run.history()["epoch"] == [1]
    assert not run.model_file.exists()


def test_the_traceback_of_a_bug_is_shown_on_demand(dlrun, here, broken):
    from dlrun.errors import TrainingError

    with pytest.raises(TrainingError) as caught:
        dlrun("train", "people.yaml", "--traceback")

    assert isinstance(caught.value.__cause__, RuntimeError)


def test_running_out_of_memory_names_a_smaller_batch(dlrun, here, monkeypatch):
    from dlrun.engines.tensorflow.engine import TensorFlowEngine

    def run(self, start, stop):
        raise MemoryError

    monkeypatch.setattr(TensorFlowEngine, "run", run)

    outcome = dlrun("train", "people.yaml")

    assert outcome.code == 1
    assert "the model has 42 parameters, a batch 4 rows" in outcome.err
    assert "-s fit.batch_size=2" in outcome.err


@pytest.mark.parametrize("place", ["people.csv", "people.csv/below"])
def test_runs_cannot_be_written_into_a_file(dlrun, here, place):
    outcome = dlrun("train", "small.yaml", "--runs", place)

    assert (outcome.code, outcome.out) == (3, "")
    assert f"cannot create a run in {place}" in outcome.err
    assert "--runs DIR" in outcome.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_runs_cannot_be_written_without_permission(dlrun, here):
    (here / "runs").mkdir(mode=0o555)

    outcome = dlrun("train", "small.yaml")

    assert outcome.code == 3
    assert "cannot create a run in runs: Permission denied" in outcome.err


def test_the_same_weights_come_from_a_fresh_process(dlrun, here):
    dlrun("train", "small.yaml", "people.yaml", "-q")

    done = subprocess.run(
        [sys.executable, "-m", "dlrun", "train", "people.yaml"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"LC_ALL": "C", "TERM": "dumb", "NO_COLOR": "1"},
        timeout=120,
    )

    here_and_there = [folder(f"people-00{number}").history() for number in (1, 2)]
    assert here_and_there[0]["weights_sha256"] == here_and_there[1]["weights_sha256"]
    assert done.stdout.startswith("people-002: best epoch 3 of 3")
    assert [line.split()[0] for line in done.stderr.splitlines()] == [
        "people-002:",
        *["epoch"] * 3,
        "next:",
    ]
