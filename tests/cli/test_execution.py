from __future__ import annotations

import os
import signal

import pytest
import typer

from dlrun.cli.app import run
from dlrun.cli.execution import TerminalAudience, stoppable, tell_ending
from dlrun.cli.output import typed_command
from dlrun.errors import Problem, TrainingError
from dlrun.interruption import Interrupted
from dlrun.runs import create_run
from dlrun.studies.plan import Plan
from dlrun.studies.task import Ending

TWICE = Problem(("data",), "4 rows stand among the validation rows", severity="warning")


class Two(Plan):
    """A plan of two, without what they are."""

    def __init__(self) -> None:
        values = {"name": "x", "members": (None, None), "command": "dlrun train x.yaml"}
        for name, value in values.items():
            object.__setattr__(self, name, value)


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
def test_several_runs_that_are_stopped_name_their_command(capsys, error, code):
    with pytest.raises(typer.Exit) as caught, stoppable(Two(), TerminalAudience(2)):
        raise error

    assert caught.value.exit_code == code
    assert capsys.readouterr().err == "resume: dlrun train x.yaml\n"


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
