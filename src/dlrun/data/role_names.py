"""What columns are called that say whom a row is about, or when it was."""

from __future__ import annotations

import re

_NAMES_GROUPS = re.compile(
    r"(?i:(?:.*[ _.-])?(?:id|pid|uuid|patient|subject|user|customer|participant))"
    r"|(?i:person)|.*[a-z](?:Id|ID)"
)
_NAMES_TIMES = re.compile(
    r"(?i:(?:.*[ _.-])?(?:date|day|time|datetime|timestamp|when))"
    r"|.*[a-z](?:Date|Day|Time|Timestamp)"
)


def names_groups(column: str) -> bool:
    """Whether a column is called as one is that says whom a row is about."""
    return _NAMES_GROUPS.fullmatch(column) is not None


def names_times(column: str) -> bool:
    """Whether a column is called as one is that says when a row was."""
    return _NAMES_TIMES.fullmatch(column) is not None
