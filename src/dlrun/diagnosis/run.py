"""From a run folder to a diagnosis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from dlrun.diagnosis.diagnose import diagnose
from dlrun.diagnosis.diagnosis import Diagnosis
from dlrun.diagnosis.outputs import diagnose_outputs
from dlrun.runs import History, Metrics, MissingError, RunFolder, State


def diagnose_run(folder: RunFolder, state: State | None = None) -> Diagnosis:
    """Diagnose a run from its history, probes, facts and status.

    A run that diverged in the middle of an epoch has no row for it: only its status
    tells. Without its summary or status, the curves still say something; from damaged
    ones nothing is said.

    Args:
        folder: The run.
        state: How it ends, where that is known before its status says so.

    Raises:
        RunError: A file that the verdict depends on is damaged.
        HistoryError: The history has no train loss.
    """
    facts: Mapping[str, object] = {}
    with suppress(MissingError):
        facts = folder.summary().facts
    history, metrics = folder.history(), None
    with suppress(MissingError):
        state = state or folder.status().state
    if state == "finished":
        with suppress(MissingError):
            metrics = folder.metrics()
            metrics.require_epochs(history)
    return diagnose_files(history, folder.probes(), facts, state, metrics)


def diagnose_files(
    history: History,
    probes: Sequence[Mapping[str, object]],
    facts: Mapping[str, object],
    state: State | None,
    metrics: Metrics | None,
) -> Diagnosis:
    """Diagnose a run from what its files hold.

    Args:
        history: A column per quantity, a value per epoch.
        probes: Looks inside the model, by epoch.
        facts: What its summary knows of data and model.
        state: How it has ended; None: nothing says so.
        metrics: Of a run that has finished; None: it has not, or they are missing.

    Raises:
        HistoryError: The history has no train loss.
    """
    known = {**facts, "diverged": state == "diverged"}
    if state == "finished" and metrics is not None:
        known |= facts_at_end(metrics)
    found = diagnose(history, probes, known)
    return replace(found, outputs=diagnose_outputs(history, probes, known))


def facts_at_end(metrics: Metrics) -> dict[str, object]:
    """What is known of a run once its best weights have been measured."""
    return {
        "row_losses": metrics.row_losses,
        "best_epoch": metrics.best_epoch,
        "monitor": metrics.monitor,
    }
