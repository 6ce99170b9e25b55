"""What can be changed between groups: settings, and those that always go together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.comparison.column import RESERVED
from dlrun.comparison.comparison import SettingChange
from dlrun.comparison.settings.difference import Setting
from dlrun.comparison.settings.text import added_kind

if TYPE_CHECKING:
    from dlrun.config import Scalar


@dataclass(frozen=True, slots=True)
class Factor:
    """One setting, or several that change together in every group."""

    settings: tuple[Setting, ...]
    """What changes; settings of one last key count as one."""
    codes: tuple[int, ...]
    """A number per group: equal numbers, equal values."""

    def changes(
        self, before: Mapping[str, Scalar], after: Mapping[str, Scalar]
    ) -> tuple[SettingChange, ...]:
        """What this factor changes between the settings of two groups."""
        return tuple(
            SettingChange(
                setting.path, setting.head, before[setting.path], after[setting.path]
            )
            for setting in self.settings
            if before[setting.path] != after[setting.path]
        )


def find_factors(
    settings: Sequence[Setting], groups: Sequence[Mapping[str, Scalar]]
) -> list[Factor]:
    """Find what differs between groups; what never changes alone is one factor.

    Args:
        settings: What the groups may differ in.
        groups: The value of each of them, by its path, for each group.
    """
    together: dict[tuple[int, ...], set[str]] = {}
    for setting in settings:
        codes = _codes([values[setting.path] for values in groups])
        if any(codes):
            together.setdefault(codes, set()).add(setting.path)
    folded = fold(settings, groups)
    return [
        Factor(tuple(setting for setting in folded if setting.path in paths), codes)
        for codes, paths in together.items()
    ]


def _codes(values: Sequence[Scalar]) -> tuple[int, ...]:
    """Number the values by their first appearance; 1 and true are not the same."""
    known: dict[tuple[type, Scalar], int] = {}
    return tuple(known.setdefault(_typed(value), len(known)) for value in values)


def fold(
    settings: Sequence[Setting], groups: Sequence[Mapping[str, Scalar]]
) -> list[Setting]:
    """Take settings of one last key with equal values for one, at several places.

    Args:
        settings: What differs.
        groups: The value of each of them, by its path, for each group.

    Returns:
        Settings with the path of the first, and what to call them all: `units (x2)`.
    """
    merged: dict[tuple[object, ...], list[Setting]] = {}
    for setting in settings:
        values = (_typed(group[setting.path]) for group in groups)
        merged.setdefault((_last(setting), *values), []).append(setting)
    number_of = Counter(_last(setting) for setting in settings)
    folded = []
    for equals in merged.values():
        first, last = equals[0], _last(equals[0])
        head = first.head
        if len(equals) > 1:
            is_alone = number_of[last] == len(equals) and last not in RESERVED
            short = last if is_alone and added_kind(first.path) is None else head
            head = f"{short} (x{len(equals)})"
        folded.append(Setting(first.path, head))
    return folded


def _last(setting: Setting) -> str:
    return setting.path.rpartition(".")[2]


def _typed(value: Scalar) -> tuple[type, Scalar]:
    return type(value), value
