"""Which backend runs the models, and how Keras is imported on it: once and quietly.

Keras imports pandas, SciPy and scikit-learn when they are installed, only to accept
their types. dlrun hands it arrays, so these imports are kept away from it: they would
make up a third of the start (`docs/decisions/0004-start-up.md`).
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from tempfile import TemporaryFile
from types import ModuleType
from typing import TYPE_CHECKING

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from dlrun.engines.engine import Backend

BACKENDS = {
    "tensorflow": "dlrun.engines.tensorflow",
}
"""Keras' name of each backend, and the package whose `BACKEND` it is; the first one
runs the models."""

_CHOSEN = next(iter(BACKENDS))
_prepared: list[bool] = []
_UNUSED = frozenset({"matplotlib", "pandas", "scipy", "sklearn"})

# Read at the first import of Keras, whoever imports it.
os.environ["KERAS_BACKEND"] = _CHOSEN


def current_backend() -> Backend:
    """The backend of this process; asking for it imports no numeric library."""
    package = import_module(BACKENDS[_CHOSEN])
    chosen: Backend = package.BACKEND
    return chosen


class _Absent(MetaPathFinder):
    """Says "not installed" for the libraries that Keras only looks for."""

    @override
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in _UNUSED:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


def import_keras() -> ModuleType:
    """Import Keras on the backend, once and quietly, with deterministic operations."""
    if not _prepared:
        runs_it = current_backend()
        absent = _Absent()
        sys.meta_path.insert(0, absent)
        try:
            with quiet_natives():
                import keras  # noqa: F401 - the first import decides how it loads
        finally:
            sys.meta_path.remove(absent)
            _collect_again()
        runs_it.set_threads(usable_threads())
        runs_it.set_determinism(on=True)
        _prepared.append(True)
    return sys.modules["keras"]


def decode_image(
    data: bytes, shape: tuple[int, int, int]
) -> npt.NDArray[np.float32] | None:
    """Decode a PNG or JPEG image, as `dlrun.data.ImageDecoder` says."""
    import_keras()  # quietly, and with its threads, before an image wakes the backend
    return current_backend().decode_image(data, shape)


def _collect_again() -> None:
    """Switch the garbage collector on, which the command line starts without.

    What has been imported until then stays anyway, so it need not be looked through:
    not while a model is trained, and not when the process ends, which would take longer
    than to train a small model.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def usable_threads() -> int:
    """The rule for threads: as many as the process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def quiet_natives() -> Iterator[None]:
    """Keep what native libraries write to stderr out of sight, unless the block fails.

    They greet before their log level counts: only a file descriptor stops it.
    """
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (AttributeError, OSError, ValueError):  # no stderr at all, as under pythonw
        yield
        return
    with TemporaryFile() as noise:
        os.dup2(noise.fileno(), 2)
        try:
            yield
        except Exception:
            noise.seek(0)
            os.write(kept, noise.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
