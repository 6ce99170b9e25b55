from __future__ import annotations

import io
import re

import pytest

from dlrun.progress import make_board, make_lines_board

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


def screen(sent: str) -> list[str]:
    """The lines of a terminal that was sent this."""
    lines, row, column = [""], 0, 0
    for code, text in re.findall(
        r"(\x1b\[[0-9;?]*[A-Za-z]|\r|\n)|([^\x1b\r\n]+)", sent
    ):
        if code == "\r":
            column = 0
        elif code == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif code.endswith("A"):
            row -= int(code[2:-1] or 1)
        elif code.endswith("K"):
            lines[row] = ""
        lines[row] = (
            lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
        )
        column += len(text)
    return [line.rstrip() for line in lines if line.strip()]


@pytest.fixture
def terminal(monkeypatch):
    """A board on a terminal of some width, and what the terminal shows."""

    def make(width: int = 80):
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", str(width))
        stream = Terminal()
        board = make_board(3, stream)
        return board, stream

    return make


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_terminal_has_a_row_for_each_run_and_one_for_all(terminal, width):
    board, stream = terminal(width)

    board.one_is_over()
    train(board)
    board._live.refresh()

    lines = screen(stream.getvalue())
    board.end()
    assert lines[0].startswith("1 of 3 runs ")
    assert lines[1].startswith("gender-001 ")
    assert lines[2].startswith("gender-002 ")
    assert len(lines) == 3
    assert all("epoch 2/2" in line for line in lines[1:])
    assert all("val_loss 0.6250" in line for line in lines[1:])
    assert all(("loss 0.6000" in line) is (width > 60) for line in lines[1:])
    assert all(("dying relu" in line) is (width == 120) for line in lines[1:])
    assert all(len(line) <= width - 3 for line in lines)


def test_what_is_printed_aside_stays_above_the_table(terminal):
    board, stream = terminal()
    board.begin()
    train(board)

    for number in (1, 2, 3):
        with board.aside():
            stream.write(f"gender-00{number}: best epoch 3 of 3\n")
        board._live.refresh()

    lines = screen(stream.getvalue())
    board.end()
    assert [line.partition(":")[0] for line in lines[:3]] == [
        *("gender-001", "gender-002", "gender-003")
    ]
    assert lines[3].startswith("0 of 3 runs")
    assert screen(stream.getvalue()) == lines[:3]


def test_a_row_goes_when_its_run_ends(terminal):
    board, _ = terminal()

    first, second = train(board)
    first.end()

    assert [task.description for task in board._table.tasks] == [
        "0 of 3 runs",
        "gender-002",
    ]
    second.end()
    board.end()


def test_lines_are_drawn_below_what_is_printed_and_leave_nothing(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "10")
    stream, asked = Terminal(), []

    def lines(width, height):
        asked.append((width, height))
        return ["first [1]", "x" * 50]

    board = make_lines_board(lines, stream)
    board.begin()
    shown = screen(stream.getvalue())
    with board.aside():
        stream.write("news\n")
    board.end()

    assert shown == ["first [1]", "x" * 40]
    assert {*asked} == {(37, 9)}
    assert screen(stream.getvalue()) == ["news"]


def test_a_pipe_has_no_board_of_lines():
    assert make_lines_board(lambda *_: [], io.StringIO()) is None
