"""What can be changed between groups: settings, and those that always go together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.comparison.column import RESERVED
from dlrun.comparison.comparison import Change
from dlrun.comparison.settings.alignment import added_kind

if TYPE_CHECKING:
    from dlrun.comparison.settings.difference import Setting
    from dlrun.comparison.settings.text import Scalar


@dataclass(frozen=True, slots=True)
class Factor:
    """One setting, or several that change together in every group."""

    heads: tuple[tuple[str, str, int], ...]
    """Path, head and place of each setting; those of one last key count as one."""
    codes: tuple[int, ...]
    """A number per group: equal numbers, equal values."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The settings that it stands for, one of each kind."""
        return tuple(path for path, _, _ in self.heads)

    def changes(
        self, before: Sequence[Scalar], after: Sequence[Scalar]
    ) -> tuple[Change, ...]:
        """What this factor changes between the settings of two groups."""
        return tuple(
            Change(path, head, before[place], after[place])
            for path, head, place in self.heads
            if before[place] != after[place]
        )


def find_factors(
    settings: Sequence[Setting], values: Sequence[Sequence[Scalar]]
) -> list[Factor]:
    """Find what differs between groups; what never changes alone is one factor.

    Args:
        settings: What the groups may differ in.
        values: Per group, the value of each of them.
    """
    together: dict[tuple[int, ...], set[int]] = {}
    for place in range(len(settings)):
        codes = _codes([one[place] for one in values])
        if any(codes):
            together.setdefault(codes, set()).add(place)
    columns = [[one[place] for one in values] for place in range(len(settings))]
    heads = fold(settings, columns)
    return [
        Factor(tuple(one for one in heads if one[2] in places), codes)
        for codes, places in together.items()
    ]


def _codes(values: Sequence[Scalar]) -> tuple[int, ...]:
    """Number the values by their first appearance; 1 and true are not the same."""
    known: dict[tuple[type, Scalar], int] = {}
    return tuple(known.setdefault(_typed(one), len(known)) for one in values)


def fold(
    settings: Sequence[Setting], columns: Sequence[Sequence[Scalar]]
) -> list[tuple[str, str, int]]:
    """Take settings of one last key with equal values for one, at several places.

    Args:
        settings: What differs.
        columns: The values of each of them.

    Returns:
        The path of the first, what to call them all (`units (x2)`), and its place.
    """
    merged: dict[tuple[object, ...], list[int]] = {}
    for place, (setting, column) in enumerate(zip(settings, columns, strict=True)):
        merged.setdefault((_last(setting), *map(_typed, column)), []).append(place)
    many = Counter(_last(setting) for setting in settings)
    found = []
    for places in merged.values():
        first = settings[places[0]]
        head, last = first.head, _last(first)
        if len(places) > 1:
            is_alone = many[last] == len(places) and last not in RESERVED
            short = last if is_alone and added_kind(first.path) is None else head
            head = f"{short} (x{len(places)})"
        found.append((first.path, head, places[0]))
    return found


def _last(setting: Setting) -> str:
    return setting.path.rpartition(".")[2]


def _typed(value: Scalar) -> tuple[type, Scalar]:
    return type(value), value
