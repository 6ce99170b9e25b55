from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from dlrun.cli.app import run
from dlrun.cli.execution import StudyAudience, TerminalAudience, stoppable, tell_ending
from dlrun.cli.output import OutputError, typed_command
from dlrun.config import load_config
from dlrun.errors import Problem, TrainingError
from dlrun.experiment import parse_spec
from dlrun.interruption import Interrupted, interruptible, stop_if_asked
from dlrun.runs import create_run
from dlrun.studies.plan import Member, Plan
from dlrun.studies.task import Ending

TWICE = Problem(("data",), "4 rows stand among the validation rows", severity="warning")


class Two(Plan):
    """A plan of two, without what they are."""

    def __init__(self, folder: object = None) -> None:
        values = {"name": "x", "members": (None, None), "command": "dlrun train x.yaml"}
        for name, value in values.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "kept_in", folder)

    def folder(self, root):
        return self.kept_in


def test_a_warning_of_several_runs_is_printed_once(capsys):
    shown = TerminalAudience(2, jobs=2)

    shown.warns([TWICE])
    shown.warns([TWICE])

    assert capsys.readouterr().err.count("4 rows stand") == 1


def test_what_a_pipe_gets_of_several_runs_names_them(capsys):
    shown = TerminalAudience(2, jobs=2)

    shown.progress("x-001").begin("x-001", 2, 5)

    assert shown.detail == "every epoch"
    assert capsys.readouterr().err == "x-001: 2 epochs of 5 steps\n"


def test_quiet_asks_other_processes_for_nothing(capsys):
    shown = TerminalAudience(2, jobs=2, quiet=True)

    shown.progress("x-001").begin("x-001", 2, 5)
    shown.tells("x-001 goes on after epoch 2 of 3")
    shown.tells("warning: not bit-exact from here: keras was 3.14, now it is 3.15")

    assert shown.detail == "nothing"
    assert capsys.readouterr().err.startswith("warning: not bit-exact")


@pytest.mark.parametrize(
    ("error", "code"),
    [(Interrupted(signal.SIGTERM), 143), (KeyboardInterrupt(), 130)],
)
def test_several_runs_that_are_stopped_name_their_command(
    capsys, tmp_path, error, code
):
    shown = TerminalAudience(2)
    with pytest.raises(typer.Exit) as caught, stoppable(Two(), shown, tmp_path):
        raise error

    assert caught.value.exit_code == code
    assert capsys.readouterr().err == "resume: dlrun train x.yaml\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_between_two_runs_names_the_command(capsys, tmp_path, number):
    shown = TerminalAudience(2)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(typer.Exit) as caught, stoppable(Two(), shown, tmp_path):
        signal.raise_signal(number)

    assert caught.value.exit_code == 128 + number
    assert capsys.readouterr().err == "resume: dlrun train x.yaml\n"
    assert signal.getsignal(signal.SIGTERM) is before


def interrupt_twice() -> None:
    with interruptible():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        stop_if_asked()


def test_a_signal_that_is_doubled_stops_in_good_order(capsys, tmp_path):
    with (
        pytest.raises(typer.Exit),
        stoppable(Two(), TerminalAudience(2), tmp_path),
    ):
        interrupt_twice()

    assert capsys.readouterr().err == "resume: dlrun train x.yaml\n"


def test_a_second_signal_ends_the_process_with_the_command_on_stderr():
    program = """
import signal
from dlrun import interruption
interruption._REPEAT_SECONDS = 0
with interruption.last_words("resume: dlrun train x"), interruption.interruptible():
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)
"""

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert ended.returncode == -signal.SIGINT
    assert ended.stderr == "resume: dlrun train x\n"


@pytest.mark.parametrize("is_unfinished", [True, False])
@pytest.mark.parametrize(
    "error", [BrokenPipeError(), OutputError("the disk is full"), ValueError("a bug")]
)
def test_an_answer_that_nobody_reads_names_the_command_of_an_unfinished_plan(
    capfd, tmp_path, monkeypatch, error, is_unfinished
):
    monkeypatch.setattr("dlrun.cli.execution.leave_stdout", lambda: None)
    plan = Two(SimpleNamespace(exists=is_unfinished))
    with (
        pytest.raises((typer.Exit, type(error))) as caught,
        stoppable(plan, TerminalAudience(2), tmp_path),
    ):
        raise error

    command = "resume: dlrun train x.yaml\n" if is_unfinished else ""
    assert capfd.readouterr().err == command
    if is_unfinished and isinstance(error, BrokenPipeError):
        assert caught.value.exit_code == 141
    else:
        assert caught.value is error


@pytest.mark.parametrize(
    ("over", "resumed", "line"),
    [
        (0, False, ""),
        (6, False, "6 of 8 runs are there already, in runs\n"),
        (2, True, "goes on where it stopped: 2 of 8 runs are there already, in runs\n"),
        (0, True, "goes on where it stopped: 0 of 8 runs are there already, in runs\n"),
    ],
)
def test_a_study_says_that_it_goes_on(capsys, over, resumed, line):
    shown = StudyAudience(Path("runs"), 8, 1, quiet=False)

    shown.joins(over, 8, (), resumed=resumed)

    assert capsys.readouterr().err == line


PIPED = """
import sys
from types import SimpleNamespace
from dlrun.cli import app, execution
from dlrun.runs import create_run
from dlrun.studies import worker

def start_run(node, experiment, root, announce):
    run = create_run(root, experiment.spec.name, announce)
    run.write_config("", experiment.spec.values())
    return run

worker.start_run = start_run
worker.train = lambda experiment, parts, run, *_others: run.write_status("finished")
execution.read_finished = lambda run: SimpleNamespace(folder=run, to_text=str)
sys.argv[1:] = ["train", "small.yaml", "--seeds", "3"]
app.main()
"""


def test_a_reader_that_has_gone_is_no_end_of_a_plan(dlrun, here):
    reading, writing = os.pipe()
    os.close(reading)
    train = [sys.executable, "-c", PIPED]

    ended = subprocess.run(
        train, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )

    os.close(writing)
    assert ended.returncode == 141
    assert ended.stderr == "resume: dlrun train small.yaml --seeds 3\n"
    dry = dlrun("train", "small.yaml", "--seeds", "3", "--dry-run")
    assert dry.err == (
        "goes on where it stopped: 1 of 3 runs is over (--again trains all anew)\n"
    )
    assert dry.out == "".join(
        f"small with seed {seed}: ready to train on 2 train rows\n" for seed in range(3)
    )
    again = subprocess.run(train, capture_output=True, text=True, check=True)
    assert "goes on where it stopped: 1 of 3 runs is over" in again.stderr


def test_a_dry_run_refuses_a_damaged_plan_as_the_command_does(dlrun, here):
    members = []
    for seed in ([], ["seed=1"]):
        node = load_config(here / "small.yaml", seed)
        members.append(Member(node, parse_spec(node)))
    folder = Plan("small", members).folder(here / "runs")
    folder.path.mkdir(parents=True)
    (folder.path / "plan.json").write_text("{")

    words = ("train", "small.yaml", "--seeds", "2")
    dry, real = dlrun(*words, "--dry-run"), dlrun(*words)

    assert dry == real
    assert (dry.code, dry.out) == (3, "")
    assert "give --again to train all of the plan anew" in dry.err


def test_the_command_to_go_on_with_does_not_begin_anew(capsys, tmp_path):
    run(["train", str(tmp_path / "no such.yaml"), "--again", "--jobs", "2"])

    assert typed_command() == f"dlrun train '{tmp_path}/no such.yaml' --jobs 2"


def test_a_run_that_another_process_trains_is_named_with_it(capsys, tmp_path):
    holder = f"process {os.getpid()} on here"
    folder = create_run(tmp_path, "x")
    ending = Ending(2, None, "elsewhere", folder, holder=holder)

    code = tell_ending(ending, TerminalAudience(2), alone=False)

    assert code == 0
    assert capsys.readouterr().err == f"x-001 is trained by {holder}\n"


def test_a_failed_run_is_told_with_its_error_and_its_exit_code(capsys, tmp_path):
    folder = create_run(tmp_path, "x")
    folder.write_status("failed", "gone")
    ending = Ending(2, None, "failed", folder, TrainingError("the device is gone"))

    code = tell_ending(ending, TerminalAudience(2), alone=False)

    assert code == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{folder.path}: failed; its history holds 0 epochs",
        "error: the device is gone",
    ]


def test_of_folds_a_warning_is_said_once_whatever_its_numbers_are(capsys):
    shown = TerminalAudience(3)
    of = partial(Problem, ("data", "split"), code="leaked-rows", severity="warning")
    both = [of("2 of 38 validation rows are copies"), of("1 of 9 test rows are copies")]

    shown.warns(both)
    shown.warns([of("11 of 37 validation rows are copies")])
    shown.warns([*both, of("column x2 is constant"), of("column x3 is constant")])

    told = capsys.readouterr().err
    assert told.count("validation rows") == told.count("test rows") == 1
    assert told.count("x2") == told.count("x3") == 1
