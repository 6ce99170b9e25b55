"""What becomes of the columns of a table: a class for each way to encode one."""

from __future__ import annotations

from dlrun.components.encoders.chain import Chain, EncoderLists, cured, types_of
from dlrun.components.encoders.cure import CUT, DROP, FILLED, SMALLER, Cure
from dlrun.components.encoders.encoder import (
    CellFault,
    CellsError,
    ColumnEncoder,
    EncoderState,
)
from dlrun.components.encoders.outline import Outline

__all__ = [
    "CUT",
    "DROP",
    "FILLED",
    "SMALLER",
    "CellFault",
    "CellsError",
    "Chain",
    "ColumnEncoder",
    "Cure",
    "EncoderLists",
    "EncoderState",
    "Outline",
    "cured",
    "types_of",
]
