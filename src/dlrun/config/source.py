"""Where config text comes from, a file or an argument, and the lines of it."""

from __future__ import annotations

import re
import stat
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias

from dlrun.config.regular import is_made_when_read
from dlrun.config.suggestion import did_you_mean
from dlrun.errors import ConfigError, Location, Problem
from dlrun.writing import path_fault

_BYTES_AT_MOST = 1_000_000
_NAMES_AT_MOST = 10_000
LINE_BREAK = re.compile(r"\r\n|\n|\r")
_COMMENT = re.compile(r"(?<=\s)#.*$")
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]"
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


ARGUMENT = "-s"
"""What the text of an argument that sets a value is called."""


@dataclass(frozen=True, eq=False)
class SourceText:
    """A text that somebody wrote: a config file, or a command-line argument."""

    name: str
    """The file name as shown to the user; `-s` or `-u` for an argument."""
    text: str
    directory: Path
    """Relative paths in this text start here; absolute."""
    ordinal: int | None = None
    """Which argument this is, counted from 1; `None` for a file."""

    def locate(self, start: int, end: int) -> Location:
        """The place of the characters from `start` up to `end`."""
        index = bisect_right(self._line_starts, start) - 1
        first, line = self._line_starts[index], self._line(index)
        column = min(start - first, len(line))
        stop = end - first
        if stop > len(line):  # goes on below: mark this line, but not a comment in it
            stop = len(_COMMENT.sub("", line).rstrip())
        number = self.ordinal or index + 1
        return Location(self.name, number, column + 1, max(1, stop - column), line)

    def line_number(self, start: int) -> int:
        """The line of a character, counted from 1."""
        return bisect_right(self._line_starts, start)

    def _line(self, index: int) -> str:
        """A line, one text for all places in it: there may be many in a long line."""
        line = self._lines.get(index)
        if line is None:
            first, *following = self._line_starts[index : index + 2]
            stop = following[0] if following else None
            line = self._lines[index] = self.text[first:stop].rstrip("\r\n")
        return line

    @cached_property
    def _lines(self) -> dict[int, str]:
        return {}

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in LINE_BREAK.finditer(self.text))]


class Mark(NamedTuple):
    """The characters of a source from `start` up to `end`."""

    source: SourceText
    start: int
    end: int
    notes: tuple[Note, ...] = ()
    """Where else the value was written or used, the nearest first."""

    def location(self) -> Location:
        """The same place in lines and columns."""
        place = self.source.locate(self.start, self.end)
        return replace(place, notes=self.told()) if self.notes else place

    def told(self) -> tuple[str, ...]:
        """The notes in words, each with its place."""
        places = ((words, mark.source.locate(*mark[1:3])) for words, mark in self.notes)
        return tuple(
            f"{words} {place.file}:{place.line}:{place.column}"
            for words, place in places
        )


Note: TypeAlias = tuple[str, Mark]
"""What another place has to do with a value: `used as `$width` at`."""


@dataclass(frozen=True, slots=True)
class KeptTexts:
    """What was read of a config once, to be read again however its files changed."""

    texts: Mapping[Path, str] = field(default_factory=dict)
    """Of each file, by its absolute path."""
    directory: Path | None = None
    """The current directory of that time, where the paths of `-s` start."""

    @contextmanager
    def again(self) -> Iterator[None]:
        """Let these texts be what is read while the block lasts."""
        token = _kept.set(self)
        try:
            yield
        finally:
            _kept.reset(token)


_kept: ContextVar[KeptTexts] = ContextVar("kept", default=KeptTexts())  # noqa: B039 - frozen


def here() -> Path:
    """Where relative paths of the command line start."""
    return _kept.get().directory or Path.cwd()


def read_source(file: Path, name: str) -> SourceText:
    """Read a config file that is shown to the user as `name`.

    Raises:
        ConfigError: there is no such file, or it is no UTF-8 text of at most 1 MB.
    """
    kept = _kept.get().texts.get(file.absolute())
    if kept is not None:
        return SourceText(name, kept, file.absolute().parent)
    try:
        mode = file.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ConfigError(_no_regular_file(file, name, mode))
        if is_made_when_read(file):
            raise ConfigError(_no_regular_file(file, name, 0))
        with file.open("rb") as stream:
            data = stream.read(_BYTES_AT_MOST + 1)
        directory = file.absolute().parent
        str(directory).encode()  # a run records it in its files
    except FileNotFoundError:
        raise ConfigError(_missing_file(file, name)) from None
    except UnicodeEncodeError as error:
        raise ConfigError(_no_text(file)) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(
            Problem((), f"cannot read `{name}`: {reason}", code="unreadable-file")
        ) from error
    if len(data) > _BYTES_AT_MOST:
        raise ConfigError(_too_large(name))
    source = SourceText(name, _decode(data, name), directory)
    refuse_control_characters(source)
    return source


def refuse_control_characters(source: SourceText) -> None:
    """Refuse characters that no editor shows: NUL, escape and the like.

    Raises:
        ConfigError: there is one; the first is marked.
    """
    found = _CONTROL.findall(source.text)
    if not found:
        return
    start = source.text.index(found[0])
    escape = f"\\u{ord(found[0]):04X}"
    hint = f'remove it, or write it in double quotes as "{escape}"'
    if "\ud800" <= found[0] <= "\udfff":
        hint = "it stands for a byte that is not UTF-8: rename what is named so"
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    raise ConfigError(
        Problem(
            (),
            f"control character U+{ord(found[0]):04X} in the text{more}",
            hint=hint,
            code="control-character",
            location=source.locate(start, start + 1),
        )
    )


def _decode(data: bytes, name: str) -> str:
    if data.startswith(_UTF_16) or b"\x00" in data[:2]:
        raise ConfigError(
            Problem(
                (),
                f"`{name}` is UTF-16 text, expected UTF-8",
                hint="save it again with the encoding UTF-8",
                code="not-utf-8",
            )
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A codec that strips a byte-order mark counts the bytes behind it.
        body = error.object
        offset = error.start + len(data) - len(body)
        before = SourceText(name, body[: error.start].decode(), Path())
        place = before.locate(len(before.text), len(before.text) + 1)
        line = body[error.start :].splitlines()[0].decode(errors="replace")
        raise ConfigError(
            Problem(
                (),
                f"not UTF-8 text: 0x{data[offset]:02X} at byte offset {offset}",
                hint="save it again with the encoding UTF-8",
                code="not-utf-8",
                location=Location(name, place.line, place.column, 1, place.text + line),
            )
        ) from None


def _no_text(file: Path) -> Problem:
    """A path of bytes that are not UTF-8, which the files of a run cannot hold."""
    message, cure = path_fault(file.absolute())
    hint = cure or "rename the folder or the file"
    return Problem((), message, hint=hint, code="not-utf-8")


def _missing_file(file: Path, name: str) -> Problem:
    directory = file.parent
    try:
        names = sorted(
            entry.name for entry in islice(directory.iterdir(), _NAMES_AT_MOST)
        )
    except OSError:
        return Problem(
            (),
            f"there is no file `{name}`",
            hint=f"there is no directory `{directory}` either",
            code="missing-file",
        )
    configs = [entry for entry in names if entry.endswith((".yaml", ".yml"))]
    hint = did_you_mean(file.name, configs)
    if hint is None and configs:
        hint = f"in that directory there is {', '.join(configs[:10])}"
    return Problem((), f"there is no file `{name}`", hint=hint, code="missing-file")


def _no_regular_file(file: Path, name: str, mode: int) -> Problem:
    kinds = (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    kind = next((words for test, words in kinds if test(mode)), "written by the kernel")
    hint = None
    if stat.S_ISDIR(mode):
        names = sorted(
            entry.name
            for entry in islice(file.iterdir(), _NAMES_AT_MOST)
            if entry.suffix == ".yaml"
        )
        hint = f"name a file in it: {', '.join(names[:10])}" if names else None
    return Problem(
        (),
        f"expected a regular file, but `{name}` is {kind}",
        hint=hint,
        code="not-a-file",
    )


def _too_large(name: str) -> Problem:
    return Problem(
        (),
        f"`{name}` is larger than 1 MB",
        hint="keep data in a file of its own and name it under `data`",
        code="too-large",
    )
