"""A comparison for people, in lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.comparison.band import group_curves
from dlrun.comparison.gain import gain_lines
from dlrun.report.drawing.braille import ASCII, BRAILLE, draw_charts
from dlrun.report.section import (
    difference_lines,
    effect_lines,
    marginal_lines,
    provenance_lines,
    rest_line,
)
from dlrun.report.table import table_columns
from dlrun.writing import (
    Column,
    bold,
    display_width,
    fit,
    layout,
    one_line,
    wrap,
    yellow,
)

if TYPE_CHECKING:
    from dlrun.comparison import Comparison, Group
    from dlrun.report.table import Ranked

_FEW = 4
_SHOWN_WHOLE = 30
_SHOWN_OF_MANY = 20
_WARNINGS_SHOWN = 12
_CHARTS_BEST = 6
_CHARTS_WORST = 2
_LONGEST_RULE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a comparison is written."""

    width: int | None = None
    """Terminal columns that the tables must fit; None: all, however wide."""
    color: bool = False
    """Emphasize with terminal codes."""
    top: int | None = None
    """How many groups the table shows; None: 30, of more the best 20."""
    curves: bool = False
    """Draw the curves of more than four groups too."""
    ascii: bool = False
    """Only plain characters."""


def render_text(comparison: Comparison, style: Style | None = None) -> str:
    """Write a comparison: verdict, warnings, table, curves, and what follows from it.

    Args:
        comparison: What to write.
        style: How; None: for a pipe.
    """
    how = style or Style()
    lines = [part for line in comparison.verdict for part in wrap(line, how.width)]
    blocks = [
        [
            yellow(part, color=how.color)
            for text in _warnings(comparison)
            for part in wrap(text, how.width)
        ],
        _table(comparison, how),
        _charts(comparison, how),
        *_below(comparison, how),
    ]
    for block in blocks:
        lines += ["", *block] if block else []
    text = "\n".join(lines) + "\n"
    return to_ascii(text) if how.ascii else text


def to_ascii(text: str) -> str:
    """Plain characters for a terminal that has no others."""
    plain = text.translate(_PLAIN)
    return plain.encode("ascii", "replace").decode()


_PLAIN = str.maketrans(
    {"±": "+/-", "…": "~", "─": "-", "●": "O", "░": ":"}
    | dict(zip("▁▂▃▄▅▆▇█", "_.,-=+*#", strict=True))
)


def _warnings(comparison: Comparison) -> Iterator[str]:
    texts = [
        *(f"skipped: {one.run}: {one.reason}" for one in comparison.skipped),
        *comparison.caveats,
    ]
    yield from (f"warning: {one_line(text)}" for text in texts[:_WARNINGS_SHOWN])
    if len(texts) > _WARNINGS_SHOWN:
        yield f"and {len(texts) - _WARNINGS_SHOWN} more warnings (--json has all)"


def _table(comparison: Comparison, how: Style) -> list[str]:
    groups = comparison.groups
    most = len(groups) if len(groups) <= _SHOWN_WHOLE else _SHOWN_OF_MANY
    shown = groups[: how.top or most]
    ranked = table_columns(comparison, shown, how.width)
    if 1 < len(groups) <= _FEW and groups[-1].experiment == groups[0].experiment:
        across = _across(ranked, how.width)
        if across:
            return [bold(across[0], color=how.color), *across[1:]]
    columns, dropped = fit(ranked, how.width)
    head, *body = layout(columns)
    body = _ruled(comparison, shown, body, display_width(head))
    lines = [bold(head, color=how.color), *body]
    if len(shown) < len(groups):
        lines.append(rest_line(comparison, groups[len(shown) :]))
    if dropped:
        lines.append(f"+{dropped} column{'s' * (dropped > 1)} (--wide or --csv)")
    return lines


def _across(ranked: Sequence[Ranked], width: int | None) -> list[str]:
    """A column per group, for a few of them; nothing if they do not fit."""
    columns = [column for _, column in ranked if column.head != "#"]
    named = columns[0].head in {"run", "group"}
    names = (
        columns[0].cells
        if named
        else [f"#{at + 1}" for at in range(len(columns[0].cells))]
    )
    rest = columns[1:] if named else columns
    turned = [Column("", tuple(column.head for column in rest))]
    turned += [
        Column(name, tuple(column.cells[at] for column in rest))
        for at, name in enumerate(names)
    ]
    lines = layout(turned)
    widest = max(display_width(line) for line in lines)
    return lines if width is None or widest <= width else []


def _ruled(
    comparison: Comparison, groups: Sequence[Group], body: list[str], width: int
) -> list[str]:
    """Draw a line under the last group that cannot be told from the best."""
    first = [group for group in groups if group.experiment == 1]
    is_sorted = list(groups[: len(first)]) == first
    if not is_sorted or not _is_best_first(comparison, first) or not first:
        return body
    lines = body[: len(first)]
    tied = [at for at, group in enumerate(first) if group.is_tied]
    if tied and tied[-1] < len(first) - 1 and first[0].n > 1:
        words = "── below: worse than the best, at least probably "
        lines.insert(tied[-1] + 1, words.ljust(min(width, _LONGEST_RULE), "─"))
    rest = body[len(first) :]
    if rest:
        words = "── below: other data or another loss "
        lines.append(words.ljust(min(width, _LONGEST_RULE), "─"))
    return [*lines, *rest]


def _is_best_first(comparison: Comparison, groups: Sequence[Group]) -> bool:
    sign = -1.0 if comparison.mode == "max" else 1.0
    values = [sign * group.score.mean for group in groups if group.score]
    return values == sorted(values)


def _charts(comparison: Comparison, how: Style) -> list[str]:
    groups = list(comparison.groups)
    pen = ASCII if how.ascii else BRAILLE
    many = len(groups) > _SHOWN_WHOLE
    if many:
        rows = [row for row in comparison.rows if row.experiment == 1]
        titles, curves = [f"{len(rows)} runs"], [group_curves(rows, None)]
    elif len(groups) <= _FEW or how.curves:
        if len(groups) > _CHARTS_BEST + _CHARTS_WORST:
            groups = groups[:_CHARTS_BEST] + groups[-_CHARTS_WORST:]
        titles = [_title(group) for group in groups]
        curves = [comparison.curves(group) for group in groups]
    else:
        return []
    drawn = draw_charts(titles, curves, how.width, pen, with_bands=many)
    head = f"{one_line(comparison.metric)} by epoch"
    return [bold(head, color=how.color), *drawn] if drawn else []


def _title(group: Group) -> str:
    """The name of a group, with its number where the name is long."""
    name = one_line(group.name)
    return f"#{group.number} {name}" if "=" in name else name


def _below(comparison: Comparison, how: Style) -> Iterator[list[str]]:
    """What follows from the table, each part under its own head."""
    tests = sum(effect.score.p is not None for effect in comparison.effects)
    intervals = (
        f" (95 % intervals, adjusted for {tests} comparisons)"
        if tests > 1
        else " (95 % intervals)"
        if tests
        else " (one seed each: no intervals)"
    )
    base = comparison.baseline
    name = one_line(comparison.groups[base - 1].name) if base else "the best"
    few = len(comparison.groups) <= _SHOWN_WHOLE
    parts = [
        (
            "pseudo-labels against their supervised baselines",
            gain_lines(comparison),
        ),
        (
            f"what each change did{intervals}",
            effect_lines(comparison, how.width) if few else [],
        ),
        (
            "means over all groups that share a value",
            [] if few else marginal_lines(comparison),
        ),
        (
            f"how the configs differ from {name}",
            difference_lines(comparison, how.width) if few else [],
        ),
        ("what to try next", list(_advice(comparison))),
        ("where this comes from", list(provenance_lines(comparison))),
    ]
    for head, body in parts:
        if body:
            wrapped = [part for line in body for part in _wrapped(line, how.width)]
            yield [bold(head, color=how.color), *wrapped]


def _wrapped(line: str, width: int | None) -> list[str]:
    """Keep the columns of a table; break what is longer than a line."""
    if width is None or display_width(line) <= width:
        return [line]
    return wrap(line, width) if "  " not in line.strip() else [line]


def _advice(comparison: Comparison) -> Iterator[str]:
    told: set[str] = set()
    for number, one in enumerate(comparison.recommendations, 1):
        yield f"{number}. {one_line(one.sentence)}"
        if one.evidence and one.evidence not in told:
            yield f"   because: {one_line(one.evidence)}"
        told.add(one.evidence)
        yield f"   {one_line(one.command)}"
