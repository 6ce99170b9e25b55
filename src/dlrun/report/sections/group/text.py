"""The groups in a terminal: a line for each, or of a few a column each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from typing import TypeAlias

from dlrun.comparison import GROUP_COLUMNS, Comparison, Group
from dlrun.comparison.column import RESERVED
from dlrun.comparison.settings.difference import fold
from dlrun.comparison.shown import (
    AsBestEpoch,
    AsCount,
    AsCurve,
    AsDifference,
    AsDuration,
    AsEpoch,
    AsMean,
    AsName,
    AsNumber,
    AsScore,
    AsTag,
    AsWords,
    Shown,
)
from dlrun.estimates import (
    epoch_text,
    estimate_text,
    fixed,
    mean_text,
    places_of,
    places_of_changes,
    quantile,
)
from dlrun.report.drawing.sparkline import sparkline
from dlrun.report.sections.section import View, places_by_group
from dlrun.writing import (
    Column,
    bold,
    count,
    cut,
    display_width,
    duration,
    fit,
    layout,
    number,
    one_line,
)

_LONG_CURVE = 20
_SHORT_CURVE = 14
_ROOMY = 120
_LONGEST_NAME = 40
_FEW = 4
_SHOWN_OF_MANY = 20
_LONGEST_RULE = 100
_RANK_OF_SETTINGS = 8
"""Where names tell the groups apart; where settings do, theirs begins at 1."""

Ranked: TypeAlias = tuple[int, Column]
"""A column and its rank: 0 stays however narrow the terminal, low ones come first."""


def group_lines(view: View) -> list[str]:
    """A line per group; of a few groups a column each, where that fits."""
    comparison, style = view.comparison, view.style
    groups = comparison.groups
    most = _SHOWN_OF_MANY if view.is_long else len(groups)
    shown = groups[: style.top or most]
    ranked = terminal_columns(view, shown)
    if 1 < len(groups) <= _FEW and groups[-1].experiment == groups[0].experiment:
        across = _across(ranked, style.width)
        if across:
            return [bold(across[0], color=style.color), *across[1:]]
    columns, dropped = fit(ranked, style.width)
    head, *body = layout(columns)
    body = _ruled(comparison, shown, body, display_width(head))
    lines = [bold(head, color=style.color), *body]
    if len(shown) < len(groups):
        lines.append(_rest_line(comparison, groups[len(shown) :]))
    if dropped:
        lines.append(f"+{dropped} column{'s' * (dropped > 1)} (--wide or --csv)")
    return lines


def terminal_columns(view: View, groups: Sequence[Group]) -> list[Ranked]:
    """The columns of some groups from left to right; what says nothing is left out."""
    placed = [
        (column.shown.in_terminal, column.shown)
        for column in GROUP_COLUMNS
        if column.shown is not None and column.shown.in_terminal is not None
    ]
    ordered = [shown for _, shown in sorted(placed, key=lambda pair: pair[0])]
    return [ranked for shown in ordered for ranked in columns_of(shown, view, groups)]


@singledispatch
def columns_of(shown: Shown, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    """What a terminal shows of one column: one for each kind of `Shown`."""
    raise NotImplementedError


def _column(
    shown: Shown, view: View, cells: Iterable[str], *, is_number: bool = True
) -> Ranked:
    metric = one_line(view.comparison.heading)
    head = (shown.terminal_head or shown.head).format(
        metric=metric, measure=metric.removeprefix("val_")
    )
    return shown.rank, Column(head, tuple(cells), is_number=is_number)


@columns_of.register(AsNumber)
def _(shown: AsNumber, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    yield _column(shown, view, (str(group.number) for group in groups))


@columns_of.register(AsName)
def _(shown: AsName, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    """What each group is called; what differs tells it where names do not."""
    comparison = view.comparison
    are_runs = all(group.runs == (group.name,) for group in comparison.groups)
    by_name = comparison.has_own_names
    first = _RANK_OF_SETTINGS if by_name and not are_runs else 1
    all_values = [group.settings for group in comparison.groups]
    settings = fold(comparison.group_settings, all_values, RESERVED)
    if by_name or not settings:
        names = (cut(one_line(group.name), _LONGEST_NAME) for group in groups)
        head = "run" if are_runs else shown.head
        yield shown.rank, Column(head, tuple(names))
    for rank, setting in enumerate(settings, first):
        values = [group.settings[setting.path] for group in groups]
        is_number = all(isinstance(value, int | float) for value in values)
        cells = tuple(map(one_line, values))
        yield rank, Column(one_line(setting.head), cells, is_number=is_number)


@columns_of.register(AsWords)
def _(shown: AsWords, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    words = [shown.of(group) for group in groups]
    if any(word != shown.usual for word in words):
        yield _column(shown, view, words, is_number=False)


@columns_of.register(AsScore)
def _(shown: AsScore, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    """`0.912 ± 0.006 (n=5)`; of one run each only the number."""
    decimals = places_by_group(groups, lambda group: group.score, places_of)
    show = estimate_text if any(group.n > 1 for group in groups) else mean_text
    cells = (show(group.score, decimals[group.number]) for group in groups)
    yield _column(shown, view, cells)


@columns_of.register(AsDifference)
def _(shown: AsDifference, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    if view.comparison.baseline is not None:
        decimals = places_by_group(
            groups, lambda group: group.difference, places_of_changes
        )
        cells = (_difference(group, decimals[group.number]) for group in groups)
        yield _column(shown, view, cells, is_number=False)


def _difference(group: Group, decimals: int | None) -> str:
    difference = group.difference
    if difference is None:
        return "baseline" if group.score else "-"
    mean = fixed(difference.mean, decimals, signed=True)
    return f"{mean} {difference.word}".rstrip()


@columns_of.register(AsBestEpoch)
def _(shown: AsBestEpoch, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    cells = (f"{epoch_text(group.best_epoch)}/{group.epochs}" for group in groups)
    yield _column(shown, view, cells)


@columns_of.register(AsMean)
def _(shown: AsMean, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    """Means with their half-widths, as many decimals as these deserve."""
    decimals = places_by_group(groups, shown.of, places_of)
    if any(map(shown.of, groups)):
        cells = (
            mean_text(shown.of(group), decimals[group.number], signed=shown.signed)
            for group in groups
        )
        yield _column(shown, view, cells)


@columns_of.register(AsTag)
def _(shown: AsTag, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    if any(group.tag for group in groups):
        yield _column(shown, view, (group.tag for group in groups), is_number=False)


@columns_of.register(AsEpoch)
def _(shown: AsEpoch, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    epochs = [shown.of(group) for group in groups]
    are_judged = any(group.tag for group in groups)
    is_known = any(epoch is not None for epoch in epochs)
    if are_judged if shown.if_judged else is_known:
        yield _column(shown, view, map(epoch_text, epochs))


@columns_of.register(AsCount)
def _(shown: AsCount, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    yield _column(shown, view, (count(shown.of(group)) for group in groups))


@columns_of.register(AsDuration)
def _(shown: AsDuration, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    yield _column(shown, view, (duration(shown.of(group)) for group in groups))


@columns_of.register(AsCurve)
def _(shown: AsCurve, view: View, groups: Sequence[Group]) -> Iterator[Ranked]:
    width = view.style.width
    cells = _LONG_CURVE if width is None or width > _ROOMY else _SHORT_CURVE
    bands = [view.comparison.curves(group).validation for group in groups]
    lines = ("" if band is None else sparkline(band.mean, cells) for band in bands)
    yield _column(shown, view, lines, is_number=False)


def _across(ranked: Sequence[Ranked], width: int | None) -> list[str]:
    """A column per group, for a few of them; nothing if they do not fit."""
    numbers, *columns = [column for _, column in ranked]
    is_named = columns[0].head in {"run", "group"}
    names = columns[0].cells if is_named else [f"#{cell}" for cell in numbers.cells]
    rest = columns[1:] if is_named else columns
    rows = zip(*(column.cells for column in rest), strict=True)
    turned = [Column("", tuple(column.head for column in rest))]
    turned += [Column(name, row) for name, row in zip(names, rows, strict=True)]
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
    last_tied = max((n for n, group in enumerate(first) if group.is_tied), default=None)
    if last_tied is not None and last_tied < len(first) - 1 and first[0].n > 1:
        words = "── below: worse than the best, at least probably "
        lines.insert(last_tied + 1, words.ljust(min(width, _LONGEST_RULE), "─"))
    rest = body[len(first) :]
    if rest:
        words = "── below: other data or another loss "
        lines.append(words.ljust(min(width, _LONGEST_RULE), "─"))
    return [*lines, *rest]


def _is_best_first(comparison: Comparison, groups: Sequence[Group]) -> bool:
    sign = -1.0 if comparison.mode == "max" else 1.0
    values = [sign * group.score.mean for group in groups if group.score]
    return values == sorted(values)


def _rest_line(comparison: Comparison, groups: Sequence[Group]) -> str:
    """One line for the many that are not shown."""
    values = [group.score.mean for group in groups if group.score]
    parts = []
    if values:
        marks = " / ".join(number(quantile(values, part)) for part in (0.25, 0.5, 0.75))
        parts.append(f"quartiles of {one_line(comparison.heading)} {marks}")
    overfit = sum(group.overfits for group in groups)
    if overfit:
        parts.append(f"{overfit} overfit")
    states: dict[str, int] = {}
    for group in groups:
        for state, runs in group.states.items():
            states[state] = states.get(state, 0) + runs
    parts += [
        f"{runs} {state}" for state, runs in states.items() if state != "finished"
    ]
    return f"{len(groups)} more: {'; '.join(parts) or 'none has a value yet'}"
