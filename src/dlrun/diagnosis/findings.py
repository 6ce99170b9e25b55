"""From evidence to findings: the verdicts are asked in their order."""

from __future__ import annotations

from dlrun.diagnosis import verdicts
from dlrun.diagnosis.case import Case
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.verdict import Asked
from dlrun.runs import Finding

_SHORT = 20
_TRUST_SHORT = 0.8
_TRUST_NOISY = 0.7
_RIGHT = ((1.0, 0.98), (0.8, 0.97), (0.0, 0.94))
"""The share of right verdicts by how far their weakest condition is from its threshold:
1 is twice beyond it."""


def find_faults(evidence: Evidence, *, is_noisy: bool) -> tuple[list[Finding], float]:
    """Ask every fault that may be asked.

    Args:
        evidence: What the recording shows.
        is_noisy: There are too few validation rows to be certain.

    Returns:
        What was found, and how far the nearest rule was from firing where none did, as
        a margin in powers of two.
    """
    explained: set[str] = set()
    findings: list[Finding] = []
    nearest = float("inf")
    for asked in verdicts.ORDER:
        if asked.verdict.standing != "fault" or asked.verdict.name in explained:
            continue
        cases = _cases(asked, evidence)
        nearest = min([nearest, *(-case.margin for case in cases)])
        strongest = _strongest(cases)
        if strongest is not None:
            findings.append(_finding(asked, strongest, evidence, is_noisy=is_noisy))
            # One that is asked twice is found once.
            explained |= {one.name for one in (asked.verdict, *asked.explains)}
    return findings, max(0.0, nearest)


def find_doubts(evidence: Evidence) -> list[Finding]:
    """What makes the other verdicts less certain, whatever they say."""
    return [
        _finding(asked, strongest, evidence, is_noisy=False)
        for asked in verdicts.ORDER
        if asked.verdict.standing == "doubt"
        if (strongest := _strongest(_cases(asked, evidence))) is not None
    ]


def verdict_without_faults(evidence: Evidence) -> tuple[str, Finding | None]:
    """The first verdict that holds where no fault was found, and what it rests on."""
    return next(
        (
            asked.verdict.name,
            _finding(asked, strongest, evidence, is_noisy=False)
            if strongest.sentence
            else None,
        )
        for asked in verdicts.ORDER
        if asked.verdict.standing != "fault"
        if (strongest := _strongest(_cases(asked, evidence))) is not None
    )


def trust(margin: float, evidence: Evidence, *, is_noisy: bool) -> float:
    """How often a verdict whose weakest condition has this margin was right.

    Counted where rules were adjusted: the development halves of everyday trainings and
    of injected faults, and the labelled histories (`benchmarks/DIAGNOSIS.md` has how
    often it is elsewhere). The margin counts less with few validation rows, and with
    fewer than 20 epochs.
    """
    sure = 0.5 + 0.5 * min(1.0, max(0.0, margin))
    if is_noisy:
        sure *= _TRUST_NOISY
    if evidence.num_epochs < _SHORT:
        sure *= _TRUST_SHORT
    return next(right for least, right in _RIGHT if sure >= least)


def _cases(asked: Asked, evidence: Evidence) -> list[Case]:
    """The ways in which a verdict can be reached; none where it is too early."""
    if evidence.is_short and not asked.verdict.is_early:
        return []
    return list(asked.cases(evidence))


def _strongest(cases: list[Case]) -> Case | None:
    holding = [case for case in cases if case.holds]
    return max(holding, key=lambda case: case.margin, default=None)


def _finding(
    asked: Asked, case: Case, evidence: Evidence, *, is_noisy: bool
) -> Finding:
    verdict = asked.verdict
    is_noisy = is_noisy and verdict.rests_on_validation
    sure = trust(case.margin, evidence, is_noisy=is_noisy) if case.conditions else 1.0
    return Finding(verdict.name, case.epoch, sure, case.evidence(), case.describe())
