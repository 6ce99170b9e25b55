"""The parts of a comparison below its table: effects, differences, where from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dlrun.comparison.settings.alignment import added_words
from dlrun.estimates import change_text, mean_text, places_of, places_of_changes
from dlrun.report.table import cut, has_own_names
from dlrun.writing import Column, layout, number, one_line

if TYPE_CHECKING:
    from dlrun.comparison import Comparison, Group
    from dlrun.comparison.comparison import Change, Effect
    from dlrun.estimates import Difference

_EFFECTS_SHOWN = 12
_EFFECTS_IN_LINES = 8
_DIFFERENCES_SHOWN = 30
_CHANGES_SHOWN = 4
_HASH_CHARACTERS = 8
_LONGEST_CHANGE = 80
_SHORT_CHANGE = 44
_GAP_WORDS = {
    "better": "narrower",
    "probably better": "probably narrower",
    "worse": "wider",
    "probably worse": "probably wider",
}


def effect_lines(comparison: Comparison, width: int | None) -> list[str]:
    """What each change did, wherever two groups differ in it alone."""
    effects = comparison.effects[:_EFFECTS_SHOWN]
    if not effects:
        return []
    for longest in (_LONGEST_CHANGE, _SHORT_CHANGE):
        columns = _effect_columns(comparison, effects, longest)
        if width is None or _width(columns) <= width:
            lines = layout(columns)
            break
    else:
        effects = effects[:_EFFECTS_IN_LINES]
        places = _effect_places(effects)
        lines = [
            line
            for one in effects
            for line in _effect_in_lines(comparison, one, *places)
        ]
    if len(comparison.effects) > len(effects):
        lines.append(f"and {len(comparison.effects) - len(effects)} more (--json)")
    return lines


def _effect_columns(
    comparison: Comparison, effects: Sequence[Effect], longest: int
) -> list[Column]:
    scores, gaps = _effect_places(effects)
    gap = Column("gap", tuple(_gap_text(one.gap, gaps) for one in effects))
    return [
        Column("change", tuple(cut(effect_text(one), longest) for one in effects)),
        Column(
            one_line(comparison.metric),
            tuple(_with_word(one.score, scores) for one in effects),
        ),
        *([gap] if any(one.gap for one in effects) else []),
        Column("over", tuple(_over(one) for one in effects)),
    ]


def _width(columns: Sequence[Column]) -> int:
    return sum(column.width + 2 for column in columns) - 2


def effect_text(effect: Effect) -> str:
    """`rate 0 -> 0.5`, and what always changes with it."""
    return ", ".join(change_words(one) for one in (effect.change, *effect.also))


def change_words(change: Change, arrow: str = "->") -> str:
    """`rate 0 -> 0.5`; of a layer that one side lacks `+Dropout(0.5) after hidden1`."""
    before, after = one_line(change.before), one_line(change.after)
    head = one_line(change.head)
    if change.before is None and (added := added_words(change.path, head, after)):
        return f"+{added}"
    if change.after is None and (gone := added_words(change.path, head, before)):
        return f"-{gone}"
    return f"{head} {before} {arrow} {after}"


def _effect_places(effects: Sequence[Effect]) -> tuple[int | None, int | None]:
    """The decimals of the metric's changes, and of the gap's."""
    return (
        places_of_changes([one.score for one in effects]),
        places_of_changes([one.gap for one in effects]),
    )


def _with_word(found: Difference, places: int | None) -> str:
    return f"{change_text(found, places)} {found.word}".rstrip()


def _gap_text(found: Difference | None, places: int | None) -> str:
    if found is None:
        return "-"
    word = _GAP_WORDS.get(found.word, found.word)
    return f"{change_text(found, places)} {word}".rstrip()


def _effect_in_lines(
    comparison: Comparison, effect: Effect, scores: int | None, gaps: int | None
) -> Iterator[str]:
    """One below the other, for a narrow terminal."""
    metric = one_line(comparison.metric)
    yield f"{effect_text(effect)} ({_over(effect)})"
    width = max(len(metric), len("gap"))
    yield f"  {metric.ljust(width)}  {_with_word(effect.score, scores)}"
    if effect.gap:
        yield f"  {'gap'.ljust(width)}  {_gap_text(effect.gap, gaps)}"


def _over(effect: Effect) -> str:
    """How many seeds it was seen over, and in how many pairs of groups."""
    n, pairs = effect.score.n, len(effect.pairs)
    seeds = f"{n} seed{'s' * (n != 1)}"
    if not effect.score.is_paired:
        seeds = f"{n} run{'s' * (n != 1)} each"
    return f"{pairs} pairs, {seeds}" if pairs > 1 else seeds


def marginal_lines(comparison: Comparison) -> list[str]:
    """How the metric goes with each setting, over all groups that share a value."""
    rows: list[tuple[str, str, str, str, str]] = []
    for marginal in comparison.marginals:
        scores = places_of([level.score for level in marginal.levels])
        gaps = places_of([level.gap for level in marginal.levels])
        for at, level in enumerate(marginal.levels):
            head = one_line(marginal.head) if at == 0 else ""
            score = mean_text(level.score, scores)
            gap = mean_text(level.gap, gaps, signed=True)
            rows.append((head, level.value, score, gap, str(level.groups)))
    if not rows:
        return []
    cells = list(zip(*rows, strict=True))
    return layout(
        [
            Column("key", cells[0]),
            Column("value", cells[1]),
            Column(one_line(comparison.metric), cells[2], is_number=True),
            Column("gap", cells[3], is_number=True),
            Column("groups", cells[4], is_number=True),
        ]
    )


def difference_lines(comparison: Comparison, width: int | None) -> list[str]:
    """How each config differs from the baseline's, where its name does not say it."""
    if not has_own_names(comparison) or len(comparison.settings) == 0:
        return []
    groups = [group for group in comparison.groups if group.changes]
    shown = groups[:_DIFFERENCES_SHOWN]
    columns = [
        Column("group", tuple(one_line(group.name) for group in shown)),
        Column("differs in", tuple(_changes(group) for group in shown)),
    ]
    if shown and (width is None or _width(columns) <= width):
        lines = layout(columns)
    else:
        lines = [f"{one_line(group.name)}: {_changes(group)}" for group in shown]
    rest = len(groups) - len(shown)
    return [*lines, *([f"and {rest} more (--json)"] if rest else [])] if shown else []


def _changes(group: Group) -> str:
    texts = [change_words(change) for change in group.changes]
    more = len(texts) - _CHANGES_SHOWN
    text = ", ".join(texts[:_CHANGES_SHOWN])
    return f"{text}, and {more} more" if more > 0 else text


def provenance_lines(comparison: Comparison) -> Iterator[str]:
    """Where the numbers come from."""
    found = comparison.provenance
    count = len(comparison.rows)
    places = ", ".join(one_line(place) for place in found.directories[:3])
    yield f"{count} run{'s' * (count != 1)} in {places}"
    parts = [
        f"{one_line(name)} {' and '.join(map(one_line, many))}"
        for name, many in found.versions.items()
    ]
    prints = [one_line(one)[:_HASH_CHARACTERS] for one in found.data]
    if prints:
        parts.append(f"data {' and '.join(prints[:3])}")
    if found.commits:
        parts.append(f"commit {' and '.join(map(one_line, found.commits[:3]))}")
    if parts:
        yield ", ".join(parts)
    if found.test_looks:
        yield f"looks at the test rows of these runs so far: {found.test_looks}"


def rest_line(comparison: Comparison, groups: Sequence[Group]) -> str:
    """One line for the many that are not shown."""
    from dlrun.comparison.curve import quantile

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
        for state, many in group.states.items():
            states[state] = states.get(state, 0) + many
    parts += [
        f"{many} {state}" for state, many in states.items() if state != "finished"
    ]
    return f"{len(groups)} more: {'; '.join(parts) or 'none has a value yet'}"
