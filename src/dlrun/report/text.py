"""A comparison for people, in lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dlrun.report.comparison import Comparison, Row
from dlrun.report.curve import quantile
from dlrun.report.layout import bold, fit, layout, number, one_line, wrap, yellow
from dlrun.report.table import table_columns
from dlrun.report.verdict import verdict

_SHOWN_WHOLE = 30
_SHOWN_OF_MANY = 20
_WARNINGS_SHOWN = 12


def render_text(
    comparison: Comparison, width: int | None = None, *, color: bool = False
) -> str:
    """Write a comparison: verdict, warnings, table.

    Args:
        comparison: What to write.
        width: Terminal columns that the table must fit; None: all, however wide.
        color: Emphasize with terminal codes.
    """
    rows = comparison.rows
    shown = rows if len(rows) <= _SHOWN_WHOLE else rows[:_SHOWN_OF_MANY]
    columns, dropped = fit(table_columns(comparison, shown, width), width)
    head, *body = layout(columns)
    lines = [part for line in verdict(comparison) for part in wrap(line, width)]
    lines.append("")
    for text in _warnings(comparison):
        lines += [yellow(part, color=color) for part in wrap(text, width)]
    if lines[-1]:
        lines.append("")
    lines += [bold(head, color=color), *body]
    if len(shown) < len(rows):
        lines.append(_rest(comparison, rows[len(shown) :]))
    if dropped:
        lines.append(f"+{dropped} column{'s' * (dropped > 1)} (--wide or --csv)")
    return "\n".join(lines) + "\n"


def _warnings(comparison: Comparison) -> Iterator[str]:
    texts = [
        *(f"skipped: {one.run}: {one.reason}" for one in comparison.skipped),
        *comparison.caveats,
    ]
    yield from (f"warning: {one_line(text)}" for text in texts[:_WARNINGS_SHOWN])
    if len(texts) > _WARNINGS_SHOWN:
        yield f"and {len(texts) - _WARNINGS_SHOWN} more warnings (--json has all)"


def _rest(comparison: Comparison, rows: Sequence[Row]) -> str:
    """One line for the many that are not shown."""
    values = [row.score.best for row in rows if row.score.best is not None]
    parts = []
    if values:
        marks = " / ".join(number(quantile(values, part)) for part in (0.25, 0.5, 0.75))
        parts.append(f"quartiles of {one_line(comparison.metric)} {marks}")
    states = Counter(row.status for row in rows if row.status != "finished")
    parts += [f"{many} {state}" for state, many in states.items()]
    return f"{len(rows)} more: {'; '.join(parts) or 'none has a value yet'}"
