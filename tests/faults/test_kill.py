"""A kill at every call that a checkpoint makes of the operating system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dlrun.runs import RunFolder

pytestmark = pytest.mark.slow
PROGRAM = """
import importlib.util, os, shutil, sys
from pathlib import Path
from dlrun.runs import RunFolder
import numpy

spec = importlib.util.spec_from_file_location("made", sys.argv[1])
made = importlib.util.module_from_spec(spec)
spec.loader.exec_module(made)
source, work = Path(sys.argv[2]), Path(sys.argv[3])

number = 0
while True:
    target = work / f"{number:03d}"
    shutil.copytree(source, target)
    child = os.fork()
    if child == 0:
        made.kill_at_call(number)
        run = RunFolder(target)
        run.return_to(run.find_checkpoint().checkpoint)
        made.end_epoch(run, 4)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 0:
        break
    assert code == 137, code
    number += 1
print(number)
"""


@pytest.fixture
def killed(folder, tmp_path, monkeypatch):
    """A copy of the run for each call at which going on with it was killed."""
    folder.append_history({"epoch": 4, "loss": 9.0, "weights_sha256": "cd"})
    work = tmp_path / "killed"
    work.mkdir()
    made = Path(__file__).parent / "conftest.py"

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, made, folder.path, work],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    count = int(done.stdout)
    return [RunFolder(work / f"{number:03d}") for number in range(count)]


def test_killed_at_any_call_this_epoch_or_the_one_before_is_there(
    killed, require_whole
):
    seen = [require_whole(run, 3, 4) for run in killed]

    assert len(killed) > 40
    assert seen == sorted(seen)
    assert set(seen) == {3, 4}


def test_the_next_epoch_leaves_no_litter(killed, end_epoch, require_whole):
    for run in killed:
        epoch = require_whole(run, 3, 4)
        end_epoch(run, epoch + 1)

        names = sorted(path.name for path in (run.path / "checkpoints").iterdir())
        assert names == ["0001", f"{epoch:04d}", f"{epoch + 1:04d}"]
        require_whole(run, epoch + 1)
        assert not list(run.path.glob(".*"))
