"""How labels are scaled before training, and what they must be for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from dlrun.data import LabelScaling, first_without_log
from dlrun.errors import ConfigPath, DataError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from dlrun.components.sources import Source
    from dlrun.data import Array, Dataset
    from dlrun.experiment.data import DataSpec

LabelScales: TypeAlias = tuple[LabelScaling | None, ...]
"""How the labels of an output are scaled: an entry per column, or one for all."""
_COLUMNS_AXES = 2
"""Labels of more axes have no columns: they share one scale."""
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
        name: data.label_scales(
            name,
            named.get(name, ()) if array.ndim <= _COLUMNS_AXES else (),
            several=several,
        )
        for name, array in labels.items()
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


def require_logs_of_new(rows: Dataset, file: Path) -> None:
    """Refuse rows to measure a model on, of which labels have no logarithm.

    Args:
        rows: prepared, with what scales their labels.
        file: where from.

    Raises:
        DataError: naming the first row with one.
    """
    for name, scaler in rows.label_scalers.items():
        found = first_without_log((rows.labels or {})[name], scaler.scales)
        if found is not None:
            row, label = found
            place = rows.place(row)
            if rows.places is None:
                place = f"{file.name}, {place}"
            hint = "leave the row out: the loss of the run is one of logarithms"
            message = f"{place}: {without_log(label)}"
            raise DataError(Problem((), message, hint=hint, code="invalid-label"))


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
    scaled = label_scales(data, train)
    numbers = [
        _unscaled(labels, scaled.get(name))
        for name, labels in (train.labels or {}).items()
        if name not in train.classes
    ]
    spread = max((float(one.std()) for one in numbers if one.size), default=0.0)
    if spread > _LARGE_SPREAD:
        message = f"the targets have a standard deviation of {spread:,.0f}"
        hint = "write scale_labels: standard under data: metrics and predictions "
        hint += "stay in the units of the file"
        yield Problem(
            origin, message, hint=hint, code="large-labels", severity="warning"
        )


def _unscaled(labels: Array, scales: LabelScales | None) -> Array:
    """The columns of labels that nothing scales."""
    kept = [index for index, scale in enumerate(scales or ()) if scale is None]
    if scales is None:
        return labels
    return labels[:, kept] if kept else labels[:0]
