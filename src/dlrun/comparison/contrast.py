"""Which differences between groups are real: against one of them, and key by key."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from dlrun.comparison.comparison import Effect
from dlrun.comparison.settings.factor import Factor
from dlrun.estimates import Difference, Sample, adjust, difference

if TYPE_CHECKING:
    from dlrun.comparison.settings.text import Scalar

_ALL_PAIRS = 6
"""Of a key with so many values every pair is compared; of more, each with the first."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the groups are compared by; each list has an entry per group."""

    scores: Sequence[Sample]
    gaps: Sequence[Sample]
    settings: Sequence[Mapping[str, Scalar]]
    experiments: Sequence[int]
    highest_is_best: bool
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Two groups that differ in one factor alone."""

    factor: int
    before: int
    after: int


def measure_against(
    measured: Measured, reference: int, others: Sequence[int], *, was_picked: bool
) -> dict[int, Difference]:
    """Compare groups with one of them.

    Args:
        measured: All groups.
        reference: The one that the others are measured against.
        others: The others.
        was_picked: Whether the reference was chosen by its result, as the best is:
            then every pair of groups could have been the one that is looked at.
    """
    base = measured.scores[reference]
    known = [one for one in others if measured.scores[one]]
    if not base:
        return {}
    up = measured.highest_is_best
    found = [
        difference(base, measured.scores[one], highest_is_best=up) for one in known
    ]
    many = len(known) + 1
    claims = adjust(
        found,
        highest_is_best=up,
        comparisons=many * (many - 1) // 2 if was_picked else None,
        margin=measured.margin,
    )
    return dict(zip(known, claims, strict=True))


def find_neighbours(
    factors: Sequence[Factor], experiments: Sequence[int]
) -> list[Neighbours]:
    """List the pairs of groups that differ in one factor; grows with their number."""
    marks = [
        [hash((place, code)) for code in factor.codes]
        for place, factor in enumerate(factors)
    ]
    whole = [hash(("experiment", one)) for one in experiments]
    for column in marks:
        whole = [one ^ mark for one, mark in zip(whole, column, strict=True)]
    found: list[Neighbours] = []
    for place, column in enumerate(marks):
        alike: dict[int, list[int]] = {}
        for group, (one, mark) in enumerate(zip(whole, column, strict=True)):
            alike.setdefault(one ^ mark, []).append(group)
        for groups in alike.values():
            pairs = (
                combinations(groups, 2)
                if len(groups) <= _ALL_PAIRS
                else ((groups[0], other) for other in groups[1:])
            )
            codes = factors[place].codes
            found += [
                Neighbours(place, one, other)
                for one, other in pairs
                if codes[one] != codes[other]
            ]
    return found


def guess_baseline(neighbours: Sequence[Neighbours], groups: int) -> int | None:
    """Find the config that a study varies: most groups differ from it in one key.

    None: no group stands out.
    """
    counts = Counter(one.before for one in neighbours)
    counts.update(one.after for one in neighbours)
    ranked = counts.most_common(2)
    if not ranked or ranked[0][1] < max(2, (groups - 1) / 2):
        return None
    is_alone = len(ranked) == 1 or ranked[1][1] < ranked[0][1]
    return ranked[0][0] if is_alone else None


def find_effects(
    measured: Measured,
    factors: Sequence[Factor],
    neighbours: Sequence[Neighbours],
    baseline: int | None,
) -> list[Effect]:
    """Say what each change did, wherever it is the only one; the largest first.

    Args:
        measured: All groups.
        factors: What can be changed.
        neighbours: The pairs that differ in one factor.
        baseline: The group whose values count as before; None: the lesser value does.
    """
    pooled: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for one in neighbours:
        codes = factors[one.factor].codes
        before, after = _directed(measured, factors[one.factor], one, baseline)
        if measured.scores[before] and measured.scores[after]:
            experiment = measured.experiments[before]
            key = (one.factor, codes[before], codes[after], experiment)
            pooled.setdefault(key, []).append((before, after))
    effects = [
        _effect(measured, factors[key[0]], pairs) for key, pairs in pooled.items()
    ]
    effects = _adjusted(effects, measured)
    return sorted(effects, key=lambda one: _rank(one, baseline))


def _rank(effect: Effect, baseline: int | None) -> tuple[bool, float]:
    """Changes of the baseline stand first, then large ones."""
    is_of_baseline = any(before == baseline for before, _ in effect.pairs)
    return not is_of_baseline, -abs(effect.score.mean)


def _directed(
    measured: Measured, factor: Factor, one: Neighbours, baseline: int | None
) -> tuple[int, int]:
    """Which of two groups is before the change: the baseline's value, or the lesser."""
    codes = factor.codes
    if baseline is not None:
        if codes[one.before] == codes[baseline]:
            return one.before, one.after
        if codes[one.after] == codes[baseline]:
            return one.after, one.before
    path = factor.settings[0].path
    first, second = (measured.settings[at][path] for at in (one.before, one.after))
    is_reversed = _order(first) > _order(second)
    return (one.after, one.before) if is_reversed else (one.before, one.after)


def _order(value: Scalar) -> tuple[int, float]:
    """What is not there comes before what is, false before true, less before more."""
    if value in {None, "absent"}:
        return 0, 0.0
    return 1, float(value) if isinstance(value, int | float) else math.inf


def _effect(
    measured: Measured, factor: Factor, pairs: Sequence[tuple[int, int]]
) -> Effect:
    before, after = pairs[0]
    first, *also = factor.changes(measured.settings[before], measured.settings[after])
    up = measured.highest_is_best
    gaps = _pooled(measured.gaps, pairs)
    return Effect(
        change=first,
        also=tuple(also),
        pairs=tuple(pairs),
        score=difference(*_pooled(measured.scores, pairs), highest_is_best=up),
        gap=difference(*gaps, highest_is_best=up) if all(gaps) else None,
    )


def _pooled(
    samples: Sequence[Sample], pairs: Sequence[tuple[int, int]]
) -> tuple[Sample, Sample]:
    """Mean over the pairs for each seed that both sides have; one pair stays whole."""
    if len(pairs) == 1:
        return samples[pairs[0][0]], samples[pairs[0][1]]
    sides: tuple[dict[int, list[float]], ...] = ({}, {})
    for before, after in pairs:
        for seed in samples[before].keys() & samples[after].keys():
            sides[0].setdefault(seed, []).append(samples[before][seed])
            sides[1].setdefault(seed, []).append(samples[after][seed])
    if not sides[0]:
        return samples[pairs[0][0]], samples[pairs[0][1]]
    return _means(sides[0]), _means(sides[1])


def _means(values: Mapping[int, Sequence[float]]) -> Sample:
    return {seed: math.fsum(many) / len(many) for seed, many in values.items()}


def _adjusted(effects: Sequence[Effect], measured: Measured) -> list[Effect]:
    """Hold every effect to the number of effects that are looked at."""
    up = measured.highest_is_best
    scores = adjust(
        [one.score for one in effects], highest_is_best=up, margin=measured.margin
    )
    gaps = iter(
        adjust([one.gap for one in effects if one.gap is not None], highest_is_best=up)
    )
    return [
        replace(one, score=score, gap=None if one.gap is None else next(gaps))
        for one, score in zip(effects, scores, strict=True)
    ]
