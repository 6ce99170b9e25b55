"""How far several runs at once are: one table on a terminal, else lines with names."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from typing_extensions import override

from dlrun.progress.display import Lines, figure, watched
from dlrun.progress.progress import Progress
from dlrun.writing import one_line

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

_BAR_WIDTHS = ((100, 20), (70, 10), (0, 4))
"""From so many columns on a bar has so many."""
_TIME_WIDTH = 7
_PER_SECOND = 10
_GAPS = 3
"""Spaces between the four columns of the table."""
_ECHO_WIDTH = 3
"""Columns that stay free: the `^C` of a terminal must not begin a line of its own."""


class Board:
    """Has a display for each of several runs at once; these are lines with its name."""

    moves = False
    """Whether only the newest figures of a run are shown."""

    def __init__(self, stream: TextIO, *, verbose: bool) -> None:
        self._stream = stream
        self._verbose = verbose

    def seat(self, run: str) -> Progress:
        """The display of a run, by its name."""
        return Lines(self._stream, verbose=self._verbose, run=run)

    def begin(self) -> None:
        """Training begins: what was printed so far stays above."""

    def one_is_over(self) -> None:
        """One more run needs no training."""

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Make room for what is printed in the block."""
        yield

    def end(self) -> None:
        """Nothing is trained any more."""


def make_board(
    runs: int, stream: TextIO | None = None, *, verbose: bool = False
) -> Board:
    """The board that suits where it is shown.

    Args:
        runs: How many runs there are, with those that are over.
        stream: By default stderr.
        verbose: Show every figure of each epoch.
    """
    stream = sys.stderr if stream is None else stream
    if _moves(stream):
        return TableBoard(runs, stream)
    return Board(stream, verbose=verbose)


class LiveBoard(Board):
    """Something on a terminal that is drawn again and again, below what is printed."""

    moves = True

    def __init__(self, console: Console, draw: Callable[[], RenderableType]) -> None:
        """Get ready.

        Args:
            console: Where it is drawn.
            draw: What is to be seen now; another thread asks for it.
        """
        super().__init__(console.file, verbose=False)  # type: ignore[arg-type]
        self._console, self._draw = console, draw
        self._live: Live | None = None
        """What shows it; another one after each pause, since one that is begun again
        would write over what was printed in between."""

    @override
    def begin(self) -> None:
        from rich.live import Live

        if self._live is None:
            self._live = Live(
                console=self._console,
                get_renderable=self._draw,
                refresh_per_second=_PER_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start(refresh=True)

    @override
    @contextmanager
    def aside(self) -> Iterator[None]:
        is_shown = self._live is not None
        self.end()
        try:
            yield
        finally:
            if is_shown:
                self.begin()

    @override
    def end(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def make_lines_board(
    lines: Callable[[int, int], Sequence[str]], stream: TextIO | None = None
) -> LiveBoard | None:
    """A board of lines that are asked for again and again; None: it is no terminal.

    Args:
        lines: What is to be seen now, given the columns and lines there are.
        stream: By default stderr.
    """
    stream = sys.stderr if stream is None else stream
    if not _moves(stream):
        return None
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False)

    def draw() -> Text:
        shown = lines(console.width - _ECHO_WIDTH, console.height - 1)
        return Text("\n".join(shown), no_wrap=True, overflow="crop")

    return LiveBoard(console, draw)


def _moves(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class TableBoard(LiveBoard):
    """A table on a terminal: a row for each run that trains, and one for all."""

    def __init__(self, runs: int, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        console = Console(file=stream, highlight=False)
        self._bar_width = next(
            width for columns, width in _BAR_WIDTHS if console.width >= columns
        )
        self._table = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=self._bar_width),
            TextColumn("{task.fields[figures]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=console,
            auto_refresh=False,
        )
        super().__init__(console, self._table.get_renderable)
        self._runs, self._over = runs, 0
        self._all = self._table.add_task(self._words(), total=runs, figures="")

    def _words(self) -> str:
        return f"{self._over} of {self._runs} runs"

    @override
    def seat(self, run: str) -> Progress:
        self.begin()
        taken = self._bar_width + _TIME_WIDTH + _GAPS + _ECHO_WIDTH
        return BoardRow(self._table, run, self._table.console.width - taken)

    @override
    def one_is_over(self) -> None:
        self._over += 1
        self._table.update(self._all, completed=self._over, description=self._words())


class BoardRow(Progress):
    """One run in the table."""

    def __init__(self, table: RichProgress, run: str, room: int) -> None:
        """Get ready.

        Args:
            table: Where it stands.
            run: The name of the run.
            room: Columns for the longest name and the figures.
        """
        self._table, self._run, self._room = table, one_line(run), room
        self._task: TaskID | None = None
        self._epochs, self._steps, self._monitor = 0, 0, ""
        self._round, self._validation, self._remark = "", "", ""

    @override
    def round(self, number: int, rounds: int, words: str) -> None:
        self._round = f"round {number}/{rounds}"

    @override
    def begin(
        self, name: str, epochs: int, steps: int, monitor: str = "", unit: str = ""
    ) -> None:
        self.end()
        self._epochs, self._steps, self._monitor = epochs, steps, monitor
        total = max(1, epochs * steps)
        self._task = self._table.add_task(self._run, total=total, figures="")

    @override
    def step(self, epoch: int, step: int, running: Mapping[str, float]) -> None:
        self._show(epoch, (epoch - 1) * self._steps + step, running["loss"])

    @override
    def epoch(self, row: Mapping[str, object]) -> None:
        self._validation = watched(row, self._monitor)
        epoch = int(str(row["epoch"]))
        self._show(epoch, epoch * self._steps, row.get("loss", row["train_loss"]))

    @override
    def remark(self, words: str) -> None:
        self._remark = words

    def _show(self, epoch: int, steps: int, loss: object) -> None:
        if self._task is None:
            return
        figures = {
            "round": self._round,
            "epoch": f"epoch {epoch}/{self._epochs}",
            "loss": f"loss {figure(loss)}",
            "validation": self._validation,
            "remark": self._remark,
        }
        shown = {name: words for name, words in figures.items() if words}
        room = self._room - max(len(task.description) for task in self._table.tasks)
        # Validation is what people watch: the loss gives way to it.
        for spare in ("remark", "loss" if self._validation else "", "round"):
            if len("  ".join(shown.values())) > room:
                shown.pop(spare, None)
        text = "  ".join(map(one_line, shown.values()))
        self._table.update(self._task, completed=steps, figures=text[: max(0, room)])

    @override
    def end(self) -> None:
        if self._task is not None:
            self._table.remove_task(self._task)
            self._task = None
