"""Which backend runs the models, and how Keras is imported on it: once and quietly.

Keras imports pandas, SciPy and scikit-learn when they are installed, only to accept
their types. dlrun hands it arrays, so these imports are kept away from it: they would
make up a third of the start (`docs/decisions/0004-start-up.md`).
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
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

    from dlrun.engines.engine import Backend

BACKENDS = {
    "tensorflow": "dlrun.engines.tensorflow",
}
"""Keras' name of each backend, and the package whose `BACKEND` it is; the first one
runs the models."""

_CHOSEN = next(iter(BACKENDS))
_prepared: list[bool] = []
_assumed: list[int] = []
"""The number of threads of the machine that this process trains for, if another."""
FLOATX, EPSILON, IMAGE_DATA_FORMAT = "float32", 1e-7, "channels_last"
"""What Keras computes with, here and on every machine; `keras.json` has no say."""
_NO_HOME = os.path.join(os.devnull, "keras")  # noqa: PTH118 - no folder, ever
_PACKAGES = (
    "keras",
    "absl",
    "h5py",
    "ml_dtypes",
    "namex",
    "numpy",
    "optree",
    "packaging",
    "rich",
)
"""Keras and what it imports with any backend."""
_ABOUT_CODE = (
    DeprecationWarning,
    PendingDeprecationWarning,
    FutureWarning,
    SyntaxWarning,
)
"""Warnings for the authors of code: nobody else can do anything about them."""
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
    mute_authors_warnings()
    if not _prepared:
        runs_it = current_backend()
        absent = _Absent()
        sys.meta_path.insert(0, absent)
        try:
            with quiet_natives(), _without_own_settings():
                import keras  # noqa: F401 - the first import decides how it loads
        finally:
            sys.meta_path.remove(absent)
            _collect_again()
        runs_it.set_threads(usable_threads())
        runs_it.set_determinism(on=True)
        _prepared.append(True)
    pin_settings()
    return sys.modules["keras"]


def mute_authors_warnings() -> None:
    """Ignore what a newer Python or NumPy finds in the code of Keras and its backend.

    Not even as an error, which a person may have asked for in their own code: a model
    could not be saved then. Set anew by each `import_keras`, as filters come and go.
    """
    packages = "|".join((*_PACKAGES, *current_backend().packages))
    # Python names a module by its path where it compiles it.
    module = rf"(.*[/\\](site|dist)-packages[/\\])?({packages})([./\\]|$)"
    for category in _ABOUT_CODE:
        warnings.filterwarnings("ignore", category=category, module=module)


def pin_settings() -> None:
    """Let Keras compute as everywhere, whoever imported it and whatever they set."""
    import keras

    keras.config.set_floatx(FLOATX)
    keras.config.set_epsilon(EPSILON)
    keras.config.set_image_data_format(IMAGE_DATA_FORMAT)
    keras.config.set_dtype_policy(FLOATX)


@contextmanager
def _without_own_settings() -> Iterator[None]:
    """Keep from Keras what it reads of the user's home and of `KERAS_...` variables.

    A file there may be broken, and Keras writes one where there is none.
    """
    if "keras" in sys.modules:
        yield
        return
    hidden = {
        name: os.environ.pop(name)
        for name in [*os.environ]
        if name.startswith("KERAS_") and name != "KERAS_BACKEND"
    }
    os.environ["KERAS_HOME"] = _NO_HOME
    try:
        yield
    finally:
        del os.environ["KERAS_HOME"]
        os.environ.update(hidden)
        config = sys.modules.get("keras.src.backend.config")
        if getattr(config, "_KERAS_DIR", None) == _NO_HOME:
            # Where data sets go that a person loads by `keras.datasets`.
            home = hidden.get("KERAS_HOME") or os.path.expanduser("~/.keras")  # noqa: PTH111
            setattr(config, "_KERAS_DIR", home)  # noqa: B010 - it is Keras' own


def _collect_again() -> None:
    """Switch the garbage collector on, which the command line starts without.

    What has been imported until then stays anyway, so it need not be looked through:
    not while a model is trained, and not when the process ends, which would take longer
    than to train a small model.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def assume_threads(number: int) -> None:
    """Let this process count as many threads as another, whose runs it trains."""
    _assumed[:] = [number]


def usable_threads() -> int:
    """The rule for threads: as many as the process may use."""
    if _assumed:
        return _assumed[0]
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
