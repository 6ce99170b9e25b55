"""How far training is: a live bar on a terminal, a line per epoch in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from time import monotonic
from typing import Any

import typer
from typing_extensions import override

from dlrun.cli.output import is_terminal
from dlrun.training import Progress


def make_progress(*, quiet: bool, verbose: bool) -> Progress:
    """The progress that suits where stderr goes.

    Args:
        quiet: say nothing, as Keras' `verbose=0`.
        verbose: show every metric of each epoch.
    """
    if quiet:
        return Progress()
    return Bar(verbose=verbose) if is_terminal(sys.stderr) else Lines(verbose=verbose)


def epoch_words(row: Mapping[str, object], epochs: int, *, verbose: bool) -> str:
    """One epoch in one line.

    Args:
        row: its row of the history.
        epochs: how many are planned.
        verbose: show every column; else loss, metrics and their validation values.
    """
    width = len(str(epochs))
    hidden = {"epoch", "seconds", "learning_rate", "weights_sha256"}
    names = [name for name in row if name not in hidden]
    if not verbose:
        names = [name for name in names if name.startswith(("train_", "val_"))]
    values = "  ".join(f"{name} {float(str(row[name])):.4f}" for name in names)
    seconds = float(str(row["seconds"]))
    rate = f"  learning_rate {float(str(row['learning_rate'])):.3g}" if verbose else ""
    return f"epoch {row['epoch']:>{width}}/{epochs}  {values}{rate}  {seconds:.2f} s"


class Lines(Progress):
    """A plain line per epoch."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._epochs = 0

    @override
    def begin(self, name: str, epochs: int, steps: int) -> None:
        self._epochs = epochs
        typer.echo(f"{name}: {epochs} epochs of {steps} steps", err=True)

    @override
    def epoch(self, row: Mapping[str, object]) -> None:
        typer.echo(epoch_words(row, self._epochs, verbose=self._verbose), err=True)


class Bar(Progress):
    """A live bar with epoch, losses, steps per second and the time left."""

    def __init__(self, *, verbose: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._verbose = verbose
        self._epochs, self._steps, self._first_step = 0, 0, 0.0
        self._figures = ""
        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[figures]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True, highlight=False),
            transient=True,
        )
        self._task: Any = None

    @override
    def begin(self, name: str, epochs: int, steps: int) -> None:
        self._epochs, self._steps = epochs, steps
        self._task = self._bar.add_task(
            name, total=max(1, epochs * steps), figures="starting"
        )
        self._bar.start()
        self._first_step = monotonic()

    @override
    def step(self, epoch: int, step: int, running: Mapping[str, float]) -> None:
        done = (epoch - 1) * self._steps + step
        speed = done / max(1e-9, monotonic() - self._first_step)
        text = f"epoch {epoch}/{self._epochs}  loss {running['loss']:.4f}{self._figures}  {speed:,.0f} steps/s"
        self._bar.update(self._task, completed=done, figures=text)

    @override
    def epoch(self, row: Mapping[str, object]) -> None:
        if "val_loss" in row:
            self._figures = f"  val_loss {float(str(row['val_loss'])):.4f}"
        line = epoch_words(row, self._epochs, verbose=self._verbose)
        self._bar.console.print(line, markup=False, soft_wrap=True)

    @override
    def end(self) -> None:
        self._bar.stop()
