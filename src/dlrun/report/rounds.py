"""What rounds of pseudo-labels have brought, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dlrun.writing import number


def rounds_text(metrics: Mapping[str, Any]) -> Iterator[str]:
    """The result beside its supervised baseline; nothing for runs without rounds.

    Args:
        metrics: as `metrics.json` has them.
    """
    if "baseline" not in metrics:
        return
    baseline, kept, gain = (metrics[name] for name in ("baseline", "kept", "gain"))
    of = f"round {metrics['round']} of {metrics['rounds']}"
    words = f"pseudo-labels: {of} is kept ({metrics['rounds_ended']})"
    if metrics["round"] == 0:
        words = f"pseudo-labels did not help: the baseline is kept, {of}"
    yield words
    for name in ("test_accuracy", "val_accuracy"):
        if name in gain:
            figures = f"{number(kept[name])}, baseline {number(baseline[name])}"
            note = "" if name.startswith("test") else "; it chose the round"
            yield f"{name} {figures}: gain {gain[name]:+.4f}{note}"
    for warning in metrics["warnings"]:
        yield f"warning: {warning}"
