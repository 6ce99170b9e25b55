"""The type of a remark: what is said beside a verdict, and changes nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dlrun.diagnosis.evidence import Evidence
from dlrun.runs import Finding


@dataclass(frozen=True, slots=True)
class DiagnosisRemark:
    """A sentence beside the verdict."""

    name: str
    """Its identifier in files."""
    sentence: str
    """For people; `{best_epoch}` stands for the epoch of the diagnosis."""
    applies: Callable[[Evidence, Mapping[str, Finding]], bool]
    """Whether it is made, by the evidence and the faults that were found, by name."""
