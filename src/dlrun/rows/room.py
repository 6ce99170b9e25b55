"""Whether the memory holds what columns become: categories may be a number each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dlrun.components.phrase import flow
from dlrun.components.words import shown
from dlrun.errors import DataError, Problem
from dlrun.machine import free_memory
from dlrun.rows.images import COLUMNS
from dlrun.writing import bytes_text

if TYPE_CHECKING:
    from dlrun.runs import PreparedColumn

_OF_A_NUMBER = 4
"""Bytes of each number that a model takes."""
_OF_A_NUMBER_BEFORE = 8
"""The same while a column is encoded at once."""
_FEW = {"hash": {"num_bins": 64, "output_mode": "one_hot"}}
"""What makes few columns of many categories."""


def require_room(
    columns: Mapping[str, PreparedColumn],
    inputs: Mapping[str, Sequence[str]],
    rows: int,
) -> None:
    """Refuse columns that become more numbers than the memory holds.

    It is asked before they are encoded: what touches more is killed, with all else.

    Args:
        columns: as they were learned.
        inputs: the columns of each input; one that makes it alone is encoded at once.
        rows: how many are encoded.

    Raises:
        DataError: about the widest column.
    """
    widths = {name: len(prepared.names) for name, prepared in columns.items()}
    widest = max(widths, key=lambda name: widths[name], default="")
    if not widest:
        return
    alone = [within[0] for within in inputs.values() if len(within) == 1]
    at_once = max((widths[name] for name in alone), default=0)
    together = sum(widths[name] for within in inputs.values() for name in within)
    needed = rows * (_OF_A_NUMBER * together + _OF_A_NUMBER_BEFORE * at_once)
    free = free_memory()
    if needed <= free:
        return
    message = (
        f"column {shown(widest)} becomes {widths[widest]:,} numbers: {rows:,} rows "
        f"take {bytes_text(needed)}, more than the memory that is free "
        f"({bytes_text(free)})"
    )
    hint = f"write {flow(widest)}: {flow(_FEW)}, or drop"
    path = (COLUMNS, widest)
    raise DataError(Problem(path, message, hint=hint, code="too-much-memory"))
