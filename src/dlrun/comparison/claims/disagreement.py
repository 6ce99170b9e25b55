"""Where the stored predictions of two single runs disagree, and what that proves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.estimates import mcnemar
from dlrun.writing import number, one_line

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Group
    from dlrun.comparison.reading import Reading
    from dlrun.runs import RunFolder

_FEWEST_GROUPS = 2


def describe_disagreement(
    groups: Sequence[Group], readings: Sequence[Reading]
) -> Iterator[str]:
    """Compare the best single run with the second row by row, if both kept their rows.

    It tells whether other validation rows could reverse the order; not whether another
    seed could, so it never makes a run better.

    Args:
        groups: The best first; only single runs of one experiment are compared.
        readings: The runs.
    """
    rated = [group for group in groups if group.experiment == 1 and group.score]
    if len(rated) < _FEWEST_GROUPS or any(group.n != 1 for group in rated):
        return
    first, *others = rated
    by_name = {reading.name: reading for reading in readings}
    best, second = (by_name[group.runs[0]] for group in (first, others[0]))
    rows = best.validation_hash
    if rows is None or rows != second.validation_hash:
        return
    counted = count_disagreement(best.folder, second.folder)
    if counted is not None:
        right, wrong = counted
        yield (
            f"On the same validation rows {one_line(first.name)} is right on {right} "
            f"that {one_line(others[0].name)} gets wrong, and wrong on {wrong} that "
            f"it gets right: p = {number(mcnemar(right, wrong))} (McNemar), for the "
            "choice of rows alone, not for the seed."
        )


def count_disagreement(best: RunFolder, other: RunFolder) -> tuple[int, int] | None:
    """How many rows only the first predicts rightly, and how many only the second.

    None: one of them kept no predictions of classes, or they are of other rows.
    """
    first, second = _hits(best), _hits(other)
    if not first or first.keys() != second.keys():
        return None
    return (
        sum(first[row] and not second[row] for row in first),
        sum(second[row] and not first[row] for row in first),
    )


def _hits(folder: RunFolder) -> dict[str, bool]:
    """Whether each validation row was predicted rightly, by its id."""
    try:
        rows = folder.predictions()
    except RunError:
        return {}
    return {
        row["id"]: row["label"] == row["prediction"]
        for row in rows
        if row.keys() >= {"id", "label", "prediction"}
    }
