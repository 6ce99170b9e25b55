"""Files that a config names: each is there, of a fitting kind, and on this machine."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, PlainValidator, TypeAdapter

from dlrun.components.fields import DataPath
from dlrun.components.words import invalid, shown
from dlrun.config import is_made_when_read
from dlrun.data.encoding import require_text
from dlrun.data.walk import (
    EndlessWalkError,
    Walk,
    is_there,
    what_is_there,
)
from dlrun.errors import DataError

if TYPE_CHECKING:
    from dlrun.components.sources.source import Source


def _refuse_remote(value: object) -> object:
    """A path is a place on this machine; dlrun opens no connection."""
    if isinstance(value, str) and "://" in value:
        message = f"expected a local file, found the address {shown(value)}"
        raise invalid(
            "not-a-file", message, hint="download it, and write the path of the file"
        )
    if isinstance(value, str) and value.startswith("~"):
        message = f"`~` is not expanded in paths, found {shown(value)}"
        raise invalid(
            "not-a-file", message, hint="write the path out, or relative to this config"
        )
    if isinstance(value, str) and ("\0" in value or not value):
        message = f"expected a path, found {shown(value)}"
        raise invalid("not-a-file", message, hint="write a path, as in data.csv")
    return value


LocalPath = Annotated[DataPath, BeforeValidator(_refuse_remote)]
"""A path on this machine, absolute."""
_LOCAL_PATH: TypeAdapter[Path] = TypeAdapter(LocalPath)


def _one_or_several(value: object) -> Path | tuple[Path, ...]:
    if isinstance(value, (list, tuple)):
        if not value:
            hint = "write at least one path, as in [data.csv]"
            raise invalid("wrong-type", "`path` is an empty list", hint=hint)
        return tuple(_LOCAL_PATH.validate_python(item) for item in value)
    return _LOCAL_PATH.validate_python(value)


LocalPaths = Annotated[Path | tuple[Path, ...], PlainValidator(_one_or_several)]
"""One path, a list of them, or a pattern with `*`."""


def find_files(source: Source, stated: Path | tuple[Path, ...]) -> tuple[Path, ...]:
    """The regular files that a `path` stands for; those of a pattern are sorted.

    Raises:
        DataError: a file is missing, is no regular file, or stands there twice.
    """
    if not isinstance(stated, tuple):
        return tuple(_matching(source, ("path",), stated))
    places: dict[Path, tuple[str | int, ...]] = {}
    for place in (("path", index) for index in range(len(stated))):
        for file in _matching(source, place, stated[place[1]]):
            if file in places:
                raise _listed_twice(source, place, file)
            places[file] = place
    return tuple(places)


def _listed_twice(
    source: Source, place: tuple[str | int, ...], file: Path
) -> DataError:
    message = f"{file.name} is there twice: each of its rows would count twice"
    hint = "name each file once, or by one pattern"
    return DataError(
        source.problem(*place, message=message, hint=hint, code="file-twice")
    )


def _matching(source: Source, place: tuple[str | int, ...], path: Path) -> list[Path]:
    files = [path]
    if not is_there(path) and any(char in str(path) for char in "*?["):
        try:
            files = Walk().matching(path)
        except EndlessWalkError as error:
            message = f"{path} leads past more than 100,000 files and folders"
            hint = "begin the pattern nearer to the files, or list them"
            raise DataError(
                source.problem(*place, message=message, hint=hint, code="endless-walk")
            ) from error
        if not files:
            hint = "check the pattern; `**` stands for any number of folders"
            message = f"no file matches {path}"
            raise DataError(
                source.problem(*place, message=message, hint=hint, code="missing-file")
            )
    for file in files:
        require(source, place, file, stat.S_ISREG)
    return files


def require(
    source: Source,
    place: tuple[str | int, ...],
    path: Path,
    is_kind: Callable[[int], bool],
) -> None:
    """Refuse a path that is not there, or is something else than expected.

    Args:
        source: for the path of the problem.
        place: the way to the value inside the source.
        path: what must be there.
        is_kind: `stat.S_ISREG` for a file, `stat.S_ISDIR` for a folder.

    Raises:
        DataError: with the nearest name that is there.
    """
    require_text((source.key, *place), path)
    wanted = "folder" if is_kind is stat.S_ISDIR else "file"
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) and is_made_when_read(path):
            mode = 0
    except OSError as error:
        code = f"missing-{wanted}"
        message = f"there is no {wanted} {path}"
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            message = f"cannot read {path}: {error.strerror}"
        hint = what_is_there(path)
        raise DataError(
            source.problem(*place, message=message, hint=hint, code=code)
        ) from error
    if not is_kind(mode):
        kinds = {
            stat.S_ISDIR: "a folder",
            stat.S_ISREG: "a file",
            stat.S_ISFIFO: "a pipe",
            stat.S_ISCHR: "a device",
            stat.S_ISBLK: "a device",
            stat.S_ISSOCK: "a socket",
        }
        kind = next(
            (words for test, words in kinds.items() if test(mode)),
            "written by the kernel",
        )
        message = f"expected a {wanted}, but {path} is {kind}"
        hint = f"write the path of a {wanted}"
        raise DataError(
            source.problem(*place, message=message, hint=hint, code="not-a-file")
        )


@contextmanager
def unchanged(source: Source, files: Sequence[Path]) -> Iterator[None]:
    """Read files that nobody writes meanwhile: else rows are missing, or cut in two.

    Raises:
        DataError: one is not what it was, whatever else was found in it.
    """
    before = [_state(file) for file in files]
    try:
        yield
    finally:
        for file, state in zip(files, before, strict=True):
            if _state(file) != state:
                message = f"{file.name} was changed while it was read"
                hint = "wait until it is whole, or read a copy of it"
                problem = source.problem(
                    "path", message=message, hint=hint, code="changed-file"
                )
                raise DataError(problem)


def _state(file: Path) -> tuple[int, int, int] | None:
    """What tells that a file was written or replaced; `None`: it is none, as a pipe."""
    try:
        status = file.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
