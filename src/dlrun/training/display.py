"""How far training is: a live bar on a terminal, else a line per epoch."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

from typing_extensions import override

from dlrun.training.progress import Progress

if TYPE_CHECKING:
    from rich.progress import TaskID


_LARGE = 10_000
"""From here on a figure is shown with four digits instead of four decimals."""


def make_display(stream: TextIO | None = None, *, verbose: bool = False) -> Progress:
    """The display that suits where it is shown.

    Args:
        stream: by default stderr.
        verbose: show every figure of each epoch.
    """
    stream = sys.stderr if stream is None else stream
    moves = stream.isatty() and os.environ.get("TERM") != "dumb"
    return Bar(stream, verbose=verbose) if moves else Lines(stream, verbose=verbose)


def epoch_words(row: Mapping[str, object], epochs: int, *, verbose: bool) -> str:
    """One epoch in one line.

    Args:
        row: its row of the history.
        epochs: how many are planned.
        verbose: show every figure; else those of inference mode.
    """
    hidden = {"epoch", "seconds", "learning_rate", "weights_sha256"}
    names = [name for name in row if name not in hidden]
    if not verbose:
        names = [name for name in names if name.startswith(("train_", "val_"))]
    values = "  ".join(f"{name} {_number(row[name])}" for name in names)
    rate = f"  learning_rate {float(str(row['learning_rate'])):.3g}" if verbose else ""
    number = f"{row['epoch']:>{len(str(epochs))}}/{epochs}"
    seconds = float(str(row["seconds"]))
    return f"epoch {number}  {values}{rate}  {seconds:.2f} s"


def _number(value: object) -> str:
    number = float(str(value))
    return f"{number:.4f}" if abs(number) < _LARGE else f"{number:.4g}"


class Lines(Progress):
    """A plain line per epoch."""

    def __init__(self, stream: TextIO, *, verbose: bool) -> None:
        self._stream = stream
        self._verbose = verbose
        self._epochs = 0

    @override
    def begin(self, name: str, epochs: int, steps: int) -> None:
        self._epochs = epochs
        self._say(f"{name}: {epochs} epochs of {steps} steps")

    @override
    def epoch(self, row: Mapping[str, object]) -> None:
        self._say(epoch_words(row, self._epochs, verbose=self._verbose))

    def _say(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()


class Bar(Progress):
    """A live bar with epoch, losses, steps per second and the time left."""

    def __init__(self, stream: TextIO, *, verbose: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._verbose = verbose
        self._epochs, self._steps, self._began = 0, 0, 0.0
        self._validation = ""
        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[figures]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=Console(file=stream, highlight=False),
            transient=True,
        )
        self._task: TaskID | None = None

    @override
    def begin(self, name: str, epochs: int, steps: int) -> None:
        self._epochs, self._steps = epochs, steps
        self._task = self._bar.add_task(name, total=max(1, epochs * steps), figures="")
        self._bar.start()
        self._began = monotonic()

    @override
    def step(self, epoch: int, step: int, running: Mapping[str, float]) -> None:
        done = (epoch - 1) * self._steps + step
        speed = done / max(1e-9, monotonic() - self._began)
        figures = f"epoch {epoch}/{self._epochs}  loss {_number(running['loss'])}"
        figures += f"{self._validation}  {speed:,.0f} steps/s"
        self._update(completed=done, figures=figures)

    @override
    def epoch(self, row: Mapping[str, object]) -> None:
        if "val_loss" in row:
            self._validation = f"  val_loss {_number(row['val_loss'])}"
        line = epoch_words(row, self._epochs, verbose=self._verbose)
        self._bar.console.print(line, markup=False, soft_wrap=True)

    def _update(self, **fields: Any) -> None:
        if self._task is not None:
            self._bar.update(self._task, **fields)

    @override
    def end(self) -> None:
        self._bar.stop()
