"""An error of the YAML parser, and the text around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dlrun.config.source import LINE_BREAK, SourceText
from dlrun.errors import Problem


@dataclass(frozen=True, slots=True)
class Complaint:
    """A syntax error; positions are characters of the source's text."""

    source: SourceText
    words: str
    at: int
    context: str
    context_at: int

    @property
    def char(self) -> str:
        """The character of the error; empty at the end of the text."""
        return self.source.text[self.at : self.at + 1]

    @property
    def line_before(self) -> str:
        """The text on the line, before the error."""
        return LINE_BREAK.split(self.source.text[: self.at])[-1]

    @property
    def line(self) -> str:
        """The whole line of the error."""
        rest = LINE_BREAK.split(self.source.text[self.at :], maxsplit=1)[0]
        return self.line_before + rest

    def lines_above(self) -> Iterator[tuple[int, str]]:
        """Start and text of the lines above, upwards, without blanks and comments."""
        start = self.at - len(self.line_before)
        for line in reversed(self.source.text[:start].splitlines(keepends=True)):
            start -= len(line)
            if line.strip() and not line.lstrip().startswith("#"):
                yield start, line.rstrip()

    def problem(
        self, message: str, hint: str | None, *, at: int = -1, length: int = 1
    ) -> Problem:
        """Say what is wrong, and mark `length` characters from `at` on."""
        at = self.at if at < 0 else at
        where = self.source.locate(at, at + length)
        return Problem((), message, hint=hint, code="syntax", location=where)

    def word(self, at: int) -> str:
        """The text from `at` up to a space, or to the end of the item."""
        return re.split(r"[\s,\]}]", self.source.text[at:], maxsplit=1)[0]
