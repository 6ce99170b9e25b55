"""Nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlrun.diagnosis.against_constant import AgainstConstant, against_constant
from dlrun.diagnosis.case import Case
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.remark import DiagnosisRemark
from dlrun.diagnosis.verdicts.verdict import Verdict
from dlrun.runs import Finding

_LEAST = 0.01
"""Below it, two decimals would say 0.00."""


def nothing_wrong(evidence: Evidence) -> Iterator[Case]:
    """It is asked last, so that no other verdict holds."""
    found = against_constant(evidence)
    if found is None:
        yield Case((), "")
        return
    start = "No fault is seen, but" if found.is_doubtful else "Nothing is wrong:"
    text = f"{start} on the validation rows the loss is {_times(found)} that of always"
    constant = f"predicting {evidence.facts.constant}"
    yield Case((), f"{text} {constant}.", numbers=found.numbers)


def _times(found: AgainstConstant) -> str:
    is_small = found.share < _LEAST
    return "below 0.01 times" if is_small else "{loss_over_constant:.2f} times"


def _is_no_better(evidence: Evidence, faults: Mapping[str, Finding]) -> bool:
    """Where a fault was found, that says enough."""
    found = None if faults else against_constant(evidence)
    return found is not None and found.is_doubtful


NO_BETTER_THAN_CONSTANT = DiagnosisRemark(
    "NO_BETTER_THAN_CONSTANT",
    "The validation rows do not show that it does better than a constant prediction.",
    _is_no_better,
)


GOOD_FIT = Verdict(
    name="GOOD_FIT",
    tag="ok",
    meaning="Nothing is wrong: as far as curves tell, it does as well on new rows as "
    "can be expected.",
    rule=nothing_wrong,
    standing="fine",
    colour="fine",
    is_early=True,
)
