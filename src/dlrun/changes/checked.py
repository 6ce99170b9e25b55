"""What to try for a run: what its check has shown to help, then what may."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dlrun.changes.advice import MOST, Advice, advise
from dlrun.changes.changes import find_change
from dlrun.writing import number

if TYPE_CHECKING:
    from dlrun.changes.change import Change, Values
    from dlrun.diagnosis import Diagnosis
    from dlrun.runs import RecordedFinding, RecordedReference


def advise_checked(
    finding: RecordedFinding | None,
    diagnosis: Diagnosis,
    config: Values,
    facts: Values,
    accepts: Callable[[Change], bool] = lambda _: True,
) -> tuple[Advice, ...]:
    """At most three changes for a run; of what was checked, only what helps.

    Args:
        finding: What its check has found; None: it was not checked.
        diagnosis: What its curves show.
        config: Its resolved config.
        facts: What is known of its data, as `diagnose` takes it.
        accepts: Whether a change is possible for whoever asks.
    """
    if finding is None or finding.suspicion != diagnosis.verdict:
        return advise(diagnosis, config, facts, accepts=accepts)
    shown = [
        advice
        for reference in finding.helping
        if (advice := _shown(finding, reference, config, facts)) is not None
        and accepts(advice.change)
    ]
    # The advice on a verdict that was not confirmed would be against nothing.
    if finding.verdict != diagnosis.verdict:
        return tuple(shown[:MOST])
    known = {reference.name for reference in finding.references}
    others = advise(diagnosis, config, facts, accepts=accepts)
    more = [advice for advice in others if advice.category not in known]
    return tuple([*shown, *more][:MOST])


def _shown(
    finding: RecordedFinding,
    reference: RecordedReference,
    config: Values,
    facts: Values,
) -> Advice | None:
    """The advice that a reference which helps makes."""
    change, gain = find_change(reference.name, config, facts), reference.gain
    if change is None or gain is None:
        return None
    figures = f"{number(gain.mean)} [{number(gain.low)}, {number(gain.high)}]"
    sentence = f"{reference.run} has shown it: {finding.figure} falls by {figures}."
    verdict = finding.verdict or finding.suspicion
    return Advice(verdict, reference.name, (sentence,), change)
