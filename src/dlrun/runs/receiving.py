"""A run that another machine trains, brought up to what it has made of it.

What comes is kept beside, under hidden names, until all of it is there; then it takes
its place in the order in which a run on this machine would have written it, each file
by the same step. So the folder is a run at any instant, which can be read, and gone on
with: tables grow before the checkpoint that knows them, which is there before older
ones are removed; the list of hashes is sealed before the status says that all is over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dlrun.errors import RunError
from dlrun.runs.folder import RunFolder
from dlrun.runs.hash_list import LIST, NO_LIST, SEAL, STATUS, HashList, file_hash
from dlrun.runs.hashes import Hashes
from dlrun.runs.reading import read_text, require_no_link
from dlrun.runs.removal import (
    TABLES,
    checkpoints,
    hidden_checkpoints,
    remove_checkpoint,
    remove_files,
)
from dlrun.runs.sending import LOCK, Listing, Piece, files_of
from dlrun.runs.storage import replacement, sync, write_error

_CHECKPOINTS = "checkpoints"
_ROUNDS = "rounds"
_COMING = re.compile(r"\..+-[0-9a-f]{12}(\.[^.]*)?")
"""As `_hidden` calls a file."""


class RunReceiver:
    """Takes what a `RunSender` on another machine tells of a run.

    The caller holds the lock of the run.
    """

    def __init__(self, folder: RunFolder) -> None:
        """Get ready: what was half received is removed.

        Args:
            folder: The run as it was last.
        """
        self.folder = folder
        self._staged: dict[str, Path] = {}
        self._there: tuple[str, ...] = ()
        """What the other machine has; other files here are somebody's own."""
        self._lists: dict[str, HashList] = {}
        """Of the run and its rounds, as the other machine has them."""
        _remove_leftovers(folder.path)

    @property
    def has_begun(self) -> bool:
        """Whether there is what a run starts from."""
        return (self.folder.path / "config.json").is_file()

    def begin(self) -> None:
        """Say that the run goes on, so that its tables may grow.

        What is here now is what the other machine is sent.

        Raises:
            RunError: The disk refuses.
        """
        self.folder.write_status("running")
        self.folder.hashes.unseal(TABLES)
        self._there = tuple(files_of(self.folder.path))
        for name in self._there:
            self._note_list(name, self.folder.path / name)

    def take(self, piece: Piece) -> None:
        """Keep a piece of a file.

        Raises:
            RunError: The disk refuses, or it is no file of a run.
        """
        staged = self._staged.get(piece.name)
        try:
            if staged is None:
                staged = self._staged[piece.name] = self._place(piece.name)
                staged.parent.mkdir(parents=True, exist_ok=True)
            with staged.open("ab") as stream:
                stream.write(piece.data)
        except OSError as error:
            raise write_error(self.folder.path / piece.name, error) from error

    def commit(self, listing: Listing) -> None:
        """Let all that has come take its place, and remove what is no more.

        Raises:
            RunError: The disk refuses, or a file has not come as it was sent.
        """
        for name in listing.names:
            _require_of_run(name)
        wanted, own = dict.fromkeys(listing.names), self._there
        self._require_whole()
        homes = {_home_of(name) for name in (*wanted, *own)}
        for home in sorted(homes, key=lambda home: (not home, home)):  # Itself last.
            _Home(
                self.folder,
                home,
                self._lists.get(home, NO_LIST),
                _below(home, self._staged),
            ).bring(_names(home, wanted), _names(home, own))
        self._staged, self._there = {}, listing.names

    def drop(self) -> None:
        """Forget what has come of a file that will never be whole."""
        for staged in self._staged.values():
            with suppress(OSError):
                staged.unlink(missing_ok=True)
            if staged.parent.name.startswith("."):
                with suppress(OSError):
                    staged.parent.rmdir()
        self._staged = {}

    def _place(self, name: str) -> Path:
        """Where a file is until all has come; what is left there is removed later.

        Raises:
            RunError: A run has no such file, or somebody has removed the run.
        """
        _require_of_run(name)
        if not self.folder.path.is_dir():  # Of a new folder half would be missing.
            message = f"{self.folder.path} was removed while it was trained"
            raise RunError(message, hint="the same command trains it anew")
        file = self.folder.path / name
        for parent in (file, *file.parents):
            if parent == self.folder.path:
                break
            require_no_link(parent)
        epoch = file.parent
        if epoch.parent.name == _CHECKPOINTS:
            known = next(
                (one.parent for one in self._staged.values() if _is_of(one, epoch)),
                None,
            )
            return (known or _hidden(epoch)) / file.name
        return _hidden(file)

    def _require_whole(self) -> None:
        """Hold what has come against the hashes that came with it.

        Raises:
            RunError: It is something else.
        """
        for name, staged in self._staged.items():
            self._note_list(name, staged)
        for name, staged in self._staged.items():
            home = _home_of(name)
            known = self._lists.get(home, NO_LIST).of(_within(home, name))
            if known and file_hash(staged) not in known:
                message = f"{name} of {self.folder.name} has not come as it was sent"
                raise RunError(message, hint="give the same command again")

    def _note_list(self, name: str, file: Path) -> None:
        """Know what the other machine vouches for, if that is what a file says."""
        if name == (f"{home}/{LIST}" if (home := _home_of(name)) else LIST):
            text = read_text(file)
            self._lists[home] = HashList(text, text.startswith(f"{SEAL}\n"))


@dataclass(frozen=True, slots=True)
class _Home:
    """The files that one list of hashes vouches for: those of a run, or of a round."""

    run: RunFolder
    home: str
    """Its path in the run; empty: it is the run itself."""
    known: HashList
    """What the other machine vouches for."""
    staged: Mapping[str, Path]
    """What has come, by its path in here."""

    @property
    def path(self) -> Path:
        return self.run.path / self.home if self.home else self.run.path

    @property
    def hashes(self) -> Hashes:
        return Hashes(self.path, self.run.path) if self.home else self.run.hashes

    def bring(self, wanted: Iterable[str], own: Iterable[str]) -> None:
        """Make of what is here what is there."""
        there = dict.fromkeys(wanted)
        gone = [name for name in own if name not in there and _epoch_of(name) is None]
        if not there:
            self._remove(gone)
            return
        self._loosen([name for name in gone if name not in {STATUS, LIST}])
        kept = {epoch for name in there if (epoch := _epoch_of(name)) is not None}
        # What is older vouches for tables until the new one does.
        self._remove_checkpoints(keep={*kept, *range(max(kept, default=0))})
        for name in there:
            is_last = name in {STATUS, LIST}
            if name in self.staged and not is_last and _epoch_of(name) is None:
                self._put(name)
        self._put_checkpoints()
        self._conclude()
        self._remove_checkpoints(keep=kept)

    def _remove(self, names: Iterable[str]) -> None:
        """Remove a round that is begun anew."""
        remove_files(self.path, names)
        self._remove_checkpoints(keep=())
        with suppress(OSError):
            self.path.rmdir()

    def _loosen(self, gone: Sequence[str]) -> None:
        """Let files change, as in a run that goes on; remove those that are no more."""
        if self.home and self.known.text and not self.hashes.are_kept:
            self.hashes.begin()
        if not self.known.is_sealed:
            self.hashes.unseal(TABLES)
        if gone:
            self.hashes.forget(gone)
            remove_files(self.path, gone)

    def _conclude(self) -> None:
        """Vouch for all of it where it is over, and only then say so."""
        if self.known.is_sealed and not self.hashes.is_sealed:
            self.hashes.seal(TABLES)
        if STATUS in self.staged:
            self._put(STATUS)
        if LIST in self.staged:  # It was kept as the files were.
            self.staged[LIST].unlink(missing_ok=True)

    def _put(self, name: str) -> None:
        """Let a file take its place, its hash first where it has one."""
        is_listed = bool(self.known.of(name)) and name not in TABLES
        put = (
            self.hashes.replacement(name)
            if is_listed
            else replacement(self.path / name)
        )
        with put as temporary:
            self.staged[name].replace(temporary)

    def _put_checkpoints(self) -> None:
        directory = self.path / _CHECKPOINTS
        come = {
            epoch: self.staged[name].parent
            for name in self.staged
            if (epoch := _epoch_of(name)) is not None
        }
        for epoch in sorted(come):
            target = directory / f"{epoch:04d}"
            before = _hidden(target)
            try:
                for file in come[epoch].iterdir():
                    sync(file)
                sync(come[epoch])
                if target.exists():  # Of a training that was begun anew.
                    target.rename(before)
                come[epoch].rename(target)
                sync(directory)
                remove_checkpoint(before)
            except OSError as error:
                raise write_error(target, error) from error

    def _remove_checkpoints(self, keep: Iterable[int]) -> None:
        kept = set(keep)
        directory = self.path / _CHECKPOINTS
        for epoch, path in checkpoints(directory).items():
            if epoch not in kept:
                hidden = _hidden(path)
                with suppress(OSError):
                    path.rename(hidden)
                    remove_checkpoint(hidden)


def _remove_leftovers(run: Path) -> None:
    """Remove what was received by a process that has died, and never took its place."""
    for place, folders, names in os.walk(run):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in filter(_COMING.fullmatch, names):
            with suppress(OSError):
                Path(place, name).unlink()
        if Path(place).name == _CHECKPOINTS:
            for path in hidden_checkpoints(Path(place)):
                remove_checkpoint(path)


def _require_of_run(name: str) -> None:
    """Refuse what is no file below a run.

    Raises:
        RunError: A node has named it.
    """
    path = PurePosixPath(name)
    is_plain = not path.is_absolute() and path.parts and ".." not in path.parts
    if not is_plain or name == LOCK or any(one[:1] == "." for one in path.parts):
        raise RunError(f"a node has sent {name!r}, which is no file of a run")


def _hidden(path: Path) -> Path:
    """As files are called that are half written, so that those are removed alike."""
    return path.with_name(f".{path.stem}-{os.urandom(6).hex()}{path.suffix}")


def _is_of(staged: Path, epoch: Path) -> bool:
    """Whether a file has come for a checkpoint."""
    hidden = staged.parent
    return hidden.parent == epoch.parent and hidden.name.startswith(f".{epoch.name}-")


def _home_of(name: str) -> str:
    """The round that a file is of; empty: it is of the run."""
    parts = PurePosixPath(name).parts
    is_of_round = len(parts) > 2 and parts[0] == _ROUNDS  # noqa: PLR2004
    return f"{parts[0]}/{parts[1]}" if is_of_round else ""


def _within(home: str, name: str) -> str:
    return name.removeprefix(f"{home}/") if home else name


def _names(home: str, names: Iterable[str]) -> list[str]:
    return [_within(home, name) for name in names if _home_of(name) == home]


def _below(home: str, staged: Mapping[str, Path]) -> dict[str, Path]:
    return {
        _within(home, name): path
        for name, path in staged.items()
        if _home_of(name) == home
    }


def _epoch_of(name: str) -> int | None:
    """The checkpoint that a file is of; `None`: it is of none."""
    parts = PurePosixPath(name).parts
    is_of_one = len(parts) > 2 and parts[0] == _CHECKPOINTS and parts[1].isdecimal()  # noqa: PLR2004
    return int(parts[1]) if is_of_one else None
