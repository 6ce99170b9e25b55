"""What pseudo-labels have gained over their baselines, over the seeds of a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import sqrt
from typing import TYPE_CHECKING, Any

from dlrun.errors import RunError
from dlrun.report.layout import Column, layout, number, one_line

if TYPE_CHECKING:
    from dlrun.report.comparison import Comparison
    from dlrun.runs import RunFolder

_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""The 97.5 % quantiles of Student's t for 2 to 10 runs; the last serves for more."""


def gain_lines(comparison: Comparison, folders: Sequence[RunFolder]) -> list[str]:
    """A table of the configs with pseudo-labels: baseline, gain, seeds won.

    Args:
        comparison: says which runs are of one config.
        folders: the runs that were compared.

    Returns:
        Nothing where no run has a baseline of its own.
    """
    known = _metrics(folders)
    groups: dict[int, list[str]] = {}
    for row in comparison.rows:
        if row.run in known:
            groups.setdefault(row.group, []).append(row.run)
    if not groups:
        return []
    tested = all("test_accuracy" in known[run]["gain"] for run in known)
    measure = "test_accuracy" if tested else "val_accuracy"
    cells = [_cells([known[run] for run in runs], measure) for runs in groups.values()]
    names = [f"{runs[0]}{' ...' * (len(runs) > 1)}" for runs in groups.values()]
    heads = ("n", "baseline", "gain", "won", "round 0 kept")
    columns = [Column("runs", tuple(map(one_line, names)))]
    columns += [
        Column(head, column, is_number=True)
        for head, column in zip(heads, zip(*cells, strict=True), strict=True)
    ]
    chosen = "" if tested else ", by which rounds were chosen"
    return [
        f"pseudo-labels against the supervised baseline ({measure}{chosen})",
        *layout(columns),
    ]


def _metrics(folders: Sequence[RunFolder]) -> dict[str, Mapping[str, Any]]:
    """The metrics of finished runs with rounds, by all names that a run may have."""
    found: dict[str, Mapping[str, Any]] = {}
    for folder in folders:
        with suppress(RunError):
            metrics: Mapping[str, Any] = folder.metrics()
            if isinstance(metrics.get("gain"), dict):
                found |= {folder.name: metrics, str(folder.path): metrics}
    return found


def _cells(runs: Sequence[Mapping[str, Any]], measure: str) -> tuple[str, ...]:
    gains = [float(one["gain"][measure]) for one in runs]
    count = len(gains)
    mean = sum(gains) / count
    base = sum(float(one["baseline"][measure]) for one in runs) / count
    gain = f"{mean:+.4f}"
    if count > 1:
        spread = sqrt(sum((one - mean) ** 2 for one in gains) / (count - 1))
        half = _T[min(count, len(_T) + 1) - 2] * spread / sqrt(count)
        gain += f" ± {half:.4f}"
    won = f"{sum(one > 0 for one in gains)}/{count}"
    first = f"{sum(one['round'] == 0 for one in runs)}/{count}"
    return str(count), number(base), gain, won, first
