"""Files of a run, held against the hashes that `SHA256SUMS` lists.

Nothing vouches for the files of a run without a list, which an older dlrun has made.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from dlrun.errors import RunError
from dlrun.runs.reading import (
    PARTIAL,
    JsonObject,
    MissingError,
    parse_object,
    read_bytes,
    require_no_link,
)
from dlrun.writing import command_line

LIST = "SHA256SUMS"
_CONFIG = "config.yaml"
"""Is for people, who may edit it to train something else; programs read the JSON."""
STATUS = "status.json"
SEAL = "# the run has ended; sha256sum --check SHA256SUMS checks its files"
"""The first line of a list that is complete."""
_OTHER = f"is damaged or foreign: its SHA-256 is not that of {LIST}"
ListState: TypeAlias = tuple[int, int, int]
"""What tells one content of a list from the next."""
_DIGITS = 64
_BLOCK = 1 << 20


class DamagedError(RunError):
    """A file of a run that is not what the run has written."""


@dataclass(frozen=True, slots=True)
class HashList:
    """What the list says; until the run ends, each line of a file counts."""

    text: str
    """Its whole lines, each with its end."""
    is_sealed: bool
    """Whether the run has ended: then every file must be listed."""

    def of(self, name: str) -> tuple[str, ...]:
        """The hashes of a file, the newest last; empty: it is not listed."""
        end = f"  {name}\n"
        place = self.text.find(end)
        hashes: tuple[str, ...] = ()
        while place >= 0:
            hashes = (*hashes, self.text[max(0, place - _DIGITS) : place])
            place = self.text.find(end, place + 1)
        return hashes

    def entries(self) -> dict[str, tuple[str, ...]]:
        """The same of each file that is listed."""
        lines = self.text.splitlines()[self.is_sealed :]
        return {name: self.of(name) for name in (line[_DIGITS + 2 :] for line in lines)}


NO_LIST = HashList("", is_sealed=False)


def file_hash(file: Path) -> str:
    """SHA-256 of a plain file, read block by block.

    Raises:
        RunError: It is missing, no plain file, or cannot be read.
    """
    require_no_link(file)
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except FileNotFoundError as error:
        raise MissingError(f"{file} is missing", hint=PARTIAL) from error
    except OSError as error:
        message = f"cannot read {file}: {error.strerror or error}"
        raise RunError(message, hint="check the permissions of the folder") from error
    return digest.hexdigest()


def list_state(file: str) -> ListState | None:
    """What changes with the list; None: there is none."""
    try:
        status = os.stat(file)  # noqa: PTH116 - a comparison asks thousands of times
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


@lru_cache(maxsize=2048)
def read_list(file: str, state: ListState) -> HashList:
    """Read a list, once for all files of a run.

    Raises:
        DamagedError: It is no text of ours.
    """
    del state  # It only tells one content from the next.
    try:
        text = read_bytes(Path(file)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedError(f"{file} is damaged", hint=PARTIAL) from error
    whole = text[: text.rfind("\n") + 1]  # What follows was never meant.
    return HashList(whole, whole.startswith(f"{SEAL}\n"))


@dataclass(frozen=True, slots=True)
class HashedFiles:
    """The files of a directory, read with regard to their hashes."""

    directory: Path
    run: Path | None = None
    """The run that a directory of a round belongs to; None: it is one itself."""

    @property
    def are_kept(self) -> bool:
        """Whether there is a list; older runs have none, and get none."""
        return list_state(self._list) is not None

    @property
    def is_sealed(self) -> bool:
        """Whether the list is that of the end of the run.

        Raises:
            DamagedError: It is no text of ours.
        """
        return self._known().is_sealed

    def read(self, name: str) -> bytes:
        """Read a file, and hold it against its hash.

        Raises:
            DamagedError: It is not what the run has written.
            RunError: It is missing or cannot be read.
        """
        return self._read(self.directory / name, name)

    def _read(self, file: Path, name: str) -> bytes:
        while True:
            known, state = self._look()
            try:
                data = read_bytes(file)
                if state is not None:  # Without a list nothing vouches for a file.
                    self._require(known, name, hashlib.sha256(data).hexdigest())
            except RunError as error:
                if list_state(self._list) != state:
                    continue  # It was replaced meanwhile.
                is_listed = known.is_sealed and known.of(name)
                is_closed = isinstance(error.__cause__, PermissionError)
                if isinstance(error, DamagedError) or not is_listed or is_closed:
                    raise
                raise DamagedError(error.message, hint=self.cure) from error
            return data

    def read_text(self, name: str) -> str:
        """Read a UTF-8 file, as `read` does."""
        return self._text(self.directory / name, name)

    def _text(self, file: Path, name: str) -> str:
        try:
            return self._read(file, name).decode("utf-8")
        except UnicodeDecodeError as error:
            raise RunError(f"{file} is not UTF-8 text", hint=self.cure) from error

    def read_json(self, name: str) -> JsonObject:
        """Read the JSON object that a file holds, as `read` does."""
        file = self.directory / name
        return parse_object(file, self._text(file, name))

    def require(self, name: str, sha256: str) -> None:
        """Refuse what a file holds if it is not what the run has written.

        Raises:
            DamagedError: It is another hash, or a run that has ended lists none.
        """
        self._require(self._known(), name, sha256)

    def _require(self, known: HashList, name: str, sha256: str) -> None:
        hashes = known.of(name)
        if not hashes and known.is_sealed:
            raise self.damage(name, f"is damaged or foreign: {LIST} does not list it")
        if hashes and sha256 not in hashes:
            raise self.damage(name, _OTHER)

    def require_file(self, name: str) -> None:
        """The same of a file on the disk, however large."""
        if self.are_kept:
            self.require(name, file_hash(self.directory / name))

    def lists(self, name: str) -> bool:
        """Whether the run that has ended wrote such a file."""
        known = self._known()
        return known.is_sealed and bool(known.of(name))

    def damages(
        self, at_most: int | None = None, but: Container[str] = ()
    ) -> list[str]:
        """A sentence for each file that is not what the run has written.

        Args:
            at_most: Leave larger files out, in bytes; None: read all of them.
            but: Leave these out.
        """
        try:
            known = self._known()
        except RunError as error:
            return [error.message]
        sentences: list[str] = []
        for name in known.entries():
            is_left = name in {_CONFIG, STATUS} or name in but
            if is_left or self._exceeds(name, at_most):
                continue
            try:
                self.read(name)
            except DamagedError as error:
                sentences.append(error.message)
            except RunError as error:
                if known.is_sealed:
                    sentences.append(error.message)
        return sentences

    def _exceeds(self, name: str, size: int | None) -> bool:
        if size is None:
            return False
        with suppress(OSError):
            return os.stat(f"{self.directory}/{name}").st_size > size  # noqa: PTH116
        return False

    def require_config(self) -> None:
        """Refuse a config for people that is no longer that of the run.

        Raises:
            DamagedError: Somebody has edited it, which makes it that of another run.
        """
        self.require_file(_CONFIG)

    def require_all(self) -> None:
        """Hold every file against its hash, however large it is.

        Raises:
            DamagedError: Some are not what the run has written; the message names them.
        """
        damages = self.damages()
        if damages:
            raise DamagedError("; ".join(damages), hint=self.cure)

    def names(self) -> list[str]:
        """The files that are listed; none, where the list is damaged."""
        with suppress(RunError):
            return list(self._known().entries())
        return []

    def damage(self, name: str, words: str) -> DamagedError:
        """What to raise for a file that is not what the run has written."""
        return DamagedError(f"{self.directory / name} {words}", hint=self.cure)

    @property
    def cure(self) -> str:
        """What to do about a file that is damaged or gone."""
        config = (self.run or self.directory) / _CONFIG
        again = command_line("train", config)
        return f"put the file back, or train again: {again}"

    def _known(self) -> HashList:
        """What the list says; nothing, where the run is older than lists.

        Raises:
            DamagedError: It is damaged, or missing though the run has kept one.
        """
        return self._look()[0]

    def _look(self) -> tuple[HashList, ListState | None]:
        """What the list says, and what tells it from the next."""
        state = list_state(self._list)
        if state is None:
            return NO_LIST, None
        return read_list(self._list, state), state

    def require_list(self, *, is_sealed: bool) -> None:
        """Refuse a run that has kept a list, and has it no longer.

        Args:
            is_sealed: The run has ended.

        Raises:
            DamagedError: The list is missing, or is not that of the end of the run.
        """
        known, state = self._look()
        if state is None:
            raise self.damage(LIST, "is missing")
        if is_sealed and not known.is_sealed:
            raise self.damage(LIST, "is damaged: it is not that of the end of the run")

    @property
    def _list(self) -> str:
        return f"{self.directory}/{LIST}"
