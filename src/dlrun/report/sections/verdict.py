"""Who generalises best, by how much, how sure that is: the first thing that is read."""

from __future__ import annotations

from dlrun.report.drawing.markup import Content, element
from dlrun.report.sections.section import ReportSection, View
from dlrun.writing import wrap
from dlrun.writing.markdown import plain

_NOTHING_YET = "Nothing to compare yet."


def _sentences(view: View) -> list[str]:
    """Of a search what it has found comes first."""
    if view.search is None:
        return [*view.comparison.verdict]
    from dlrun.report.trials.course import answer_words

    found = answer_words(view.search)
    return [*([f"{found}."] if found else []), *view.comparison.verdict]


def _text(view: View) -> list[str]:
    sentences = _sentences(view)
    return [line for text in sentences for line in wrap(text, view.style.width)]


def _page(view: View) -> list[Content]:
    """The claim as the title of the page; its figures follow it."""
    first, *rest = _sentences(view) or (_NOTHING_YET,)
    claim, colon, figures = first.partition(": ")
    if view.search is not None:
        claim = first.rstrip(".")
    elif colon:
        rest = [figures, *rest]
    return [
        element("h1", claim),
        [element("p", sentence, class_="lead") for sentence in rest],
    ]


def _markdown(view: View) -> list[str]:
    return [plain(sentence) for sentence in _sentences(view)]


def _json(view: View) -> dict[str, object]:
    return {"verdict": " ".join(view.comparison.verdict)}


VERDICT = ReportSection(
    name="verdict",
    heading=None,
    text=_text,
    page=_page,
    markdown=_markdown,
    json=_json,
)
