"""What a comparison says of a search, where its runs are the trials of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from dlrun.report.sections.section import (
    NOT_PASTED,
    Heading,
    ReportSection,
    View,
    headed,
    silent,
)

if TYPE_CHECKING:
    from dlrun.report.drawing.markup import Content
    from dlrun.report.sections.section import Form
    from dlrun.studies.search.confirmation import Confirmation
    from dlrun.studies.search.result import SearchResult

# Of runs that are no trials of one search every form has nothing to say.


def _lines(head: str, say: Callable[[SearchResult], Iterable[str]]) -> Form[list[str]]:
    def text(view: View) -> list[str]:
        return headed(head, [*say(view.search)], view.style) if view.search else []

    return text


def _page(
    draw: Callable[[SearchResult], Sequence[Content]],
) -> Form[Sequence[Content]]:
    return lambda view: draw(view.search) if view.search else []


def _json(
    name: str, values: Callable[[SearchResult], object]
) -> Form[dict[str, object]]:
    return lambda view: {name: values(view.search)} if view.search else {}


def _course_words(result: SearchResult) -> Iterable[str]:
    from dlrun.report.trials.course import course_words

    return course_words(result)


def _course_page(result: SearchResult) -> list[Content]:
    from dlrun.report.trials.course import draw_course

    return draw_course(result)


def _course_markdown(view: View) -> list[str]:
    from dlrun.writing.markdown import plain

    words = "; ".join(_course_words(view.search)) if view.search else ""
    return [plain(f"Best so far: {words}.")] if words else []


def _course_values(result: SearchResult) -> object:
    from dlrun.report.trials.course import course_values

    return course_values(result)


def _front_words(result: SearchResult) -> list[str]:
    from dlrun.report.trials.front import front_words

    return front_words(result)


def _front_page(result: SearchResult) -> list[Content]:
    from dlrun.report.trials.front import draw_front

    return draw_front(result)


def _front_markdown(view: View) -> list[str]:
    from dlrun.writing.markdown import plain

    words = _front_words(view.search) if view.search else []
    return ["\n".join(f"- {plain(text)}" for text in words)] if words else []


def _front_values(result: SearchResult) -> object:
    several = result.plan.goals.are_several
    return [one.number for one in result.front] if several else []


def _importance_lines(result: SearchResult) -> list[str]:
    from dlrun.report.trials.importance import importance_lines

    return importance_lines(result)


def _importance_page(result: SearchResult) -> list[Content]:
    from dlrun.report.trials.importance import draw_importances

    return draw_importances(result)


def _importance_values(result: SearchResult) -> object:
    from dlrun.report.trials.importance import importance_values

    return importance_values(result)


def _parallel_page(result: SearchResult) -> list[Content]:
    from dlrun.report.trials.parallel import draw_parallel

    return draw_parallel(result)


def _confirmations(result: SearchResult) -> Sequence[Confirmation]:
    from dlrun.studies.search.confirmation import read_confirmations

    return read_confirmations(result.folder, result)


def _confirmation_lines(result: SearchResult) -> list[str]:
    from dlrun.report.trials.confirmation import confirmation_lines

    found = _confirmations(result)
    return confirmation_lines(result, found) if found else []


def _confirmation_page(result: SearchResult) -> list[Content]:
    from dlrun.report.trials.confirmation import draw_confirmation

    found = _confirmations(result)
    return draw_confirmation(result, found) if found else []


def _confirmation_markdown(view: View) -> list[str]:
    from dlrun.report.trials.confirmation import confirmation_words
    from dlrun.writing.markdown import plain

    found = _confirmations(view.search) if view.search else ()
    if view.search is None or not found:
        return []
    words = "; ".join(confirmation_words(view.search, found))
    return [plain(f"With fresh seeds: {words}.")]


def _confirmation_values(result: SearchResult) -> object:
    return [one.to_values() for one in _confirmations(result)]


def _trials_page(view: View) -> list[Content]:
    from dlrun.report.trials.listing import render_trials

    return render_trials(view.search, view.home) if view.search else []


COURSE = ReportSection(
    name="course",
    heading=Heading("search", "Best so far"),
    text=_lines("best so far", _course_words),
    page=_page(_course_page),
    markdown=_course_markdown,
    json=_json("best_so_far", _course_values),
)
FRONT = ReportSection(
    name="front",
    heading=Heading("front", "The front"),
    text=_lines("the front", _front_words),
    page=_page(_front_page),
    markdown=_front_markdown,
    json=_json("front", _front_values),
)
CONFIRMATION = ReportSection(
    name="confirmation",
    heading=Heading("confirmation", "With fresh seeds"),
    text=_lines("with fresh seeds", _confirmation_lines),
    page=_page(_confirmation_page),
    markdown=_confirmation_markdown,
    json=_json("confirmation", _confirmation_values),
)
IMPORTANCES = ReportSection(
    name="importances",
    heading=Heading("importances", "Which settings matter"),
    text=_lines("which settings matter", _importance_lines),
    page=_page(_importance_page),
    markdown=NOT_PASTED,
    json=_json("importances", _importance_values),
)
PARALLEL = ReportSection(
    name="parallel",
    heading=Heading("settings", "From settings to scores"),
    text=silent("its lines are the settings and scores of the table"),
    page=_page(_parallel_page),
    markdown=NOT_PASTED,
    json=silent("its lines are the settings and scores of the trials"),
)
TRIALS = ReportSection(
    name="trials",
    heading=Heading("trials", "Trials"),
    text=silent("the table has a line for each; dlrun search says which have failed"),
    page=_trials_page,
    markdown=NOT_PASTED,
    json=_json("search", lambda result: result.to_values()),
)
