"""From a run folder to a diagnosis."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from dlrun.diagnosis.diagnose import diagnose
from dlrun.diagnosis.diagnosis import Diagnosis
from dlrun.diagnosis.outputs import diagnose_outputs
from dlrun.runs import MissingError, RunFolder


def diagnose_run(folder: RunFolder) -> Diagnosis:
    """Diagnose a run from its history, probes, facts and status.

    A run that diverged in the middle of an epoch has no row for it: only its status
    tells. Without its summary or status, the curves still say something; from damaged
    ones nothing is said.

    Raises:
        RunError: A file that the verdict depends on is damaged.
        HistoryError: The history has no train loss.
    """
    facts: dict[str, object] = {}
    with suppress(MissingError):
        facts |= folder.summary().facts
    history, state = folder.history(), None
    with suppress(MissingError):
        state = folder.status().state
        facts["diverged"] = state == "diverged"
    if state == "finished":
        with suppress(MissingError):
            metrics = folder.metrics()
            metrics.require_epochs(history)
            facts |= {
                "row_losses": metrics.row_losses,
                "best_epoch": metrics.best_epoch,
                "monitor": metrics.monitor,
            }
    probes = folder.probes()
    found = diagnose(history, probes, facts)
    return replace(found, outputs=diagnose_outputs(history, probes, facts))
