"""A change of a setting in words, as several sections say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.comparison.settings.text import added_words
from dlrun.writing import one_line

if TYPE_CHECKING:
    from dlrun.comparison.settings.difference import SettingChange

ARROW = "→"
"""On the page; a terminal may lack it."""


def change_words(change: SettingChange, arrow: str = "->") -> str:
    """`rate 0 -> 0.5`; of a layer that one side lacks `+Dropout(0.5) after hidden1`."""
    before, after = one_line(change.before), one_line(change.after)
    head = one_line(change.head)
    if change.before is None and (added := added_words(change.path, head, after)):
        return f"+{added}"
    if change.after is None and (removed := added_words(change.path, head, before)):
        return f"-{removed}"
    return f"{head} {before} {arrow} {after}"
