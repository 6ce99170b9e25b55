"""How far training is: a live bar on a terminal, else a line per epoch."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, TextIO

from typing_extensions import override

from dlrun.progress.progress import Progress
from dlrun.writing import one_line, shown

if TYPE_CHECKING:
    from rich.progress import TaskID


_LARGE = 10_000
_SMALL = 1e-3
"""Beyond these a figure is shown by its leading digits, not with four decimals."""
_MILLISECONDS_BELOW = 0.1
_BAR_WIDTH = 20
_LEAST_BAR_WIDTH = 4
_TIME_WIDTH = 8
"""Columns for the time left, and the space before it."""
_ECHO_WIDTH = 3
"""Columns that stay free: the `^C` of a terminal must not begin a line of its own."""


def make_display(stream: TextIO | None = None, *, verbose: bool = False) -> Progress:
    """The display that suits where it is shown.

    Args:
        stream: by default stderr.
        verbose: show every figure of each epoch.
    """
    stream = sys.stderr if stream is None else stream
    moves = stream.isatty() and os.environ.get("TERM") != "dumb"
    return Bar(stream, verbose=verbose) if moves else Lines(stream, verbose=verbose)


def epoch_words(
    row: Mapping[str, object],
    epochs: int,
    remark: str = "",
    *,
    monitor: str = "",
    verbose: bool,
    width: int | None = None,
) -> str:
    """One epoch in one line.

    Args:
        row: its row of the history.
        epochs: how many are planned.
        remark: what goes wrong; it comes last, and is never left out.
        monitor: what people watch.
        verbose: show every figure; else those of inference mode.
        width: columns that there are; the seconds and then metrics are left out where
            they do not fit, the losses and the monitor never. `None`: no limit.
    """
    hidden = {"epoch", "seconds", "learning_rate", "weights_sha256"}
    names = [name for name in row if name not in hidden]
    if not verbose:
        names = [name for name in names if name.startswith(("train_", "val_"))]
    kept = [f"epoch {row['epoch']:>{len(str(epochs))}}/{epochs}"]
    spare: list[str] = []
    for name in names:
        kept.append(f"{name} {figure(row[name])}")
        if not name.endswith("loss") and name != monitor:
            # Validation is what people watch: train metrics give way first.
            spare.insert(0 if name.startswith("val_") else len(spare), kept[-1])
    if verbose:
        kept.append(f"learning_rate {float(str(row['learning_rate'])):.3g}")
    kept.append(_seconds(float(str(row["seconds"]))))
    spare.append(kept[-1])
    kept += [remark] if remark else []
    while width is not None and len("  ".join(kept)) > width and spare:
        kept.remove(spare.pop())
    return "  ".join(kept)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def figure(value: object) -> str:
    """A loss or a metric with four decimals, or its leading digits."""
    number = float(str(value))
    if number and abs(number) < _SMALL:
        return f"{number:.2e}"
    return f"{number:.4f}" if abs(number) < _LARGE else f"{number:.4g}"


def _seconds(value: float) -> str:
    if value < _MILLISECONDS_BELOW:
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s"


def watched(row: Mapping[str, object], monitor: str) -> str:
    """The newest figure that people watch: the monitor, else the validation loss."""
    name = monitor if monitor.startswith("val_") and monitor in row else "val_loss"
    return f"{name} {figure(row[name])}" if name in row else ""


class Remark:
    """What goes wrong; the line of an epoch says it where it is new."""

    def __init__(self) -> None:
        self.words = ""
        self._said = ""

    def news(self) -> str:
        """The words, if they are not those of the epoch before; they count as said.

        What was said and is so no more is withdrawn.
        """
        said, self._said = self._said, self.words
        if said == self.words:
            return ""
        return self.words or f"withdrawn: {said}"

    def withdrawal(self) -> str:
        """What is to be taken back once no epoch follows; empty: nothing."""
        return "" if self.words else self.news()


class Lines(Progress):
    """A plain line per epoch."""

    def __init__(self, stream: TextIO, *, verbose: bool, run: str = "") -> None:
        """Get ready.

        Args:
            stream: where the lines go.
            verbose: show every figure of each epoch.
            run: a name for each line to begin with, where others train at once.
        """
        self._stream = stream
        self._verbose = verbose
        self._run = f"{run}  " if run else ""
        self._epochs = 0
        self._remark, self._round = Remark(), ""

    @override
    def note(self, words: str) -> None:
        if self._verbose:
            self._say(f"{self._run}{words}")

    @override
    def round(self, number: int, rounds: int, words: str) -> None:
        self.end()
        self._round = f"round {number}/{rounds}  "
        self._say(f"{self._run}{self._round}{words}")

    @override
    def begin(
        self, name: str, epochs: int, steps: int, monitor: str = "", unit: str = ""
    ) -> None:
        self._epochs, self._remark = epochs, Remark()
        of_losses = f"; losses are {unit}" if unit else ""
        size = f"{_count(epochs, 'epoch')} of {_count(steps, 'step')}"
        self._say(f"{name}: {size}{of_losses}")

    @override
    def remark(self, words: str) -> None:
        self._remark.words = words

    @override
    def epoch(self, row: Mapping[str, object]) -> None:
        news = self._remark.news()
        words = epoch_words(row, self._epochs, news, verbose=self._verbose)
        self._say(f"{self._run}{self._round}{words}")

    @override
    def end(self) -> None:
        if words := self._remark.withdrawal():
            self._say(f"{self._run}{self._round}{words}")

    def _say(self, line: str) -> None:
        # Whoever watched may have gone; the run goes on without them.
        with suppress(OSError):
            self._stream.write(f"{shown(line)}\n")
            self._stream.flush()


class Bar(Progress):
    """A live bar with epoch, losses, steps per second and the time left."""

    def __init__(self, stream: TextIO, *, verbose: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._verbose = verbose
        self._name, self._remark, self._round = "", Remark(), ""
        self._epochs, self._steps, self._monitor = 0, 0, ""
        self._first: tuple[int, float] | None = None
        """Steps and time where the speed is measured from: after the first chunk."""
        self._validation: list[str] = []
        self._column = BarColumn(bar_width=_BAR_WIDTH)
        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            self._column,
            TextColumn("{task.fields[figures]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=Console(file=stream, highlight=False),
            transient=True,
        )
        self._task: TaskID | None = None

    @override
    def note(self, words: str) -> None:
        if self._verbose:
            self._print(words)

    @override
    def round(self, number: int, rounds: int, words: str) -> None:
        self._take_back()
        self._round = f"round {number}/{rounds}  "
        self._print(f"{self._round}{words}")
        if self._task is not None:  # that of the round before
            self._bar.remove_task(self._task)
        self._first = None

    @override
    def begin(
        self, name: str, epochs: int, steps: int, monitor: str = "", unit: str = ""
    ) -> None:
        self._name, self._epochs, self._steps = one_line(name), epochs, steps
        self._monitor, self._remark = monitor, Remark()
        self._task = self._bar.add_task(
            self._name, total=max(1, epochs * steps), figures=""
        )
        if unit:
            self._print(f"losses are {unit}")
        self._bar.start()

    @override
    def step(self, epoch: int, step: int, running: Mapping[str, float]) -> None:
        done = (epoch - 1) * self._steps + step
        figures = [
            f"{self._round}epoch {epoch}/{self._epochs}",
            f"loss {figure(running['loss'])}",
            *self._validation,
            *([self._remark.words] if self._remark.words else []),
            *self._speed(done),
        ]
        if self._task is not None:
            figures = list(map(one_line, figures))
            self._bar.update(self._task, completed=done, figures=self._fitted(figures))

    @override
    def remark(self, words: str) -> None:
        self._remark.words = words

    @override
    def epoch(self, row: Mapping[str, object]) -> None:
        self._validation = [words] if (words := watched(row, self._monitor)) else []
        room = self._bar.console.width - len(self._round)
        width = None if self._verbose else room
        line = epoch_words(
            row,
            self._epochs,
            self._remark.news(),
            monitor=self._monitor,
            verbose=self._verbose,
            width=width,
        )
        self._print(f"{self._round}{line}")

    def _print(self, line: str) -> None:
        self._bar.console.print(shown(line), markup=False, soft_wrap=True)

    def _speed(self, done: int) -> list[str]:
        """Steps per second; the first chunk does not count, it compiles."""
        now = monotonic()
        if self._first is None:
            self._first = (done, now)
        steps, seconds = done - self._first[0], now - self._first[1]
        return [f"{steps / seconds:,.0f} steps/s"] if steps and seconds > 0 else []

    def _fitted(self, figures: list[str]) -> str:
        """The figures that fit beside a bar, which takes the columns that are left."""
        taken = len(self._name) + len("  ") + _TIME_WIDTH + _ECHO_WIDTH
        room = self._bar.console.width - taken
        while len(figures) > 1 and len("  ".join(figures)) + _LEAST_BAR_WIDTH > room:
            figures = figures[:-1]
        text = "  ".join(figures)
        self._column.bar_width = max(
            _LEAST_BAR_WIDTH, min(_BAR_WIDTH, room - len(text))
        )
        return text

    def _take_back(self) -> None:
        if words := self._remark.withdrawal():
            self._print(f"{self._round}{words}")

    @override
    def end(self) -> None:
        self._take_back()
        self._bar.stop()
