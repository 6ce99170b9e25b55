"""The rows of a table that have a label, which alone are learned from."""

from __future__ import annotations

from collections.abc import Sequence

from dlrun.proposal.judge import without_marks
from dlrun.proposal.sample import TableSample, numbers_of

_MOST_STRAYS = 20
"""Texts among the numbers of rows without a label; of more the rows are kept."""


def labelled_rows(
    sample: TableSample, labels: Sequence[str]
) -> tuple[TableSample, frozenset[str]]:
    """The rows with a label, and what stands among the numbers of the others alone.

    The others are left out, but read: their texts have to mean a gap.
    """
    known, strays = sample.known_in(labels), set[str]()
    for name, column in known.columns.items():
        every = sample.columns[name]
        is_number = without_marks(column)[0].values is not None
        if name in labels or not is_number or every.values is not None:
            continue
        strays |= {
            text
            for text in every.texts
            if numbers_of([text], has_commas=every.has_commas) is None
        }
    is_clear = len(strays) <= _MOST_STRAYS
    return (known, frozenset(strays)) if is_clear else (sample, frozenset())
