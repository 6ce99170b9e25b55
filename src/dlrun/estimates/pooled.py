"""Figures over predictions beside true labels: classes, labels that hold, numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence


def class_figures(
    truth: Sequence[str], said: Sequence[str], classes: Sequence[str]
) -> dict[str, object]:
    """Accuracy, the confusion, and precision, recall and F1 of each class.

    Args:
        truth: The class of each row.
        said: The class that was predicted.
        classes: All of them, in their order; the rows of the confusion are true ones.
    """
    pairs = Counter(zip(truth, said, strict=True))
    table = [[pairs[true, other] for other in classes] for true in classes]
    hits = [row[place] for place, row in enumerate(table)]
    rows, columns = (
        [sum(row) for row in table],
        [sum(one) for one in zip(*table, strict=True)],
    )
    return {
        "rows": len(truth),
        "accuracy": _share(sum(hits), len(truth)),
        "classes": [*classes],
        "confusion": table,
        "per_class": [
            {
                "class": name,
                "precision": _share(hits[place], columns[place]),
                "recall": _share(hits[place], rows[place]),
                "f1": _share(2 * hits[place], rows[place] + columns[place]),
                "rows": rows[place],
            }
            for place, name in enumerate(classes)
        ],
    }


def number_figures(truth: Sequence[float], said: Sequence[float]) -> dict[str, object]:
    """Mean absolute error, root of the mean square, and R2; None: labels are equal."""
    errors = [other - true for true, other in zip(truth, said, strict=True)]
    mean = math.fsum(truth) / len(truth)
    squares = math.fsum(error * error for error in errors)
    total = math.fsum((true - mean) ** 2 for true in truth)
    return {
        "rows": len(truth),
        "mae": math.fsum(map(abs, errors)) / len(truth),
        "rmse": math.sqrt(squares / len(truth)),
        "r2": 1 - squares / total if total else None,
    }


def pooled_figures(
    rows: Sequence[Mapping[str, str]], before: str, classes: Sequence[str] | None
) -> dict[str, object]:
    """Figures of one output of predictions that were kept as tables.

    Args:
        rows: Cells by column.
        before: What stands before the columns of the output; empty: there is one.
        classes: Those of the output; `None`: its labels hold or not, or are numbers.
    """
    if classes is not None:
        truth, said = (
            [row[f"{before}{what}"] for row in rows] for what in ("label", "prediction")
        )
        return class_figures(truth, said, classes)
    start = f"{before}label"
    columns = [
        name for name in rows[0] if name == start or name.startswith(f"{start}_")
    ]
    found: dict[str, dict[str, object]] = {}
    for column in columns:
        name = column.removeprefix(start)
        truth, said = (
            [row[other] for row in rows]
            for other in (column, f"{before}prediction{name}")
        )
        if f"{before}probability{name}" in rows[0]:
            found[name[1:]] = class_figures(truth, said, ["0", "1"])
        else:
            numbers = ([float(cell) for cell in cells] for cells in (truth, said))
            found[name[1:]] = number_figures(*numbers)
    return found[""] if [*found] == [""] else {"labels": found}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
