"""Numbers that are no plain ones: with a currency, a percent sign, or a unit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlrun.writing import cut

if TYPE_CHECKING:
    from dlrun.proposal.sample import SampledColumn

_FEWEST = 20
"""Fewer different texts may well be categories, as sizes of clothes."""
_MONEY = "$€£¥₹₽₩"
_BEFORE = rf"[-+]?(?:[{_MONEY}]|[A-Z]{{3}} |Rs\.? ?)? ?"
_BEHIND = rf"(?: ?[^\W\d_]{{1,4}}(?:/[^\W\d_]{{1,4}}|[²³])?| ?[%‰°{_MONEY}][CF]?)?"
_DIGITS = r"[-+]?[0-9][0-9.,' \u00a0\u202f]*"
_NUMBER = re.compile(f"({_BEFORE}){_DIGITS}({_BEHIND})")


def number_with_unit(column: SampledColumn) -> str | None:
    """What to write in place of numbers that all have one unit; `None`: they have none.

    A sign alone, as in `$5`, is one, and so is `%`.
    """
    if column.values is not None or len(column.texts) < _FEWEST:
        return None
    found = [_NUMBER.fullmatch(text) for text in column.texts]
    units = {(one[1].strip(" +-"), one[2].strip()) for one in found if one}
    if not all(found) or len(units) != 1 or units == {("", "")}:
        return None
    return f"numbers with a unit, as {cut(column.texts[0], 20)}: write them without it"
