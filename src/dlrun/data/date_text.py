"""How dates are written, as far as a text alone tells it: day and month it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

ISO = ""
"""Stands for ISO 8601, which needs no format."""
COMPACT = "%Y%m%d"
"""How dates are written that numbers are, too."""
_COMPACT = re.compile(r"(?:1[89]|20|21)[0-9]{6}")
_YEAR_FIRST = re.compile(
    r"[0-9]{4}([./-])[0-9]{1,2}\1[0-9]{1,2}(?:([ T])[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?"
)

_FORMATS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%m/%d/%y", "%d/%m/%y", "%d.%m.%y"),
    *("%b %d %Y", "%d %b %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y"),
    *("%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"),
    *("%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"),
    *("%Y-%m-%d %I:%M %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p"),
    *("%b %Y", "%B %Y", "%Y-%m", "%Y/%m"),
)
"""How people write dates that do not begin with their year."""


def date_formats(text: str) -> frozenset[str]:
    """The ways to write dates that a text is certain to follow; none: it is no date."""
    found = set()
    try:
        datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        found.add(ISO)
    form = year_first(text)
    return frozenset(found | ({form} if form else set()))


def year_first(text: str) -> str | None:
    """The format of a date that begins with its year; `None`: it is none."""
    parts = _YEAR_FIRST.fullmatch(text)
    if parts is None:
        return None
    sign, between, seconds = parts.groups()
    hours = f"{between}%H:%M{':%S' if seconds else ''}" if between else ""
    form = f"%Y{sign}%m{sign}%d{hours}"
    return form if is_written(text, form) else None


def formats_of(texts: Sequence[str]) -> list[str]:
    """The ways to write dates that all texts follow; of several none is certain."""
    common = set(date_formats(texts[0]))
    for text in texts[1:]:
        common &= date_formats(text)
        if not common:
            break
    if common:
        return sorted(common)[:1]  # ISO 8601 comes first.
    forms = [form for form in _FORMATS if is_written(texts[0], form)]
    return [form for form in forms if all(is_written(one, form) for one in texts)]


def is_written(text: str, form: str) -> bool:
    """Whether a text follows a format of `datetime.strptime`."""
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def are_compact(texts: Iterable[str]) -> bool:
    """Whether all of some numbers are dates as `20240131`, of years in use."""
    return all(_COMPACT.fullmatch(text) and is_written(text, COMPACT) for text in texts)
