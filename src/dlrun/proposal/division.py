"""Which rows train: drawn at random, apart by whom they are about, or the earlier."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.proposal.images import shares_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dlrun.proposal.labels import LabelPlan
    from dlrun.proposal.plan import ColumnPlan
    from dlrun.proposal.sample import SampledColumn, TableSample

_TIMES = 20
"""Different times that tell rows apart well enough to be cut by them."""
_OFF = 0.5
"""A part that is cut between times may be off by this much of its share."""
_OF_A_PERSON = re.compile(r"(?i)(?:.*[ _.-])?(?:dob|birth.*|born.*)|.*[a-z](?:Birth.*)")
"""A date that says how old somebody is, and not when a row was written."""
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class DivisionPlan:
    """How rows are divided, and how they could be divided otherwise."""

    stated: Mapping[str, object]
    """As it stands under `split`."""
    why: str = ""
    other: Mapping[str, object] | None = None
    """What may stand there instead."""
    when: str = ""
    """Where that is better."""


def plan_division(
    columns: Sequence[ColumnPlan], labels: LabelPlan, sample: TableSample
) -> DivisionPlan:
    """Divide by whom rows are about, else by when they are, else at random.

    Args:
        columns: what becomes of the features.
        labels: what is learned; each of several classes needs train rows.
        sample: the rows that were looked at.
    """
    # As rows that were looked at stand for more, so do those of a class.
    shares = shares_of(sample.total, round(labels.least * sample.scale))
    known = [one for one in columns if not sample.columns[one.column].gaps]
    groups = [one.column for one in known if one.groups]
    dates = [one for one in known if one.is_date and not is_of_a_person(one)]
    dates.sort(key=lambda one: not _stand_in_order(times_of(sample, one)))
    in_time = {**shares, **time_split(dates[0])} if dates else None
    if groups:
        kept = f"rows of one {groups[0]} stay together"
        told = "to forecast, where the latest rows validate and test:"
        stated = {**shares, "by": groups[0]}
        return DivisionPlan(stated, kept, in_time, told if in_time else "")
    if in_time is None:
        return DivisionPlan(shares)
    doubt = _doubt(times_of(sample, dates[0]), shares, labels, sample)
    if doubt is not None:
        told = f"to forecast, where the latest rows validate and test; but {doubt}:"
        return DivisionPlan(shares, "", in_time, told)
    why = "the latest rows validate and test: new rows will be later, too"
    told = "if it does not matter when rows are, draw them at random:"
    return DivisionPlan(in_time, why, shares, told)


def is_of_a_person(plan: ColumnPlan) -> bool:
    """Whether a date says how old somebody is."""
    return _OF_A_PERSON.fullmatch(plan.column) is not None


def time_split(plan: ColumnPlan) -> dict[str, object]:
    """Which column says when rows are, as `split` and `window` have it."""
    stated: dict[str, object] = {"time": plan.column}
    return stated | ({"format": plan.form} if plan.form else {})


def times_of(sample: TableSample, plan: ColumnPlan) -> NDArray[np.float64]:
    """`(rows,)` when each row is; NaN where that cannot be compared with others."""
    import numpy as np

    from dlrun.rows.splits.in_time import known_times

    column = sample.columns[plan.column]
    if not plan.is_date and column.numbers is not None:
        return column.numbers
    known = known_times(column.texts, plan.form or None)
    times = [known.get(text, np.nan) for text in column.texts]
    return np.array(times)[column.codes]


def _stand_in_order(times: NDArray[np.float64]) -> bool:
    """Whether rows ascend or descend, as in a log; of several series each does."""
    import numpy as np

    steps = np.diff(times)
    ordered = max(np.count_nonzero(steps >= 0), np.count_nonzero(steps <= 0))
    return bool(ordered > 0.9 * len(steps))  # By chance half of them do.


def _doubt(
    times: NDArray[np.float64],
    shares: Mapping[str, float],
    labels: LabelPlan,
    sample: TableSample,
) -> str | None:
    """Why it is not certain that rows can be divided so; `None`: it is."""
    import numpy as np

    if np.isnan(times).any():
        return "some have a time zone, and others have none"
    if len(np.unique(times)) < _TIMES:
        return f"there are only {len(np.unique(times))} different dates"
    parts = _cut(times, shares)
    for name, share in shares.items():
        if abs(np.mean(parts == _PARTS.index(name)) - share) > _OFF * share:
            return f"many rows have one date: {name} would be far from its share"
    if labels.kind != "classes":
        return None
    return _lacking(sample.columns[labels.columns[0]], parts, len(shares))


def _cut(times: NDArray[np.float64], shares: Mapping[str, float]) -> NDArray[np.int64]:
    """`(rows,)` the part of each: 0 trains, 1 validates, 2 tests."""
    import numpy as np

    from dlrun.rows.splits.in_time import cut

    ordered, rows = np.sort(times), len(times)
    test_at = cut(ordered, rows - round(shares.get("test", 0) * rows))
    held_at = cut(ordered, test_at - round(shares["validation"] * rows))
    places = np.searchsorted(ordered, times)
    return (places >= held_at).astype("int64") + (places >= test_at)


def _lacking(label: SampledColumn, parts: NDArray[np.int64], held: int) -> str | None:
    """Which class no train row would have, or what a held-out part could not judge."""
    import numpy as np

    known = label.codes >= 0
    for part, name in enumerate(_PARTS[: held + 1]):
        counts = np.bincount(
            label.codes[known & (parts == part)], minlength=len(label.texts)
        )
        there = int(np.count_nonzero(counts))
        if part == 0 and there < len(label.texts):
            return f"no early row has the class {label.texts[int(counts.argmin())]}"
        if there < 2:  # noqa: PLR2004 - one class tells nothing
            return f"all {name} rows would be of one class"
    return None
