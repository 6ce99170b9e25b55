"""What `compare` and `runs` read of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dlrun.errors import RunError
from dlrun.report.curve import (
    Curve,
    Mode,
    difference,
    find_best,
    guess_mode,
    quantile,
    resample,
    to_curve,
)
from dlrun.runs import History, RunFolder, Status

_LOSSES = ("val_loss", "train_loss", "loss")
CELLS = 20
"""A curve is kept, and drawn, in at most so many parts."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The small files of a run; what is unknown is None."""

    folder: RunFolder
    name: str
    """The run's name, or its path where another run has the same name."""
    status: Status
    config: Mapping[str, object]
    summary: Mapping[str, object]
    versions: Mapping[str, object]
    troubles: tuple[str, ...]
    """Why the summary or the versions could not be read."""

    @property
    def monitor(self) -> str | None:
        """The metric whose best value chose the weights."""
        for value in (self.summary.get("monitor"), _at(self.config, "fit", "monitor")):
            if isinstance(value, str):
                return value
        return None

    def mode(self, metric: str) -> Mode:
        """Whether more of a metric is better, by this run's word or by its name."""
        word = self.summary.get("monitor_mode")
        if metric == self.monitor and word in {"min", "max"}:
            return "max" if word == "max" else "min"
        return guess_mode(metric)

    @property
    def epochs_planned(self) -> int | None:
        """How many epochs the config asks for."""
        value = _at(self.config, "fit", "epochs")
        return value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class Score:
    """What a history says about one metric; every number is finite, or None."""

    epochs: int
    best: float | None
    best_epoch: int | None
    """Counted from 1; the earliest of equals."""
    train_at_best: float | None
    """The same metric on the train rows, in inference mode, with the same weights."""
    gap_at_best: float | None
    """Validation minus train."""
    gap_at_end: float | None
    val_accuracy: float | None
    """At the best epoch."""
    seconds_per_epoch: float | None
    """The median."""
    columns: tuple[str, ...]
    """What the history has."""
    curve_name: str
    curve: tuple[float | None, ...]
    """The loss, in at most 20 parts; None where it was NaN or infinite."""


def read_run(folder: RunFolder, name: str) -> Reading:
    """Read the small files of a run; only status and config are indispensable.

    Args:
        folder: The run.
        name: What to call it.

    Raises:
        RunError: Status or config is missing or damaged.
    """
    troubles: list[str] = []

    def attempt(read: Callable[[], dict[str, object]]) -> dict[str, object]:
        try:
            return read()
        except RunError as error:
            troubles.append(error.message)
            return {}

    status, config = folder.status(), folder.config()
    summary, environment = attempt(folder.summary), attempt(folder.environment)
    versions = environment.get("versions")
    return Reading(
        folder=folder,
        name=name,
        status=status,
        config=config,
        summary=summary,
        versions=versions if isinstance(versions, dict) else {},
        troubles=tuple(troubles),
    )


def read_score(folder: RunFolder, metric: str, mode: Mode) -> Score:
    """Read the history of a run with regard to one metric.

    Raises:
        RunError: The history is damaged.
    """
    history = folder.history()
    curve = to_curve(history.get(metric, []))
    twin = _twin(history, metric)
    best = find_best(curve, mode)
    at_best, train = _value(curve, best), _value(twin, best)
    epoch = _value(to_curve(history.get("epoch", [])), best)
    seconds = [one for one in to_curve(history.get("seconds", [])) if one is not None]
    curve_name = next((name for name in _LOSSES if name in history), "loss")
    loss = to_curve(history.get(curve_name, []))
    return Score(
        epochs=max((int(epoch or 0) for epoch in history.get("epoch", [])), default=0),
        best=at_best,
        best_epoch=None if epoch is None else int(epoch),
        train_at_best=train,
        gap_at_best=difference(at_best, train),
        gap_at_end=difference(_value(curve, -1), _value(twin, -1)),
        val_accuracy=_value(to_curve(history.get("val_accuracy", [])), best),
        seconds_per_epoch=quantile(seconds, 0.5) if seconds else None,
        columns=tuple(history),
        curve_name=curve_name,
        curve=tuple(resample(loss, CELLS)),
    )


def _twin(history: History, metric: str) -> Curve:
    """The same metric on the train rows in inference mode; only validation has one."""
    known = metric.startswith("val_")
    return to_curve(history.get(f"train_{metric[4:]}", []) if known else [])


def _value(curve: Curve, place: int | None) -> float | None:
    return curve[place] if curve and place is not None else None


def _at(config: Mapping[str, object], section: str, key: str) -> object:
    values = config.get(section)
    return values.get(key) if isinstance(values, Mapping) else None
