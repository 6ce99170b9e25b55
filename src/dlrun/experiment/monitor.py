"""The columns of a history, and which of their values are better."""

from __future__ import annotations

from typing import Literal

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
    name = monitor.removeprefix("val_").removeprefix("train_")
    modes = {
        metric.log_name if head.name is None else f"{head.name}_{metric.log_name}": (
            metric.mode
        )
        for head in spec.compile.heads
        for metric in head.metrics
    }
    return modes.get(name, "min")
