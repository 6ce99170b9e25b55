"""Files that are held against a manifest: no damaged byte is taken for a number."""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.runs.checkpoint_state import FileDigest
from dlrun.runs.reading import JsonObject, parse_object, read_bytes
from dlrun.runs.storage import write_all

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FORMAT = 1
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    tokenize.TokenError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What `zipfile` and `numpy.load` raise for damaged archives, encrypted and otherwise
unusual ones included; found by damaging thousands."""
_MANIFEST = "manifest.json"
_STATE = "state.json"


def write_whole(
    directory: Path,
    state: Mapping[str, object],
    arrays: Mapping[str, Sequence[NDArray[np.number]]],
) -> None:
    """Write a state and groups of arrays into an empty directory, the manifest last.

    Groups that are equal are written once.

    Raises:
        OSError: The disk refuses.
    """
    files: dict[str, FileDigest] = {}
    places: dict[str, str] = {}
    file_of: dict[str, str] = {}
    for group, members in arrays.items():
        content = _content_hash(members)
        if content not in file_of:
            file_of[content] = f"{group}.npz"
            files[file_of[content]] = _write_arrays(
                directory / file_of[content], members
            )
        places[group] = file_of[content]
    text = _json({**state, "arrays": places})
    files[_STATE] = _write_bytes(directory / _STATE, text)
    digests = {name: digest.to_json() for name, digest in files.items()}
    _write_bytes(directory / _MANIFEST, _json({"format": _FORMAT, "files": digests}))


def read_whole(
    directory: Path,
) -> tuple[JsonObject, dict[str, list[NDArray[np.number]]]]:
    """Read what `write_whole` wrote, and hold every byte against the manifest.

    Raises:
        RunError: Something is missing or is not as it was written.
    """
    files = _manifest(directory / _MANIFEST)
    content = {name: _verified(directory / name, files[name]) for name in files}
    state = _parsed_state(content.pop(_STATE))
    places = state.names("arrays")
    unknown = sorted(set(places.values()) - content.keys())
    if unknown:
        raise RunError(f"{_STATE} names {unknown[0]}, which the manifest does not")
    opened = {name: _arrays(directory / name, content[name]) for name in content}
    return state, {group: opened[name] for group, name in places.items()}


def read_state(directory: Path) -> JsonObject:
    """The state alone of what `write_whole` wrote.

    Raises:
        RunError: It is missing or is not as it was written.
    """
    files = _manifest(directory / _MANIFEST)
    return _parsed_state(_verified(directory / _STATE, files[_STATE]))


def _parsed_state(data: bytes) -> JsonObject:
    try:
        return parse_object(Path(_STATE), data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RunError(f"{_STATE} is not UTF-8 text") from error


def _manifest(file: Path) -> dict[str, FileDigest]:
    """The size and hash of each file; only what we would write again byte for byte."""
    data = read_bytes(file)
    try:
        values = parse_object(Path(file.name), data.decode("utf-8"))
        written = values.values.get("format")
        listed = values.object("files")
        files = {name: FileDigest.read(listed.object(name)) for name in listed.values}
        is_ours = _json(values.values) == data and _STATE in files
    except (ValueError, RunError) as error:
        raise RunError(f"{file.name} is damaged") from error
    if written != _FORMAT:
        raise RunError(f"{file.name} has the unknown format {written!r}")
    if not is_ours or any(Path(name).name != name for name in files):
        raise RunError(f"{file.name} is damaged")
    return files


def _verified(file: Path, digest: FileDigest) -> bytes:
    data = read_bytes(file)
    if len(data) != digest.bytes:
        message = f"{file.name} has {len(data):,} bytes instead of {digest.bytes}"
        raise RunError(message)
    if hashlib.sha256(data).hexdigest() != digest.sha256:
        raise RunError(f"{file.name} is damaged: its SHA-256 is another")
    return data


def _arrays(file: Path, data: bytes) -> list[NDArray[np.number]]:
    import numpy as np

    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            sizes = [entry.file_size for entry in archive.infolist()]
        if sum(sizes) > len(data):  # Ours are stored as they are.
            raise RunError(f"{file.name} is compressed, which dlrun never does")
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            return [arrays[f"arr_{index}"] for index in range(len(arrays.files))]
    except DAMAGE as error:
        raise RunError(f"{file.name} cannot be read: {error}") from error


class _HashedFile:
    """A new file that knows the hash of what was meant to be written into it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> int:
        view = memoryview(data).cast("B")
        write_all(self._descriptor, view)
        self._digest.update(view)
        self._size += len(view)
        return len(view)

    def flush(self) -> None:
        """Nothing is held back."""

    def digest(self) -> FileDigest:
        return FileDigest(self._size, self._digest.hexdigest())


def _write_arrays(file: Path, arrays: Sequence[NDArray[np.number]]) -> FileDigest:
    """Stream arrays into an NPZ file, without a second copy in memory."""
    import numpy as np

    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        stream = _HashedFile(descriptor)
        # As np.savez does, which would want to seek in the file.
        with zipfile.ZipFile(stream, "w") as archive:  # type: ignore[call-overload]
            for index, array in enumerate(arrays):
                entry = zipfile.ZipInfo(f"arr_{index}.npy")
                with archive.open(entry, "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return stream.digest()


def _write_bytes(file: Path, data: bytes) -> FileDigest:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return FileDigest.of(data)


def _content_hash(arrays: Sequence[NDArray[np.number]]) -> str:
    import numpy as np

    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _json(value: Mapping[str, object]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    return f"{text}\n".encode()
