"""The folder of a plan of many runs: which of its members became which run.

A plan has a folder, `<runs>/.dlrun/plans/<name>-<hash>/`, from its first run until its
last one has ended: so a plan that has a folder is unfinished.

| file | holds |
|---|---|
| `plan.json` | the members, the command, a format number |
| `NNNN.json` | the run that member NNNN became |
| `NNNN.lock` | held by the process that trains the member; freed by the kernel |
| `workers.lock` | held, together, by all processes that work on the plan |
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.catalog import HIDDEN
from dlrun.runs.folder import RunFolder
from dlrun.runs.reading import read_object, read_text
from dlrun.runs.status import InUseError, alone_in, hold_lock
from dlrun.runs.storage import write_error, write_json

FORMAT = 1
_PLAN = "plan.json"
_WORKERS = "workers.lock"
_OVER = frozenset({"finished", "diverged"})
"""States after which a member is not trained again: it would end in the same way."""


@dataclass(frozen=True, slots=True)
class MemberRun:
    """The run that a member of a plan has become."""

    folder: RunFolder
    has_begun: bool
    """Whether its folder is the member's for sure; else it was about to be claimed."""
    is_owned: bool = False
    """Whether the folder is the member's by its name, whatever run is in it."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended in a way that another try would repeat."""
        try:
            return self.has_begun and self.folder.status().state in _OVER
        except RunError:  # It was removed, or is damaged.
            return False


@dataclass(frozen=True, slots=True)
class PlanFolder:
    """One unfinished plan; its members are counted from 1."""

    root: Path
    """The directory with the runs."""
    name: str

    @property
    def path(self) -> Path:
        """Where its files are."""
        return self.root / HIDDEN / "plans" / self.name

    @property
    def exists(self) -> bool:
        """Whether the plan was begun and is not over."""
        return (self.path / _PLAN).is_file()

    def values(self) -> dict[str, object]:
        """What the plan is.

        Raises:
            RunError: It is damaged, or of a later format.
        """
        with self._cured():
            values = dict(read_object(self.path / _PLAN).values)
            if not isinstance(values.get("members"), list):
                raise RunError(f"{self.path / _PLAN} is damaged: it lists no members")
            if values.get("format") != FORMAT:
                wanted = f"this dlrun reads format {FORMAT}"
                message = f"{self.path / _PLAN} is of format {values.get('format')}"
                raise RunError(f"{message}; {wanted}")
        return values

    def run_of(self, number: int) -> MemberRun | None:
        """The run that a member has become; `None`: it has not begun.

        Raises:
            RunError: The record is damaged.
        """
        file = self.path / f"{number:04d}.json"
        if not os.path.lexists(file):
            return None
        with self._cured():
            values = read_object(file)
            name = values.text("run")
            if name is None or Path(name).name != name:
                raise RunError(f"{file} is damaged: it names no run")
            has_begun = values.flag("begun") or False
        return MemberRun(RunFolder(self.root / name), has_begun)

    def runs(self) -> list[MemberRun | None]:
        """What every member has become, in the order of the plan.

        Raises:
            RunError: A file is damaged.
        """
        members = self.values()["members"]
        count = len(members) if isinstance(members, list) else 0
        return [self.run_of(number) for number in range(1, count + 1)]

    def note_run(self, number: int, name: str, *, has_begun: bool) -> None:
        """Keep which run a member is, before its folder is claimed and after.

        Raises:
            RunError: The disk refuses.
        """
        values = {"run": name, "begun": has_begun}
        write_json(self.path / f"{number:04d}.json", values)

    def forget_run(self, number: int) -> None:
        """Let a member have no run, as before it began; the run stays where it is.

        Raises:
            RunError: The disk refuses.
        """
        file = self.path / f"{number:04d}.json"
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise write_error(file, error) from error

    def claim(self, number: int) -> AbstractContextManager[None]:
        """Own a member while the block lasts; the kernel frees it with the process.

        Raises:
            InUseError: Another process trains it.
            RunError: The disk refuses.
        """
        return hold_lock(self.path / f"{number:04d}.lock")

    def holders(self) -> list[str]:
        """The processes that train a member now, such as `process 12 on host`."""
        locks = sorted(self.path.glob("[0-9]*.lock"))
        names = {holder for lock in locks if (holder := holder_of(lock))}
        return sorted(names)

    @contextmanager
    def _cured(self) -> Iterator[None]:
        """Say of every damage what to do about it."""
        try:
            yield
        except RunError as error:
            hint = "no run is lost; give --again to train all of the plan anew, "
            hint += f"or remove {self.path}"
            raise RunError(error.message, hint=hint) from error


@contextmanager
def join_plan(
    root: Path, name: str, values: Mapping[str, object], *, anew: bool = False
) -> Iterator[PlanFolder]:
    """Work on a plan while the block lasts, perhaps together with other processes.

    The plan is begun if it is not there. Whoever is the last to leave removes its
    folder when every member is over and the block has ended well, or none has begun:
    a command that fails after its last run goes on when it is given again.

    Args:
        root: The directory with the runs.
        name: Of the folder.
        values: What the plan is; a plan that is there keeps its own.
        anew: Forget what is there; its runs stay where they are.

    Raises:
        InUseError: It shall begin anew, and others work on it.
        RunError: The plan is damaged, or the disk refuses.
    """
    folder = PlanFolder(root, name)
    workers = _enter(folder, values, anew=anew)
    has_ended = False
    try:
        yield folder
        has_ended = True
    finally:
        _leave(folder, workers, has_ended=has_ended)


def _enter(folder: PlanFolder, values: Mapping[str, object], *, anew: bool) -> int:
    """Open the plan; return the descriptor by which others see that it is in use."""
    with _alone(folder):
        workers = os.open(folder.path / _WORKERS, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            is_alone = _locks(workers, fcntl.LOCK_EX)
            if is_alone:
                _tidy(folder, anew=anew)
            elif anew:
                _refuse(folder)
            if not folder.exists:
                write_json(folder.path / _PLAN, {"format": FORMAT, **values})
            folder.runs()  # Damage is found before anything is trained.
            fcntl.flock(workers, fcntl.LOCK_SH)
        except BaseException:
            os.close(workers)
            raise
    return workers


def _leave(folder: PlanFolder, workers: int, *, has_ended: bool) -> None:
    """Close the plan; the last one removes it, unless there is something to do."""
    os.close(workers)
    with suppress(OSError, RunError), alone_in(folder.root):
        descriptor = os.open(folder.path / _WORKERS, os.O_RDWR)
        try:
            is_last = _locks(descriptor, fcntl.LOCK_EX)
            if is_last and _needs_nothing(folder, has_ended=has_ended):
                _remove(folder)
        finally:
            os.close(descriptor)


def _needs_nothing(folder: PlanFolder, *, has_ended: bool) -> bool:
    """Whether nothing is left to do: to train, or to tell of what was trained."""
    runs = folder.runs()
    is_empty = not any(run is not None for run in runs)
    are_over = all(run is not None and run.is_over for run in runs)
    return is_empty or (are_over and has_ended)


def _refuse(folder: PlanFolder) -> None:
    """Say that others work on a plan that shall begin anew."""
    holder = ", ".join(folder.holders()) or "another process"
    message, hint = f"the plan is in use by {holder}", "wait until it ends, or stop it"
    raise InUseError(message, hint=hint, holder=holder)


@contextmanager
def _alone(folder: PlanFolder) -> Iterator[None]:
    """Make the directories of a plan, which nobody removes while the block lasts."""
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        with alone_in(folder.root):
            folder.path.mkdir(parents=True, exist_ok=True)
            yield
    except OSError as error:
        hint = "choose a directory that you may write with --runs DIR"
        message = f"cannot keep a plan in {folder.path}: {error.strerror or error}"
        raise RunError(message, hint=hint) from error


def _tidy(folder: PlanFolder, *, anew: bool) -> None:
    """Remove what a killed process has half written or removed, or all but the lock."""
    everything = anew or not folder.exists
    for file in list(folder.path.iterdir()):
        if file.name != _WORKERS and (everything or file.name.startswith(".")):
            file.unlink(missing_ok=True)


def _remove(folder: PlanFolder) -> None:
    """Take the plan away first, so that a half removed folder is no plan."""
    try:
        (folder.path / _PLAN).unlink(missing_ok=True)
        shutil.rmtree(folder.path)
    except OSError as error:
        raise write_error(folder.path, error) from error
    with suppress(OSError):  # There are other plans.
        folder.path.parent.rmdir()
        (folder.root / HIDDEN).rmdir()


def holder_of(lock: Path) -> str:
    """Who holds a lock; nobody: an empty text."""
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except OSError:
        return ""
    try:
        return "" if _locks(descriptor, fcntl.LOCK_SH) else read_text(lock).strip()
    finally:
        os.close(descriptor)


def _locks(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
