"""Histories and probes → verdicts: what went wrong in a training, and since when."""

from __future__ import annotations

from dlrun.diagnosis.diagnose import diagnose
from dlrun.diagnosis.diagnosis import Diagnosis
from dlrun.diagnosis.reading import Recorded, read_recorded
from dlrun.diagnosis.run import diagnose_run
from dlrun.diagnosis.scarcity import scarcity
from dlrun.diagnosis.text import finding_tag, render_diagnosis
from dlrun.diagnosis.verdicts import (
    all_verdicts,
    find_verdict,
    stopping_names,
    tag_of,
)
from dlrun.diagnosis.verdicts.verdict import Verdict
from dlrun.runs import Finding

__all__ = [
    "Diagnosis",
    "Finding",
    "Recorded",
    "Verdict",
    "all_verdicts",
    "diagnose",
    "diagnose_run",
    "find_verdict",
    "finding_tag",
    "read_recorded",
    "render_diagnosis",
    "scarcity",
    "stopping_names",
    "tag_of",
]
