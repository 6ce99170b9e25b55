"""What to know before the numbers of folds are trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dlrun.writing import listing, one_line

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Group, Row
    from dlrun.comparison.reading import Reading

_NAMES_SHOWN = 3


def fold_note(
    groups: Sequence[Group], rows: Sequence[Row], readings: Sequence[Reading]
) -> Iterator[str]:
    """What the intervals of folds take into account, and where they are guesses.

    Args:
        groups: In their order.
        rows: Their runs.
        readings: The same runs as they were read.
    """
    several = {group.number for group in groups if group.has_folds and group.n > 1}
    folds = [row for row in rows if row.fold and row.group in several]
    if not folds:
        return
    timed = [row.group for row in folds if row.partition_seed is None]
    partitions = {(row.group, row.partition_seed) for row in folds}
    is_again = len(partitions) > len(several) or any(
        one.repeats > 1 for one in readings
    )
    also = ", nor are those of other seeds or repeats" * is_again
    yield (
        f"Folds share train rows and are not independent{also}: their intervals have "
        "the corrected variance (Nadeau and Bengio, 2003)."
    )
    if timed:
        yield (
            "Folds in time train on more and more rows: there these intervals are "
            "approximations, and wide ones."
        )


def fold_caveats(
    groups: Sequence[Group], rows: Sequence[Row], readings: Sequence[Reading]
) -> Iterator[str]:
    """Say which groups lack folds, and which are of other folds than the first.

    Args:
        groups: In their order.
        rows: Their runs.
        readings: The same runs as they were read.
    """
    members = {
        group.number: [row for row in rows if row.group == group.number]
        for group in groups
    }
    folded = [
        group for group in groups if any(row.fold for row in members[group.number])
    ]
    if not folded:
        return
    yield from _lacking(folded, members, {one.name: one for one in readings})
    yield from _alike(folded, members)
    yield from _of_others(folded, members)
    whole = [group for group in groups if group not in folded]
    if whole:
        yield (
            f"{_names(whole)}: one division of the rows, {_names(folded)}: folds; a "
            "difference between them is that of other rows, too"
        )


def _lacking(
    groups: Sequence[Group],
    members: Mapping[int, Sequence[Row]],
    readings: Mapping[str, Reading],
) -> Iterator[str]:
    """A mean over some folds alone leaves rows out that no run was measured on."""
    for group in groups:
        rows = members[group.number]
        wanted = max(readings[row.run].all_folds for row in rows)
        by_seed: dict[int | None, set[int]] = {}
        for row in rows:
            found = by_seed.setdefault(row.seed, set())
            if row.score.best is not None and row.fold:
                found.add(row.fold)
        least = min(map(len, by_seed.values()))
        if least < wanted:
            yield f"{one_line(group.name)}: {least} of {wanted} folds have a value"


def _alike(
    groups: Sequence[Group], members: Mapping[int, Sequence[Row]]
) -> Iterator[str]:
    """Rows have one order in time: seeds draw no other folds."""
    names = [
        group
        for group in groups
        if any(row.partition_seed is None for row in members[group.number])
        and len({row.seed for row in members[group.number]}) > 1
    ]
    if names:
        yield (
            f"{_names(names)}: folds in time are the same at every seed: of each, the "
            "mean over seeds counts once"
        )


def _of_others(
    groups: Sequence[Group], members: Mapping[int, Sequence[Row]]
) -> Iterator[str]:
    """Folds of other partitions are no pairs."""
    firsts: dict[int, Group] = {}
    for group in groups:
        first = firsts.setdefault(group.experiment, group)
        if first is not group and not _pairs(members, first) & _pairs(members, group):
            yield (
                f"{one_line(group.name)}: other folds than {one_line(first.name)}, so "
                "no fold is a pair: their difference is less sure"
            )


def _pairs(members: Mapping[int, Sequence[Row]], group: Group) -> set[int]:
    return {row.pair for row in members[group.number]}


def _names(groups: Sequence[Group]) -> str:
    return listing((one_line(group.name) for group in groups), _NAMES_SHOWN)
