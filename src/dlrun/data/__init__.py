"""Examples in memory, what headers tell of them, and how they are divided. Light."""

from __future__ import annotations

from dlrun.data.arrays import Array, Arrays, alone, arrays_for, only_array, only_name
from dlrun.data.batch import num_batches
from dlrun.data.columns import (
    ColumnFacts,
    ColumnGift,
    ColumnType,
    TypedColumn,
    TypedColumns,
)
from dlrun.data.dataset import (
    INPUT,
    KNOWN,
    LAST_VALUE,
    OUTPUT,
    PAST,
    SEASON_AGO,
    Dataset,
    Task,
)
from dlrun.data.facts import Facts, LabelFacts, Span
from dlrun.data.fold import Fold
from dlrun.data.image import ImageDecoder
from dlrun.data.json_text import JsonError, parse_json
from dlrun.data.keep import Keep
from dlrun.data.label_scaler import (
    LABEL_SCALINGS,
    LabelScaler,
    LabelScaling,
    first_without_log,
)
from dlrun.data.representative import representative
from dlrun.data.table_file import RowPlaces

__all__ = [
    "INPUT",
    "KNOWN",
    "LABEL_SCALINGS",
    "LAST_VALUE",
    "OUTPUT",
    "PAST",
    "SEASON_AGO",
    "Array",
    "Arrays",
    "ColumnFacts",
    "ColumnGift",
    "ColumnType",
    "Dataset",
    "Facts",
    "Fold",
    "ImageDecoder",
    "JsonError",
    "Keep",
    "LabelFacts",
    "LabelScaler",
    "LabelScaling",
    "RowPlaces",
    "Span",
    "Task",
    "TypedColumn",
    "TypedColumns",
    "alone",
    "arrays_for",
    "first_without_log",
    "num_batches",
    "only_array",
    "only_name",
    "parse_json",
    "representative",
]
