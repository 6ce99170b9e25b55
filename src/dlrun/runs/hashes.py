"""`SHA256SUMS` of a run: what each of its files holds, so that none is another.

Its lines are those of `sha256sum`. The line of a file is added before the file takes
its place, so that a kill between the two leaves the hash of what is there in one of its
lines. When a run ends the list is sealed: one line per file, and the tables that have
grown until then take part in it. A run of an older dlrun has no list, and gets none.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.hash_list import (
    LIST,
    SEAL,
    STATUS,
    HashedFiles,
    HashList,
    file_hash,
    read_list,
)
from dlrun.runs.storage import (
    is_there,
    json_of,
    replacement,
    write_all,
    write_bytes,
    write_error,
)


class Hashes(HashedFiles):
    """The files of a directory, written and read with regard to their hashes."""

    __slots__ = ()

    def begin(self) -> None:
        """Begin a list; of one that was there, the status stays, as its file does.

        Raises:
            RunError: The disk refuses, or the list is damaged.
        """
        status = self._known().of(STATUS)
        self._write({STATUS: self._present(STATUS, status)} if status else {})

    def write_bytes(self, name: str, data: bytes) -> None:
        """Replace a file in one step, its hash first.

        Raises:
            RunError: The disk refuses.
        """
        self._note(name, hashlib.sha256(data).hexdigest())
        write_bytes(self.directory / name, data)
        self._tidy()

    def write_text(self, name: str, text: str) -> None:
        """Replace a text file, as `write_bytes` does."""
        self.write_bytes(name, text.encode("utf-8"))

    def write_json(self, name: str, values: Mapping[str, object]) -> None:
        """Replace a JSON file, as `write_bytes` does; the JSON is strict."""
        self.write_text(name, json_of(self.directory / name, values))

    @contextmanager
    def replacement(self, name: str) -> Iterator[Path]:
        """Give a temporary path that takes the place of a file, its hash first.

        Raises:
            RunError: The disk refuses; the old file is as it was.
        """
        with replacement(self.directory / name) as temporary:
            yield temporary
            self._note(name, file_hash(temporary))
        self._tidy()

    def seal(self, growing: Sequence[str]) -> None:
        """List every file as it is now, because the run ends.

        Args:
            growing: Tables that have had no hash, because they grew.

        Raises:
            RunError: The disk refuses, or the list is damaged.
        """
        if not self.are_kept:
            return
        hashes = {
            name: self._present(name, known)
            for name, known in self._known().entries().items()
            if name not in growing and is_there(self.directory / name)
        }
        for name in growing:
            if is_there(self.directory / name):
                hashes[name] = file_hash(self.directory / name)
        self._write(hashes, is_sealed=True)

    def unseal(self, growing: Sequence[str]) -> None:
        """Let tables grow again, because the run goes on.

        Raises:
            RunError: The disk refuses, or the list is damaged.
        """
        if self._known().is_sealed:
            self.forget(growing)

    def forget(self, names: Sequence[str]) -> None:
        """Take files off the list before they are removed, because the run goes on.

        Raises:
            RunError: The disk refuses, or the list is damaged.
        """
        known = self._known()
        if known.is_sealed or known.entries().keys() & set(names):
            hashes = {
                name: self._present(name, hashes)
                for name, hashes in known.entries().items()
                if name not in names
            }
            self._write(hashes)

    def _present(self, name: str, hashes: Sequence[str]) -> str:
        """The one of several hashes that the file has now."""
        if len(hashes) > 1:
            with suppress(RunError):
                sha256 = file_hash(self.directory / name)
                return sha256 if sha256 in hashes else hashes[-1]
        return hashes[-1]

    def _note(self, name: str, sha256: str) -> None:
        """Add a line; it is on the disk first where a file is replaced."""
        if not self.are_kept:
            return
        known = self._known()
        hashes = known.of(name)
        if hashes[-1:] == (sha256,):
            return
        if len(hashes) > 1:  # Such as the status, which is written again and again.
            self._keep_one_line_each(known)
        file = self.directory / LIST
        read_list.cache_clear()
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
            try:
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    whole = os.pread(descriptor, size, 0).rfind(b"\n") + 1
                    os.ftruncate(descriptor, whole)
                write_all(descriptor, f"{sha256}  {name}\n".encode())
                if hashes:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise write_error(self.directory / name, error) from error

    def _tidy(self) -> None:
        """Keep one line per file in a list that is sealed."""
        if self.are_kept and (known := self._known()).is_sealed:
            self._keep_one_line_each(known)

    def _keep_one_line_each(self, known: HashList) -> None:
        hashes = {
            name: self._present(name, hashes)
            for name, hashes in known.entries().items()
        }
        self._write(hashes, is_sealed=known.is_sealed)

    def _write(self, hashes: Mapping[str, str], *, is_sealed: bool = False) -> None:
        read_list.cache_clear()
        lines = [SEAL] if is_sealed else []
        lines += [f"{sha256}  {name}" for name, sha256 in hashes.items()]
        text = "".join(f"{line}\n" for line in lines)
        write_bytes(self.directory / LIST, text.encode())
