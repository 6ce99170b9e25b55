"""What to do about labels that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.data.typed import GAPS
from dlrun.writing import comma_cure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlrun.components.sources.source import Source

ADD_CLASS = "add it to classes, or remove the row"
FILL = "fill it, or leave such rows out: write missing_labels: drop under the source"
"""The cure of a label that is a gap, where a table may lack some."""
_CLASSES = "this loss predicts numbers; for classes use a crossentropy"


def number_cure(source: Source, texts: Sequence[str], row: int) -> str:
    """What to do about a label that is no number.

    Args:
        source: of the labels.
        texts: all of them.
        row: the first that is no number.
    """
    if texts[row] not in GAPS:
        return comma_cure(texts[row]) or _CLASSES
    gaps = sum(text in GAPS for text in texts)
    return gap_cure(source, gaps, len(texts))


def gap_cure(source: Source, gaps: int, rows: int) -> str:
    """What to do about labels that are gaps."""
    may_lack = "missing_labels" in type(source).model_fields
    cure = FILL if may_lack else "fill it, or remove the row"
    return f"{cure}; {gaps} of {rows} rows have no number"
