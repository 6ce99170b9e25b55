"""What the diagnosis of a run says, as far as a comparison needs it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.errors import DlrunError, RunError

if TYPE_CHECKING:
    from dlrun.runs import RunFolder


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one run."""

    verdict: str
    """The first one, such as OVERFITTING."""
    tag: str
    """In a word, for tables: `ok`, `overfit@9`, `diverged`."""
    onset: int | None
    """The first epoch of overfitting; None: there is none."""
    confidence: float


def read_judgement(folder: RunFolder) -> Judgement | None:
    """Take the diagnosis that the run wrote, else judge its history now."""
    with suppress(RunError):
        return _judgement(folder.diagnosis())
    from dlrun.diagnosis import diagnose_run

    with suppress(DlrunError):  # Without a single loss there is nothing to judge.
        return _judgement(diagnose_run(folder).to_values())
    return None


def _judgement(values: Mapping[str, object]) -> Judgement | None:
    verdict, tag = values.get("verdict"), values.get("tag")
    onset, confidence = values.get("onset"), values.get("confidence")
    if not isinstance(verdict, str):
        return None
    return Judgement(
        verdict=verdict,
        tag=tag if isinstance(tag, str) else verdict.lower(),
        onset=onset if isinstance(onset, int) else None,
        confidence=float(confidence) if isinstance(confidence, int | float) else 0.0,
    )
