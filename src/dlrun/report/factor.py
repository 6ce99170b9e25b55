"""What can be changed between groups: settings, and those that always go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.report.comparison import Change

if TYPE_CHECKING:
    from dlrun.report.difference import Scalar, Setting


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
    together: dict[tuple[int, ...], list[int]] = {}
    for place in range(len(settings)):
        codes = _codes([one[place] for one in values])
        if any(codes):
            together.setdefault(codes, []).append(place)
    return [
        Factor(_heads(settings, values, places), codes)
        for codes, places in together.items()
    ]


def _codes(values: Sequence[Scalar]) -> tuple[int, ...]:
    """Number the values by their first appearance; 1 and true are not the same."""
    known: dict[tuple[type, Scalar], int] = {}
    return tuple(known.setdefault((type(one), one), len(known)) for one in values)


def _heads(
    settings: Sequence[Setting], values: Sequence[Sequence[Scalar]], places: list[int]
) -> tuple[tuple[str, str, int], ...]:
    """Settings of one last key with equal values are one change at several places."""
    merged: dict[tuple[object, ...], list[int]] = {}
    for place in places:
        last = settings[place].path.rpartition(".")[2]
        merged.setdefault((last, *(one[place] for one in values)), []).append(place)
    return tuple(
        (
            settings[one[0]].path,
            settings[one[0]].head + (f" (x{len(one)})" if len(one) > 1 else ""),
            one[0],
        )
        for one in merged.values()
    )
