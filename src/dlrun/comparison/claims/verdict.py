"""The first lines of a comparison: who is best, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlrun.comparison.claims.luck import winners_curse
from dlrun.comparison.estimate import sampling_error
from dlrun.estimates import (
    FEWEST_FOR_A_WORD,
    FEWEST_FOR_BETTER,
    change_text,
    epoch_text,
    estimate_text,
    fixed,
    missing_text,
    places_of,
    places_of_changes,
)
from dlrun.writing import number, one_line

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Group
    from dlrun.comparison.score import Mode
    from dlrun.estimates import Difference

_MANY_CANDIDATES = 10
_NAMES_SHOWN = 3
_BOTH = 2


@dataclass(frozen=True, slots=True)
class Standings:
    """The groups in their order, and what they are compared by."""

    metric: str
    mode: Mode
    groups: tuple[Group, ...]
    baseline: int | None
    """The number of the group that the others are measured against; None: the best."""
    scaled: frozenset[int] = frozenset()
    """The experiments whose values of the metric are those of scaled labels."""

    def heading(self, group: Group) -> str:
        """What the metric is called before the numbers of a group.

        Returns:
            `val_loss`, or `val_loss (scaled)`.
        """
        unit = " (scaled)" if group.experiment in self.scaled else ""
        return f"{one_line(self.metric)}{unit}"


def verdict(standings: Standings) -> Iterator[str]:
    """Say in words which group is best, and how far that can be trusted."""
    metric = one_line(standings.metric)
    rated = [group for group in standings.groups if group.score]
    if not rated:
        yield f"No run has a {metric} yet."
        return
    numbers = sorted({group.experiment for group in rated})
    if len(numbers) > 1:
        yield (
            f"These runs measure {len(numbers)} different things (other data or "
            f"another loss, see the warnings): a {metric} of one says nothing about "
            "another, so there is a best group in each, and none overall."
        )
    for experiment in numbers:
        groups = [group for group in rated if group.experiment == experiment]
        first, *rest = _experiment(standings, groups)
        if len(numbers) > 1:
            first = _within(standings, first, groups)
        yield from (first, *rest)
    yield from _overfitting(rated)


def _within(standings: Standings, claim: str, groups: Sequence[Group]) -> str:
    """A claim on one of several experiments; names keep their letters."""
    if len(groups) == 1:
        name = one_line(groups[0].name)
        return f"{name} compares with no other: {_figures(standings, groups[0])}."
    claim = f"n{claim[1:]}" if claim.startswith("No ") else claim
    return f"Of the {len(groups)} groups that compare, {claim}"


def best_group(standings: Standings, groups: Sequence[Group]) -> Group:
    """The group with the best mean.

    Args:
        standings: What they are part of.
        groups: At least one, each with a score.
    """
    return _best_first(standings, groups)[0]


def _best_first(standings: Standings, groups: Sequence[Group]) -> list[Group]:
    sign = -1.0 if standings.mode == "max" else 1.0
    return sorted(
        groups, key=lambda group: sign * group.score.mean if group.score else math.inf
    )


def _experiment(standings: Standings, rated: Sequence[Group]) -> Iterator[str]:
    groups = _best_first(standings, rated)
    best = groups[0]
    if len(groups) == 1:
        yield f"{one_line(best.name)}: {_figures(standings, best)}."
        return
    base = next((group for group in groups if group.number == standings.baseline), None)
    yield from _claims(standings.heading(best), groups, best, base)
    if all(group.n == 1 for group in groups):
        yield _single_runs(standings, groups)
        if len(groups) >= _MANY_CANDIDATES:
            yield (
                f"The best of {len(groups)} single runs is also the luckiest: train "
                "the first few again with several seeds before you trust their order."
            )
        return
    if sum(group.score is not None for group in groups) >= _MANY_CANDIDATES:
        yield from winners_curse(best, groups)


def _single_runs(standings: Standings, groups: Sequence[Group]) -> str:
    """What one run each is worth: what the choice of validation rows may explain."""
    best = best_group(standings, groups)
    error = sampling_error(standings.metric, standings.groups, best)
    cure = "every fold" if best.has_folds else "with --seeds 5"
    if error is None:
        return (
            "One run each: how far a re-run would move these numbers is not known, so "
            f"none is called better; train {cure} to tell."
        )
    return (
        f"One run each: differences below {number(2 * error)} are within what a re-run "
        f"may change, so none is called better; train {cure} to tell."
    )


def _figures(standings: Standings, group: Group) -> str:
    places = places_of([group.score])
    text = f"{standings.heading(group)} {estimate_text(group.score, places)}"
    if group.best_epoch is not None:
        text += f" at epoch {epoch_text(group.best_epoch)} of {group.epochs}"
    if group.gap:
        text += f", gap to the train rows {fixed(group.gap.mean, places, signed=True)}"
    return text + (", still running" if group.states.get("running") else "")


def _overfitting(groups: Sequence[Group]) -> Iterator[str]:
    """How many of some groups overfit, and since when; or why that cannot be told."""
    found = [group for group in groups if group.overfits]
    judged = [group for group in groups if group.judged_runs]
    if not judged:
        return
    told = [group for group in judged if group.overfits or not group.untold]
    if not told:
        yield judged[0].untold
        return
    others = len(judged) - len(told)
    rest = f"; of {others} other{'s' * (others > 1)} it cannot be told" * bool(others)
    whom = one_line(told[0].name) if others else "It"
    if not found:
        words = f"{whom} does not overfit"
        words = "None of the groups overfits" if len(told) > 1 else words
    elif len(told) == 1:
        words = f"{whom} overfits{_since(found).replace(', the earliest', '')}"
    else:
        verb = "overfits" if len(found) == 1 else "overfit"
        since = _since(found, named=True)
        words = f"{len(found)} of {len(told)} groups {verb}{since}"
    yield f"{words}{rest}."


def _since(groups: Sequence[Group], *, named: bool = False) -> str:
    dated = [group for group in groups if group.onset is not None]
    if not dated:
        return ""
    first = min(dated, key=lambda group: group.onset or 0)
    name = f" ({one_line(first.name)})" if named else ""
    return f", the earliest from epoch {epoch_text(first.onset)} on{name}"


def _claims(
    metric: str, groups: Sequence[Group], best: Group, base: Group | None
) -> Iterator[str]:
    """Say whether a config is better, which, by how much, and how sure that is."""
    words = _Words(metric, groups)
    if base is not None and base is not best:
        yield from _against_base(words, groups, best, base)
    else:
        yield from _against_all(words, groups, best, is_base=best is base)


class _Words:
    """Numbers with the decimals that the table gives them, and what to call a group."""

    def __init__(self, metric: str, groups: Sequence[Group]) -> None:
        self._metric = metric
        self._places = places_of([group.score for group in groups])
        self._change_places = places_of_changes([group.difference for group in groups])
        self._are_runs = all(group.runs == (group.name,) for group in groups)

    def config(self, count: int = 1) -> str:
        return ("run" if self._are_runs else "config") + "s" * (count != 1)

    def score(self, group: Group) -> str:
        return f"{self._metric} {self.bare_score(group)}"

    def bare_score(self, group: Group) -> str:
        running = ", still running" if group.states.get("running") else ""
        return f"{estimate_text(group.score, self._places)}{running}"

    def change(self, difference: Difference | None) -> str:
        if difference is None:
            return ""
        return f", {change_text(difference, self._change_places)}"


def _against_base(
    words: _Words, groups: Sequence[Group], best: Group, base: Group
) -> Iterator[str]:
    """The baseline is what somebody has: is anything better than that?"""
    better = [group for group in groups if _word(group).endswith("better")]
    # What is sure comes before what is only probable.
    winner = min(
        better,
        key=lambda group: _word(group) != "better",
        default=None,
    )
    name = one_line(base.name)
    figures = f"{words.score(best)}{words.change(best.difference)}"
    if winner is None:
        yield (
            f"No {words.config()} is shown to be better than {name}: "
            f"{one_line(best.name)} has the best {_value(best)}, {figures}"
            f"{missing_text(best.difference)}."
        )
    else:
        yield _better(words, winner, name, winner.difference)
        if winner is not best:
            yield (
                f"{one_line(best.name)} has the best {_value(best)}, {figures}, but is "
                f"{_less_sure(best)}{missing_text(best.difference)}."
            )
        yield from _ties(groups, best)
    yield from _worse(groups)


def _against_all(
    words: _Words, groups: Sequence[Group], best: Group, *, is_base: bool
) -> Iterator[str]:
    """Nobody named what the others are held against: is one better than all?"""
    others = [group for group in groups if group is not best]
    name = one_line(best.name)
    if not any(group.is_tied for group in others) and best.n >= FEWEST_FOR_A_WORD:
        yield _best_of_all(words, best, others)
        return
    if is_base:
        yield (
            f"No {words.config()} is shown to be better than {name}: it has the best "
            f"{_value(best)} itself, {words.score(best)}."
        )
        yield from _worse(groups)
        return
    if len(others) == 1:
        (other,) = others
        pair = f"{name} and {one_line(other.name)}"
        is_told = other.difference is None or not other.difference.is_mixed
        yield (
            (
                f"No difference is shown between {pair}: "
                if is_told
                else f"Whether {pair} differ cannot be told: "
            )
            + f"{words.score(best)} against {words.bare_score(other)}"
            f"{words.change(_against(other))}{missing_text(other.difference)}."
        )
        return
    equal = sum(group.score == best.score for group in others)
    also = f" (as {equal} other{'s do' if equal > 1 else ' does'})" if equal else ""
    yield (
        f"No {words.config()} is shown to be the best: {name} has the best "
        f"{_value(best)}{also}, {words.score(best)}."
    )
    yield from _ties(groups, best)


def _best_of_all(words: _Words, best: Group, others: Sequence[Group]) -> str:
    has_seeds = all(group.n >= FEWEST_FOR_BETTER for group in [best, *others])
    is_sure = has_seeds and all(_word(group) == "worse" for group in others)
    if len(others) == 1:
        difference = _against(others[0])
        if difference is not None and not is_sure:
            difference = replace(difference, word="probably better")
        return _better(words, best, one_line(others[0].name), difference)
    all_ = "both" if len(others) == _BOTH else f"all {len(others)}"
    rest = f"{all_} other {words.config(len(others))}"
    claim = "is better" if is_sure else "is probably better"
    return f"{one_line(best.name)} {claim} than {rest}: {words.score(best)}."


def _better(
    words: _Words, winner: Group, name: str, difference: Difference | None
) -> str:
    """`smaller is better than base: val_loss 0.42, -0.09 [-0.12, -0.07], ...`."""
    claim = difference.word if difference else ""
    text = f"{one_line(winner.name)} is {claim} than {name}: {words.score(winner)}"
    text += words.change(difference)
    if difference is None:
        return f"{text}."
    if difference.is_paired:
        wins = difference.share * difference.n
        tie = "" if wins == int(wins) else " (a tie counts half)"
        text += f", better in {wins:g} of {difference.n} {difference.unit}s{tie}"
    if claim.startswith("probably") and difference.n < FEWEST_FOR_BETTER:
        text += (
            f"; {difference.n} {difference.unit}s can say no more, "
            f"train with --{difference.unit}s {FEWEST_FOR_BETTER} to be sure"
        )
    return f"{text}."


def _against(other: Group) -> Difference | None:
    """How the best group differs from another: its difference from the other side."""
    return None if other.difference is None else other.difference.turned()


def _word(group: Group) -> str:
    return group.difference.word if group.difference else ""


def _less_sure(group: Group) -> str:
    if _word(group) == "probably better":
        return "only probably better"
    return "not shown to be better"


def _value(group: Group) -> str:
    return "value" if group.n == 1 else "mean"


def _worse(groups: Sequence[Group]) -> Iterator[str]:
    """Which configs are shown to be worse than the baseline."""
    parts: list[str] = []
    for word, lead in (("worse", "Worse"), ("probably worse", "Probably worse")):
        alike = [group for group in groups if _word(group) == word]
        if alike:
            parts.append(f"{lead if not parts else lead.lower()}: {_names(alike)}")
    if parts:
        yield f"{'; '.join(parts)}."


def _ties(groups: Sequence[Group], best: Group) -> Iterator[str]:
    tied = [group for group in groups if group.is_tied and group is not best]
    if not tied or all(group.n == 1 for group in groups):
        return
    few = min(group.n for group in [best, *tied]) < FEWEST_FOR_A_WORD
    others = len(groups) - 1
    yield (
        f"{len(tied)} of {others} others cannot be told from {one_line(best.name)} by "
        f"these runs: {_names(tied)}"
        + (
            f"; three {_units(best)} each are the least, five are better."
            if few
            else "."
        )
    )


def _units(group: Group) -> str:
    return "folds" if group.has_folds else "seeds"


def _names(groups: Sequence[Group]) -> str:
    shown = [one_line(group.name) for group in groups[:_NAMES_SHOWN]]
    more = len(groups) - _NAMES_SHOWN
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)
