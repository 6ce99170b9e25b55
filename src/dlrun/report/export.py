"""A comparison for programs: every run and group, every column, full precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlrun.comparison import FIELDS, GROUP_FIELDS
from dlrun.report.sections import SECTIONS
from dlrun.report.sections.section import View
from dlrun.runs import csv_line
from dlrun.writing import json_text, one_line

if TYPE_CHECKING:
    from dlrun.comparison import Comparison
    from dlrun.config import Scalar
    from dlrun.studies.search.result import SearchResult


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


def render_json(comparison: Comparison, search: SearchResult | None = None) -> str:
    """Write an object: verdict, warnings, groups, effects, runs with their curves."""
    values: dict[str, object] = {"metric": comparison.metric, "mode": comparison.mode}
    if comparison.unit:
        values["unit"] = comparison.unit
    view = View(comparison, search=search)
    for section in SECTIONS:
        values |= section.json(view) or {}
    return json_text(values, 1, is_ascii=True, allow_nan=False) + "\n"


def _csv_line(values: Sequence[Scalar]) -> str:
    return csv_line(
        one_line(value) if isinstance(value, str) else value for value in values
    )
