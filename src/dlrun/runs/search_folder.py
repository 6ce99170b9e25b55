"""The folder of a search: its plan, its trials, and who is at work on which.

`<runs>/<name>.search/` is all that processes know of each other: whoever holds the lock
takes up a trial that was left, or makes the next one.

| file | holds |
|---|---|
| `search.json` | the plan as it was begun: the config, texts and arguments included |
| `trials.jsonl` | a line when a trial is made, before it trains, and when it is over |
| `ended.json` | why no further trial begins, where it is not their number |
| `search.lock` | held for the moment in which a trial is made or ends |
| `locks/NNNN.lock` | held by the process that trains trial NNNN; freed by the kernel |
| `trials/<name>-NNNN/` | the run of trial NNNN |
| `confirm.json` | which trials are repeated with fresh seeds, and with which |
| `confirm/<name>-NNNN.seed-S/` | trial NNNN with seed S; 0000: the config itself |
| `confirm/<name>-NNNN.seed-S.fold-K/` | of folds the K-th |
| `trials/<name>-NNNN.K/` | of a trial of several runs the K-th |
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.catalog import SEARCH, SEARCH_PLAN, TRIALS, find_runs
from dlrun.runs.folder import RunFolder
from dlrun.runs.journal import Journal, scores_of
from dlrun.runs.plan_folder import MemberRun, holder_of
from dlrun.runs.reading import JsonObject, MissingError, read_object
from dlrun.runs.repeats_folder import RepeatsFolder, owned
from dlrun.runs.status import alone_in, hold_lock
from dlrun.runs.storage import make_directory, write_error, write_json
from dlrun.writing import command_line

FORMAT = 1
_LOCK = "search.lock"
_ENDED = "ended.json"
ENDS = ("trials", "hours", "patience")
"""The keys that say when a search ends; they may change while it goes on."""


@dataclass(frozen=True, slots=True)
class SearchStanding:
    """How far a search is."""

    over: int
    """So many trials are over, or repeat one, or pause."""
    scores: tuple[tuple[float, ...], ...]
    """Of those that have finished, each goal."""


@dataclass(frozen=True, slots=True)
class SearchFolder:
    """One search; its trials are counted from 1."""

    path: Path

    @classmethod
    def of(cls, root: Path, name: str) -> SearchFolder:
        """Where the search of a config is kept, begun or not.

        Args:
            root: The directory with the runs.
            name: That of the config.
        """
        return cls(root / f"{name}{SEARCH}")

    @property
    def name(self) -> str:
        """Of the config, and so of its trials."""
        return self.path.name.removesuffix(SEARCH)

    @property
    def exists(self) -> bool:
        """Whether the search was begun."""
        return (self.path / SEARCH_PLAN).is_file()

    @property
    def runs_root(self) -> Path:
        """The directory with the runs of its trials."""
        return self.path / TRIALS

    def plan(self) -> JsonObject:
        """The plan as it was begun.

        Raises:
            RunError: It is missing, damaged, or of another format.
        """
        values = self._whole_plan()
        if values.whole("format") != FORMAT:
            message = f"{values.file} is of format {values.whole('format')}"
            message += f"; this dlrun reads format {FORMAT}"
            hint = "go on with the dlrun that began it, or give the search another "
            hint += "name: -s name=..."
            raise RunError(message, hint=hint)
        return values

    def _whole_plan(self) -> JsonObject:
        """What stands in the file, if it is that of a plan.

        Raises:
            RunError: It is missing or damaged.
        """
        file = self.path / SEARCH_PLAN
        try:
            values = read_object(file)
            if values.whole("format") == FORMAT:
                for key in values.values.keys() & {"config", "files"}:
                    values.mapping(key)
            elif values.whole("format") is None:
                raise values.damage("format", "the format of a search")
        except MissingError:
            raise
        except RunError as error:
            hint = f"its trials are whole: move {SEARCH_PLAN} away, and the command "
            hint += "that began the search goes on with them; or compare them: "
            hint += command_line("compare", self.runs_root)
            raise RunError(error.message, hint=hint) from error
        return values

    def begin(self, plan: Mapping[str, object]) -> None:
        """Keep the plan, unless one is there.

        Raises:
            RunError: The disk refuses.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with alone_in(self.path.parent):
                make_directory(self.path)
                make_directory(self.runs_root)
                make_directory(self.path / "locks")
                if not self.exists:
                    write_json(self.path / SEARCH_PLAN, {"format": FORMAT, **plan})
        except OSError as error:
            raise write_error(self.path, error) from error

    def move(self, plan: Mapping[str, object]) -> None:
        """Keep where the config and its data are now; the rest of the plan stays.

        Args:
            plan: The same plan, as it is read there.

        Raises:
            RunError: It is damaged, or the disk refuses.
        """
        with self.alone():
            places = {key: plan[key] for key in ("directory", "files", "config")}
            ends = self.ends()
            write_json(
                self.path / SEARCH_PLAN, {**self.plan().values, **places, "ends": ends}
            )

    def extend(self, trials: int | None, ends: Mapping[str, float | None]) -> None:
        """Keep that it shall go on for longer; the rest of the plan stays.

        What ends it later than before in any way counts from now on. A command that
        only ends it sooner does so for itself.

        Args:
            trials: So many are wanted; `None`: their number is no end.
            ends: What the keys of the config are that end it; `None`: it does not.

        Raises:
            RunError: It is damaged, or the disk refuses.
        """
        with self.alone():
            values = self.plan()
            if any(
                _is_later(ends[key], one) for key, one in self._ends(values).items()
            ):
                kept = {**values.values, "trials": trials, "ends": dict(ends)}
                write_json(self.path / SEARCH_PLAN, kept)

    def ends(self) -> dict[str, float | None]:
        """What the keys of the config are that end it, by what was said of them last.

        Raises:
            RunError: The plan is damaged.
        """
        return self._ends(self.plan())

    @staticmethod
    def _ends(plan: JsonObject) -> dict[str, float | None]:
        given = plan.mapping("ends") if "ends" in plan.values else {}
        begun = plan.mapping("config").get("search")
        stated = given or (begun if isinstance(begun, dict) else {})
        known = {key: stated.get(key) for key in ENDS}
        return {
            key: one if isinstance(one, int | float) else None
            for key, one in known.items()
        }

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one who makes or ends a trial; the others wait.

        Raises:
            RunError: The disk refuses.
        """
        file = self.path / _LOCK
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            raise write_error(file, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @property
    def confirmed(self) -> RepeatsFolder:
        """What is kept of trials that are trained once more."""
        return RepeatsFolder(self.path, self.name)

    def claim(self, number: int) -> AbstractContextManager[None]:
        """Own a trial while the block lasts; the kernel frees it with the process.

        Raises:
            InUseError: Another process trains it.
            RunError: The disk refuses.
        """
        return hold_lock(self._lock(number))

    def release(self, number: int) -> None:
        """Remove the lock of a trial that is over, which its owner holds."""
        with suppress(OSError):
            self._lock(number).unlink(missing_ok=True)

    def _lock(self, number: int) -> Path:
        return self.path / "locks" / f"{number:04d}.lock"

    def run(self, number: int, place: int | None = None) -> RunFolder:
        """A run of a trial, begun or not.

        Args:
            number: Of the trial.
            place: Of the run among those of the trial, from 1; `None`: it is the only.
        """
        part = "" if place is None else f".{place}"
        return RunFolder(self.runs_root / f"{self.name}-{number:04d}{part}")

    def run_of(self, number: int, place: int | None = None) -> MemberRun:
        """The same, as a plan has it; its folder is the trial's in any case.

        Raises:
            RunError: The disk refuses.
        """
        return owned(self.run(number, place))

    def runs_of(self, number: int) -> list[RunFolder]:
        """The runs of a trial that were begun, in their order."""
        only = self.run(number)
        if only.exists:
            return [only]
        several = (self.run(number, place) for place in count(1))
        return [*takewhile(lambda run: run.exists, several)]

    def numbers(self) -> list[int]:
        """The trials that have a folder of a run, whatever is in it.

        Raises:
            RunError: The folder cannot be read.
        """
        try:
            names = [path.name for path in self.runs_root.iterdir()]
        except OSError as error:
            message = f"cannot read {self.runs_root}: {error.strerror}"
            raise RunError(message) from error
        start = f"{self.name}-"
        parts = (one.removeprefix(start) for one in names if one.startswith(start))
        numbers = {part.split(".")[0] for part in parts}
        return sorted(int(one) for one in numbers if one.isdecimal())

    def last_sign(self, number: int) -> float | None:
        """When a run of a trial has last written a file; `None`: none has begun.

        Returns:
            Seconds since 1970.
        """
        times: list[float] = []
        for run in self.runs_of(number):
            with suppress(OSError), os.scandir(run.path) as entries:
                times += [entry.stat().st_mtime for entry in entries]
        return max(times, default=None)

    def note_end(self, reason: str | None) -> None:
        """Keep why no further trial begins; only for who holds the lock.

        Args:
            reason: `None`: one begins.

        Raises:
            RunError: The disk refuses.
        """
        if reason is not None:
            write_json(self.path / _ENDED, {"reason": reason})
        else:
            with suppress(OSError):
                (self.path / _ENDED).unlink(missing_ok=True)

    def end(self) -> str | None:
        """Why no further trial begins; `None`: one may, or there are enough."""
        try:
            return read_object(self.path / _ENDED).text("reason")
        except RunError:  # Nobody has said, or it is half written.
            return None

    def standing(self) -> SearchStanding:
        """How far it is, by its lines.

        Raises:
            RunError: They are damaged.
        """
        entries = Journal(self).refresh()
        ends = [entry for entry in entries if "state" in entry]
        known = tuple(filter(None, map(scores_of, ends)))
        settled: dict[object, bool] = {}
        for entry in entries:
            is_over = "state" in entry or entry.get("same_as") is not None
            settled[entry["trial"]] = is_over or "rung" in entry
        return SearchStanding(sum(settled.values()), known)

    def at_work(self) -> dict[int, str]:
        """The trials that train now, and who trains each: `process 12 on host`."""
        found = {}
        for lock in sorted((self.path / "locks").glob("*.lock")):
            if lock.stem.isdecimal() and (holder := holder_of(lock)):
                found[int(lock.stem)] = holder
        return found

    def has_worker(self) -> bool:
        """Whether a process trains one of its trials now."""
        return any(map(holder_of, (self.path / "locks").glob("*.lock")))

    def runs(self) -> list[RunFolder]:
        """The runs of all trials that have one.

        Raises:
            RunError: The folder cannot be read.
        """
        return find_runs(self.path)


def _is_later(now: float | None, before: float | None) -> bool:
    """Whether an end comes later; `None` never comes."""
    return before is not None and (now is None or now > before)


def search_named(text: str, root: Path) -> SearchFolder | None:
    """The search of a path, or of a name below `root`; `None`: it is none."""
    below = [root / text] if text == Path(text).name else []
    for path in (Path(text), *below):
        if text and SearchFolder(path).exists:
            return SearchFolder(path)
    return None


def find_searches(root: Path) -> list[SearchFolder]:
    """The searches directly below a directory, by name."""
    try:
        with os.scandir(root) as entries:
            names = [one.name for one in entries if one.name.endswith(SEARCH)]
    except OSError:
        return []
    found = (SearchFolder(root / name) for name in sorted(names))
    return [folder for folder in found if folder.exists]
