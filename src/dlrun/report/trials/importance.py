"""Which settings mattered, in a table with bars; noise is named as what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlrun.report.drawing.markup import Content, Markup, element, render_grid
from dlrun.report.trials.naming import sentence, short_names
from dlrun.studies.search.importance import importances
from dlrun.writing import Column, count, layout, number, one_line

if TYPE_CHECKING:
    from dlrun.studies.search.importance import Importance, Importances
    from dlrun.studies.search.result import SearchResult

_BAR_WIDTH, _BAR_HEIGHT = 124, 12
_FEWEST_SHOWN = 0.001
_CLEAR, _NOISE = "matters", "not told from chance"


def importance_lines(result: SearchResult) -> list[str]:
    """For a terminal: a line for each setting; empty: no trial is over."""
    found = importances(result)
    if not found.settings:
        return [_untold(found)] if found.trials else []
    names = _names(found)
    columns = [
        Column("setting", tuple(names)),
        Column("share", tuple(_share(one) for one in found.settings), is_number=True),
        Column("by chance", tuple(map(_chance, found.settings)), is_number=True),
        Column("trials", tuple(count(one.trials) for one in found.settings), True),
        Column("", tuple(_word(one) for one in found.settings)),
    ]
    return [*layout(columns), *_warnings(found)]


def importance_values(result: SearchResult) -> dict[str, object]:
    """The same for programs; no settings: there are too few trials."""
    found = importances(result)
    settings = [
        {
            "setting": one.name,
            "share": one.share,
            "p": one.p,
            "trials": one.trials,
            "matters": one.is_clear,
        }
        for one in found.settings
    ]
    return {"trials": found.trials, "told_from": found.fewest, "settings": settings}


def draw_importances(result: SearchResult) -> list[Content]:
    """The table with a bar for each share."""
    found = importances(result)
    if not found.settings:
        text = sentence(_untold(found))
        return [element("p", text, class_="note")] if found.trials else []
    largest = max(one.share for one in found.settings)
    rows = [
        element(
            "tr",
            element("th", name, scope="row", title=one.name),
            element("td", _bar(one, largest), class_="picture"),
            element("td", _share(one), class_="num"),
            element("td", _chance(one), class_="num"),
            element("td", count(one.trials), class_="num"),
            element("td", element("span", _word(one), class_=_kind(one))),
        )
        for name, one in zip(_names(found), found.settings, strict=True)
    ]
    heads = [
        element("th", "setting", scope="col"),
        element("th", "explains, beyond the others", scope="col", colspan=2),
        element("th", "by chance", scope="col", class_="num"),
        element("th", "trials", scope="col", class_="num"),
        element("th", "", scope="col"),
    ]
    grid = render_grid("What each setting explains", heads, element("tbody", rows))
    notes = [
        element("p", sentence(text), class_="note small") for text in _warnings(found)
    ]
    return [grid, notes]


def _names(found: Importances) -> list[str]:
    names = short_names([one.name for one in found.settings])
    return [one_line(names[one.name]) for one in found.settings]


def _share(one: Importance) -> str:
    return f"{100 * one.share:.0f} %"


def _chance(one: Importance) -> str:
    return "< 0.001" if one.p < _FEWEST_SHOWN else f"{one.p:.3f}"


def _word(one: Importance) -> str:
    return _CLEAR if one.is_clear else _NOISE


def _kind(one: Importance) -> str:
    return "word fine" if one.is_clear else "word unknown"


def _untold(found: Importances) -> str:
    trials = f"{count(found.trials)} trial{'s' * (found.trials != 1)}"
    return (
        f"which settings matter cannot be told from {trials}; "
        f"about {count(found.fewest)} would do"
    )


def _warnings(found: Importances) -> Sequence[str]:
    """What the figures are, and that most of them may be noise."""
    unclear = sum(not one.is_clear for one in found.settings)
    meaning = (
        "share: of the variance of the ranks of scores, what a setting explains beyond "
        "all others; by chance: how often noise would, adjusted for "
        f"{len(found.settings)} settings (Holm)"
    )
    words = [meaning]
    if unclear == len(found.settings):
        words.append(
            f"no setting can be told from chance in {count(found.trials)} trials"
        )
    elif unclear:
        words.append(
            "what is not told from chance may matter all the same: more trials would "
            "tell"
        )
    return words


def _bar(one: Importance, largest: float) -> Markup:
    width = _BAR_WIDTH * one.share / largest if largest else 0.0
    kind = "bar" if one.is_clear else "bar noise"
    rect = element(
        "rect", class_=kind, x=0, y=1, width=number(width), height=_BAR_HEIGHT - 2
    )
    return element(
        "svg",
        rect,
        class_="interval",
        viewBox=f"0 0 {_BAR_WIDTH} {_BAR_HEIGHT}",
        aria_hidden="true",
    )
