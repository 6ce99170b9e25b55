"""What each change did to the metric and to the gap, wherever it is the only one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from dlrun.comparison import Comparison
from dlrun.comparison.comparison import Effect
from dlrun.estimates import Difference, adjusted_text, change_text, places_of_changes
from dlrun.report.drawing.frame import Frame
from dlrun.report.drawing.markup import (
    Content,
    Markup,
    breakable,
    element,
    render_grid,
)
from dlrun.report.drawing.whisker import draw_whisker, whisker_axis, whisker_frame
from dlrun.report.sections.change import ARROW, change_words
from dlrun.report.sections.section import (
    NOT_PASTED,
    Heading,
    ReportSection,
    Silent,
    View,
    headed,
)
from dlrun.writing import Column, cut, layout, one_line, table_width

_SHOWN = 12
_SHOWN_IN_LINES = 8
_LONGEST_CHANGE = 80
_SHORT_CHANGE = 44
_OPEN_ON_PAGE = 24
_MOST_ON_PAGE = 200
"""More are left to the JSON of the comparison: they would make up half of a page."""


def _text(view: View) -> list[str] | Silent:
    if view.is_long:
        return Silent("of so many groups the means by value say more; --json has all")
    comparison = view.comparison
    lines = _lines(comparison, view.style.width)
    words = f"what each change did ({_intervals(comparison.effects)})"
    return headed(words, lines, view.style)


def _note(effects: Sequence[Effect]) -> str:
    """Where a change was measured, and how sure that is."""
    return f"Measured where two groups differ in this alone; {_intervals(effects)}."


def _intervals(effects: Sequence[Effect]) -> str:
    """How sure the intervals are, or why there are none."""
    tests = sum(effect.score.p is not None for effect in effects)
    if tests:
        return f"95 % intervals{adjusted_text(tests)}"
    if any(effect.score.is_mixed for effect in effects):
        return "no intervals: only one side has folds"
    return "one seed each: no intervals"


def _lines(comparison: Comparison, width: int | None) -> list[str]:
    """A table if it fits, with shorter changes if need be; else some lines for each."""
    effects = comparison.effects[:_SHOWN]
    if not effects:
        return []
    for longest in (_LONGEST_CHANGE, _SHORT_CHANGE):
        columns = _columns(comparison, effects, longest)
        if width is None or table_width(columns) <= width:
            lines = layout(columns)
            break
    else:
        effects = effects[:_SHOWN_IN_LINES]
        decimals = _decimals(effects)
        lines = [
            line
            for effect in effects
            for line in _in_lines(comparison, effect, *decimals)
        ]
    if len(comparison.effects) > len(effects):
        lines.append(f"and {len(comparison.effects) - len(effects)} more (--json)")
    return lines


def _columns(
    comparison: Comparison, effects: Sequence[Effect], longest: int
) -> list[Column]:
    scores, gaps = _decimals(effects)
    changes = tuple(cut(effect_text(effect), longest) for effect in effects)
    scored = tuple(_with_word(effect.score, scores) for effect in effects)
    gap = Column("gap", tuple(_gap_text(effect.gap, gaps) for effect in effects))
    return [
        Column("change", changes),
        Column(one_line(comparison.heading), scored),
        *([gap] if any(effect.gap for effect in effects) else []),
        Column("over", tuple(_seen_in(effect, "pairs") for effect in effects)),
    ]


def effect_text(effect: Effect) -> str:
    """`rate 0 -> 0.5`, and what always changes with it."""
    return ", ".join(change_words(change) for change in (effect.change, *effect.also))


def _decimals(effects: Sequence[Effect]) -> tuple[int | None, int | None]:
    """Of the metric's changes, and of the gap's."""
    return (
        places_of_changes([effect.score for effect in effects]),
        places_of_changes([effect.gap for effect in effects]),
    )


def _with_word(change: Difference, decimals: int | None) -> str:
    return f"{change_text(change, decimals)} {change.word}".rstrip()


def _gap_text(change: Difference | None, decimals: int | None) -> str:
    if change is None:
        return "-"
    return f"{change_text(change, decimals)} {_gap_word(change.word)}".rstrip()


def _gap_word(word: str) -> str:
    """A gap is not better or worse, but narrower or wider."""
    return word.replace("better", "narrower").replace("worse", "wider")


def _in_lines(
    comparison: Comparison, effect: Effect, scores: int | None, gaps: int | None
) -> Iterator[str]:
    """One below the other, for a narrow terminal."""
    metric = one_line(comparison.heading)
    yield f"{effect_text(effect)} ({_seen_in(effect, 'pairs')})"
    width = max(len(metric), len("gap"))
    yield f"  {metric.ljust(width)}  {_with_word(effect.score, scores)}"
    if effect.gap:
        yield f"  {'gap'.ljust(width)}  {_gap_text(effect.gap, gaps)}"


def _seen_in(effect: Effect, pairs_of_groups: str) -> str:
    """Over how many seeds it was seen, and in how many pairs of groups."""
    n, pairs, unit = effect.score.n, len(effect.pairs), effect.score.unit
    seeds = f"{n} {unit}{'s' * (n != 1)}"
    if not effect.score.is_paired:
        unit = "fold" if effect.score.overlap and not effect.score.is_mixed else "run"
        seeds = f"{n} {unit}{'s' * (n != 1)} each"
    return seeds if pairs == 1 else f"{pairs} {pairs_of_groups}, {seeds}"


def _page(view: View) -> list[Content]:
    """All in a table, the smaller ones folded away; of very many the largest."""
    effects = view.comparison.effects
    if not effects:
        return []
    score = whisker_frame((effect.score for effect in effects), holds_zero=True)
    gap = whisker_frame((effect.gap for effect in effects), holds_zero=True)
    scores, gaps = _decimals(effects)
    rows = [
        _row(
            effect,
            _measured(effect.score, score, scores),
            _measured(effect.gap, gap, gaps, is_gap=True),
        )
        for effect in effects[:_MOST_ON_PAGE]
    ]
    heads = _heads(view.comparison.heading, score, gap)
    parts: list[Content] = [element("p", _note(view.comparison.effects), class_="note")]
    parts.append(_grid(heads, rows[:_OPEN_ON_PAGE]))
    if len(rows) > _OPEN_ON_PAGE:
        words = f"{len(rows) - _OPEN_ON_PAGE} smaller effects"
        rest = _grid(heads, rows[_OPEN_ON_PAGE:])
        parts.append(element("details", element("summary", words), rest))
    if len(effects) > len(rows):
        words = f"The {len(rows)} largest of {len(effects)} effects; all: --json."
        parts.append(element("p", words, class_="note"))
    return parts


def _heads(metric: str, score: Frame, gap: Frame) -> list[Markup]:
    return [
        element("th", "change", scope="col"),
        element("th", "", whisker_axis(score), scope="col"),
        element("th", f"change of {one_line(metric)}", scope="col"),
        element("th", "", whisker_axis(gap), scope="col"),
        element("th", "change of the gap", scope="col"),
        element("th", "seen in", scope="col", class_="num"),
    ]


def _grid(heads: Iterable[Markup], rows: Iterable[Markup]) -> Markup:
    body = element("tbody", rows)
    return render_grid("What each change did", heads, body, kind="effects")


def _row(effect: Effect, score: list[Markup], gap: list[Markup]) -> Markup:
    also = ", ".join(change_words(change, ARROW) for change in effect.also)
    note = element("small", f"together with {also}") if also else None
    change = breakable(change_words(effect.change, ARROW))
    name = element("span", change, class_="label")
    return element(
        "tr",
        element("th", name, note, scope="row"),
        score,
        gap,
        element("td", _seen_in(effect, "pairs of groups"), class_="num"),
    )


def _measured(
    change: Difference | None,
    frame: Frame,
    decimals: int | None,
    *,
    is_gap: bool = False,
) -> list[Markup]:
    """A picture of the interval, and its numbers with the word for them."""
    if change is None:
        return [element("td"), element("td", "-")]
    word = _gap_word(change.word) if is_gap else change.word
    kind = _word_kind(change.word)
    picture = draw_whisker(frame, change, zero=0.0, kind=kind)
    mean, _, interval = change_text(change, decimals).partition(" ")
    texts: list[Content] = [element("span", mean)]
    texts.append(element("small", f" {interval}") if interval else None)
    if word:
        texts.append(element("small", word, class_=f"word {kind}"))
    return [element("td", picture, class_="picture"), element("td", texts)]


def _word_kind(word: str) -> str:
    if word.endswith("better"):
        return "fine"
    return "warned" if word.endswith("worse") else "unknown"


def _json(view: View) -> dict[str, object]:
    return {"effects": [asdict(effect) for effect in view.comparison.effects]}


EFFECTS = ReportSection(
    name="effects",
    heading=Heading("effects", "What each change did"),
    text=_text,
    page=_page,
    markdown=NOT_PASTED,
    json=_json,
)
