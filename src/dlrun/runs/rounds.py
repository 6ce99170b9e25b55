"""The rounds of a run with pseudo-labels: folders of the same files inside its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.errors import RunError
from dlrun.runs.folder import RunFolder
from dlrun.runs.hashes import Hashes
from dlrun.runs.reading import require_no_link
from dlrun.runs.removal import (
    METRICS,
    OF_A_ROUND,
    ORIGIN,
    RESULTS,
    TABLES,
    remove_checkpoints,
    remove_files,
    remove_leftovers,
)
from dlrun.runs.source import source_files
from dlrun.runs.status import State, Status
from dlrun.runs.storage import is_there, make_directory
from dlrun.runs.table import csv_line, fill_table

if TYPE_CHECKING:
    from dlrun.runs.figures import RoundFigures
    from dlrun.runs.origin import Summary

_ROUNDS = "rounds"
_FIGURES = "round.json"
_POOL = "pool.csv"
_SELECTED = "selected.csv"


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
    @override
    def hashes(self) -> Hashes:
        return Hashes(self.path, self.run.path)

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

    def start_over(self) -> None:
        """Make an empty folder of it: without a checkpoint nothing else is of use.

        Raises:
            RunError: The disk refuses.
        """
        remove_round(self)
        make_directory(self.path.parent)
        make_directory(self.path)
        if self.run.hashes.are_kept:
            self.hashes.begin()

    def write_selected(
        self, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """Keep the rows with pseudo-labels that the round trains on."""
        with self.hashes.replacement(_SELECTED) as temporary:
            fill_table(temporary, columns, rows)

    def write_pool(self, rows: Iterable[tuple[object, str, float]]) -> None:
        """Keep what the model of the round says of every unlabelled row.

        Args:
            rows: Id, class and confidence of each.
        """
        with self.hashes.replacement(_POOL) as temporary:
            fill_table(temporary, ("id", "label", "confidence"), rows)

    def pool(self, classes: Sequence[str]) -> tuple[list[int], list[float]]:
        """The classes, by their numbers, and confidences that `write_pool` kept.

        Raises:
            RunError: The file is missing, damaged, or of other classes.
        """
        file = self.path / _POOL
        written = io.StringIO("\n".join(csv_line([name, 0]) for name in classes))
        numbers = {row[0]: number for number, row in enumerate(csv.reader(written))}
        rows = csv.reader(io.StringIO(self.hashes.read_text(_POOL), newline=""))
        try:
            said = [(numbers[row[1]], float(row[2])) for row in islice(rows, 1, None)]
        except (KeyError, ValueError, IndexError) as error:
            message = f"{file} is damaged: {error}"
            raise RunError(message, hint="train the run again") from error
        return [number for number, _ in said], [share for _, share in said]

    def write_figures(self, figures: RoundFigures) -> None:
        """Keep the figures of the round, which make it whole."""
        from dlrun.runs.checkpoint import keep_newest

        self.hashes.seal(TABLES)
        self.hashes.write_json(_FIGURES, figures.to_json())
        keep_newest(self.path / "checkpoints")

    def figures(self) -> RoundFigures:
        """What the round selected, and how well its model does."""
        from dlrun.runs.figures import RoundFigures

        return RoundFigures.read(self.hashes.read_json(_FIGURES))

    def publish(self) -> None:
        """Copy what describes a run to that of this round, but for the metrics.

        Raises:
            RunError: The disk refuses.
        """
        for name in RESULTS:
            if name == METRICS or not is_there(self.path / name):
                continue
            data = self.hashes.read(name)
            make_directory((self.run.path / name).parent)
            self.run.hashes.write_bytes(name, data)


def round_of(run: RunFolder, number: int) -> RoundFolder:
    """The folder of a round, whether it is there or not."""
    return RoundFolder(run.path / _ROUNDS / f"{number:02d}", run, number)


def find_rounds(run: RunFolder) -> list[RoundFolder]:
    """The rounds that a run has begun, in order; none for most runs."""
    rounds: list[RoundFolder] = []
    while _is_round(folder := round_of(run, len(rounds))):
        rounds.append(folder)
    return rounds


def training_seconds(run: RunFolder) -> float:
    """All epochs that a run has done together, those of every round included.

    Raises:
        RunError: A history is damaged.
    """
    folders: Sequence[RunFolder] = find_rounds(run) or [run]
    epochs = [folder.history().get("seconds", ()) for folder in folders]
    return sum(value for part in epochs for value in part if isinstance(value, float))


def forget_training(run: RunFolder) -> None:
    """Remove what training has written, and keep what the run starts from.

    Raises:
        RunError: The disk refuses, or a link stands where dlrun makes none.
    """
    run.hashes.forget(RESULTS)
    remove_files(run.path, RESULTS)
    remove_checkpoints(run.path / "checkpoints")
    for folder in find_rounds(run):
        remove_round(folder)
    with suppress(OSError):
        (run.path / _ROUNDS).rmdir()
    remove_leftovers(run.path)


def start_over(run: RunFolder) -> None:
    """Remove what a run has written, to begin in its folder anew.

    Status and lock stay, so that the folder is a run all the while; so does whatever
    dlrun has not written.

    Raises:
        RunError: The disk refuses, or a link stands where dlrun makes none.
    """
    names = [*ORIGIN, *source_files(run.hashes)]
    forget_training(run)
    remove_files(run.path, names)
    if run.hashes.are_kept:
        run.hashes.begin()


def remove_round(folder: RoundFolder) -> None:
    """Remove a round; what dlrun has not written stays where it is.

    Raises:
        RunError: It is a link, or the disk refuses.
    """
    require_no_link(folder.path.parent)
    require_no_link(folder.path)
    if not folder.path.is_dir():
        return
    remove_files(folder.path, [_FIGURES, *RESULTS, *OF_A_ROUND])
    remove_checkpoints(folder.path / "checkpoints")
    remove_leftovers(folder.path)
    with suppress(OSError):
        folder.path.rmdir()


def _is_round(folder: RoundFolder) -> bool:
    """Whether a directory, no link, has the name of the round."""
    require_no_link(folder.path.parent)
    return folder.path.is_dir() and not folder.path.is_symlink()


def training_folder(run: RunFolder) -> RunFolder:
    """Where a run trains: its newest round, or, for most runs, itself."""
    return next(reversed(find_rounds(run)), run)


def can_go_on(run: RunFolder) -> bool:
    """Whether a run that has stopped has what it needs to go on from there."""
    newest = training_folder(run)
    if isinstance(newest, RoundFolder):
        return True
    return newest.find_checkpoint().checkpoint is not None
