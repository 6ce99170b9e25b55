"""Labels in the order of a file that training or a split keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dlrun.rows.lint.chance as by
from dlrun.rows.lint.linted_column import mid_ranks
from dlrun.rows.lint.rule import LintRule, Oddity
from dlrun.writing.flow import paste

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.rows.lint.linted_rows import LintedRows
    from dlrun.rows.lint.target import Target

_ROWS_AT_LEAST = 20
_RUNS_LEFT = 0.25
"""Of the runs by chance; weather that lasts some days has more."""
_SORTED = 0.9
"""The correlation of labels with their places, in ranks, from which on they are sorted.
"""


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Labels that stand together, where the last rows validate or nothing shuffles."""
    import numpy as np

    if linted.data.window is not None:
        return  # They follow each other as they should.
    fit, share = linted.fit, linted.fit.validation_split
    for target in linted.targets:
        if share is not None:
            labels = np.concatenate([target.train, target.held])
            order = _order(labels, target)
            if order:
                then = ", and remove fit.validation_split"
                yield Oddity(
                    ("fit", "validation_split"),
                    f"the last {share:.0%} of the rows validate, but {order}",
                    paste("data", {"split": {"validation": share}}, then),
                )
        order = None if fit.shuffle else _order(target.train, target)
        if order:
            yield Oddity(
                ("fit", "shuffle"),
                f"batches are taken in the order of the rows, but {order}",
                paste("fit", {"shuffle": True}),
            )


def _order(labels: NDArray[np.float64], target: Target) -> str | None:
    """In which order labels stand, in words; None: in none that matters."""
    import numpy as np

    rows = len(labels)
    if rows < _ROWS_AT_LEAST or np.ptp(labels) == 0:
        return None
    if target.classes is None:
        places = np.arange(rows, dtype="float64")
        found = float(np.corrcoef(mid_ranks(labels), places)[0, 1])
        words = (
            f"the labels{target.of} {'rise' if found > 0 else 'fall'} with their place"
        )
        words += f" in the file (rank correlation {found:.2f})"
        return words if abs(found) > _SORTED else None
    found, expected, deviation = by.runs(labels.astype("int64"))
    if (
        found > _RUNS_LEFT * expected
        or expected - found < by.unlikely_from(1) * deviation
    ):
        return None
    return (
        f"rows of a class{target.of} stand together: {found} runs of one class in "
        f"{rows} rows, of which chance makes {expected:.0f}"
    )


RULE = LintRule(
    "labels-in-order",
    "labels that are sorted, or classes that stand together, where the last rows "
    "validate or nothing shuffles",
    find,
)
