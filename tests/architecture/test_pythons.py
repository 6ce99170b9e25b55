"""`make test-pythons`: which Pythons are looked for, which are tested, what is said."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OFFERED = ["3.11", "3.12", "3.13"]


def write_program(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def machine(tmp_path):
    """A machine with Python 3.11, a `python3.12` of pyenv that it does not let run, and
    a `make` that notes its arguments and fails under the versions in $FAILING."""
    programs = tmp_path / "bin"
    write_program(programs / "python3", "echo 3.11")
    write_program(programs / "python3.12", "exit 127")
    write_program(
        programs / "make",
        f'echo "$@" >> {tmp_path}/made\n'
        'for version in $FAILING; do case "$*" in *-$version) exit 2;; esac; done',
    )
    return tmp_path


def run(machine: Path, *versions: str, **environ: str) -> tuple[int, Sequence[str]]:
    """The exit code, and the lines at the end: one for each version."""
    path = os.pathsep.join([str(machine / "bin"), "/usr/bin", "/bin"])
    done = subprocess.run(
        ["bash", str(ROOT / ".ci/test-pythons"), *versions],
        capture_output=True,
        text=True,
        env={"PATH": path, "HOME": str(machine), **environ},
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()[-len(versions) :]


def test_those_that_are_not_here_are_named_and_fail_nothing(machine):
    code, told = run(machine, "3.11", "3.12", "3.99")

    assert code == 0
    assert told == [
        "Python 3.11: passed",
        "Python 3.12: not found, not tested",
        "Python 3.99: not found, not tested",
    ]
    python = machine / "bin/python3"
    assert (machine / "made").read_text().splitlines() == [
        f"--no-print-directory test PYTHON={python} VENV=.venv-3.11"
    ]


def test_one_that_fails_fails_all_and_the_others_are_tested(machine):
    write_program(machine / "bin/python3.98", "echo 3.98")

    code, told = run(machine, "3.11", "3.98", FAILING="3.11")

    assert code != 0
    assert told == ["Python 3.11: FAILED", "Python 3.98: passed"]


def test_without_any_nothing_has_passed(machine):
    code, told = run(machine, "3.99")

    assert (code, told) == (1, ["Python 3.99: not found, not tested"])


def test_python_and_venv_are_respected(machine):
    own = write_program(machine / "my own/python", "echo 3.99")

    code, told = run(machine, "3.99", PYTHON=str(own), VENV="/v/env")

    assert (code, told) == (0, ["Python 3.99: passed"])
    assert (machine / "made").read_text() == (
        f"--no-print-directory test PYTHON={own} VENV=/v/env-3.99\n"
    )


@pytest.mark.parametrize("root", [".pyenv", "elsewhere"])
def test_those_of_pyenv_are_found(machine, root):
    write_program(machine / root / "versions/3.9.18/bin/python", "echo 3.9")
    write_program(machine / root / "versions/3.99.2/bin/python", "echo 3.99")

    code, told = run(machine, "3.99", PYENV_ROOT=str(machine / root))

    assert (code, told) == (0, ["Python 3.99: passed"])


def test_the_readme_the_package_and_the_makefile_name_the_same_pythons():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    makefile = (ROOT / "Makefile").read_text()
    readme = (ROOT / "README.md").read_text()

    first, *_, last = OFFERED
    assert f"PYTHONS := {' '.join(OFFERED)}\n" in makefile
    assert f"Python {first} to {last} and `make` are all it needs" in readme
    after = f"3.{int(last.removeprefix('3.')) + 1}"
    assert project["requires-python"] == f">={first},<{after}"
    assert re.search(r"\.ci/test-pythons \$\(PYTHONS\)\n", makefile)
