"""A kill at every call that a plan makes; a disk that refuses."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlrun.errors import RunError
from dlrun.runs import PlanFolder, RunFolder, find_runs, join_plan

NAME = "gender-0123456789ab"
VALUES = {"members": [{"seed": 1}, {"seed": 2}]}
PROGRAM = f"""
import importlib.util, os, sys
from pathlib import Path
from dlrun.runs import create_run, join_plan
import dlrun.runs.status

spec = importlib.util.spec_from_file_location("made", sys.argv[1])
made = importlib.util.module_from_spec(spec)
spec.loader.exec_module(made)
work = Path(sys.argv[2])

def train(root):
    with join_plan(root, {NAME!r}, {VALUES!r}) as plan:
        for number in (1, 2):
            with plan.claim(number):
                announce = lambda name: plan.note_run(number, name, has_begun=False)
                run = create_run(root, "gender", announce)
                plan.note_run(number, run.name, has_begun=True)
                with run.lock():
                    run.write_status("finished")

number = 0
while True:
    child = os.fork()
    if child == 0:
        made.kill_at_call(number)
        train(work / f"{{number:03d}}")
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 0:
        break
    assert code == 137, code
    number += 1
print(number)
"""


def test_killed_at_any_call_every_run_is_known_to_the_plan(tmp_path):
    made = Path(__file__).parent / "conftest.py"

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, made, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    roots = [tmp_path / f"{number:03d}" for number in range(int(done.stdout))]
    assert len(roots) > 60
    for root in filter(Path.exists, roots):
        was_over = not PlanFolder(root, NAME).exists
        with join_plan(root, NAME, VALUES) as plan:
            names = {run.folder.name for run in plan.runs() if run is not None}
            assert was_over or {run.name for run in find_runs(root)} <= names
            finish(plan)
        assert not (root / ".dlrun" / "plans").exists()


def finish(plan: PlanFolder) -> None:
    for number, run in enumerate(plan.runs(), 1):
        if run is None or not run.is_over:
            name = f"gender-{number:03d}" if run is None else run.folder.name
            plan.note_run(number, name, has_begun=True)
            folder = RunFolder(plan.root / name)
            folder.path.mkdir(exist_ok=True)
            folder.write_status("finished")


class Refusing:
    """Refuses the call of a number, and every later one."""

    def __init__(self, name, number, error):
        self._real = getattr(os, name)
        self._left, self._error = number, error
        self.refused = 0

    def __call__(self, *given, **named):
        self._left -= 1
        if self._left < 0:
            self.refused += 1
            raise self._error
        return self._real(*given, **named)


@pytest.mark.parametrize(
    ("call", "number"),
    [("write", errno.ENOSPC), ("fsync", errno.EIO), ("mkdir", errno.EROFS)],
    ids=["disk full", "fsync", "read-only"],
)
def test_a_disk_that_refuses_is_named_and_nothing_is_lost(
    tmp_path, monkeypatch, call, number
):
    with join_plan(tmp_path, NAME, VALUES) as plan:
        plan.note_run(1, "gender-001", has_begun=True)
    before = {path.name: path.read_bytes() for path in plan.path.iterdir()}
    refused, at, told = 1, 0, set()

    while refused:
        broken = Refusing(call, at, OSError(number, os.strerror(number)))
        with monkeypatch.context() as patch:
            patch.setattr(os, call, broken)
            try:
                with join_plan(tmp_path, NAME, VALUES) as plan:
                    plan.note_run(2, "gender-002", has_begun=False)
                with join_plan(tmp_path, "new-0123456789ab", VALUES):
                    pass
            except RunError as error:
                told.add((os.strerror(number) in error.message, bool(error.hint)))
        refused, at = broken.refused, at + 1

        assert plan.runs()[0].folder.name == "gender-001"
    assert (
        before.items()
        <= {path.name: path.read_bytes() for path in plan.path.iterdir()}.items()
    )
