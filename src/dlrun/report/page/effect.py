"""What each change did to the metric and to the gap, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dlrun.comparison import Comparison
from dlrun.comparison.comparison import Effect, Marginal
from dlrun.estimates import (
    Difference,
    change_text,
    mean_text,
    places_of,
    places_of_changes,
)
from dlrun.report.drawing.frame import Frame
from dlrun.report.drawing.markup import (
    Content,
    Markup,
    breakable,
    element,
    render_grid,
)
from dlrun.report.drawing.whisker import (
    draw_whisker,
    whisker_axis,
    whisker_frame,
)
from dlrun.report.page.field import change_arrow
from dlrun.writing import one_line

_OPEN_EFFECTS = 24
_MOST_EFFECTS = 200
"""More are left to the JSON of the comparison: they would make up half of a page."""
_MARGINAL_NOTE = "Means over all groups that share a value, whatever else they are:"
_NOTE = (
    "Measured where two groups differ in this alone; 95 % intervals, widened for the "
    "number of comparisons."
)


def render_effects(comparison: Comparison) -> list[Content]:
    """What each change did to metric and gap; of very many groups, each value."""
    parts: list[Content] = []
    effects = comparison.effects
    if effects:
        score = whisker_frame((one.score for one in effects), holds_zero=True)
        gap = whisker_frame((one.gap for one in effects), holds_zero=True)
        scores = places_of_changes([one.score for one in effects])
        gaps = places_of_changes([one.gap for one in effects])
        rows = [
            _effect(
                one,
                _measured(one.score, score, scores),
                _measured(one.gap, gap, gaps, narrower=True),
            )
            for one in effects[:_MOST_EFFECTS]
        ]
        heads = _effect_heads(comparison, score, gap)
        parts.append(element("p", _NOTE, class_="note"))
        parts.append(_effect_table(heads, rows[:_OPEN_EFFECTS]))
        if len(rows) > _OPEN_EFFECTS:
            words = f"{len(rows) - _OPEN_EFFECTS} smaller effects"
            rest = _effect_table(heads, rows[_OPEN_EFFECTS:])
            parts.append(element("details", element("summary", words), rest))
        if len(effects) > len(rows):
            words = f"The {len(rows)} largest of {len(effects)} effects; all: --json."
            parts.append(element("p", words, class_="note"))
    if comparison.marginals:
        parts.append(element("p", _MARGINAL_NOTE, class_="note below"))
        parts.append(_marginals(comparison.marginals, comparison.metric))
    return parts


def _effect_heads(comparison: Comparison, score: Frame, gap: Frame) -> list[Markup]:
    names = ["change", "", f"change of {one_line(comparison.metric)}", ""]
    names += ["change of the gap", "seen in"]
    axes = {1: whisker_axis(score), 3: whisker_axis(gap)}
    return _heads(names, axes, "seen in")


def _heads(
    names: Sequence[str], axes: Mapping[int, Markup], number: str
) -> list[Markup]:
    return [
        element(
            "th",
            name,
            axes.get(at),
            scope="col",
            class_="num" if name == number else None,
        )
        for at, name in enumerate(names)
    ]


def _effect_table(heads: Iterable[Markup], rows: Iterable[Markup]) -> Markup:
    body = element("tbody", rows)
    return render_grid("What each change did", heads, body, kind="effects")


def _effect(effect: Effect, score: list[Markup], gap: list[Markup]) -> Markup:
    also = ", ".join(change_arrow(one) for one in effect.also)
    note = element("small", f"together with {also}") if also else None
    name = element("span", breakable(change_arrow(effect.change)), class_="label")
    return element(
        "tr",
        element("th", name, note, scope="row"),
        score,
        gap,
        element("td", _seen_in(effect), class_="num"),
    )


def _seen_in(effect: Effect) -> str:
    n, pairs = effect.score.n, len(effect.pairs)
    seeds = (
        f"{n} seed{'s' * (n != 1)}"
        if effect.score.is_paired
        else f"{n} run{'s' * (n != 1)} each"
    )
    return seeds if pairs == 1 else f"{pairs} pairs of groups, {seeds}"


def _measured(
    found: Difference | None,
    frame: Frame,
    places: int | None,
    *,
    narrower: bool = False,
) -> list[Markup]:
    """A picture of the interval, and its numbers with the word for them."""
    if found is None:
        return [element("td"), element("td", "-")]
    word = _gap_word(found.word) if narrower else found.word
    kind = _word_kind(found.word)
    picture = draw_whisker(frame, found, zero=0.0, kind=kind)
    mean, _, interval = change_text(found, places).partition(" ")
    texts: list[Content] = [element("span", mean)]
    texts.append(element("small", f" {interval}") if interval else None)
    if word:
        texts.append(element("small", word, class_=f"word {kind}"))
    return [element("td", picture, class_="picture"), element("td", texts)]


def _gap_word(word: str) -> str:
    return word.replace("better", "narrower").replace("worse", "wider")


def _word_kind(word: str) -> str:
    if word.endswith("better"):
        return "fine"
    return "warned" if word.endswith("worse") else "unknown"


def _marginals(marginals: Iterable[Marginal], metric: str) -> Markup:
    listed = list(marginals)
    levels = [level for one in listed for level in one.levels]
    frame = whisker_frame(level.score for level in levels)
    heads = ["setting", "value", "groups", "", f"mean {one_line(metric)}", "mean gap"]
    axes = {3: whisker_axis(frame)}
    head = _heads(heads, axes, "groups")
    bodies = [_levels(one, frame) for one in listed]
    words = "The metric by the value of each setting"
    return render_grid(words, head, bodies, kind="effects marginals")


def _levels(marginal: Marginal, frame: Frame) -> Markup:
    rows: list[Content] = []
    scores = places_of([level.score for level in marginal.levels])
    gaps = places_of([level.gap for level in marginal.levels])
    for at, level in enumerate(marginal.levels):
        head = element(
            "th",
            element("span", marginal.head, class_="label", title=marginal.path),
            scope="rowgroup",
            rowspan=len(marginal.levels),
        )
        rows.append(
            element(
                "tr",
                head if at == 0 else None,
                element("td", level.value),
                element("td", f"{level.groups:,}", class_="num"),
                element("td", draw_whisker(frame, level.score), class_="picture"),
                element("td", mean_text(level.score, scores)),
                element("td", mean_text(level.gap, gaps, signed=True)),
            )
        )
    return element("tbody", rows)
