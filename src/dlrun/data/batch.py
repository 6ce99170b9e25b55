"""How rows fall into batches."""

from __future__ import annotations

from math import ceil


def num_batches(rows: float, batch_size: int) -> int:
    """The batches, and so the train steps, that take each row once.

    Args:
        rows: how many; an estimate may be a fraction.
        batch_size: rows in each but the last, which may have fewer.
    """
    return ceil(rows / batch_size)
