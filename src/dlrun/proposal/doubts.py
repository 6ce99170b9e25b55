"""What makes a good score doubtful: columns that give the label away, equal rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlrun.proposal.plan import percent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.proposal.labels import LabelPlan
    from dlrun.proposal.sample import SampledColumn, TableSample
    from dlrun.rows.lint.linted_column import LintedColumn

_REPEATED = 0.01
"""Fewer rows are equal by chance where there are few columns."""
_ROWS = 30
"""Fewer tell nothing."""
_VALUES = 1.5
"""So many values of a column to a class, at most, where it stands for the classes."""
_SAME = 0.99999
"""The correlation of numbers that are the same but for their unit."""

_ROWS_OF_COPIES = 5_000
"""Of which it is seen whether columns are alike; ranks of more cost seconds."""

_SUMMED = 50
"""Columns of numbers, at most, of which a sum is looked for."""
_NOTHING_LEFT, _MATTERS = 1e-10, 1e-4
"""What is left of the variance of a number beside its sum; no part of it."""


def gives_away(
    column: SampledColumn, labels: Sequence[SampledColumn], plan: LabelPlan
) -> str | None:
    """Why a column says what the label is; `None`: it does not, or not alone."""
    label = labels[0]
    both = (column.codes >= 0) & (label.codes >= 0)
    if len(labels) > 1 or both.sum() < _ROWS:
        return None
    if plan.kind == "numbers":
        return _same_number(column, label, both)
    return _same_class(column, label, both) if plan.kind == "classes" else None


def _same_class(
    column: SampledColumn, label: SampledColumn, both: NDArray[np.bool]
) -> str | None:
    first, second = column.codes[both], label.codes[both]
    few = 1 < len(column.texts) <= _VALUES * len(label.texts) + 1
    if not few or not _determines(first, second, len(label.texts)):
        return None
    if _determines(second, first, len(column.texts)):
        return f"says the same as {label.name!r}, in other words"
    return f"each value goes with one class of {label.name!r} alone"


def nearly_told(
    column: SampledColumn, labels: Sequence[SampledColumn], plan: LabelPlan
) -> str | None:
    """How a column alone tells the label, by the rule of the linter.

    So `validate --data` has nothing to say of what is left out for it. `None`: it does
    not tell the label.
    """
    import numpy as np

    from dlrun.rows.lint.predictor import how_told

    label = labels[0]
    both = np.flatnonzero((column.codes >= 0) & (label.codes >= 0))
    if len(labels) > 1 or plan.kind == "tags":
        return None
    classes = len(label.texts) if plan.kind == "classes" else None
    known = label.numbers if classes is None else label.codes.astype("float64")
    if known is None:
        return None
    told = how_told(linted(column, both), known[both], classes)
    return None if told is None else f"tells {label.name!r} alone: {told}"


def tells_label(
    column: SampledColumn, labels: Sequence[SampledColumn], plan: LabelPlan
) -> bool:
    """Whether a column of many categories tells the class alone, in all rows read."""
    label = labels[0]
    both = (column.codes >= 0) & (label.codes >= 0)
    if plan.kind != "classes" or both.sum() < max(_ROWS, 3 * len(column.texts)):
        return False
    return _determines(column.codes[both], label.codes[both], len(label.texts))


def _determines(
    first: NDArray[np.int64], second: NDArray[np.int64], width: int
) -> bool:
    """Whether rows that are equal in one column are so in another."""
    import numpy as np

    pairs = np.unique(first * width + second)
    return len(pairs) == len(np.unique(first))


def _same_number(
    column: SampledColumn, label: SampledColumn, both: NDArray[np.bool]
) -> str | None:
    import numpy as np

    if column.numbers is None or label.numbers is None or len(column.texts) < 10:  # noqa: PLR2004
        return None
    first, second = column.numbers[both], label.numbers[both]
    if not first.std() > 0 or not second.std() > 0:
        return None
    correlation = abs(float(np.corrcoef(first, second)[0, 1]))
    if correlation < _SAME:
        return None
    return f"is {label.name!r} itself, but for its unit"


def adds_up(columns: Sequence[SampledColumn], label: SampledColumn) -> list[str]:
    """The columns of numbers of which a number is a sum, each times a factor.

    Returns:
        Their names; none where a column is missing to it, or one alone is enough.
    """
    import numpy as np

    if label.numbers is None or label.gaps:
        return []
    plain = [one for one in columns if one.numbers is not None and not one.gaps]
    if not 1 < len(plain) <= min(_SUMMED, label.rows // _ROWS):
        return []
    table = np.stack([one.numbers for one in plain if one.numbers is not None], axis=1)
    table, wanted = table - table.mean(axis=0), label.numbers - label.numbers.mean()
    sizes = np.sqrt((table**2).mean(axis=0))
    spread = float(np.sqrt((wanted**2).mean()))
    if not spread > 0 or not bool((sizes > 0).all()):
        return []
    factors, *_ = np.linalg.lstsq(table / sizes, wanted / spread, rcond=None)
    left = wanted / spread - (table / sizes) @ factors
    if not float((left**2).mean()) < _NOTHING_LEFT:
        return []
    matter = np.abs(factors) > _MATTERS
    named = [one.name for one, does in zip(plain, matter, strict=True) if does]
    return named if len(named) > 1 else []


def copies(columns: Sequence[SampledColumn]) -> dict[str, str]:
    """Columns that say what one before them says, as the linter tells it.

    Returns:
        Of each the reason.
    """
    import numpy as np

    from dlrun.rows.lint.near_equal import alike

    rows = columns[0].rows if columns else 0
    some = np.linspace(0, rows - 1, min(rows, _ROWS_OF_COPIES)).astype("int64")
    return {
        other.name: f"says the same as {first.name!r}: {said}"
        for said, (first, *others) in alike([linted(one, some) for one in columns])
        for other in others
    }


def linted(column: SampledColumn, rows: NDArray[np.int64]) -> LintedColumn:
    """Some rows of a column, as the rules of the linter look at them."""
    import numpy as np

    from dlrun.rows.lint.linted_column import LintedColumn

    texts = np.array([*column.texts, ""], dtype=object)
    known = texts if column.values is None else np.append(column.values, np.nan)
    cells = known[column.codes[rows]]
    return LintedColumn(column.name, cells, cells[:0], np.arange(len(cells)))


def repeated_rows(sample: TableSample) -> str | None:
    """How many rows are there more than once; `None`: none is."""
    import numpy as np

    codes = np.stack([column.codes for column in sample.columns.values()], axis=1)
    rows = np.ascontiguousarray(codes).view(f"V{8 * codes.shape[1]}").reshape(-1)
    extra = len(rows) - len(set(map(bytes, rows)))
    if not extra or extra < _REPEATED * sample.rows:
        return None
    of = f"{sample.rows:,} rows" + ("" if sample.is_whole else " that were read")
    share = percent(extra / sample.rows)
    return f"{extra:,} of {of} ({share}) repeat another row: some validate what trained"
