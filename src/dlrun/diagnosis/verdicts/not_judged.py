"""Whether it fits cannot be told."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.diagnosis.case import Case
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.verdict import Verdict


def not_judged(evidence: Evidence) -> Iterator[Case]:
    """Without validation, or with losses below 0, nothing can be told of the fit."""
    if evidence.validation is None or not evidence.has_ratios:
        yield Case((), "")


NOT_JUDGED = Verdict(
    name="NOT_JUDGED",
    tag="not-judged",
    meaning="Nothing is wrong with what was recorded, but whether it overfits or fits "
    "well cannot be told from it.",
    rule=not_judged,
    standing="fine",
    colour="unknown",
)
