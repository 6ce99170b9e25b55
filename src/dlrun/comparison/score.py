"""What a history says of one metric: its best epoch, its gap, its curves."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from dlrun.estimates import quantile

if TYPE_CHECKING:
    from dlrun.runs import History, RecordedDiagnosis

Mode: TypeAlias = Literal["min", "max"]
"""Which value of a metric is the best."""
Curve: TypeAlias = Sequence[float | None]
"""A number per epoch; None where there is none that is finite."""

POINTS = 100
"""A curve is kept in at most so many points."""

_NUMBER = (int, float)
_GROWING = ("acc", "auc", "precision", "recall", "f1", "score", "iou", "r2", "similar")
_NO_METRIC: Final = frozenset({"epoch", "seconds", "learning_rate", "weights_sha256"})


@dataclass(frozen=True, slots=True)
class Curves:
    """The metric on the train and the validation rows, a point for some epochs."""

    step: int
    """How many epochs a point is the mean of; 1 up to 100 planned epochs."""
    train: array[float]
    """NaN where there is no finite number; empty where there is no such column."""
    validation: array[float]
    """What is compared; also where it was not measured on validation rows."""


@dataclass(frozen=True, slots=True)
class OutputScore:
    """What a history says of one of several outputs."""

    column: str
    """What it is told by: its first metric on the validation rows, else its loss."""
    value: float | None
    """At the epoch that the run chose."""
    train: float | None
    """The same on the train rows."""
    curves: Curves


@dataclass(frozen=True, slots=True)
class Score:
    """What a history says about one metric; every number is finite, or None."""

    epochs: int
    best: float | None
    """At the best epoch of the monitor, which need not be the best of this metric."""
    best_epoch: int | None
    """Counted from 1; the earliest of equals."""
    train_at_best: float | None
    """The same metric on the train rows, in inference mode, with the same weights."""
    gap_at_best: float | None
    """Validation minus train."""
    gap_at_end: float | None
    seconds_per_epoch: float | None
    """The median."""
    columns: tuple[str, ...]
    """What the history has."""
    values: tuple[float | None, ...]
    """Each of these columns at the best epoch."""
    curves: Curves
    judgement: RecordedDiagnosis | None
    outputs: Mapping[str, OutputScore] = field(default_factory=dict)
    """By output, where there are several."""

    @property
    def wasted_epochs(self) -> int | None:
        """How many epochs came after the best one."""
        return None if self.best_epoch is None else self.epochs - self.best_epoch

    def at_best(self, column: str) -> float | None:
        """A column of the history at the best epoch."""
        known = column in self.columns
        return self.values[self.columns.index(column)] if known else None


def guess_mode(metric: str) -> Mode:
    """Tell from a metric's name whether more of it is better."""
    if metric.endswith("loss"):  # also that of an output called `auc_head`
        return "min"
    return "max" if any(word in metric.lower() for word in _GROWING) else "min"


def metric_names(histories: Collection[Sequence[str]]) -> list[str]:
    """The columns of histories that measure something.

    Args:
        histories: The columns of each.
    """
    return sorted({name for columns in histories for name in columns} - _NO_METRIC)


def to_curve(column: Sequence[float | int | str | None]) -> Curve:
    """Take the finite numbers of a column; None where it has none."""
    return [
        value if isinstance(value, _NUMBER) and math.isfinite(value) else None
        for value in column
    ]


def find_best(curve: Curve, mode: Mode) -> int | None:
    """The index of the best value, the earliest of equals; None without any number."""
    numbers = [value for value in curve if value is not None]
    if not numbers:
        return None
    return curve.index(max(numbers) if mode == "max" else min(numbers))


def score_history(
    history: History,
    metric: str,
    mode: Mode,
    *,
    monitor: tuple[str, Mode],
    epochs_planned: int | None,
    judgement: RecordedDiagnosis | None,
) -> Score:
    """Take the numbers of one metric at the epoch that the run chose.

    Args:
        history: A column per quantity, a value per epoch.
        metric: A column; where there is none, its numbers are None.
        mode: Which of its values is the best, if the monitor cannot tell the epoch.
        monitor: The column whose best value chose the weights, and which one is best.
        epochs_planned: For how many epochs the curves are made to fit.
        judgement: The verdict on the run.
    """
    curve, twin = to_curve(history.get(metric, [])), _twin(history, metric)
    name, monitor_mode = monitor
    monitored = curve if name == metric else to_curve(history.get(name, []))
    best = find_best(monitored, monitor_mode)
    if best is None:
        best = find_best(curve, mode)
    at_best, train = _value(curve, best), _value(twin, best)
    epochs = history.get("epoch", [])
    epoch = _cell(epochs, best)
    seconds = [
        value for value in to_curve(history.get("seconds", [])) if value is not None
    ]
    done = max((number for number in epochs if type(number) is int), default=0)
    step = max(1, math.ceil(max(done, epochs_planned or 0) / POINTS))
    return Score(
        epochs=done,
        best=at_best,
        best_epoch=None if epoch is None else int(epoch),
        train_at_best=train,
        gap_at_best=_gap(at_best, train),
        gap_at_end=_gap(_value(curve, -1), _value(twin, -1)),
        seconds_per_epoch=quantile(seconds, 0.5) if seconds else None,
        columns=tuple(sys.intern(name) for name in history),
        values=tuple(_cell(column, best) for column in history.values()),
        curves=Curves(step, _thinned(twin, step), _thinned(curve, step)),
        judgement=judgement,
    )


def score_outputs(
    history: History, outputs: Sequence[str], score: Score
) -> Mapping[str, OutputScore]:
    """Take the numbers of each of several outputs at the epoch that the run chose.

    Args:
        history: A column per quantity, a value per epoch.
        outputs: Their names.
        score: The numbers of one metric of the run.
    """
    epochs = history.get("epoch", [])
    known = score.best_epoch in epochs
    best = epochs.index(score.best_epoch) if known else None
    return {
        output: _score_output(history, column, best, score.curves.step)
        for output, column in _leading_columns([*history], outputs).items()
    }


def _leading_columns(
    columns: Sequence[str], outputs: Sequence[str]
) -> Mapping[str, str]:
    """The column that tells of each output; of `a` and `a_b` each has its own."""
    found: dict[str, str] = {}
    for output in outputs:
        longer = tuple(f"val_{one}_" for one in outputs if one.startswith(f"{output}_"))
        own = [
            column
            for column in columns
            if column.startswith(f"val_{output}_")
            and not (longer and column.startswith(longer))
        ]
        loss = f"val_{output}_loss"
        if own:
            found[output] = next((name for name in own if name != loss), loss)
    return found


def _score_output(
    history: History, column: str, best: int | None, step: int
) -> OutputScore:
    curve, twin = to_curve(history.get(column, [])), _twin(history, column)
    return OutputScore(
        column,
        _value(curve, best),
        _value(twin, best),
        Curves(step, _thinned(twin, step), _thinned(curve, step)),
    )


def _twin(history: History, metric: str) -> Curve:
    """The same metric on the train rows in inference mode; only validation has one."""
    is_validation = metric.startswith("val_")
    return to_curve(history.get(f"train_{metric[4:]}", []) if is_validation else [])


def _cell(
    column: Sequence[float | int | str | None], index: int | None
) -> float | None:
    if not column or index is None:
        return None
    return to_curve(column[index : index + 1])[0]


def _value(curve: Curve, index: int | None) -> float | None:
    return curve[index] if curve and index is not None else None


def _gap(validation: float | None, train: float | None) -> float | None:
    return None if validation is None or train is None else validation - train


def _thinned(curve: Curve, step: int) -> array[float]:
    """Keep a curve in eight bytes a point: means of `step` epochs, NaN for none."""
    points = curve
    if step > 1:
        parts = [curve[start : start + step] for start in range(0, len(curve), step)]
        points = [_mean(part) for part in parts]
    return array("d", [math.nan if value is None else value for value in points])


def _mean(part: Curve) -> float | None:
    numbers = [value for value in part if value is not None and not math.isnan(value)]
    return sum(numbers) / len(numbers) if numbers else None
