"""How much of a score several settings explain, each beside all the others.

An analysis of variance of the ranks of the scores: W. J. Conover and R. L. Iman, Rank
Transformations as a Bridge Between Parametric and Nonparametric Statistics, 1981. Each
grouping is tested beside all others that do not stand below it (sums of squares of
type II), so that settings that went together are not both praised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dlrun.estimates.difference import holm
from dlrun.estimates.estimate import beta_share

_TOLERANCE = 1e-9
"""A column of which less is left, given those before it, says nothing new."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Something that may have an effect."""

    levels: Sequence[int | None]
    """Of each observation, from 0; `None`: it does not have this grouping."""
    below: frozenset[int] = frozenset()
    """The places of the groupings that exist only at some levels of this one."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What is known of one grouping."""

    share: float
    """Of the variance of the ranks, what it explains beyond all others; 0 to 1."""
    p: float
    """How often as much would be explained by chance, adjusted for all groupings by
    Holm's method."""


def explain(
    values: Sequence[float],
    groupings: Sequence[Grouping],
    beside: Sequence[Grouping] = (),
    *,
    fewest_left: int,
) -> list[Explained] | None:
    """Tell what each grouping explains.

    Args:
        values: One per observation; only their order counts.
        groupings: What may explain them.
        beside: What may explain them as well, and is not asked for.
        fewest_left: So many observations must be left over, beyond what the groupings
            can fit.

    Returns:
        An entry per grouping; `None`: there are too few observations.
    """
    if not values:
        return None
    ranks = ranks_of(values)
    columns, rows = _columns([*groupings, *beside])
    gram = _gram(rows, ranks, sum(map(len, columns)) + 1)
    everything = [column for those in columns for column in those]
    _, rank = _left(gram, [0, *everything])
    if len(values) - rank < fewest_left:
        return None
    total, _ = _left(gram, [0])
    found: list[tuple[float, float]] = []
    for place, grouping in enumerate(groupings):
        others = [
            column
            for other, those in enumerate(columns)
            if other != place and other not in grouping.below
            for column in those
        ]
        without, known = _left(gram, [0, *others])
        rest, more = _left(gram, [0, *others, *columns[place]])
        freedom, spare = more - known, len(values) - more
        if not freedom or total <= 0:
            found.append((0.0, 1.0))
            continue
        gained = max(0.0, without - rest)
        found.append((gained / total, _chance(gained, freedom, rest, spare)))
    steps = holm([p for _, p in found])
    return [
        Explained(share, step.p) for (share, _), step in zip(found, steps, strict=True)
    ]


def ranks_of(values: Sequence[float]) -> list[float]:
    """The rank of each value, from 1; equal ones share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    for _, those in groupby(enumerate(order, 1), key=lambda one: values[one[1]]):
        equal = [*those]
        mean = sum(place for place, _ in equal) / len(equal)
        for _, index in equal:
            ranks[index] = mean
    return ranks


def _columns(groupings: Sequence[Grouping]) -> tuple[list[list[int]], list[list[int]]]:
    """The columns of each grouping, one per level, and those in which a row has a 1."""
    count = len(groupings[0].levels) if groupings else 0
    rows: list[list[int]] = [[0] for _ in range(count)]
    columns: list[list[int]] = []
    next_one = 1
    for grouping in groupings:
        levels = 1 + max(
            (one for one in grouping.levels if one is not None), default=-1
        )
        columns.append([*range(next_one, next_one + levels)])
        for row, level in zip(rows, grouping.levels, strict=True):
            if level is not None:
                row.append(next_one + level)
        next_one += levels
    return columns, rows


def _gram(
    rows: Sequence[Sequence[int]], values: Sequence[float], width: int
) -> list[list[float]]:
    """The products of all columns with each other, and last with the values."""
    gram = [[0.0] * (width + 1) for _ in range(width + 1)]
    for row, value in zip(rows, values, strict=True):
        for one in row:
            line = gram[one]
            for other in row:
                line[other] += 1.0
            line[width] += value
            gram[width][one] += value
        gram[width][width] += value * value
    return gram


def _left(gram: Sequence[Sequence[float]], columns: Sequence[int]) -> tuple[float, int]:
    """The sum of squares that columns leave, and how many of them say something.

    By elimination, a column after the other.
    """
    order = [*columns, len(gram) - 1]
    matrix = [[gram[one][other] for other in order] for one in order]
    rank, last = 0, len(columns)
    for at in range(last):
        pivot = matrix[at][at]
        if pivot <= _TOLERANCE * max(1.0, gram[columns[at]][columns[at]]):
            continue
        rank += 1
        top = matrix[at]
        for below in range(at + 1, last + 1):
            line = matrix[below]
            if part := line[at] / pivot:
                for place in range(at + 1, last + 1):
                    line[place] -= part * top[place]
    return max(0.0, matrix[last][last]), rank


def _chance(gained: float, freedom: int, rest: float, spare: int) -> float:
    """How often a gain would be as large by chance: the tail of Fisher's F."""
    if gained <= 0:
        return 1.0
    if rest <= 0:
        return 0.0
    return beta_share(1 / (1 + gained / rest), spare / 2, freedom / 2)
