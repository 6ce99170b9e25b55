"""The table of a comparison as people see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlrun.report.comparison import Comparison, Row
from dlrun.report.curve import sparkline
from dlrun.report.layout import Column, count, number, one_line

_LONG_CURVE = 20
_SHORT_CURVE = 14
_ROOMY = 120


def table_columns(
    comparison: Comparison, rows: Sequence[Row], width: int | None
) -> list[tuple[int, Column]]:
    """List the columns in their order, with the rank by which `fit` keeps them.

    What would say nothing (all are finished, none has an accuracy) is left out.

    Args:
        comparison: What to show.
        rows: Its rows that are shown.
        width: Terminal columns; they decide how long the curves are. None: no limit.
    """
    scores = [row.score for row in rows]
    metric = one_line(comparison.metric)
    places = tuple(f"{one.best_epoch or '-'}/{one.epochs}" for one in scores)
    columns = [(0, Column("run", tuple(one_line(row.run) for row in rows)))]
    if any(row.status != "finished" for row in rows):
        columns.append((2, Column("status", tuple(row.status for row in rows))))
    columns += _setting_columns(comparison, rows)
    columns += [
        (0, _numbers(metric, [one.best for one in scores])),
        (0, Column("epoch", places, is_number=True)),
    ]
    if any(one.train_at_best is not None for one in scores):
        twin = f"train_{metric.removeprefix('val_')}"
        columns += [
            (4, _numbers(twin, [one.train_at_best for one in scores])),
            (1, _numbers("gap", [one.gap_at_best for one in scores], signed=True)),
            (7, _numbers("end gap", [one.gap_at_end for one in scores], signed=True)),
        ]
    accuracies = [one.val_accuracy for one in scores]
    if metric != "val_accuracy" and any(value is not None for value in accuracies):
        columns.append((6, _numbers("val_accuracy", accuracies)))
    counts = tuple(count(row.parameters) for row in rows)
    columns += [
        (8, Column("parameters", counts, is_number=True)),
        (9, _numbers("s/epoch", [one.seconds_per_epoch for one in scores])),
        (5, _curve_column(rows, width)),
    ]
    return columns


def _setting_columns(
    comparison: Comparison, rows: Sequence[Row]
) -> Iterator[tuple[int, Column]]:
    """What differs; settings of one last key that always go together share a column."""
    merged: dict[tuple[str, tuple[object, ...]], list[int]] = {}
    for place, setting in enumerate(comparison.settings):
        last = setting.path.rpartition(".")[2]
        merged.setdefault((last, setting.values), []).append(place)
    for rank, ((last, _), places) in enumerate(merged.items(), 2):
        first = places[0]
        head = comparison.settings[first].head if len(places) == 1 else last
        several = f" (x{len(places)})" if len(places) > 1 else ""
        values = [row.settings[first] for row in rows]
        is_number = all(isinstance(value, int | float) for value in values)
        cells = tuple(one_line(value) for value in values)
        yield rank, Column(one_line(head) + several, cells, is_number=is_number)


def _curve_column(rows: Sequence[Row], width: int | None) -> Column:
    names = {row.score.curve_name for row in rows if row.score.curve}
    cells = _LONG_CURVE if width is None or width > _ROOMY else _SHORT_CURVE
    head = f"{names.pop()} curve" if len(names) == 1 else "loss curve"
    return Column(head, tuple(sparkline(row.score.curve, cells) for row in rows))


def _numbers(
    head: str, values: Sequence[float | None], *, signed: bool = False
) -> Column:
    cells = tuple(number(value, signed=signed) for value in values)
    return Column(head, cells, is_number=True)
