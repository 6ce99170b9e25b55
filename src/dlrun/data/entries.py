"""Entries for columns of a table, by their names or by patterns with `*`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from dlrun.writing import json_text


def fits(entry: str, column: str) -> bool:
    """Whether a column is the one of this name, or one that a pattern stands for."""
    return _pattern(entry).fullmatch(column) is not None


@lru_cache(maxsize=1024)
def _pattern(entry: str) -> re.Pattern[str]:
    """What an entry stands for; a wide table asks it of each column."""
    return re.compile(".*".join(map(re.escape, entry.split("*"))), re.DOTALL)


def rename_cure(columns: Iterable[str]) -> str | None:
    """What to do about columns that no entry can name alone; `None`: each can be named.

    A name with `*` is a pattern as well, and stands for other columns, too.
    """
    starred = [json_text(column) for column in columns if "*" in column]
    if not starred:
        return None
    told = f"call {' and '.join(starred)} otherwise in the file: as an entry "
    told += "it stands" if len(starred) == 1 else "they stand"
    return f"{told} for other columns, too"


def longest_pattern(entries: Iterable[str], column: str) -> str | None:
    """The longest pattern that fits a column."""
    fitting = (entry for entry in entries if "*" in entry and fits(entry, column))
    return max(fitting, key=len, default=None)


def entry_for(entries: Collection[str], column: str) -> str | None:
    """The entry that holds for a column: its name, or the longest pattern."""
    return column if column in entries else longest_pattern(entries, column)
