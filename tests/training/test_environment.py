from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.heavy


def test_the_platform_is_described(monkeypatch):
    from dlrun.training.environment import describe_platform

    monkeypatch.setattr(sys, "argv", ["dlrun", "train", "my config.yaml"])

    found = describe_platform()

    assert set(found.versions) == {"python", "dlrun", "keras", "tensorflow", "numpy"}
    assert found.command == "dlrun train 'my config.yaml'"
    assert describe_platform() == found


def test_the_commit_of_the_working_directory_is_noted(tmp_path, monkeypatch):
    from dlrun.runs import Commit
    from dlrun.training.environment import describe_platform

    def git(*words: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        done = subprocess.run(
            ["git", *identity, *words],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    outside = describe_platform().commit
    git("init", "-q")
    (tmp_path / "a.txt").write_text("1")
    git("add", "a.txt")
    git("commit", "-q", "-m", "first")
    clean = describe_platform().commit
    (tmp_path / "a.txt").write_text("2")
    dirty = describe_platform().commit
    head = git("rev-parse", "HEAD")
    monkeypatch.setenv("PATH", "")
    without_git = describe_platform().commit

    assert outside is without_git is None
    assert clean == Commit(head, dirty=False)
    assert dirty == Commit(head, dirty=True)
