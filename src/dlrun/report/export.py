"""A comparison for programs: every run, every column, full precision."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dlrun.report.comparison import FIELDS, Comparison
from dlrun.report.difference import Scalar
from dlrun.report.layout import one_line
from dlrun.report.table import table_columns
from dlrun.report.verdict import verdict
from dlrun.runs import csv_line

_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>|#&"})


def render_csv(comparison: Comparison) -> str:
    """Write a row per run: every number, and the settings by their paths."""
    paths = [setting.path for setting in comparison.settings]
    lines = [_csv_line(["metric", *FIELDS, *paths])]
    for row in comparison.rows:
        fields = [field(row) for field in FIELDS.values()]
        lines.append(_csv_line([comparison.metric, *fields, *row.settings]))
    return "\n".join(lines) + "\n"


def render_json(comparison: Comparison) -> str:
    """Write an object: verdict, warnings, skipped runs, runs with their curves."""
    paths = [setting.path for setting in comparison.settings]
    value = {
        "metric": comparison.metric,
        "mode": comparison.mode,
        "verdict": " ".join(verdict(comparison)),
        "warnings": comparison.caveats,
        "skipped": [
            {"run": one.run, "reason": one.reason} for one in comparison.skipped
        ],
        "runs": [
            {name: field(row) for name, field in FIELDS.items()}
            | {
                "group": row.group,
                "settings": dict(zip(paths, row.settings, strict=True)),
                "curve": {row.score.curve_name: row.score.curve},
            }
            for row in comparison.rows
        ],
    }
    return json.dumps(value, indent=1) + "\n"


def render_markdown(comparison: Comparison) -> str:
    """Write verdict, warnings and table, to paste into a pull request."""
    columns = [column for _, column in table_columns(comparison, comparison.rows, None)]
    notes = [f"skipped {one.run}: {one.reason}" for one in comparison.skipped]
    lines = [*(f"{_plain(line)}\n" for line in verdict(comparison))]
    lines += [f"- {_plain(note)}" for note in [*notes, *comparison.caveats]]
    lines += [""] if lines[-1].startswith("-") else []
    lines.append(_line([_plain(column.head) for column in columns]))
    lines.append(_line(["---:" if column.is_number else "---" for column in columns]))
    rows = zip(*(column.cells for column in columns), strict=True)
    lines += [_line([_plain(cell) for cell in row]) for row in rows]
    return "\n".join(lines) + "\n"


def _csv_line(values: Sequence[Scalar]) -> str:
    return csv_line(one_line(one) if isinstance(one, str) else one for one in values)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is: no links, no HTML, no further cells."""
    return one_line(text).translate(_MARKS)
