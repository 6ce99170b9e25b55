"""How labels are scaled before training, and what they must be for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from dlrun.data import LabelScaling, first_without_log
from dlrun.errors import ConfigPath, DataError, Problem

if TYPE_CHECKING:
    from dlrun.components.sources import Source
    from dlrun.data import Dataset
    from dlrun.experiment.data import DataSpec

LabelScales: TypeAlias = tuple[LabelScaling | None, ...]
"""How the labels of an output are scaled: an entry per column, or one for all."""
_LARGE_SPREAD = 1000.0
"""A standard deviation of labels from which on they are named as too large."""


def label_scales(data: DataSpec, rows: Dataset) -> dict[str, LabelScales]:
    """How the labels of each output are scaled; those that are not stay out."""
    stated, labels = data.scale_labels, rows.labels or {}
    if stated is None:
        return {}
    named: Mapping[str, tuple[str, ...]] = {}
    if isinstance(stated, Mapping):
        named = data.source.describe().label_columns
    several = len(labels) > 1
    found = {
        name: data.label_scales(name, named.get(name, ()), several=several)
        for name in labels
    }
    return {name: scales for name, scales in found.items() if scales is not None}


def require_logs(data: DataSpec, source: Source, rows: Dataset) -> None:
    """Refuse labels whose logarithm is wanted and not there.

    Args:
        data: says how labels are scaled.
        source: where the rows come from, for words and paths.
        rows: all rows of the source, in their order.

    Raises:
        DataError: naming the first row with one.
    """
    for name, scales in label_scales(data, rows).items():
        found = first_without_log((rows.labels or {})[name], scales)
        if found is None:
            continue
        row, label = found
        problem = source.problem(
            *source.label_path(row),
            message=f"{source.place(row)}: {without_log(label)}",
            hint="write scale_labels: standard, which takes any number",
            code="invalid-label",
        )
        raise DataError(replace(problem, location=source.locate_label(row)))


def without_log(label: float) -> str:
    """What is wrong with a label that has no logarithm."""
    return f"label {label:g} is not above -1, so it has no log(1 + label)"


def large_numbers(
    data: DataSpec, train: Dataset, origin: ConfigPath
) -> Iterator[Problem]:
    """Targets so large that usual learning rates cannot reach them.

    Args:
        data: says how labels are scaled; of those that are nothing is said.
        train: the train rows.
        origin: where the labels stand in the config.
    """
    scaled = {
        name: [scale is not None for scale in scales]
        for name, scales in label_scales(data, train).items()
    }
    numbers = [
        labels
        for name, labels in (train.labels or {}).items()
        if name not in train.classes and not all(scaled.get(name, [False]))
    ]
    spread = max((float(labels.std()) for labels in numbers), default=0.0)
    if spread > _LARGE_SPREAD:
        message = f"the targets have a standard deviation of {spread:,.0f}"
        hint = "write scale_labels: standard under data: metrics and predictions "
        hint += "stay in the units of the file"
        yield Problem(
            origin, message, hint=hint, code="large-labels", severity="warning"
        )
