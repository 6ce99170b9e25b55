"""Histories and probes → verdicts: what went wrong in a training, and since when."""

from __future__ import annotations

from dlrun.diagnosis.diagnose import diagnose
from dlrun.diagnosis.reading import Recorded, read_recorded
from dlrun.diagnosis.run import diagnose_run
from dlrun.diagnosis.text import render_diagnosis
from dlrun.diagnosis.verdict import (
    FINE,
    GOOD,
    MEANINGS,
    REMARKS,
    TAGS,
    Diagnosis,
    Finding,
)

__all__ = [
    "FINE",
    "GOOD",
    "MEANINGS",
    "REMARKS",
    "TAGS",
    "Diagnosis",
    "Finding",
    "Recorded",
    "diagnose",
    "diagnose_run",
    "read_recorded",
    "render_diagnosis",
]
