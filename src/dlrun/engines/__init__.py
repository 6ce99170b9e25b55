"""The backends that can run a model; each is one folder behind `Engine`.

Importing this package imports nothing heavy. `dlrun.engines.backend` decides how Keras
comes in; it has to stand before the first `import keras` of the process.
"""

from __future__ import annotations

from dlrun.engines.backend import import_keras, set_determinism, usable_threads
from dlrun.engines.engine import Engine, Probe, ProbedLayer, Rows
from dlrun.engines.model import build_augmentation, build_model

__all__ = [
    "Engine",
    "Probe",
    "ProbedLayer",
    "Rows",
    "build_augmentation",
    "build_model",
    "import_keras",
    "set_determinism",
    "usable_threads",
]
