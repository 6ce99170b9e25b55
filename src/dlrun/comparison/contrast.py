"""Estimates -> contrasts: which differences are real, between groups and key by key."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from dlrun.comparison.column import RESERVED
from dlrun.comparison.comparison import Effect
from dlrun.comparison.group import name_groups
from dlrun.comparison.query import unknown
from dlrun.comparison.settings.difference import Factor, SettingChange, find_factors
from dlrun.estimates import Difference, Sample, adjust, difference

if TYPE_CHECKING:
    from dlrun.comparison.estimate import EstimatedGroup
    from dlrun.comparison.group import Grouped
    from dlrun.comparison.read import Question
    from dlrun.config import Scalar

_ALL_PAIRS = 6
"""Of a key with so many values every pair is compared; of more, each with the first."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """How a group stands against the others."""

    name: str
    difference: Difference | None
    """Against the baseline, else against the best; None for that group itself."""
    changes: tuple[SettingChange, ...]
    """How its config differs from that group's."""
    is_tied: bool
    """It is not even probably worse than the best group of its experiment."""


@dataclass(frozen=True, slots=True)
class Contrasts:
    """What may be said of all groups, in their order, and of each change."""

    groups: tuple[Contrast, ...]
    factors: tuple[Factor, ...]
    """What the groups differ in."""
    baseline: int | None
    """The number of a group, from 1."""
    baseline_is_chosen: bool
    effects: tuple[Effect, ...]
    """The largest first."""


@dataclass(frozen=True, slots=True)
class _Field:
    """The groups that are held against each other, and when one is better."""

    groups: Sequence[EstimatedGroup]
    highest_is_best: bool
    margin: float | None
    """Differences below it do not matter; None: nobody said so."""

    def settings(self, index: int) -> Mapping[str, Scalar]:
        return self.groups[index].estimates.settings

    def overlap(self, *places: int) -> float:
        """Of folds, the rows that validate over those that train; the most of any."""
        return max(self.groups[place].overlap for place in places)

    def is_mixed(self, *places: int) -> bool:
        """Whether some of them have folds, and others divide their rows once."""
        return len({self.groups[place].overlap > 0 for place in places}) > 1

    def experiment(self, index: int) -> int:
        return self.groups[index].estimates.experiment

    def experiments(self) -> dict[int, list[int]]:
        """The places of the groups that measure the same thing."""
        members: dict[int, list[int]] = {}
        for index in range(len(self.groups)):
            members.setdefault(self.experiment(index), []).append(index)
        return members


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """Two groups that differ in one factor alone."""

    factor: Factor
    before: int
    after: int


def contrast_groups(
    grouped: Grouped, groups: Sequence[EstimatedGroup], question: Question
) -> Contrasts:
    """Compare every group with the baseline and with the best one, and key by key.

    Args:
        grouped: What the groups may differ in.
        groups: In their order.
        question: Names the baseline, or leaves it to what most groups vary.

    Raises:
        QueryError: There is no such baseline.
    """
    factors = find_factors(
        [*grouped.group_settings],
        [group.estimates.settings for group in groups],
        RESERVED,
    )
    names = name_groups([group.group for group in groups], factors)
    field = _Field(groups, grouped.runs.mode == "max", question.margin)
    neighbours = _find_neighbours(field, factors)
    if question.baseline is None:
        baseline = _guess_baseline(neighbours, len(groups))
    else:
        baseline = _find_group(groups, names, question.baseline)
    contrasts: dict[int, Contrast] = {}
    for members in field.experiments().values():
        contrasts |= _contrasts(field, names, factors, members, baseline)
    return Contrasts(
        groups=tuple(contrasts[index] for index in range(len(groups))),
        factors=tuple(factors),
        baseline=None if baseline is None else baseline + 1,
        baseline_is_chosen=question.baseline is not None,
        effects=tuple(_find_effects(field, neighbours, baseline)),
    )


def _find_group(
    groups: Sequence[EstimatedGroup], names: Sequence[str], wanted: str
) -> int:
    """The place of a group by its name, its number, or one of its runs."""
    for index, (group, name) in enumerate(zip(groups, names, strict=True)):
        number = index + 1
        if wanted in {name, f"{number}", f"#{number}", *group.estimates.runs}:
            return index
    raise unknown("name or group", wanted, list(names))


def _contrasts(
    field: _Field,
    names: Sequence[str],
    factors: Sequence[Factor],
    members: Sequence[int],
    baseline: int | None,
) -> dict[int, Contrast]:
    """Hold the groups of one experiment against the baseline, and against the best."""
    best = _best(field, members)
    reference = baseline if baseline is not None and baseline in members else best
    against = _against(field, members, reference, was_picked=reference == best)
    from_best = _against(field, members, best, was_picked=False)
    worse = {
        index for index, change in from_best.items() if change.word.endswith("worse")
    }
    return {
        index: Contrast(
            name=names[index],
            difference=against.get(index),
            changes=tuple(_changes(field, factors, reference, index)),
            is_tied=index not in worse
            and field.groups[index].estimates.score is not None,
        )
        for index in members
    }


def _changes(
    field: _Field, factors: Sequence[Factor], reference: int, index: int
) -> Iterator[SettingChange]:
    for factor in factors:
        yield from factor.changes(field.settings(reference), field.settings(index))


def _best(field: _Field, members: Sequence[int]) -> int:
    sign = -1.0 if field.highest_is_best else 1.0

    def key(index: int) -> tuple[bool, float]:
        score = field.groups[index].estimates.score
        return score is None, sign * (score.mean if score else 0.0)

    return min(members, key=key)


def _against(
    field: _Field, members: Sequence[int], reference: int, *, was_picked: bool
) -> dict[int, Difference]:
    """Compare groups with one of them.

    Args:
        field: All groups.
        members: The places of those that compare.
        reference: The one that the others are measured against.
        was_picked: Whether the reference was chosen by its result, as the best is:
            then every pair of groups could have been the one that is looked at.
    """
    base = field.groups[reference].scores
    rated = [
        index for index in members if index != reference and field.groups[index].scores
    ]
    if not base:
        return {}
    differences = [
        _difference(field, (base, field.groups[index].scores), (reference, index))
        for index in rated
    ]
    count = len(rated) + 1
    claims = adjust(
        differences,
        highest_is_best=field.highest_is_best,
        comparisons=count * (count - 1) // 2 if was_picked else None,
        margin=field.margin,
    )
    return dict(zip(rated, claims, strict=True))


def _find_neighbours(field: _Field, factors: Sequence[Factor]) -> list[_Neighbours]:
    """List the pairs of groups that differ in one factor; grows with their number."""
    marks = [
        [hash((index, code)) for code in factor.codes]
        for index, factor in enumerate(factors)
    ]
    wholes = [
        hash(("experiment", field.experiment(index)))
        for index in range(len(field.groups))
    ]
    for column in marks:
        wholes = [whole ^ mark for whole, mark in zip(wholes, column, strict=True)]
    neighbours: list[_Neighbours] = []
    for factor, column in zip(factors, marks, strict=True):
        alike: dict[int, list[int]] = {}
        for index, (whole, mark) in enumerate(zip(wholes, column, strict=True)):
            alike.setdefault(whole ^ mark, []).append(index)
        for members in alike.values():
            pairs = (
                combinations(members, 2)
                if len(members) <= _ALL_PAIRS
                else ((members[0], other) for other in members[1:])
            )
            neighbours += [
                _Neighbours(factor, before, after)
                for before, after in pairs
                if factor.codes[before] != factor.codes[after]
            ]
    return neighbours


def _guess_baseline(neighbours: Sequence[_Neighbours], groups: int) -> int | None:
    """Find the config that a study varies: most groups differ from it in one key.

    None: no group stands out.
    """
    counts = Counter(pair.before for pair in neighbours)
    counts.update(pair.after for pair in neighbours)
    ranked = counts.most_common(2)
    if not ranked or ranked[0][1] < max(2, (groups - 1) / 2):
        return None
    is_alone = len(ranked) == 1 or ranked[1][1] < ranked[0][1]
    return ranked[0][0] if is_alone else None


def _find_effects(
    field: _Field, neighbours: Sequence[_Neighbours], baseline: int | None
) -> list[Effect]:
    """Say what each change did, wherever it is the only one; the largest first.

    Args:
        field: All groups.
        neighbours: The pairs that differ in one factor.
        baseline: The group whose values count as before; None: the lesser value does.
    """
    pooled: dict[tuple[object, ...], list[_Neighbours]] = {}
    for given in neighbours:
        pair = _directed(field, given, baseline)
        if field.groups[pair.before].scores and field.groups[pair.after].scores:
            codes = pair.factor.codes
            key = (pair.factor.settings[0], codes[pair.before], codes[pair.after])
            pooled.setdefault((*key, field.experiment(pair.before)), []).append(pair)
    effects = [
        _effect(field, pairs, score, gap)
        for pairs, (score, gap) in zip(
            pooled.values(), _adjusted(field, [*pooled.values()]), strict=True
        )
    ]
    number = None if baseline is None else baseline + 1
    return sorted(effects, key=lambda effect: _rank(effect, number))


def _adjusted(
    field: _Field, pooled: Sequence[Sequence[_Neighbours]]
) -> list[tuple[Difference, Difference | None]]:
    """The change of metric and gap; each is held to the number that are looked at."""
    up = field.highest_is_best
    all_scores = [group.scores for group in field.groups]
    all_gaps = [group.gaps for group in field.groups]
    places = [
        [place for pair in pairs for place in (pair.before, pair.after)]
        for pairs in pooled
    ]
    scores = [
        _difference(field, _pooled(all_scores, pairs), among)
        for pairs, among in zip(pooled, places, strict=True)
    ]
    gaps = [
        _difference(field, samples, among) if all(samples) else None
        for samples, among in zip(
            (_pooled(all_gaps, pairs) for pairs in pooled), places, strict=True
        )
    ]
    known = [gap for gap in gaps if gap is not None]
    adjusted = iter(adjust(known, highest_is_best=up))
    return [
        (score, None if gap is None else next(adjusted))
        for score, gap in zip(
            adjust(scores, highest_is_best=up, margin=field.margin), gaps, strict=True
        )
    ]


def _difference(
    field: _Field, samples: tuple[Sample, Sample], places: Sequence[int]
) -> Difference:
    """The difference of two samples that the groups of these places gave."""
    return difference(
        *samples,
        highest_is_best=field.highest_is_best,
        overlap=field.overlap(*places),
        is_mixed=field.is_mixed(*places),
    )


def _effect(
    field: _Field,
    pairs: Sequence[_Neighbours],
    score: Difference,
    gap: Difference | None,
) -> Effect:
    first = pairs[0]
    change, *also = first.factor.changes(
        field.settings(first.before), field.settings(first.after)
    )
    return Effect(
        change=change,
        also=tuple(also),
        pairs=tuple((pair.before + 1, pair.after + 1) for pair in pairs),
        score=score,
        gap=gap,
    )


def _rank(effect: Effect, baseline: int | None) -> tuple[bool, float]:
    """Changes of the baseline stand first, then large ones."""
    is_of_baseline = any(before == baseline for before, _ in effect.pairs)
    return not is_of_baseline, -abs(effect.score.mean)


def _directed(field: _Field, pair: _Neighbours, baseline: int | None) -> _Neighbours:
    """Which of two groups is before the change: the baseline's value, or the lesser."""
    factor, codes = pair.factor, pair.factor.codes
    turned = _Neighbours(factor, pair.after, pair.before)
    if baseline is not None:
        if codes[pair.before] == codes[baseline]:
            return pair
        if codes[pair.after] == codes[baseline]:
            return turned
    path = factor.settings[0].path
    first, second = (
        _order(field.settings(index)[path]) for index in (pair.before, pair.after)
    )
    return turned if first > second else pair


def _order(value: Scalar) -> tuple[int, float]:
    """What is not there comes before what is, false before true, less before more."""
    if value in {None, "absent"}:
        return 0, 0.0
    return 1, float(value) if isinstance(value, int | float) else math.inf


def _pooled(
    samples: Sequence[Sample], pairs: Sequence[_Neighbours]
) -> tuple[Sample, Sample]:
    """Mean over the pairs for each seed that both sides have; one pair stays whole."""
    first = (samples[pairs[0].before], samples[pairs[0].after])
    if len(pairs) == 1:
        return first
    before: dict[int, list[float]] = {}
    after: dict[int, list[float]] = {}
    for pair in pairs:
        for seed in samples[pair.before].keys() & samples[pair.after].keys():
            before.setdefault(seed, []).append(samples[pair.before][seed])
            after.setdefault(seed, []).append(samples[pair.after][seed])
    return (_means(before), _means(after)) if before else first


def _means(values: Mapping[int, Sequence[float]]) -> Sample:
    return {seed: math.fsum(numbers) / len(numbers) for seed, numbers in values.items()}
