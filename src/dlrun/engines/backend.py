"""How Keras is imported: on TensorFlow, quietly, without what dlrun does not use.

Keras imports pandas, SciPy and scikit-learn when they are installed, only to accept
their types. dlrun hands it arrays, so these imports are kept away from it: they would
make up a third of the start (`docs/decisions/0004-start-up.md`).
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from tempfile import TemporaryFile
from types import ModuleType
from typing import TYPE_CHECKING, Any

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

# Read when the native libraries load: before the first import of TensorFlow or Keras.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_prepared: list[bool] = []
_UNUSED = frozenset({"matplotlib", "pandas", "scipy", "sklearn"})


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


def import_keras() -> Any:
    """Import Keras on TensorFlow, once and quietly, with deterministic operations."""
    if not _prepared:
        absent = _Absent()
        sys.meta_path.insert(0, absent)
        try:
            with quiet_natives():
                import keras  # noqa: F401 - the first import decides how it loads
        finally:
            sys.meta_path.remove(absent)
            _collect_again()
        _fix_threads()
        _prepared.append(True)
    return sys.modules["keras"]


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


def _fix_threads() -> None:
    """Fix what decides on the bits of a result beside the seed."""
    import tensorflow as tf

    # TensorFlow refuses once it runs, as in a notebook that has used it before.
    with suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(usable_threads())
        tf.config.threading.set_inter_op_parallelism_threads(usable_threads())
    set_determinism(on=True)


def set_determinism(*, on: bool) -> None:
    """Choose for this process whether operations give the same bits each time."""
    # TensorFlow has no public way back, which a second run with `false` needs.
    from tensorflow.python.framework import config

    choose = config.enable_op_determinism if on else config.disable_op_determinism
    choose()


@contextmanager
def quiet_natives() -> Iterator[None]:
    """Keep what native libraries write to stderr out of sight, unless the block fails.

    TensorFlow greets before its log level counts: only a file descriptor stops it.
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
