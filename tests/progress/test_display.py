from __future__ import annotations

import io

import pytest

ROW = {
    "epoch": 7,
    "seconds": 1.234,
    "learning_rate": 0.001,
    "loss": 0.61,
    "accuracy": 0.7,
    "train_loss": 0.5,
    "train_accuracy": 0.75,
    "val_loss": 0.625,
    "val_accuracy": 0.5,
    "weights_sha256": "abc",
}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def words():
    from dlrun.progress.display import epoch_words

    return epoch_words


def test_an_epoch_is_a_line_of_its_figures_in_inference_mode(words):
    assert words(ROW, 20, verbose=False) == (
        "epoch  7/20  train_loss 0.5000  train_accuracy 0.7500"
        "  val_loss 0.6250  val_accuracy 0.5000  1.23 s"
    )


def test_every_figure_is_shown_on_demand(words):
    assert words(ROW, 20, verbose=True) == (
        "epoch  7/20  loss 0.6100  accuracy 0.7000  train_loss 0.5000"
        "  train_accuracy 0.7500  val_loss 0.6250  val_accuracy 0.5000"
        "  learning_rate 0.001  1.23 s"
    )


def test_a_narrow_terminal_keeps_the_monitor_whatever_it_is(words):
    line = words(ROW, 20, monitor="val_accuracy", verbose=False, width=60)

    assert (
        line == "epoch  7/20  train_loss 0.5000  val_loss 0.6250  val_accuracy 0.5000"
    )


def test_the_figure_beside_the_bar_is_the_monitor():
    from dlrun.progress.display import watched

    assert watched(ROW, "val_accuracy") == "val_accuracy 0.5000"
    assert watched(ROW, "train_loss") == "val_loss 0.6250"
    assert watched({"train_loss": 1.0}, "train_loss") == ""


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (98, "epoch  7/20  train_loss 0.5000  train_accuracy 0.7500  val_loss 0.6250"),
        (70, "epoch  7/20  train_loss 0.5000  val_loss 0.6250  val_accuracy 0.5000"),
        (60, "epoch  7/20  train_loss 0.5000  val_loss 0.6250"),
        (10, "epoch  7/20  train_loss 0.5000  val_loss 0.6250"),
    ],
)
def test_a_narrow_terminal_keeps_the_losses(words, width, expected):
    line = words(ROW, 20, verbose=False, width=width)

    assert line.startswith(expected)
    assert len(line) <= max(width, 47)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0.0000"),
        (0.5, "0.5000"),
        (0.00042, "4.20e-04"),
        (123.45678, "123.4568"),
        (123456.789, "1.235e+05"),
        (float("nan"), "nan"),
    ],
)
def test_figures_of_any_size_can_be_read(words, value, expected):
    line = words(ROW | {"val_loss": value}, 20, verbose=False)

    assert f"  val_loss {expected}  " in line


def test_short_epochs_are_timed_in_milliseconds(words):
    assert words(ROW | {"seconds": 0.0042}, 20, verbose=False).endswith("  4 ms")


def test_a_pipe_gets_plain_lines():
    from dlrun.progress import make_display

    stream = io.StringIO()
    display = make_display(stream)

    display.begin("gender-001", 1, 1)
    display.step(1, 1, {"loss": 0.6})
    display.epoch(ROW)
    display.end()

    assert stream.getvalue() == (
        "gender-001: 1 epoch of 1 step\n"
        "epoch 7/1  train_loss 0.5000  train_accuracy 0.7500"
        "  val_loss 0.6250  val_accuracy 0.5000  1.23 s\n"
    )


def test_what_goes_wrong_is_said_where_it_is_new():
    from dlrun.progress import make_display

    stream = io.StringIO()
    display = make_display(stream)

    for remarks in (["", "dying relu", "dying relu", "diverged"], ["diverged", ""]):
        display.begin("gender-001", len(remarks), 1)
        for remark in remarks:
            display.remark(remark)
            display.epoch(ROW)

    lines = [line for line in stream.getvalue().splitlines() if "train_loss" in line]
    endings = [line.partition("1.23 s")[2] for line in lines]
    assert endings[:4] == ["", "  dying relu", "", "  diverged"]
    assert endings[4:] == ["  diverged", "  withdrawn: diverged"]


@pytest.mark.parametrize("make", [io.StringIO, Terminal])
def test_what_is_so_no_more_at_the_end_is_taken_back(make):
    from dlrun.progress import make_display

    said = []
    for last in ("overfitting since epoch 6", ""):
        stream = make()
        display = make_display(stream)
        display.begin("gender-001", 8, 1)
        display.remark("overfitting since epoch 6")
        display.epoch(ROW)
        display.remark(last)
        display.end()
        said.append("withdrawn: overfitting since epoch 6" in stream.getvalue())

    assert said == [False, True]


def test_what_is_so_no_more_after_a_round_is_taken_back():
    from dlrun.progress import make_display

    stream = io.StringIO()
    display = make_display(stream)
    display.round(0, 1, "the supervised baseline")
    display.begin("gender-001", 1, 1)
    display.remark("dying relu since epoch 5")
    display.epoch(ROW)
    display.remark("")
    display.round(1, 1, "5 rows")

    *_, taken_back, _ = stream.getvalue().splitlines()
    assert taken_back == "round 0/1  withdrawn: dying relu since epoch 5"


def test_a_dumb_terminal_gets_plain_lines(monkeypatch):
    from dlrun.progress import make_display

    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()

    make_display(stream).begin("gender-001", 10, 2)

    assert stream.getvalue() == "gender-001: 10 epochs of 2 steps\n"


@pytest.fixture
def live(monkeypatch):
    """What a terminal of some width is sent in a run of two epochs."""
    from dlrun.progress import make_display

    def show(width: int, remark: str = "", **environment: str) -> str:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", str(width))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        stream = Terminal()
        display = make_display(stream)
        display.begin("gender-001", 2, 4)
        for epoch in (1, 2):
            display.remark(remark if epoch == 1 else "")
            for step in (2, 4):
                display.step(epoch, step, {"loss": 0.6})
                display._bar.refresh()
            display.epoch(ROW | {"epoch": epoch})
        display.end()
        return stream.getvalue()

    return show


def test_a_terminal_gets_a_bar_and_a_line_per_epoch(live):
    sent = live(100)

    assert "epoch 2/2  loss 0.6000  val_loss 0.6250" in sent
    assert "steps/s" in sent
    assert "epoch 1/2  train_loss 0.5000" in sent


def test_the_bar_says_what_goes_wrong_while_it_does(live):
    sent = live(100, "dying relu since epoch 1")

    assert "loss 0.6000  dying relu since epoch 1" in sent
    assert "val_loss 0.6250  dying relu" not in sent


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_bar_stays_in_one_line(live, width):
    import re

    sent = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", live(width))

    lines = [part for line in sent.splitlines() for part in line.split("\r")]
    bars = [line for line in lines if "loss 0.6000" in line and "train" not in line]
    assert all(len(line) <= width - 3 for line in lines if "/2  loss" in line)
    assert bars or width == 40


def test_colors_can_be_refused(live):
    sent = live(100, NO_COLOR="1")

    assert "\x1b[3" not in sent


def test_notes_are_for_those_who_want_every_figure():
    from dlrun.progress import make_display

    said = []
    for verbose in (False, True):
        stream = io.StringIO()
        display = make_display(stream, verbose=verbose)
        display.note("jit on: enough steps")
        said.append(stream.getvalue())

    assert said == ["", "jit on: enough steps\n"]


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_a_round_is_named_in_every_line(stream):
    from dlrun.progress import make_display

    shown = stream()
    display = make_display(shown)
    for number in (0, 1):
        display.round(number, 5, "12 of 100 unlabelled rows")
        display.begin("digits-001", 20, 3)
        display.step(1, 3, {"loss": 0.5})
        display.epoch(ROW)
    display.end()

    text = shown.getvalue()
    assert "round 1/5  12 of 100 unlabelled rows" in text
    assert text.count("round 0/5  epoch  7/20  train_loss") == 1
    assert text.count("round 1/5  epoch  7/20  train_loss") == 1
