"""spec -> live objects: the data set and the Keras model.

Importing this package imports nothing heavy. `dlrun.build.backend` decides how Keras
comes in; it has to stand before the first `import keras` of the process.
"""

from __future__ import annotations

from dlrun.build.backend import set_determinism  # its module prepares the import
from dlrun.build.dataset import Parts, build_dataset
from dlrun.build.model import build_augmentation, build_model
from dlrun.build.new_rows import prepare_values, read_new_rows
from dlrun.build.pool import ENOUGH_VALIDATION, Pool
from dlrun.build.rows import read_rows

__all__ = [
    "ENOUGH_VALIDATION",
    "Parts",
    "Pool",
    "build_augmentation",
    "build_dataset",
    "build_model",
    "prepare_values",
    "read_new_rows",
    "read_rows",
    "set_determinism",
]
