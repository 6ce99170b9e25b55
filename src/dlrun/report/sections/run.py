"""Every run with its own numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dlrun.comparison import FIELDS, Row
from dlrun.report.drawing.markup import Content, element, render_grid
from dlrun.report.sections.provenance import PROVENANCE
from dlrun.report.sections.section import NOT_PASTED, ReportSection, View, silent
from dlrun.writing import number

_HEADS = ("run", "group", "seed", "status", "epochs", "best", "at epoch", "gap")


def _page(view: View) -> list[Content]:
    comparison = view.comparison
    names = {group.number: group.name for group in comparison.groups}
    rows = [
        element(
            "tr",
            element("th", row.run, scope="row"),
            element("td", names.get(row.group, "")),
            element("td", _seed(row)),
            element("td", row.status, f": {row.reason}" if row.reason else None),
            element("td", str(row.score.epochs)),
            element("td", number(row.score.best)),
            element("td", str(row.score.best_epoch or "-")),
            element("td", number(row.score.gap_at_best, signed=True)),
        )
        for row in comparison.rows
    ]
    heads = [element("th", head, scope="col") for head in _HEADS]
    grid = render_grid("Every run", heads, element("tbody", rows))
    words = "The run" if len(rows) == 1 else f"All {len(rows):,} runs"
    return [element("details", element("summary", words), grid, class_="numbers")]


def _seed(row: Row) -> str:
    """Its seed, and its fold where it has one."""
    seed = "-" if row.seed is None else str(row.seed)
    return seed if row.fold is None else f"{seed}, fold {row.fold}"


def _json(view: View) -> dict[str, object]:
    return {"runs": [_values(row) for row in view.comparison.rows]}


def _values(row: Row) -> dict[str, object]:
    """Every number of a run in full, its settings and its curves."""
    curves = row.score.curves
    return {name: field(row) for name, field in FIELDS.items()} | {
        "seed": row.seed,
        "fold": row.fold,
        "test": dict(row.test),
        "settings": dict(row.settings),
        "curves": {
            "epochs_per_point": curves.step,
            "train": _finite(curves.train),
            "validation": _finite(curves.validation),
        },
        **({"baselines": dict(row.baselines)} if row.baselines else {}),
    }


def _finite(curve: Sequence[float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in curve]


RUNS = ReportSection(
    name="runs",
    heading=PROVENANCE.heading,
    text=silent("the table has a line per group; every run is in --csv and --json"),
    page=_page,
    markdown=NOT_PASTED,
    json=_json,
)
