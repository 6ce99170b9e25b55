"""What `compare` and `runs` read of one run: each of its files once."""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil

from dlrun.comparison.curve import (
    Curve,
    Mode,
    difference,
    find_best,
    guess_mode,
    quantile,
    thin,
    to_curve,
)
from dlrun.comparison.gain import Gain, read_gain
from dlrun.diagnosis import diagnose
from dlrun.errors import DlrunError, RunError
from dlrun.runs import History, RunFolder, Status

_USED = (
    "parameters",
    "monitor",
    "monitor_mode",
    "split_hash",
    "validation_hash",
    "data_fingerprint",
    "num_validation",
)
"""What a comparison takes of a summary; the rest, such as layers, is not kept."""
_COMMIT_CHARACTERS = 9
POINTS = 100
"""A curve is kept in at most so many points."""


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
    commit: str | None
    """Of the working directory that trained; `+` marks changes not committed."""
    test: Mapping[str, float]
    """The metrics on the test rows, where they were measured."""
    test_looks: int
    facts: Mapping[str, object] | None
    """What advice needs to know of data and model; None: the summary is damaged."""
    diagnosis: Mapping[str, object] | None
    """What the run wrote of its verdict; None: nothing, as before its end."""
    gain: Gain | None
    """What pseudo-labels have brought; None: the run has none."""
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
    def config_name(self) -> str:
        """What the config calls itself."""
        return str(self.config.get("name") or "")

    @property
    def seed(self) -> int | None:
        """What drives split, initial weights and order."""
        value = self.config.get("seed")
        return value if isinstance(value, int) else None

    def count(self, name: str) -> int | None:
        """A whole number of the summary: `parameters`, `num_validation`."""
        value = self.summary.get(name)
        return value if isinstance(value, int) else None

    @property
    def validation_hash(self) -> str | None:
        """Of the validation rows; runs of one hash were measured on the same rows."""
        value = self.summary.get("validation_hash")
        return value if isinstance(value, str) else None

    def measures(self, metric: str) -> tuple[str | None, ...]:
        """What must agree for a metric to mean the same in two runs."""
        data = self.summary.get("data_fingerprint")
        loss = _at(self.config, "compile", "loss") if metric.endswith("loss") else ""
        return (
            data if isinstance(data, str) else None,
            None
            if loss is None
            else loss
            if isinstance(loss, str)
            else json.dumps(loss),
        )

    @property
    def epochs_planned(self) -> int | None:
        """How many epochs the config asks for."""
        value = _at(self.config, "fit", "epochs")
        return value if isinstance(value, int) else None


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
class Judgement:
    """The verdict on one run."""

    verdict: str
    """The first one, such as OVERFITTING."""
    tag: str
    """In a word, for tables: `ok`, `overfit@9`, `diverged`."""
    onset: int | None
    """The first epoch of overfitting; None: there is none."""
    values: Mapping[str, object]
    """The whole diagnosis, as a run keeps it."""


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
    judgement: Judgement | None

    @property
    def wasted_epochs(self) -> int | None:
        """How many epochs came after the best one."""
        return None if self.best_epoch is None else self.epochs - self.best_epoch

    def at_best(self, column: str) -> float | None:
        """A column of the history at the best epoch."""
        known = column in self.columns
        return self.values[self.columns.index(column)] if known else None


def read_run(folder: RunFolder, name: str) -> Reading:
    """Read the small files of a run; only status and config are indispensable.

    Args:
        folder: The run.
        name: What to call it.

    Raises:
        RunError: Status or config is missing or damaged.
    """
    troubles: list[str] = []

    def attempt(read: Callable[[], dict[str, object]]) -> dict[str, object] | None:
        try:
            return read()
        except RunError as error:
            troubles.append(error.message)
            return None

    status, config = folder.status(), folder.config()
    summary, environment = attempt(folder.summary), attempt(folder.environment) or {}
    versions, git = environment.get("versions"), environment.get("git")
    metrics: dict[str, object] = {}
    diagnosis: dict[str, object] | None = None
    # Both are written when a run ends, and not needed here.
    with suppress(RunError):
        metrics = folder.metrics()
    with suppress(RunError):
        diagnosis = folder.diagnosis()
    looks, test = metrics.get("test_looks"), metrics.get("test")
    return Reading(
        folder=folder,
        name=name,
        status=status,
        config=config,
        summary={key: summary[key] for key in _USED if key in summary}
        if summary
        else {},
        versions=versions if isinstance(versions, dict) else {},
        commit=_commit(git if isinstance(git, dict) else {}),
        test=_numbers(test if isinstance(test, dict) else {}),
        test_looks=looks if isinstance(looks, int) else 0,
        facts=None if summary is None else _mapping(summary.get("facts")),
        diagnosis=diagnosis,
        gain=read_gain(metrics),
        troubles=tuple(troubles),
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _commit(git: Mapping[str, object]) -> str | None:
    commit = git.get("commit")
    if not isinstance(commit, str):
        return None
    return commit[:_COMMIT_CHARACTERS] + "+" * bool(git.get("dirty"))


def _numbers(values: Mapping[str, object]) -> dict[str, float]:
    return {
        key: float(value)
        for key, value in values.items()
        if isinstance(value, int | float)
    }


def read_scores(reading: Reading, modes: Mapping[str, Mode]) -> dict[str, Score]:
    """Read the history of a run with regard to some metrics.

    Args:
        reading: The run.
        modes: The metrics in order of preference, and which of their values are best.

    Returns:
        The score by the first metric; by the others only if the run lacks the first.

    Raises:
        RunError: The history is damaged.
    """
    history = reading.folder.history()
    judgement = _judge(reading, history)
    first = next(iter(modes))
    return {
        metric: _score(reading, history, judgement, metric, mode)
        for metric, mode in modes.items()
        if metric == first or first not in history
    }


def _judge(reading: Reading, history: History) -> Judgement | None:
    """Take the diagnosis that the run wrote, else judge its history now."""
    if reading.diagnosis is not None:
        return _judgement(reading.diagnosis)
    facts = {**(reading.facts or {}), "diverged": reading.status.state == "diverged"}
    with suppress(DlrunError):  # Without a single loss there is nothing to judge.
        diagnosis = diagnose(history, reading.folder.probes(), facts)
        return _judgement(diagnosis.to_values())
    return None


def _judgement(values: Mapping[str, object]) -> Judgement | None:
    verdict, tag, onset = (values.get(key) for key in ("verdict", "tag", "onset"))
    if not isinstance(verdict, str):
        return None
    return Judgement(
        verdict=verdict,
        tag=tag if isinstance(tag, str) else verdict.lower(),
        onset=onset if isinstance(onset, int) else None,
        values=values,
    )


def _score(
    reading: Reading,
    history: History,
    judgement: Judgement | None,
    metric: str,
    mode: Mode,
) -> Score:
    curve, twin = to_curve(history.get(metric, [])), _twin(history, metric)
    best = _best_place(reading, history, curve, mode)
    at_best, train = _value(curve, best), _value(twin, best)
    epochs = history.get("epoch", [])
    epoch = _cell(epochs, best)
    seconds = [
        value for value in to_curve(history.get("seconds", [])) if value is not None
    ]
    done = max((number for number in epochs if type(number) is int), default=0)
    step = max(1, ceil(max(done, reading.epochs_planned or 0) / POINTS))
    return Score(
        epochs=done,
        best=at_best,
        best_epoch=None if epoch is None else int(epoch),
        train_at_best=train,
        gap_at_best=difference(at_best, train),
        gap_at_end=difference(_value(curve, -1), _value(twin, -1)),
        seconds_per_epoch=quantile(seconds, 0.5) if seconds else None,
        columns=tuple(sys.intern(name) for name in history),
        values=tuple(_cell(column, best) for column in history.values()),
        curves=Curves(step, thin(twin, step), thin(curve, step)),
        judgement=judgement,
    )


def _best_place(
    reading: Reading, history: History, curve: Curve, mode: Mode
) -> int | None:
    """The epoch of the weights that the run kept, by what the run monitors."""
    monitored = to_curve(history.get(reading.monitor or "", []))
    place = find_best(monitored, reading.mode(reading.monitor or ""))
    return find_best(curve, mode) if place is None else place


def _twin(history: History, metric: str) -> Curve:
    """The same metric on the train rows in inference mode; only validation has one."""
    known = metric.startswith("val_")
    return to_curve(history.get(f"train_{metric[4:]}", []) if known else [])


def _cell(column: Sequence[float | int | str | None], at: int | None) -> float | None:
    return to_curve(column[at : at + 1])[0] if column and at is not None else None


def _value(curve: Curve, place: int | None) -> float | None:
    return curve[place] if curve and place is not None else None


def _at(config: Mapping[str, object], section: str, key: str) -> object:
    values = config.get(section)
    return values.get(key) if isinstance(values, Mapping) else None
