"""The columns of a history, and which of their values are better."""

from __future__ import annotations

from typing import Literal

from dlrun.components.metrics import Metric
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.data import DataSpec
from dlrun.experiment.experiment import ExperimentSpec, has_validation
from dlrun.experiment.fit import FitSpec


def history_columns(
    data: DataSpec,
    fit: FitSpec,
    compile: CompileSpec,  # noqa: A002
) -> list[str]:
    """What the history of a run has of losses and metrics, after each epoch."""
    names = ["loss", *(name for head in compile.heads for name in head.log_names())]
    prefixes = ["train_", "", *(["val_"] if has_validation(data, fit) else [])]
    return [*dict.fromkeys(f"{prefix}{name}" for prefix in prefixes for name in names)]


def monitor_mode(spec: ExperimentSpec, monitor: str) -> Literal["min", "max"]:
    """Which values of a column of the history are better."""
    metric = _metric(spec.compile, monitor)
    return "min" if metric is None else metric.mode


def known_mode(
    compile: CompileSpec,  # noqa: A002
    column: str,
) -> Literal["min", "max"] | None:
    """Which values are better; `None`: code of the config does not say it."""
    metric = _metric(compile, column)
    if metric is not None and not metric.says_direction:
        return None
    return "min" if metric is None else metric.mode


def _metric(compile: CompileSpec, column: str) -> Metric | None:  # noqa: A002
    """The metric of a column of the history; `None`: it is a loss."""
    name = column.removeprefix("val_").removeprefix("train_")
    metrics = {
        metric.log_name if head.name is None else f"{head.name}_{metric.log_name}": (
            metric
        )
        for head in compile.heads
        for metric in head.metrics
    }
    return metrics.get(name)
