"""What became of a run: its verdict, its score, and its gap, from its files alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.comparison.score import guess_mode
from dlrun.diagnosis import Diagnosis, diagnose_run
from dlrun.runs import label_scales_of

if TYPE_CHECKING:
    from dlrun.runs import RunFolder

_ACCURACY = "val_accuracy"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run in a few numbers; None: not known."""

    metric: str
    """What is scored: the accuracy on validation rows, else what is monitored."""
    highest_is_best: bool
    score: float | None
    """The metric at the epoch that the monitor chose: that of the kept weights."""
    train: float | None
    """The same on train rows, in inference mode."""
    best_epoch: int | None
    gap: float | None
    """Validation minus train loss at the last epoch, both in inference mode."""
    epochs: int
    diagnosis: Diagnosis


def read_outcome(
    folder: RunFolder, metric: str | None = None, *, epochs: int | None = None
) -> Outcome:
    """Read what became of a run, finished or not.

    Args:
        folder: The run.
        metric: What is scored; None: the accuracy, else what is monitored.
        epochs: Look at so many epochs alone, as if no more had been planned; its
            diagnosis is that of the whole run.

    Raises:
        RunError: A file is missing or damaged.
    """
    summary, history = folder.summary(), folder.history()
    history = {name: values[:epochs] for name, values in history.items()}
    monitor = summary.monitor or "val_loss"
    highest = summary.monitor_mode == "max"
    index = _best(history.get(monitor, ()), highest)
    usual = _ACCURACY if _ACCURACY in history else monitor
    numbers = history.get("epoch", ())
    if metric is not None:
        highest = guess_mode(metric) == "max"
    metric = usual if metric is None else metric
    return Outcome(
        metric=metric,
        highest_is_best=metric == _ACCURACY or highest,
        score=_at(history.get(metric, ()), index),
        train=_at(history.get(f"train_{metric.removeprefix('val_')}", ()), index),
        best_epoch=None if index is None else int(float(str(numbers[index]))),
        gap=_gap(history),
        epochs=len(numbers),
        diagnosis=diagnose_run(folder),
    )


def common_metric(folder: RunFolder, other: RunFolder) -> str | None:
    """What two runs are scored by, of which one has scaled its labels otherwise.

    Returns:
        A metric of the validation rows that both have; empty: there is none; None:
        their losses are in one unit, so that any will do.

    Raises:
        RunError: A file of either is missing or damaged.
    """
    scales = [label_scales_of(run.config(), "val_loss") for run in (folder, other)]
    if scales[0] == scales[1]:
        return None
    known = other.history()
    shared = [name for name in folder.history() if name in known]
    return next(
        (
            name
            for name in shared
            if name.startswith("val_") and not name.endswith("loss")
        ),
        "",
    )


def facts_of(folder: RunFolder) -> Mapping[str, object]:
    """What a run has noted of its data and its config; nothing if it has not.

    Raises:
        RunError: The summary is missing or damaged.
    """
    return folder.summary().facts


def _best(values: Sequence[object], highest: bool) -> int | None:
    """The place of the best value; the earliest of equals."""
    finite = [
        (index, number)
        for index, value in enumerate(values)
        if (number := _finite(value)) is not None
    ]
    sign = -1 if highest else 1
    return min(finite, key=lambda indexed: sign * indexed[1], default=(None, 0.0))[0]


def _gap(history: Mapping[str, Sequence[object]]) -> float | None:
    validation = _at(history.get("val_loss", ()), -1)
    train = _at(history.get("train_loss", ()), -1)
    return None if validation is None or train is None else validation - train


def _at(values: Sequence[object], index: int | None) -> float | None:
    return _finite(values[index]) if values and index is not None else None


def _finite(value: object) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    number = float(value) if is_number else math.nan  # type: ignore[arg-type]
    return number if math.isfinite(number) else None
