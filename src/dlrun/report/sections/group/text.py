"""The table of a comparison as people see it: a line per group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from dlrun.comparison.column import status
from dlrun.comparison.curve import quantile, sparkline
from dlrun.comparison.settings.factor import fold
from dlrun.estimates import (
    epoch_text,
    estimate_text,
    fixed,
    mean_text,
    places_of,
    places_of_changes,
)
from dlrun.report.sections.section import View
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

if TYPE_CHECKING:
    from dlrun.comparison import Comparison, Group
    from dlrun.estimates import Estimate

_LONG_CURVE = 20
_SHORT_CURVE = 14
_ROOMY = 120
_LONGEST_NAME = 40
_FEW = 4
_SHOWN_OF_MANY = 20
_LONGEST_RULE = 100

Ranked = tuple[int, Column]
"""A column and its rank: 0 stays however narrow the terminal, low ones come first."""


def table_columns(
    comparison: Comparison, groups: Sequence[Group], width: int | None
) -> list[Ranked]:
    """List the columns in their order, with the rank by which `fit` keeps them.

    What would say nothing (all are finished, none was judged) is left out.

    Args:
        comparison: What to show.
        groups: Its groups that are shown.
        width: Terminal columns; they decide how long the curves are. None: no limit.
    """
    metric = one_line(comparison.metric)
    columns = list(_names(comparison, groups))
    if any(status(group) != "finished" for group in groups):
        columns.append((3, Column("status", tuple(status(one) for one in groups))))
    columns.append((0, _score(metric, groups)))
    if comparison.baseline is not None:
        columns.append((2, _differences(groups)))
    epochs = tuple(f"{epoch_text(one.best_epoch)}/{one.epochs}" for one in groups)
    columns.append((2, Column("epoch", epochs, is_number=True)))
    columns += _gaps(metric, groups)
    if any(group.tag for group in groups):
        columns.append((1, Column("verdict", tuple(group.tag for group in groups))))
        columns += _overfitting(groups)
    if any(group.test for group in groups):
        tests = [group.test for group in groups]
        columns.append((1, _numbers(f"test_{metric.removeprefix('val_')}", tests)))
    counts = tuple(count(group.parameters) for group in groups)
    seconds = tuple(duration(group.seconds_per_epoch) for group in groups)
    return [
        *columns,
        (9, Column("parameters", counts, is_number=True)),
        (10, Column("s/epoch", seconds, is_number=True)),
        (6, _curves(comparison, groups, width)),
    ]


def has_own_names(comparison: Comparison) -> bool:
    """Whether groups go by the name of a config or run, not by what differs alone."""
    configs = {row.group: row.config_name for row in comparison.rows}
    return all(
        "=" not in group.name
        or group.name.startswith(f"{configs.get(group.number, '')} (")
        for group in comparison.groups
    )


def _names(comparison: Comparison, groups: Sequence[Group]) -> Iterator[Ranked]:
    """What each group is called; what differs tells it where names do not."""
    numbers = tuple(str(group.number) for group in groups)
    yield 0, Column("#", numbers, is_number=True)
    by_name = has_own_names(comparison)
    rank = 8 if by_name and not _are_runs(comparison) else 1
    settings = list(_settings(comparison, groups, rank))
    if by_name or not settings:
        names = tuple(cut(one_line(group.name), _LONGEST_NAME) for group in groups)
        yield 0, Column("run" if _are_runs(comparison) else "group", names)
    yield from settings


def _are_runs(comparison: Comparison) -> bool:
    return all(group.runs == (group.name,) for group in comparison.groups)


def _settings(
    comparison: Comparison, groups: Sequence[Group], rank: int
) -> Iterator[Ranked]:
    """What differs; settings of one last key that always go together share a column."""
    all_values = [group.settings for group in comparison.groups]
    for more, setting in enumerate(fold(comparison.group_settings, all_values)):
        values = [group.settings[setting.path] for group in groups]
        is_number = all(isinstance(value, int | float) for value in values)
        cells = tuple(one_line(value) for value in values)
        yield rank + more, Column(one_line(setting.head), cells, is_number=is_number)


def _score(metric: str, groups: Sequence[Group]) -> Column:
    """`0.912 ± 0.006 (n=5)`; of one run each only the number."""
    scores = [group.score for group in groups]
    places = places_of(scores)
    show = estimate_text if any(group.n > 1 for group in groups) else mean_text
    return _column(metric, scores, lambda one: show(one, places))


def _differences(groups: Sequence[Group]) -> Column:
    """Against the baseline, with the word that it allows."""
    found = [group.difference for group in groups]
    places = places_of_changes(found)
    cells = tuple(
        "baseline"
        if one is None and group.score
        else "-"
        if one is None
        else f"{fixed(one.mean, places, signed=True)} {one.word}".rstrip()
        for one, group in zip(found, groups, strict=True)
    )
    return Column("against baseline", cells)


def _gaps(metric: str, groups: Sequence[Group]) -> Iterator[Ranked]:
    if not any(group.train for group in groups):
        return
    twin = f"train_{metric.removeprefix('val_')}"
    yield 5, _numbers(twin, [group.train for group in groups])
    yield 1, _numbers("gap", [group.gap for group in groups], signed=True)
    yield 7, _numbers("end gap", [group.gap_at_end for group in groups], signed=True)


def _overfitting(groups: Sequence[Group]) -> Iterator[Ranked]:
    onsets = tuple(epoch_text(group.onset) for group in groups)
    if any(group.onset is not None for group in groups):
        yield 8, Column("onset", onsets, is_number=True)
    wasted = tuple(epoch_text(group.wasted_epochs) for group in groups)
    yield 4, Column("wasted", wasted, is_number=True)


def _curves(
    comparison: Comparison, groups: Sequence[Group], width: int | None
) -> Column:
    cells = _LONG_CURVE if width is None or width > _ROOMY else _SHORT_CURVE
    bands = [comparison.curves(group).validation for group in groups]
    lines = tuple("" if band is None else sparkline(band.mean, cells) for band in bands)
    return Column(f"{one_line(comparison.metric)} curve", lines)


def _numbers(
    head: str, values: Sequence[Estimate | None], *, signed: bool = False
) -> Column:
    """Means with their half-widths, as many decimals as these deserve."""
    places = places_of(values)
    return _column(head, values, lambda one: mean_text(one, places, signed=signed))


def _column(
    head: str,
    values: Sequence[Estimate | None],
    show: Callable[[Estimate | None], str],
) -> Column:
    return Column(head, tuple(show(value) for value in values), is_number=True)


def group_lines(view: View) -> list[str]:
    """A line per group; of a few groups a column each, where that fits."""
    comparison, how = view.comparison, view.style
    groups = comparison.groups
    most = _SHOWN_OF_MANY if view.is_long else len(groups)
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
        lines.append(_rest_line(comparison, groups[len(shown) :]))
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


def _rest_line(comparison: Comparison, groups: Sequence[Group]) -> str:
    """One line for the many that are not shown."""
    values = [group.score.mean for group in groups if group.score]
    parts = []
    if values:
        marks = " / ".join(number(quantile(values, part)) for part in (0.25, 0.5, 0.75))
        parts.append(f"quartiles of {one_line(comparison.metric)} {marks}")
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
