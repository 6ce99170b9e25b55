"""Columns of dates: how they are written, and which of their parts tell something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from dlrun.data.date_text import COMPACT, ISO, are_compact, formats_of
from dlrun.proposal.plan import ColumnPlan, dropped, of_gaps

if TYPE_CHECKING:
    from dlrun.proposal.sample import SampledColumn

_LOOKS_LIKE_ONE = re.compile(r"(?=.*[0-9].*[0-9]).{6,40}")
_LOOKED_AT = 2000
_DAYS = 5
"""Fewer numbers may be dates by chance."""
_A_MONTH, _A_YEAR = 40, 300
"""Days over which the day of the week, or the month, comes back."""


def plan_date(column: SampledColumn) -> ColumnPlan | None:
    """Parts of a date, as numbers that come round; `None`: these are no dates."""
    if not _LOOKS_LIKE_ONE.fullmatch(column.texts[0]):
        return None
    texts = _spread(column.texts)
    forms = [COMPACT] if are_compact(texts) else formats_of(texts)
    if not forms:
        return None
    dates = [_read(text, forms[0]) for text in texts]
    told = f"dates, {min(dates):%Y-%m-%d} to {max(dates):%Y-%m-%d}"
    told += of_gaps(column.gaps, column.share_of_gaps)
    parts = _parts(dates)
    if len({_read(texts[0], form) for form in forms}) > 1 or len(forms) > 1:
        parts = ["year"] if "year" in parts else []
        told += f"; {forms[0]} or {forms[1]}? day and month are not guessed"
    if not parts:
        return dropped(column.name, told)
    stated: dict[str, object] = {"parts": parts}
    if forms[0] != ISO:
        stated["format"] = forms[0]
    if parts != ["year"]:
        stated["cyclic"] = True
    encoder = {"date": parts if len(stated) == 1 else stated}
    width = sum(1 if part == "year" else 2 for part in parts)
    chain = [{"impute": "most_frequent"}, encoder, "scale"]
    plan = ColumnPlan(column.name, chain, told, width=width)
    is_sure = len(forms) == 1
    return replace(plan, is_date=is_sure, form=forms[0])


def are_days(column: SampledColumn) -> bool:
    """Whether whole numbers are dates, as 20240131."""
    return len(column.texts) >= _DAYS and are_compact(column.texts)


def mixed_dates(column: SampledColumn) -> str | None:
    """What to do about dates that have several forms; `None`: they have one."""
    texts = _spread(column.texts)
    if column.values is not None or not all(map(_LOOKS_LIKE_ONE.fullmatch, texts)):
        return None
    if formats_of(texts) or not all(map(formats_of, ([text] for text in texts))):
        return None
    # Of the first text, and of the first one that is written otherwise.
    forms = {*formats_of([texts[0]])}
    other = next(text for text in texts if forms.isdisjoint(formats_of([text])))
    return (
        f"dates in several forms, as {texts[0]} and {other}: write all of them in one"
    )


def _spread(texts: Sequence[str]) -> Sequence[str]:
    """Some texts from all over a list."""
    return texts[:: max(1, len(texts) // _LOOKED_AT)]


def _read(text: str, form: str) -> datetime:
    if form == ISO:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    return datetime.strptime(text, form)


def _parts(dates: Sequence[datetime]) -> list[str]:
    """The parts that differ, and come back often enough to be learned."""
    days = (max(dates) - min(dates)).days
    several = {
        "year": days > _A_YEAR,
        "month": days > 2 * _A_MONTH,
        "weekday": days <= _A_YEAR or len(dates) > days / 3,
        "hour": True,
    }
    return [
        part
        for part, comes_back in several.items()
        if comes_back and len({_part(date, part) for date in dates}) > 1
    ]


def _part(date: datetime, part: str) -> int:
    return date.weekday() if part == "weekday" else int(getattr(date, part))
