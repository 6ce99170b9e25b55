"""Reading all the runs of a comparison, and what they are compared by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlrun.comparison.column import metric_names, unknown
from dlrun.comparison.comparison import Skipped
from dlrun.comparison.reading import Reading, Score, read_run, read_score
from dlrun.errors import RunError

if TYPE_CHECKING:
    from dlrun.comparison.curve import Mode
    from dlrun.runs import RunFolder

_REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the runs."""

    metric: str | None = None
    """A column of the histories; None: what most of the runs monitor."""
    sort: str | None = None
    """A column of the groups; None: best first."""
    group_by: str = "auto"
    """`auto`: config but for seed and names; `none`; or settings, with commas."""
    baseline: str | None = None
    """A run, or the name or number of a group; None: what most groups vary."""
    where: str | None = None
    """A condition on runs, such as `dropout > 0.2`; others are left out."""
    margin: float | None = None
    """Differences below it do not matter; None: nobody said so."""
    test: bool = False
    """Show the metrics on the test rows too, where they were measured."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The runs that can be compared, and what they are compared by."""

    metric: str
    mode: Mode
    readings: list[Reading]
    scores: list[Score]


def gather(
    folders: Sequence[RunFolder], asked: Question, skipped: list[Skipped]
) -> Gathered:
    """Read every run that can be read, with regard to one metric.

    Args:
        folders: The runs.
        asked: Names the metric, or leaves it to what most runs monitor.
        skipped: The runs that cannot be read are added to it.

    Raises:
        RunError: No run can be read.
        QueryError: No run has this metric.
    """
    readings = _read_all(folders, skipped)
    metric = asked.metric or usual_metric(readings)
    mode = _mode(readings, metric)
    read = Gathered(metric, mode, [], [])
    for reading in readings:
        try:
            read.scores.append(read_score(reading, metric, mode))
            read.readings.append(reading)
        except RunError as error:
            skipped.append(Skipped(reading.name, error.message))
    if not read.readings:
        raise _nothing_to_compare(skipped)
    columns = metric_names([score.columns for score in read.scores])
    if asked.metric and asked.metric not in columns:
        raise unknown("metric", asked.metric, columns)
    if not asked.metric and metric not in columns and "train_loss" in columns:
        skipped.clear()
        return gather(folders, replace(asked, metric="train_loss"), skipped)
    return read


def _read_all(folders: Sequence[RunFolder], skipped: list[Skipped]) -> list[Reading]:
    """Read each run once; of two with one name, each shows its directory as well."""
    unique = list(dict.fromkeys(folders))
    names = Counter(folder.name for folder in unique)
    readings: list[Reading] = []
    for folder in unique:
        name = folder.name if names[folder.name] == 1 else str(folder.path)
        try:
            reading = read_run(folder, name)
            config = _shared(reading.config, readings[-1].config if readings else {})
            readings.append(replace(reading, config=config))
        except RunError as error:
            skipped.append(Skipped(name, error.message))
    return readings


def _shared(
    config: Mapping[str, object], before: Mapping[str, object]
) -> Mapping[str, object]:
    """Sections that are equal to those of the run before are kept in memory once."""
    return {
        key: before[key] if key in before and before[key] == value else value
        for key, value in config.items()
    }


def usual_metric(readings: Sequence[Reading]) -> str:
    """What most of the runs monitor; not a loss, where losses do not compare.

    A loss contains the penalties of regularizers, so it grows with them: where they
    differ, and every run measures its accuracy, that is compared instead.
    """
    monitors = Counter(one.monitor for one in readings if one.monitor)
    usual = monitors.most_common(1)[0][0] if monitors else "val_loss"
    if usual.endswith("loss") and penalties_differ(readings):
        other = f"{usual.removesuffix('loss')}accuracy"
        if all(_measures_accuracy(one) for one in readings):
            return other
    return usual


def penalties_differ(readings: Sequence[Reading]) -> bool:
    """Whether the runs have other penalties on their weights or activities."""
    found = [_penalties(one.config) for one in readings]
    return any(one != found[0] for one in found)


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
    hint = "train first, or name a directory with runs"
    if not skipped:
        return RunError("there is no run to compare", hint=hint)
    rest = len(skipped) - _REASONS_SHOWN
    lines = "\n".join(f"  {one.run}: {one.reason}" for one in skipped[:_REASONS_SHOWN])
    more = f"\n  and {rest} more" if rest > 0 else ""
    return RunError(f"no run can be compared:\n{lines}{more}", hint=hint)
