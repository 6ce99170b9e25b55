"""Columns that are treated and called alike, under one entry of `data.columns`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dlrun.proposal.draft import as_value
from dlrun.proposal.plan import ColumnPlan

_FEWEST = 3
_PART = re.compile(r".*?[_.\- ]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    """An entry of `data.columns`, and for which columns it holds."""

    key: str
    members: tuple[ColumnPlan, ...]

    @property
    def encoders(self) -> object:
        """What becomes of them."""
        return self.members[0].encoders


def entries_of(plans: Sequence[ColumnPlan], others: Sequence[str]) -> list[ColumnEntry]:
    """As few entries as patterns that begin alike allow.

    Args:
        plans: that need an entry.
        others: columns that must be met by none of the patterns.
    """
    groups: dict[str, list[ColumnPlan]] = {}
    for plan in plans:
        groups.setdefault(as_value(plan.encoders), []).append(plan)
    found: list[ColumnEntry] = []
    for group in groups.values():
        names = {one.column for one in group}
        strangers = {*others, *(one.column for one in plans)} - names
        left = list(group)
        for start in _starts(sorted(names)):
            members = [one for one in left if one.column.startswith(start)]
            is_own = not any(name.startswith(start) for name in strangers)
            if len(members) >= _FEWEST and is_own:
                found.append(ColumnEntry(f"{start}*", tuple(members)))
                left = [one for one in left if one not in members]
        found += [ColumnEntry(one.column, (one,)) for one in left]
    return found


def _starts(names: Sequence[str]) -> list[str]:
    """What names may begin with that belong together, the shortest first."""
    starts = set()
    for name in names:
        starts |= {name[: part.end()] for part in _PART.finditer(name)}
        starts.add(name.rstrip("0123456789"))
    return sorted((one for one in starts if one and "*" not in one), key=len)
