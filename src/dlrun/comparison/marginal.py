"""How the metric goes with each setting, over very many groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dlrun.comparison.comparison import Level, Marginal
from dlrun.comparison.curve import quantile
from dlrun.estimates import estimate
from dlrun.writing import number, one_line

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Group
    from dlrun.comparison.settings.factor import Factor
    from dlrun.comparison.settings.text import Scalar

FEWEST_GROUPS = 9
_MOST_LEVELS = 6
_BINS = 4


def find_marginals(
    groups: Sequence[Group], factors: Sequence[Factor]
) -> tuple[Marginal, ...]:
    """Sum the groups up by each value of each setting; numbers of many values by range.

    Args:
        groups: The groups of one experiment.
        factors: What they differ in.
    """
    rated = [group for group in groups if group.score]
    if len(rated) < FEWEST_GROUPS:
        return ()
    found = []
    for factor in factors:
        setting = factor.settings[0]
        levels = tuple(_levels(rated, setting.path))
        if len(levels) > 1:
            found.append(Marginal(setting.path, setting.head, levels))
    return tuple(found)


def _levels(groups: Sequence[Group], path: str) -> Iterator[Level]:
    values = sorted({group.settings[path] for group in groups}, key=_order)
    numbers = [one for one in values if isinstance(one, int | float)]
    if len(values) <= _MOST_LEVELS:
        for value in values:
            chosen = [one for one in groups if one.settings[path] == value]
            yield _level(one_line(value), chosen)
    elif len(numbers) == len(values):
        yield from _ranges(groups, path)


def _ranges(groups: Sequence[Group], path: str) -> Iterator[Level]:
    """Four ranges with about as many groups in each."""
    ordered = sorted(groups, key=lambda one: _order(one.settings[path]))
    numbers = [_order(one.settings[path])[1] for one in ordered]
    ends = sorted({quantile(numbers, part / _BINS) for part in range(1, _BINS + 1)})
    low = numbers[0]
    for at, end in enumerate(ends):
        chosen = [
            one
            for one, value in zip(ordered, numbers, strict=True)
            if value <= end and (at == 0 or value > ends[at - 1])
        ]
        if chosen:
            low = _order(chosen[0].settings[path])[1]
            high = _order(chosen[-1].settings[path])[1]
            yield _level(f"{number(low)} to {number(high)}", chosen)


def _level(text: str, groups: Sequence[Group]) -> Level:
    gaps = [group.gap.mean for group in groups if group.gap]
    return Level(
        value=text,
        groups=len(groups),
        score=estimate([group.score.mean for group in groups if group.score]),
        gap=estimate(gaps) if gaps else None,
    )


def _order(value: Scalar) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return 1, float(value), ""
    return (0, 0.0, "") if value is None else (2, 0.0, str(value))
