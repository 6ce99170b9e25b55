from __future__ import annotations

import io
import re

import pytest

from dlrun.progress import make_board

ROW = {"epoch": 2, "seconds": 0.5, "train_loss": 0.5, "val_loss": 0.625, "loss": 0.6}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def train(board, names=("gender-001", "gender-002")):
    """Two runs of two epochs at once."""
    seats = [board.seat(name) for name in names]
    for name, seat in zip(names, seats, strict=True):
        seat.begin(name, 2, 10)
    for seat in seats:
        seat.remark("dying relu")
        seat.step(2, 5, {"loss": 0.61})
        seat.epoch(ROW)
    return seats


def test_each_line_of_a_pipe_names_its_run():
    stream = io.StringIO()

    for seat in train(make_board(2, stream)):
        seat.round(1, 3, "12 of 100 unlabelled rows")
        seat.end()

    figures = "epoch 2/2  train_loss 0.5000  val_loss 0.6250  0.50 s  dying relu"
    assert stream.getvalue().splitlines() == [
        "gender-001: 2 epochs of 10 steps",
        "gender-002: 2 epochs of 10 steps",
        f"gender-001  {figures}",
        f"gender-002  {figures}",
        "gender-001  round 1/3  12 of 100 unlabelled rows",
        "gender-002  round 1/3  12 of 100 unlabelled rows",
    ]


@pytest.fixture
def shown(monkeypatch):
    """The last table on a terminal of some width while two runs train."""

    def show(width: int) -> list[str]:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", str(width))
        stream = Terminal()
        board = make_board(3, stream)
        board.one_is_over()
        train(board)
        board._table.refresh()
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
        board.end()
        return text.split("\r")[-1].splitlines()

    return show


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_terminal_has_a_row_for_each_run_and_one_for_all(shown, width):
    lines = shown(width)

    assert lines[0].startswith("1 of 3 runs ")
    assert lines[1].startswith("gender-001 ")
    assert lines[2].startswith("gender-002 ")
    assert len(lines) == 3
    assert all("epoch 2/2  loss 0.6000" in line for line in lines[1:])
    assert all(len(line.rstrip()) <= width - 3 for line in lines)
    assert ("val_loss 0.6250  dying relu" in lines[1]) is (width == 120)


def test_what_is_printed_aside_stands_above_the_table(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    board = make_board(2, stream)
    train(board)

    with board.aside():
        is_shown = board._table.live.is_started
    again = board._table.live.is_started
    board.end()

    assert (is_shown, again, board._table.live.is_started) == (False, True, False)


def test_a_row_goes_when_its_run_ends(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    board = make_board(2, Terminal())

    first, second = train(board)
    first.end()

    assert [task.description for task in board._table.tasks] == [
        "0 of 2 runs",
        "gender-002",
    ]
    second.end()
    board.end()
