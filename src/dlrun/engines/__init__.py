"""The backends that can run a model; each is one folder behind `Engine`.

Importing this package imports nothing heavy. `dlrun.engines.backend` decides how Keras
comes in; it has to stand before the first `import keras` of the process.
"""

from __future__ import annotations

from dlrun.engines.backend import (
    assume_threads,
    current_backend,
    import_keras,
    usable_threads,
)
from dlrun.engines.door import KerasDoor
from dlrun.engines.engine import (
    Backend,
    Engine,
    Jit,
    Probe,
    ProbedLayer,
    Rows,
    RowWeights,
)
from dlrun.engines.kernel import kernels_told
from dlrun.engines.model import (
    build_augmentation,
    build_model,
    by_output,
    in_file_units,
    units_by_output,
    unscaled,
)
from dlrun.engines.switches import switches
from dlrun.engines.threads import (
    fix_threads,
    prepare_for_code,
    threads_of,
)

__all__ = [
    "Backend",
    "Engine",
    "Jit",
    "KerasDoor",
    "Probe",
    "ProbedLayer",
    "RowWeights",
    "Rows",
    "assume_threads",
    "build_augmentation",
    "build_model",
    "by_output",
    "current_backend",
    "fix_threads",
    "import_keras",
    "in_file_units",
    "kernels_told",
    "prepare_for_code",
    "switches",
    "threads_of",
    "units_by_output",
    "unscaled",
    "usable_threads",
]
