"""What is kept of the best trials of a search that are trained with fresh seeds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from dlrun.runs.folder import RunFolder
from dlrun.runs.plan_folder import MemberRun
from dlrun.runs.reading import JsonObject, read_object
from dlrun.runs.status import hold_lock
from dlrun.runs.storage import make_directory, write_json

FORMAT = 1
_CONFIRM = "confirm"
_CONFIRMED = "confirm.json"
_PLACE = re.compile(r"(\d+)\.seed-(\d+)(?:\.fold-(\d+))?")


@dataclass(frozen=True, slots=True)
class RepeatsFolder:
    """The repetitions of one search."""

    path: Path
    """Of the search."""
    name: str
    """Of its config."""

    @property
    def root(self) -> Path:
        """The directory with the runs."""
        return self.path / _CONFIRM

    def run(self, number: int, seed: int, fold: int = 0) -> RunFolder:
        """A trial once more, with a fresh seed, begun or not.

        Args:
            number: Of the trial; 0: the config as it stands.
            seed: Of the run.
            fold: That validates; 0: the rows are divided once.
        """
        return RunFolder(self.root / f"{self.name}-{_place(number, seed, fold)}")

    def run_of(self, number: int, seed: int, fold: int = 0) -> MemberRun:
        """The same, as a plan has it.

        Raises:
            RunError: The disk refuses.
        """
        make_directory(self.root)
        return owned(self.run(number, seed, fold))

    def claim(
        self, number: int, seed: int, fold: int = 0
    ) -> AbstractContextManager[None]:
        """Own a repetition while the block lasts; the kernel frees it.

        Raises:
            InUseError: Another process trains it.
            RunError: The disk refuses.
        """
        return hold_lock(self._lock(number, seed, fold))

    def release(self, number: int, seed: int, fold: int = 0) -> None:
        """Remove the lock of a repetition that is over, which its owner holds."""
        with suppress(OSError):
            self._lock(number, seed, fold).unlink(missing_ok=True)

    def _lock(self, number: int, seed: int, fold: int) -> Path:
        return self.path / "locks" / f"{_place(number, seed, fold)}.lock"

    def write_plan(self, values: Mapping[str, object]) -> None:
        """Keep what is repeated.

        Raises:
            RunError: The disk refuses.
        """
        make_directory(self.root)
        write_json(self.path / _CONFIRMED, {"format": FORMAT, **values})

    def plan(self) -> JsonObject | None:
        """What is repeated; `None`: nothing is.

        Raises:
            RunError: The file is damaged.
        """
        file = self.path / _CONFIRMED
        return read_object(file) if file.is_file() else None

    def runs(self) -> dict[int, dict[tuple[int, int], RunFolder]]:
        """All repetitions that were begun, by trial, then by seed and fold."""
        found: dict[int, dict[tuple[int, int], RunFolder]] = {}
        try:
            paths = sorted(self.root.iterdir())
        except OSError:  # None was begun.
            return found
        for path in paths:
            name = path.name.removeprefix(f"{self.name}-")
            place, run = _PLACE.fullmatch(name), RunFolder(path)
            if place is not None and run.exists:
                number, seed, fold = (int(one or 0) for one in place.groups())
                found.setdefault(number, {})[seed, fold] = run
        return found


def _place(number: int, seed: int, fold: int) -> str:
    """What a repetition is called, after the name of its search."""
    return f"{number:04d}.seed-{seed}{f'.fold-{fold}' if fold else ''}"


def owned(run: RunFolder) -> MemberRun:
    """A run whose folder is its member's in any case."""
    make_directory(run.path)
    if not run.exists:  # Nobody has said so far how it stands.
        run.hashes.begin()
    has_begun = (run.path / "config.json").is_file()
    return MemberRun(run, has_begun, is_owned=True)
