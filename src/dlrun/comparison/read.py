"""Run folders -> runs with their scores, by the metric that they are compared by."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from dlrun.comparison.comparison import Skipped
from dlrun.comparison.query import unknown
from dlrun.comparison.reading import Reading, read_run, read_scores
from dlrun.comparison.score import metric_names
from dlrun.errors import RunError

if TYPE_CHECKING:
    from dlrun.comparison.score import Mode, Score
    from dlrun.runs import RunFolder

_WITHOUT_VALIDATION = "train_loss"
"""What is compared where no run has what it monitors."""
_REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the runs."""

    metric: str | None = None
    """A column of the histories; None: what most of the runs monitor."""
    mode: Mode | None = None
    """Which of its values are better; None: what the runs or its name say."""
    is_goal: bool = False
    """Whether the metric is the goal of a search, whatever its runs monitor."""
    sort: str | None = None
    """A column of the groups; None: best first."""
    group_by: str = "auto"
    """`auto`: config but for seed, fold and names; `none`; or settings, with commas."""
    baseline: str | None = None
    """A run, or the name or number of a group; None: what most groups vary."""
    where: str | None = None
    """A condition on runs, such as `dropout > 0.2`; others are left out."""
    margin: float | None = None
    """Differences below it do not matter; None: nobody said so."""
    test: bool = False
    """Show the metrics on the test rows too, where they were measured."""


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """A run as it was read, and what its history says of the metric."""

    reading: Reading
    score: Score


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs that can be compared, and what they are compared by."""

    metric: str
    mode: Mode
    scored: tuple[ScoredRun, ...]
    """In the order they came."""
    skipped: tuple[Skipped, ...]
    is_goal: bool = False
    """Whether they were searched for by the metric."""
    unjudged: tuple[Skipped, ...] = ()
    """Of the skipped, those of which nobody can tell whether they were asked for."""

    @property
    def readings(self) -> list[Reading]:
        """What was read of each."""
        return [run.reading for run in self.scored]

    @property
    def metrics(self) -> list[str]:
        """What the histories measure."""
        return metric_names({run.score.columns for run in self.scored})


def read_runs(folders: Sequence[RunFolder], question: Question) -> Runs:
    """Read each file of each run once, then choose the metric.

    Args:
        folders: The runs.
        question: Names the metric, or leaves it to what most runs monitor.

    Raises:
        RunError: No run can be read.
        QueryError: No run has this metric.
    """
    skipped: list[Skipped] = []
    readings = _read_all(folders, skipped)
    wanted = question.metric
    metrics = [wanted] if wanted else [usual_metric(readings), _WITHOUT_VALIDATION]
    modes = {metric: question.mode or _mode(readings, metric) for metric in metrics}
    scored: list[tuple[Reading, dict[str, Score]]] = []
    for reading in readings:
        try:
            scored.append((reading, read_scores(reading, modes)))
        except RunError as error:
            skipped.append(Skipped(reading.name, error.message))
    if not scored:
        raise _nothing_to_compare(skipped)
    metric = _measured_metric([scores for _, scores in scored], metrics)
    runs = Runs(
        metric=metric,
        mode=modes[metric],
        scored=tuple(ScoredRun(reading, scores[metric]) for reading, scores in scored),
        skipped=tuple(skipped),
        is_goal=question.is_goal,
    )
    if wanted and wanted not in runs.metrics:
        raise unknown("metric", wanted, runs.metrics)
    return runs


def _measured_metric(
    scores: Sequence[Mapping[str, Score]], metrics: Sequence[str]
) -> str:
    """The first of the metrics that a run has; if none has any, the first of all."""
    names = {name for score in scores for name in next(iter(score.values())).columns}
    return next((metric for metric in metrics if metric in names), metrics[0])


def _read_all(folders: Sequence[RunFolder], skipped: list[Skipped]) -> list[Reading]:
    """Read each run once; of two with one name, each shows its directory as well."""
    unique = list(dict.fromkeys(folders))
    names = Counter(folder.name for folder in unique)
    readings: list[Reading] = []
    for folder in unique:
        name = folder.name if names[folder.name] == 1 else str(folder.path)
        try:
            reading = read_run(folder, name)
        except RunError as error:
            skipped.append(Skipped(name, error.message))
        else:
            readings.append(_shared(reading, readings[-1]) if readings else reading)
    return readings


def _shared(reading: Reading, before: Reading) -> Reading:
    """What is equal to that of the run before is kept in memory once."""
    same_versions = reading.versions == before.versions
    return replace(
        reading,
        config=_shared_values(reading.config, before.config),
        versions=before.versions if same_versions else reading.versions,
        facts=reading.facts and _shared_values(reading.facts, before.facts or {}),
    )


def _shared_values(
    values: Mapping[str, object], before: Mapping[str, object]
) -> Mapping[str, object]:
    if values == before:
        return before
    return {
        sys.intern(key): _shared_value(value, before.get(key))
        for key, value in values.items()
    }


def _shared_value(value: object, before: object) -> object:
    if type(value) is type(before) and value == before:
        return before
    if isinstance(value, dict) and isinstance(before, dict):
        return _shared_values(value, before)
    if isinstance(value, list) and isinstance(before, list):
        return [
            _shared_value(part, other)
            for part, other in zip_longest(value, before[: len(value)])
        ]
    return value


def usual_metric(readings: Sequence[Reading]) -> str:
    """What most of the runs monitor; not a loss, where losses do not compare.

    A loss contains the penalties of regularizers, so it grows with them: where they
    differ, and every run measures its accuracy, that is compared instead. So is the
    first metric of all runs where labels are scaled differently.
    """
    monitors = Counter(reading.monitor for reading in readings if reading.monitor)
    usual = monitors.most_common(1)[0][0] if monitors else "val_loss"
    scales = [reading.label_scales_of(usual) for reading in readings]
    if any(scale != scales[0] for scale in scales):
        return _common_metric(readings, usual) or usual
    if usual.endswith("loss") and _penalties_differ(readings):
        other = f"{usual.removesuffix('loss')}accuracy"
        if all(_measures_accuracy(reading) for reading in readings):
            return other
    return usual


def _common_metric(readings: Sequence[Reading], loss: str) -> str | None:
    """The first metric of all runs on the rows of a loss, if there is one."""
    part = "val_" if loss.startswith("val_") else "train_"
    measured = [list(reading.metrics.best) for reading in readings]
    known = [names for names in measured if names]
    return next(
        (
            name
            for name in (known[0] if known else ())
            if name.startswith(part)
            and not name.endswith("loss")
            and all(name in names for names in known)
        ),
        None,
    )


def _penalties_differ(readings: Sequence[Reading]) -> bool:
    """Whether the runs have other penalties on their weights or activities."""
    penalties = [_penalties(reading.config) for reading in readings]
    return any(values != penalties[0] for values in penalties)


def _penalties(config: Mapping[str, object]) -> list[object]:
    model = config.get("model")
    layers = model.get("layers") if isinstance(model, Mapping) else None
    return [
        value
        for layer in (layers if isinstance(layers, list) else [])
        if isinstance(layer, Mapping)
        for body in layer.values()
        if isinstance(body, Mapping)
        for key, value in body.items()
        if key.endswith("regularizer") and value is not None
    ]


def _measures_accuracy(reading: Reading) -> bool:
    section = reading.config.get("compile")
    metrics = section.get("metrics") if isinstance(section, Mapping) else None
    return isinstance(metrics, list) and "accuracy" in metrics


def _mode(readings: Sequence[Reading], metric: str) -> Mode:
    modes = Counter(reading.mode(metric) for reading in readings)
    return modes.most_common(1)[0][0] if modes else "min"


def _nothing_to_compare(skipped: Sequence[Skipped]) -> RunError:
    if not skipped:
        hint = "train first, or name a directory with runs"
        return RunError("there is no run to compare", hint=hint)
    rest = len(skipped) - _REASONS_SHOWN
    lines = "\n".join(f"  {run.run}: {run.reason}" for run in skipped[:_REASONS_SHOWN])
    more = f"\n  and {rest} more" if rest > 0 else ""
    hint = "put back what is damaged, or name a directory with other runs"
    return RunError(f"no run can be compared:\n{lines}{more}", hint=hint)
