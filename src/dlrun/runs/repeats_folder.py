"""What is kept of the best trials of a search that are trained with fresh seeds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
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


@dataclass(frozen=True, slots=True)
class RepeatsFolder:
    """The repetitions of one search."""

    path: Path
    """Of the search."""
    name: str
    """Of its config."""

    def run(self, number: int, seed: int) -> RunFolder:
        """A trial once more, with a fresh seed, begun or not.

        Args:
            number: Of the trial; 0: the config as it stands.
            seed: Of the run.
        """
        name = f"{self.name}-{number:04d}.seed-{seed}"
        return RunFolder(self.path / _CONFIRM / name)

    def run_of(self, number: int, seed: int) -> MemberRun:
        """The same, as a plan has it.

        Raises:
            RunError: The disk refuses.
        """
        make_directory(self.path / _CONFIRM)
        return owned(self.run(number, seed))

    def claim(self, number: int, seed: int) -> AbstractContextManager[None]:
        """Own a repetition while the block lasts; the kernel frees it.

        Raises:
            InUseError: Another process trains it.
            RunError: The disk refuses.
        """
        return hold_lock(self.path / "locks" / f"{number:04d}.seed-{seed}.lock")

    def write_plan(self, values: Mapping[str, object]) -> None:
        """Keep what is repeated.

        Raises:
            RunError: The disk refuses.
        """
        write_json(self.path / _CONFIRMED, {"format": FORMAT, **values})

    def plan(self) -> JsonObject | None:
        """What is repeated; `None`: nothing is.

        Raises:
            RunError: The file is damaged.
        """
        file = self.path / _CONFIRMED
        return read_object(file) if file.is_file() else None

    def runs(self) -> dict[int, dict[int, RunFolder]]:
        """All repetitions that were begun, by trial and seed."""
        found: dict[int, dict[int, RunFolder]] = {}
        for path in sorted((self.path / _CONFIRM).glob(f"{self.name}-*.seed-*")):
            name = path.name.removeprefix(f"{self.name}-")
            number, _, seed = name.partition(".seed-")
            run = RunFolder(path)
            if number.isdecimal() and seed.isdecimal() and run.exists:
                found.setdefault(int(number), {})[int(seed)] = run
        return found


def owned(run: RunFolder) -> MemberRun:
    """A run whose folder is its member's in any case."""
    make_directory(run.path)
    if not run.exists:  # Nobody has said so far how it stands.
        run.hashes.begin()
    return MemberRun(run, (run.path / "config.json").is_file())
