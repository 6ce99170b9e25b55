from __future__ import annotations

import io
import sys

import pytest

from dlrun.progress import reading
from dlrun.progress.reading import counted, show_reading


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def read(monkeypatch):
    """What a terminal is told while so many items are read, each in so many seconds."""

    def told(items, seconds, total=None, *, on=True, stream=None):
        now = iter(range(10**9))
        monkeypatch.setattr(sys, "stderr", stream or Terminal())
        monkeypatch.setattr(reading, "monotonic", lambda: next(now) * seconds)
        monkeypatch.setenv("TERM", "xterm")
        show_reading(on=on)
        assert list(counted(range(items), "a\x1b[31m.csv", "rows", total)) == [
            *range(items)
        ]
        return sys.stderr.getvalue()

    yield told
    monkeypatch.undo()
    show_reading(on=False)


def test_a_long_read_says_how_far_it_is_and_leaves_nothing_behind(read):
    known, unknown = read(640, 0.5, 640), read(640, 0.5)

    assert "a\\x1b[31m.csv: 640 of 640 rows read" in known
    assert ": 192 rows read" in unknown
    assert known.count("\x1b[31m") == 0
    assert known.endswith("\r\x1b[K")


def test_a_short_read_says_nothing(read):
    assert read(640, 0.01) == ""


def test_a_pipe_and_whoever_wants_the_result_alone_are_told_nothing(read):
    assert read(640, 0.5, on=False) == ""
    assert read(640, 0.5, stream=io.StringIO()) == ""


def test_a_read_that_fails_takes_its_line_away(read, monkeypatch):
    read(0, 1)

    def rows():
        yield from range(640)
        raise ValueError("torn")

    now = iter(range(10**9))
    monkeypatch.setattr(reading, "monotonic", lambda: next(now))

    with pytest.raises(ValueError, match="torn"):
        list(counted(rows(), "a.csv", "rows"))

    assert sys.stderr.getvalue().endswith("\r\x1b[K")
