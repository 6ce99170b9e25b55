from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from dlrun.runs import RunFolder, find_runs
from dlrun.writing import duration

pytestmark = pytest.mark.heavy

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STATES = ("interrupted", "terminated", "terminated")
LONG = (
    sys.executable,
    "-m",
    "dlrun",
    "train",
    "people.yaml",
    "-s",
    "fit.epochs=1000000",
)


def wait_for_epochs(folder: RunFolder, count: int) -> None:
    deadline = time.monotonic() + 180  # machines are busy at times
    while not folder.exists or len(folder.history().get("epoch", [])) < count:
        assert time.monotonic() < deadline, "the run does not get on"
        time.sleep(0.05)


@contextmanager
def started(*words: str, cwd: Path, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A run that would train for days, and does not outlive the block."""
    command = [*LONG, *words]
    with subprocess.Popen(command, cwd=cwd, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, write_configs):
    """A run that each signal has stopped: its exit code, what it said, its folder."""
    directory = tmp_path_factory.mktemp("stopped")
    write_configs(directory)
    outcomes = {}
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                started(
                    *("--name", number.name),
                    cwd=directory,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )
            for number in SIGNALS
        ]
        for number, process in zip(SIGNALS, processes, strict=True):
            folder = RunFolder(directory / "runs" / f"{number.name}-001")
            wait_for_epochs(folder, 2)
            process.send_signal(number)
            began = time.monotonic()
            out, err = process.communicate(timeout=60)
            outcomes[number] = (process.returncode, out, err, time.monotonic() - began)
    assert len(find_runs(directory / "runs")) == len(SIGNALS)
    return directory / "runs", outcomes


@pytest.mark.parametrize(("number", "state"), list(zip(SIGNALS, STATES, strict=True)))
def test_a_signal_ends_a_run_and_keeps_what_it_has(stopped, number, state):
    runs, outcomes = stopped
    folder = RunFolder(runs / f"{number.name}-001")

    code, out, err, seconds = outcomes[number]

    epochs = folder.history()["epoch"]
    status = folder.status()
    assert code == 128 + number
    assert out == ""
    where, how = err.splitlines()[-2:]
    held = f"runs/{folder.name}: {state}; its history holds {len(epochs)} epochs, "
    assert where.startswith(held)
    assert where.endswith(f"{duration(sum(folder.history()['seconds']))} of training")
    assert how == f"resume: dlrun resume runs/{folder.name}"
    assert folder.find_checkpoint().checkpoint.epoch == epochs[-1]
    assert "Traceback" not in err
    assert (status.state, status.reason) == (state, f"stopped by {number.name}")
    assert epochs == list(range(1, len(epochs) + 1))
    assert not folder.model_file.exists()
    assert not (folder.path / "metrics.json").exists()
    assert seconds < 5


def test_a_stopped_run_is_not_predicted_with(stopped, monkeypatch, dlrun):
    runs, _ = stopped
    monkeypatch.chdir(runs.parent)

    outcome = dlrun("predict", "SIGTERM-001")

    assert outcome.code == 3
    assert "has no model: the run is terminated" in outcome.err


def test_a_signal_between_runs_stops_the_runs_that_wait(dlrun, here, monkeypatch):
    from dlrun.engines.tensorflow.engine import TensorFlowEngine

    def run(self, start, stop):
        os.kill(os.getpid(), signal.SIGINT)
        return {"loss": 0.0}

    monkeypatch.setattr(TensorFlowEngine, "run", run)

    outcome = dlrun("train", "people.yaml", "small.yaml", "-q")

    assert outcome.code == 130
    assert [folder.name for folder in find_runs(here / "runs")] == ["people-001"]
    assert RunFolder(here / "runs" / "people-001").status().state == "interrupted"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.fixture
def interrupt(monkeypatch):
    """Ask this process to stop when an epoch begins: the `number`th of all runs."""
    from dlrun.engines.tensorflow.engine import TensorFlowEngine

    def interrupt_at(number: int) -> None:
        real, epochs = TensorFlowEngine.begin_epoch, []

        def begin_epoch(self, *given):
            epochs.append(given)
            if len(epochs) == number:
                os.kill(os.getpid(), signal.SIGINT)
            return real(self, *given)

        monkeypatch.setattr(TensorFlowEngine, "begin_epoch", begin_epoch)

    return interrupt_at


def test_several_runs_that_were_stopped_go_on_with_the_same_command(
    dlrun, here, interrupt
):
    words = ["train", "people.yaml", "--seeds", "2"]
    interrupt(5)

    stopped = dlrun(*words)
    again = dlrun(*words, "--json")
    anew = dlrun(*words, "-q")

    assert stopped.code == 130
    assert stopped.out.count(": best epoch ") == 1
    where, how = stopped.err.splitlines()[-2:]
    assert where.startswith(
        "runs/people-002: interrupted; its history holds 2 epochs, "
    )
    assert how == "resume: dlrun train people.yaml --seeds 2"
    assert again.code == anew.code == 0
    goes_on = "goes on where it stopped: 1 of 2 runs is over (--again trains all anew)"
    assert goes_on in again.err
    assert "people-002 goes on after epoch 2 of 3" in again.err
    assert [run["run"] for run in json.loads(again.out)] == ["people-001", "people-002"]
    assert "people-003: best epoch" in anew.out
    assert [run.name for run in find_runs(here / "runs")] == [
        f"people-00{number}" for number in (1, 2, 3, 4)
    ]
    hashes = [
        RunFolder(here / "runs" / f"people-00{number}").history()["weights_sha256"]
        for number in (1, 2, 3, 4)
    ]
    assert hashes[:2] == hashes[2:]


def test_runs_that_were_stopped_begin_anew_on_demand(dlrun, here, interrupt):
    words = ["train", "people.yaml", "--seeds", "2", "-q"]
    interrupt(2)

    stopped = dlrun(*words, "--again")
    anew = dlrun(*words, "--again")

    assert stopped.err.splitlines()[-1] == f"resume: dlrun {' '.join(words)}"
    assert anew.code == 0
    assert "goes on" not in anew.err
    assert [line[:10] for line in anew.out.splitlines()[::3]] == [
        *("people-002", "people-003")
    ]


def test_a_study_that_was_stopped_names_the_next_step_and_goes_on(
    dlrun, here, interrupt
):
    words = ["study", "people.yaml", "--only", "l2", "--seeds", "1"]
    interrupt(5)

    stopped = dlrun(*words)
    again = dlrun(*words)

    assert (stopped.code, stopped.out) == (130, "")
    where, how = stopped.err.splitlines()[-2:]
    assert where.startswith(
        "runs/people-l2-001: interrupted; its history holds 2 epochs, "
    )
    assert how == f"resume: dlrun {' '.join(words)}"
    assert "1 of 2 runs are there already, in runs" in again.err
    assert "1 of 1: people-l2 with seed 3" in again.err
    assert "people-l2-001 goes on after epoch 2 of 3" in again.err
    assert again.code == 0
    assert len(find_runs(here / "runs")) == 2


def test_a_second_signal_leaves_at_once_with_a_whole_folder(tmp_path, write_configs):
    write_configs(tmp_path)
    slow, silent = "fit.checkpoint_seconds=0", subprocess.DEVNULL
    with started("-s", slow, cwd=tmp_path, stderr=silent) as process:
        folder = RunFolder(tmp_path / "runs" / "people-001")
        wait_for_epochs(folder, 3)

        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=5)

    assert code in {-signal.SIGINT, 130}
    assert folder.status().state == "interrupted"
    assert folder.find_checkpoint().checkpoint.epoch >= 2


def test_the_command_goes_on_and_says_so(stopped, monkeypatch, dlrun):
    runs, _ = stopped
    monkeypatch.chdir(runs.parent)
    kept = RunFolder(runs / "SIGHUP-001").find_checkpoint().checkpoint.epoch
    told = "fit.epochs: 1000000 -> "

    outcome = dlrun("resume", "SIGHUP-001", "--epochs", str(kept + 2), "-q")
    again = dlrun("resume", "SIGHUP-001")

    assert outcome.code == 0
    assert "SIGHUP-001: best epoch " in outcome.out
    assert f"{told}{kept + 2}; the old config is in source/" in outcome.err
    assert f"SIGHUP-001 goes on after epoch {kept} of {kept + 2}" in outcome.err
    assert again.code == 3
    assert f"is finished: its {kept + 2} epochs are over" in again.err


def test_a_refused_command_names_no_next_step(stopped, monkeypatch, dlrun):
    runs, _ = stopped
    monkeypatch.chdir(runs.parent)

    outcome = dlrun("resume", "SIGTERM-001", "--epochs", "1")

    assert outcome.code == 3
    assert "is already after epoch" in outcome.err
    assert "resume:" not in outcome.err
