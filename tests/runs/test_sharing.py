"""Locks of folders that machines share, and how it is found out that they hold."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import threading

import pytest

from dlrun.runs import is_locked, is_shared, mark_folder
from dlrun.runs.status import ALONE, alone_in


def test_a_folder_with_the_words_and_the_lock_is_shared(tmp_path):
    with mark_folder(tmp_path / "runs") as (marker, token):
        assert is_shared(marker, token)
        assert is_locked(marker)

    assert not marker.exists()
    assert [*(tmp_path / "runs").iterdir()] == []


def test_a_copy_of_the_folder_is_not_shared(tmp_path):
    with mark_folder(tmp_path / "runs") as (first, _):
        shutil.copytree(tmp_path / "runs", tmp_path / "copy")
        with mark_folder(tmp_path / "runs") as (second, token):
            copy = tmp_path / "copy" / ".dlrun"

            assert not is_shared(copy / second.name, token)
            assert not is_shared(copy / first.name, token)
            assert not is_locked(copy / first.name)


def test_a_file_system_without_locks_is_found_out(tmp_path, monkeypatch):
    def refuse(descriptor, kind):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with mark_folder(tmp_path) as (marker, token):
        assert is_shared(marker, token)
        assert not is_locked(marker)


@pytest.fixture
def as_nfs(monkeypatch):
    """Locks for writing are for files that are open for writing, as on NFS."""
    lock = fcntl.flock

    def flock(descriptor, kind):
        is_directory = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        if is_directory and kind & fcntl.LOCK_EX:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        lock(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", flock)


def test_where_no_directory_can_be_locked_a_file_in_it_is(tmp_path, as_nfs):
    order: list[str] = []

    def enter(name: str) -> None:
        with alone_in(tmp_path):
            order.append(name)

    with alone_in(tmp_path):
        other = threading.Thread(target=enter, args=("second",))
        other.start()
        other.join(0.2)
        order.append("first")
    other.join(10)

    assert order == ["first", "second"]
    assert [path.name for path in tmp_path.iterdir()] == [ALONE]
