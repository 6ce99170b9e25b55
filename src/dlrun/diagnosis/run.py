"""From a run folder to a diagnosis."""

from __future__ import annotations

from contextlib import suppress

from dlrun.diagnosis.diagnose import diagnose
from dlrun.diagnosis.diagnosis import Diagnosis
from dlrun.errors import RunError
from dlrun.runs import RunFolder


def diagnose_run(folder: RunFolder) -> Diagnosis:
    """Diagnose a run from its history, probes, facts and status.

    A run that diverged in the middle of an epoch has no row for it: only its status
    tells. Without its summary or status, the curves still say something.

    Raises:
        RunError: The history or the probes are damaged.
        HistoryError: The history has no train loss.
    """
    facts: dict[str, object] = {}
    with suppress(RunError):
        facts |= folder.summary().facts
    with suppress(RunError):
        facts["diverged"] = folder.status().state == "diverged"
    return diagnose(folder.history(), folder.probes(), facts)
