"""How rows are divided into train, validation and test rows."""

from __future__ import annotations

from dlrun.rows.splits.divide import Division, divide
from dlrun.rows.splits.last import last_rows

__all__ = ["Division", "divide", "last_rows"]
