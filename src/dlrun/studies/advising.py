"""What to try for a run: what its check has shown to help, then what may."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dlrun.changes import Advice, Change, advise
from dlrun.changes.advice import MOST
from dlrun.changes.changes import find_change
from dlrun.studies.outcome import facts_of
from dlrun.writing import number

if TYPE_CHECKING:
    from dlrun.diagnosis import Diagnosis
    from dlrun.runs import RecordedFinding, RecordedReference, RunFolder


def advise_run(
    folder: RunFolder, diagnosis: Diagnosis, accepts: Callable[[Change], bool]
) -> tuple[Advice, ...]:
    """At most three changes for a run; of what was checked, only what helps.

    Args:
        folder: The run.
        diagnosis: What its curves show.
        accepts: Whether its config takes a change.

    Raises:
        RunError: A file of the run is missing or damaged.
    """
    config, facts = folder.config(), facts_of(folder)
    finding = folder.finding()
    if finding is None or finding.suspicion != diagnosis.verdict:
        return advise(diagnosis, config, facts, accepts=accepts)
    shown = {
        reference.name: advice
        for reference in finding.helping
        if (advice := _shown(finding, reference, folder)) is not None
    }
    if finding.standing in {"refuted", "not shown"}:
        return tuple(shown.values())
    known = {reference.name for reference in finding.references}
    others = (
        advice
        for advice in advise(diagnosis, config, facts, accepts=accepts)
        if advice.category not in known and finding.standing != "changed"
    )
    return (*shown.values(), *others)[:MOST]


def _shown(
    finding: RecordedFinding, reference: RecordedReference, folder: RunFolder
) -> Advice | None:
    """The advice that a reference which helps makes."""
    change = find_change(reference.name, folder.config(), facts_of(folder))
    if change is None or reference.gain is None:
        return None
    gain = reference.gain
    figures = f"{number(gain.mean)} [{number(gain.low)}, {number(gain.high)}]"
    sentence = f"{reference.run} has shown it: {finding.figure} falls by {figures}."
    verdict = finding.verdict or finding.suspicion
    return Advice(verdict, reference.name, (sentence,), change)
