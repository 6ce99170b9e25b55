"""Numbers with marks between thousands: which mark a table has, where it is certain."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dlrun.data.dialect import Thousands, ungrouped
from dlrun.writing import cut, number_of
from dlrun.writing.flow import flow

if TYPE_CHECKING:
    from dlrun.proposal.sample import SampledColumn

_MARKS: tuple[Thousands, ...] = (" ", "'", ",", ".")
_SURE = 5
"""Different numbers with a comma that all have three digits behind it."""
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:\D\d{3})*(?:[.,]\d*)?|[+-]?\d+(?:[.,]\d*)?")


def find_thousands(columns: Iterable[SampledColumn]) -> Thousands | None:
    """The mark between the thousands of some column; `None`: no column leaves no doubt.

    Args:
        columns: of the table, the labels too.
    """
    all_columns = [*columns]
    for mark in _MARKS:
        some = [one for one in all_columns if _is_grouped(one, mark)]
        others = [one for one in all_columns if one not in some]
        if some and _is_sure(some, mark) and not _is_fraction(others, mark):
            return mark
    return None


def doubtful_number(column: SampledColumn) -> str | None:
    """Of numbers that may have marks between thousands, what is to be written.

    Returns:
        `None` where they have none, or leave no doubt.
    """
    if column.values is not None:
        return None
    mark = next((one for one in _MARKS if _is_grouped(column, one)), None)
    if mark is None:
        return None
    first = next(text for text in column.texts if ungrouped([text], mark) != [text])
    if _is_sure([column], mark):
        told = f"numbers with marks between thousands, as {cut(first, 20)}: write them "
        return f"{told}without, as others have {flow(mark)} before a fraction"
    told = f"{cut(first, 20)} may have a mark between thousands: write "
    told += f"thousands: {flow(mark)} under csv if it has"
    return told + (', decimal: "," if it has a fraction' if mark == "," else "")


def _is_grouped(column: SampledColumn, mark: Thousands) -> bool:
    """Whether numbers have a mark between thousands, and there is nothing else."""
    if column.values is not None or not column.texts:
        return False
    texts = [*column.texts]
    if not all(map(_NUMBER.fullmatch, texts)):
        return False
    plain = ungrouped(texts, mark)
    if plain == texts:
        return False
    left = [one.replace(",", ".", 1) if mark != "," else one for one in plain]
    return all(number_of(one) is not None for one in left)


def _is_sure(columns: Iterable[SampledColumn], mark: Thousands) -> bool:
    """Whether a mark can be none of fractions: a space, or what no fraction has."""
    some = [*columns]
    if mark in {" ", "'"} or (mark == "." and any(one.has_commas for one in some)):
        return True
    texts = [text for column in some for text in column.texts]
    marked = [text for text in texts if mark in text]
    twice = any(text.count(mark) > 1 for text in marked)
    other = any("," in text and "." in text for text in marked)
    # Fractions of three digits would have them everywhere, or at times fewer.
    whole = any(text.strip("+-").isdigit() and len(text) > 1 for text in texts)
    return twice or other or (whole and len(marked) >= _SURE)


def _is_fraction(columns: Iterable[SampledColumn], mark: Thousands) -> bool:
    """Whether other columns of numbers have the mark before fractions."""
    if mark not in {",", "."}:
        return False
    return any(
        mark in text
        for column in columns
        for text in column.texts
        if _NUMBER.fullmatch(text)
    )
