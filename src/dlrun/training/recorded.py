"""How a run ends stands in its status, whatever happens."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from dlrun.custom import blamed, exit_is_failure
from dlrun.engines import current_backend, kernels_told
from dlrun.errors import CodeError, DlrunError, FailedCodeError, RunError, TrainingError
from dlrun.interruption import Interrupted
from dlrun.training.loop import DivergedError
from dlrun.training.watch.judge import write_diagnosis

if TYPE_CHECKING:
    from dlrun.experiment import Experiment
    from dlrun.runs import RunFolder, State
    from dlrun.training.prepared import Prepared


@contextmanager
def recorded(prepared: Prepared) -> Iterator[None]:
    """Write into the status how a run ends, whatever happens."""
    folder = prepared.folder
    try:
        with exit_is_failure(), kernels_told(prepared.experiment):
            yield
        # The status says that it has finished once everything else is there.
        write_diagnosis(folder, "finished")
        folder.write_status("finished", reason=_stop_reason(folder))
    except (Interrupted, DlrunError) as error:
        diverged = isinstance(error, DivergedError)
        state: State = "diverged" if diverged else getattr(error, "state", "failed")
        _say(folder, state, error.message)
        if isinstance(error, RunError):  # The disk refuses, in the middle of the run.
            raise TrainingError(error.message, hint=error.hint) from error
        if isinstance(error, CodeError):
            raise FailedCodeError(*error.problems) from error
        raise
    except Exception as error:
        _say(folder, "failed", f"{type(error).__name__}: {error}")
        with suppress(RunError):
            folder.write_log("".join(traceback.format_exception(error)))
        raise _unforeseen(error, prepared.experiment) from error
    finally:
        prepared.progress.end()


def _say(folder: RunFolder, state: State, reason: str) -> None:
    """A disk that takes no status must not hide why the run ends."""
    with suppress(RunError):
        folder.write_status(state, reason=reason)
    write_diagnosis(folder, state)


def _stop_reason(folder: RunFolder) -> str | None:
    """Why a run has ended before its last epoch, if `fit.stop_on` says so."""
    reason = folder.metrics().stopped
    return None if reason is None else f"stopped: {reason}"


def _unforeseen(error: Exception, experiment: Experiment) -> DlrunError:
    """What to tell a person of a failure that was not foreseen."""
    if isinstance(error, MemoryError) or current_backend().is_out_of_memory(error):
        count = experiment.parameters
        size = experiment.spec.fit.batch_size
        message = (
            f"out of memory: the model has {count:,} parameters, a batch {size} rows"
        )
        smaller = f"try -s fit.batch_size={max(1, size // 2)}, or a smaller model"
        return TrainingError(message, hint=smaller)
    hint = "the traceback is in log.txt of the run folder; --traceback shows it"
    if (problem := blamed(error)) is not None:
        return FailedCodeError(replace(problem, hint=hint))
    first = str(error).strip().splitlines()
    message = f"{type(error).__name__}: {first[0] if first else 'no message'}"
    return TrainingError(message, hint=hint)
