"""There are too few epochs to judge a fit."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.diagnosis.case import Case
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.remedy import Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict

_MEANING = "Not diagnosed: fewer than 5 epochs."


def too_short(evidence: Evidence) -> Iterator[Case]:
    """There are fewer than five epochs."""
    if evidence.is_short:
        epochs = evidence.num_epochs
        yield Case((), _MEANING, None, {"epochs": epochs})


TOO_SHORT = Verdict(
    name="TOO_SHORT",
    tag="too-short",
    meaning=_MEANING,
    rule=too_short,
    standing="fine",
    colour="unknown",
    is_early=True,
    remedies=(Remedy(("train_longer",)),),
)
