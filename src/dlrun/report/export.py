"""A comparison for programs: every run and group, every column, full precision."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dlrun.comparison import FIELDS, GROUP_FIELDS
from dlrun.report.table import table_columns
from dlrun.runs import csv_line
from dlrun.writing import one_line

if TYPE_CHECKING:
    from dlrun.comparison import Comparison, Group, Row
    from dlrun.comparison.settings.text import Scalar

_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>|#&"})


def run_table(comparison: Comparison) -> tuple[list[str], list[list[Scalar]]]:
    """Columns, and a row per run: every number, and the settings by their paths."""
    paths = [setting.path for setting in comparison.settings]
    tests = sorted({name for row in comparison.rows for name in row.test})
    rows = [
        [
            *(field(row) for field in FIELDS.values()),
            *(row.test.get(name) for name in tests),
            *(row.settings[path] for path in paths),
        ]
        for row in comparison.rows
    ]
    return [*FIELDS, *(f"test_{name}" for name in tests), *paths], rows


def group_table(comparison: Comparison) -> tuple[list[str], list[list[Scalar]]]:
    """Columns, and a row per group: estimates, differences, settings by their paths."""
    paths = [setting.path for setting in comparison.group_settings]
    rows = [
        [
            *(field(group) for field in GROUP_FIELDS.values()),
            *(group.settings[path] for path in paths),
        ]
        for group in comparison.groups
    ]
    return [*GROUP_FIELDS, *paths], rows


def render_csv(comparison: Comparison) -> str:
    """Write a row per run: every number, and the settings by their paths."""
    columns, rows = run_table(comparison)
    lines = [_csv_line(["metric", *columns])]
    lines += [_csv_line([comparison.metric, *row]) for row in rows]
    return "\n".join(lines) + "\n"


def render_json(comparison: Comparison) -> str:
    """Write an object: verdict, warnings, groups, effects, runs with their curves."""
    value = {
        "metric": comparison.metric,
        "mode": comparison.mode,
        "verdict": " ".join(comparison.verdict),
        "warnings": comparison.caveats,
        "skipped": [asdict(one) for one in comparison.skipped],
        "baseline": comparison.baseline,
        "groups": [_group_values(group) for group in comparison.groups],
        "effects": [asdict(one) for one in comparison.effects],
        "marginals": [asdict(one) for one in comparison.marginals],
        "recommendations": [asdict(one) for one in comparison.recommendations],
        "provenance": asdict(comparison.provenance),
        "runs": [_run_values(row) for row in comparison.rows],
    }
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def render_markdown(comparison: Comparison, top: int | None = None) -> str:
    """Write verdict, warnings and table, to paste into a pull request.

    Args:
        comparison: What to write.
        top: How many groups the table shows; None: all.
    """
    shown = comparison.groups[:top]
    columns = [column for _, column in table_columns(comparison, shown, None)]
    notes = [f"skipped {one.run}: {one.reason}" for one in comparison.skipped]
    lines = [*(f"{_plain(line)}\n" for line in comparison.verdict)]
    lines += [f"- {_plain(note)}" for note in [*notes, *comparison.caveats]]
    lines += [""] if lines[-1].startswith("-") else []
    lines.append(_line([_plain(column.head) for column in columns]))
    lines.append(_line(["---:" if column.is_number else "---" for column in columns]))
    rows = zip(*(column.cells for column in columns), strict=True)
    lines += [_line([_plain(cell) for cell in row]) for row in rows]
    rest = len(comparison.groups) - len(shown)
    lines += ["", f"and {rest} more"] if rest else []
    return "\n".join(lines) + "\n"


def _group_values(group: Group) -> dict[str, Any]:
    return {name: field(group) for name, field in GROUP_FIELDS.items()} | {
        "seeds": group.seeds,
        "runs": group.runs,
        "difference": group.difference and asdict(group.difference),
        "settings": dict(group.settings),
    }


def _run_values(row: Row) -> dict[str, Any]:
    curves = row.score.curves
    return {name: field(row) for name, field in FIELDS.items()} | {
        "seed": row.seed,
        "test": dict(row.test),
        "settings": dict(row.settings),
        "curves": {
            "epochs_per_point": curves.step,
            "train": _finite(curves.train),
            "validation": _finite(curves.validation),
        },
    }


def _finite(curve: Sequence[float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in curve]


def _csv_line(values: Sequence[Scalar]) -> str:
    return csv_line(one_line(one) if isinstance(one, str) else one for one in values)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is: no links, no HTML, no further cells."""
    return one_line(text).translate(_MARKS)
