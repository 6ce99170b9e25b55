"""spec -> rows: read, divided, scaled and encoded, and new rows for a trained model."""

from __future__ import annotations

from dlrun.rows.dataset import Parts, build_dataset
from dlrun.rows.door import Door
from dlrun.rows.new_rows import RowFile, prepare_values, read_new_rows
from dlrun.rows.pool import ENOUGH_VALIDATION, Pool
from dlrun.rows.preprocessing import label_scalers
from dlrun.rows.rows import read_rows
from dlrun.rows.shelf import RowShelf

__all__ = [
    "ENOUGH_VALIDATION",
    "Door",
    "Parts",
    "Pool",
    "RowFile",
    "RowShelf",
    "build_dataset",
    "label_scalers",
    "prepare_values",
    "read_new_rows",
    "read_rows",
]
