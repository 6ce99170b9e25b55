"""Columns of rows that are carried along, beside what is predicted for them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dlrun.errors import DataError, Problem
from dlrun.writing import choices, did_you_mean, json_text, nearest

_ANY = "*"


@dataclass(frozen=True, slots=True)
class Keep:
    """The columns that somebody wants to find beside predictions."""

    asked: tuple[str, ...] = ()
    """Names, lists of names with commas between them, or patterns with `*`."""

    def choose(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The columns that are meant, in the order in which they were asked for.

        A column whose name is exactly what was written beats a list or a pattern.

        Args:
            columns: those that there are, in their order.

        Raises:
            DataError: with every name that is none of them.
        """
        known, problems = frozenset(columns), []
        found: dict[str, None] = {}
        for text in self._names(known):
            fitting = [text] if text in known else []
            if not fitting and _ANY in text:
                pattern = text.replace("[", "[[]").replace("?", "[?]")
                fitting = [name for name in columns if fnmatchcase(name, pattern)]
            found |= dict.fromkeys(name for name in fitting if name)
            if not fitting:
                problems.append(_unknown(text, columns))
        if problems:
            raise DataError(*problems)
        return tuple(found)

    def _names(self, known: frozenset[str]) -> Iterator[str]:
        for text in self.asked:
            if text in known:
                yield text
            else:
                yield from map(str.strip, _listed(text))


NOTHING_KEPT = Keep()


def _listed(text: str) -> list[str]:
    """The names between commas; one with a comma of its own stands in quotes."""
    lines: Iterable[str] = [text]
    return next(csv.reader(lines, skipinitialspace=True), [""])


def _unknown(name: str, columns: Sequence[str]) -> Problem:
    what = "no column fits" if _ANY in name else "there is no column"
    meant = did_you_mean([nearest(name, columns)])
    hint = f"{meant} the columns are {choices(columns, most=20)}".lstrip()
    message = f"{what} {json_text(name)}, which was to be kept"
    return Problem((), message, hint=hint, code="missing-column")
