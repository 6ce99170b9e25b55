"""The rounds of a run with pseudo-labels: folders of the same files inside its own."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.errors import RunError
from dlrun.runs.folder import RunFolder
from dlrun.runs.reading import read_bytes, read_object, read_text
from dlrun.runs.status import State, Status
from dlrun.runs.storage import (
    make_directory,
    sync,
    write_bytes,
    write_error,
    write_json,
)
from dlrun.runs.table import csv_line, write_table

if TYPE_CHECKING:
    from dlrun.runs.figures import RoundFigures
    from dlrun.runs.origin import Summary

_ROUNDS = "rounds"
_FIGURES = "round.json"
_POOL = "pool.csv"
_SELECTED = "selected.csv"
_NUMBER = re.compile(r"[0-9]{2,}")
_OF_THE_ROUND = frozenset({_FIGURES, _POOL, _SELECTED, "checkpoints", "metrics.json"})


@dataclass(frozen=True, slots=True)
class RoundFolder(RunFolder):
    """One round: history, checkpoints, model and predictions are those of a run.

    Its figures are written last: where they are, the round is whole.
    """

    run: RunFolder
    number: int
    """0: the supervised baseline."""

    @property
    @override
    def name(self) -> str:
        return self.run.name

    @property
    def is_whole(self) -> bool:
        """Whether the round is over, with all that the next one needs."""
        return (self.path / _FIGURES).is_file()

    @override
    def config(self) -> dict[str, object]:
        return self.run.config()

    @override
    def summary(self) -> Summary:
        return self.run.summary()

    @override
    def write_status(self, state: State, reason: str | None = None) -> None:
        self.run.write_status(state, reason)

    @override
    def status(self) -> Status:
        return self.run.status()

    @override
    def start_over(self) -> None:
        """Make an empty folder of it: without a checkpoint nothing else is of use.

        Raises:
            RunError: The disk refuses.
        """
        try:
            if self.path.exists():
                shutil.rmtree(self.path)
            self.path.mkdir(parents=True)
            sync(self.path.parent)
        except OSError as error:
            raise write_error(self.path, error) from error

    def write_selected(
        self, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """Keep the rows with pseudo-labels that the round trains on."""
        write_table(self.path / _SELECTED, columns, rows)

    def write_pool(self, rows: Iterable[tuple[object, str, float]]) -> None:
        """Keep what the model of the round says of every unlabelled row.

        Args:
            rows: Id, class and confidence of each.
        """
        write_table(self.path / _POOL, ("id", "label", "confidence"), rows)

    def pool(self, classes: Sequence[str]) -> tuple[list[int], list[float]]:
        """The classes, by their numbers, and confidences that `write_pool` kept.

        Raises:
            RunError: The file is missing, damaged, or of other classes.
        """
        file = self.path / _POOL
        written = io.StringIO("\n".join(csv_line([name, 0]) for name in classes))
        numbers = {row[0]: number for number, row in enumerate(csv.reader(written))}
        rows = csv.reader(io.StringIO(read_text(file), newline=""))
        try:
            said = [(numbers[row[1]], float(row[2])) for row in islice(rows, 1, None)]
        except (KeyError, ValueError, IndexError) as error:
            message = f"{file} is damaged: {error}"
            raise RunError(message, hint="train the run again") from error
        return [number for number, _ in said], [share for _, share in said]

    def write_figures(self, figures: RoundFigures) -> None:
        """Keep the figures of the round, which make it whole."""
        from dlrun.runs.checkpoint import keep_newest

        write_json(self.path / _FIGURES, figures.to_json())
        keep_newest(self.path / "checkpoints")

    def figures(self) -> RoundFigures:
        """What the round selected, and how well its model does."""
        from dlrun.runs.figures import RoundFigures

        return RoundFigures.read(read_object(self.path / _FIGURES))

    def publish(self) -> None:
        """Copy what describes a run to that of this round, but for the metrics.

        Raises:
            RunError: The disk refuses.
        """
        for file in sorted(self.path.rglob("*")):
            inner = file.relative_to(self.path)
            hidden = any(part.startswith(".") for part in inner.parts)
            if inner.parts[0] in _OF_THE_ROUND or hidden or not file.is_file():
                continue
            target = self.run.path / inner
            make_directory(target.parent)
            write_bytes(target, read_bytes(file))


def round_of(run: RunFolder, number: int) -> RoundFolder:
    """The folder of a round, whether it is there or not."""
    return RoundFolder(run.path / _ROUNDS / f"{number:02d}", run, number)


def find_rounds(run: RunFolder) -> list[RoundFolder]:
    """The rounds that a run has begun, in order; none for most runs."""
    try:
        names = [entry.name for entry in (run.path / _ROUNDS).iterdir()]
    except OSError:
        return []
    numbers = sorted(int(name) for name in names if _NUMBER.fullmatch(name))
    return [round_of(run, number) for number in numbers]


def training_folder(run: RunFolder) -> RunFolder:
    """Where a run trains: its newest round, or, for most runs, itself."""
    return next(reversed(find_rounds(run)), run)


def can_go_on(run: RunFolder) -> bool:
    """Whether a run that has stopped has what it needs to go on from there."""
    newest = training_folder(run)
    if isinstance(newest, RoundFolder):
        return True
    return newest.find_checkpoint().checkpoint is not None
