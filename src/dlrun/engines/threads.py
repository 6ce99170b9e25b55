"""The threads of a run: `fit.threads`, fixed before the backend computes anything.

How many threads add up a sum decides how it is rounded, so their number belongs to what
a run is. Backends take it once per process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dlrun.engines.backend import (
    current_backend,
    import_keras,
    usable_threads,
)
from dlrun.errors import RunError

if TYPE_CHECKING:
    from dlrun.experiment import ExperimentSpec

_stated: list[int] = []
"""The numbers that runs of this process have stated; empty: all said `auto`."""


def threads_of(spec: ExperimentSpec) -> int:
    """How many threads compute a run on this machine."""
    stated = spec.fit.threads
    return usable_threads() if stated == "auto" else stated


def fix_threads(spec: ExperimentSpec) -> None:
    """Let this process compute a run with the threads that its config states.

    Where the config leaves them open, a process that somebody else has set up, as in a
    notebook, keeps its own.

    Raises:
        RunError: the process computes with others already, for good.
    """
    import_keras()
    stated, number = spec.fit.threads, threads_of(spec)
    if current_backend().set_threads(number):
        _stated.extend([] if stated == "auto" else [number])
        return
    if stated == "auto" and not _stated:
        return
    fixed = current_backend().threads()
    message = f"this process computes with {fixed} thread{'' if fixed == 1 else 's'}"
    message += f" already, but {spec.name} with fit.threads: {stated} needs {number}"
    hint = "train it by a command of its own, or give all configs one fit.threads"
    raise RunError(message, hint=hint)


def prepare_for_code(threads: int | Literal["auto"]) -> None:
    """Import Keras for the code of a config, which wakes the backend.

    Args:
        threads: that the config states; whether they can still be fixed is found out
            where they count.
    """
    import_keras()
    if threads != "auto":
        current_backend().set_threads(threads)
