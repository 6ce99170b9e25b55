"""What rounds of pseudo-labels have brought, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.writing import number

if TYPE_CHECKING:
    from dlrun.runs import RoundsResult


def rounds_text(result: RoundsResult | None) -> Iterator[str]:
    """The result beside its supervised baseline; nothing for runs without rounds."""
    if result is None:
        return
    baseline, kept, gain = result.baseline, result.kept, result.gain
    of = f"round {result.kept_round} of {result.rounds}"
    words = f"pseudo-labels: {of} is kept ({result.ended})"
    if result.kept_round == 0:
        words = f"pseudo-labels did not help: the baseline is kept, {of}"
    yield words
    for name in ("test_accuracy", "val_accuracy"):
        if name in gain:
            figures = f"{number(kept[name])}, baseline {number(baseline[name])}"
            note = "" if name.startswith("test") else "; it chose the round"
            yield f"{name} {figures}: gain {gain[name]:+.4f}{note}"
    for warning in result.warnings:
        yield f"warning: {warning}"
