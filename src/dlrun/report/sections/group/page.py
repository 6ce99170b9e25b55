"""The columns of the table of groups: what a cell shows, and what it is sorted by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dlrun.comparison import Comparison, Group
from dlrun.comparison.column import status
from dlrun.estimates import (
    Estimate,
    change_text,
    epoch_text,
    fixed,
    mean_text,
    places_of,
    places_of_changes,
)
from dlrun.report.drawing.markup import Content, Markup, breakable, element
from dlrun.report.drawing.panel import draw_spark
from dlrun.report.drawing.tag import render_tag
from dlrun.report.drawing.whisker import draw_whisker, whisker_axis, whisker_frame
from dlrun.report.sections.change import ARROW, change_words
from dlrun.report.sections.section import View
from dlrun.writing import count, duration, one_line

SPARKS_DRAWN = 60
"""So many rows have their small curves in the file; a script draws the others."""
_CHANGES_SHOWN = 3
_VERDICT_TITLE = "what the curves say; overfit@9 3/5: in 3 of 5 runs, from epoch 9 on"
_ROWS_WITHOUT_BOX = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, and what it is sorted and saved by."""

    content: Content
    value: str | int | None = None
    """None: what it shows."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the table."""

    head: str
    cell: Callable[[Group], Cell]
    title: str = ""
    """What the head means."""
    is_number: bool = True
    kind: str = ""
    """Its class."""
    axis: Markup | None = None
    """Below the head, for a column of pictures."""


def table_fields(view: View) -> list[Field]:
    """The columns in their order, without those that would say nothing."""
    comparison = view.comparison
    groups = comparison.groups
    fields = [
        Field("#", lambda group: Cell(str(group.number)), kind="rank"),
        Field("group", _name, is_number=False, kind="name"),
        *_scores(comparison),
        Field("verdict", _tag, _VERDICT_TITLE, False, "verdict"),
        _epochs("epoch", "the best epoch, the median", lambda one: one.best_epoch),
        _means(groups, "train", "on the train rows", lambda one: one.train),
        _means(groups, "gap", "validation minus train", lambda one: one.gap),
        _means(groups, "end gap", "at the last epoch", lambda one: one.gap_at_end),
        _epochs("wasted", "epochs after the best", lambda one: one.wasted_epochs),
        _means(groups, "test", "on the test rows", lambda one: one.test),
        _curves(view),
        Field("parameters", _parameters),
        Field("s/epoch", _seconds, "seconds per epoch, the median"),
    ]
    if any(status(group) != "finished" for group in groups):
        fields.append(Field("status", lambda one: Cell(status(one)), is_number=False))
    return [field for field in fields if _says_something(field, groups)]


def _scores(comparison: Comparison) -> Iterator[Field]:
    """The score in figures and as a picture, and its difference from the baseline."""
    groups = comparison.groups
    places = places_of([group.score for group in groups])
    frame = whisker_frame((one.score for one in groups), mode=comparison.mode)
    against = (
        comparison.groups[comparison.baseline - 1] if comparison.baseline else None
    )
    has_seeds = any(group.n > 1 for group in groups)
    zero = against.score.mean if against and against.score else None

    def figures(group: Group) -> Cell:
        if group.score is None:
            return Cell("-")
        shown = mean_text(group.score, places)
        size = element("small", f" (n={group.n})") if has_seeds else None
        return Cell([shown, size], _exact(group.score.mean))

    def picture(group: Group) -> Cell:
        if group.score is None:
            return Cell(None)
        return Cell(draw_whisker(frame, group.score, zero=zero))

    title = "mean over seeds, and half the width of its 95 % interval"
    yield Field(one_line(comparison.metric), figures, title, kind="score")
    head = "95 % interval" if has_seeds else ""
    if sum(group.score is not None for group in groups) > 1:
        yield Field(head, picture, "", False, "picture", whisker_axis(frame))
    if against is not None:
        title = f"against {one_line(against.name)}"
        yield Field("difference", _difference(comparison), title, kind="difference")


def _difference(comparison: Comparison) -> Callable[[Group], Cell]:
    places = places_of_changes([group.difference for group in comparison.groups])

    def cell(group: Group) -> Cell:
        found = group.difference
        if found is None:
            is_base = group.number == comparison.baseline
            return Cell(element("small", "baseline") if is_base else None, "")
        mean = fixed(found.mean, places, signed=True)
        if not found.word:
            return Cell(mean, _exact(found.mean))
        note = element("small", found.word, title=change_text(found, places))
        return Cell([mean, note], _exact(found.mean))

    return cell


def _name(group: Group) -> Cell:
    texts = [change_words(change, ARROW) for change in group.changes[:_CHANGES_SHOWN]]
    more = len(group.changes) - _CHANGES_SHOWN
    note = ", ".join(texts) + (f" and {more} more" if more > 0 else "")
    label = element("span", breakable(group.name), class_="label")
    # A name made of settings says already how they differ.
    return Cell(
        [
            label,
            element("small", breakable(note))
            if note and "=" not in group.name
            else None,
        ]
    )


def _tag(group: Group) -> Cell:
    return Cell(render_tag(group))


def _means(
    groups: Sequence[Group],
    head: str,
    title: str,
    field: Callable[[Group], Estimate | None],
) -> Field:
    places = places_of([field(group) for group in groups])

    def cell(group: Group) -> Cell:
        found = field(group)
        if found is None:
            return Cell("-")
        text = fixed(found.mean, places, signed="gap" in head)
        return Cell(text, _exact(found.mean))

    return Field(head, cell, title)


def _epochs(head: str, title: str, field: Callable[[Group], float | None]) -> Field:
    return Field(head, lambda group: Cell(epoch_text(field(group))), title)


def _curves(view: View) -> Field:
    def cell(group: Group) -> Cell:
        if group.number > SPARKS_DRAWN:
            return Cell(None)
        curves = view.curves[group.number]
        return Cell(draw_spark(group.name, curves, view.comparison.mode))

    return Field("curves", cell, "train dashed, validation solid", False, "curves")


def _parameters(group: Group) -> Cell:
    return Cell(count(group.parameters), group.parameters)


def _seconds(group: Group) -> Cell:
    value = group.seconds_per_epoch
    return Cell(duration(value), None if value is None else _exact(value))


def _says_something(field: Field, groups: Sequence[Group]) -> bool:
    if field.kind in {"name", "curves"}:
        return True
    contents = (field.cell(group).content for group in groups)
    return any(content is not None and content != "-" for content in contents)


def _exact(value: float) -> str:
    return f"{value:.6g}"


def group_markup(view: View) -> list[Content]:
    """All groups, a body per experiment; each row knows its group's number."""
    comparison = view.comparison
    fields = table_fields(view)
    heads = [
        element(
            "th",
            field.head,
            field.axis,
            scope="col",
            class_=_kind(field),
            title=field.title or None,
        )
        for field in fields
    ]
    tied = _tied(comparison)
    cut = _last_tied(comparison, tied)
    marked = [] if cut or len(tied) + 1 == len(comparison.groups) else tied
    bodies: dict[int, list[Content]] = {}
    for group in comparison.groups:
        rows = bodies.setdefault(group.experiment, [])
        kind = "cut" if group is cut else "tied" if group in marked else None
        rows.append(_row(fields, group, kind))
    parts = [
        element("tbody", _experiment(number, len(bodies), len(fields)), rows)
        for number, rows in bodies.items()
    ]
    table = element(
        "table",
        element("caption", _caption(comparison), class_="unseen"),
        element("thead", element("tr", heads)),
        parts,
        class_="groups",
        id="table",
    )
    size = "scroll tall" if len(comparison.groups) > _ROWS_WITHOUT_BOX else "scroll"
    box = element("div", table, class_=size, tabindex=0)
    words = "Groups above the line cannot be told from the best." if cut else None
    words = "≈ cannot be told from the best" if marked else words
    note = element("p", words, class_="note small") if words else None
    return [_tools(), box, note]


def best_group(comparison: Comparison) -> Group | None:
    """The best of the largest experiment, however the table is sorted."""
    rated = [
        (group.score.mean, group)
        for group in comparison.groups
        if group.score is not None and group.experiment == 1
    ]
    choose = max if comparison.mode == "max" else min
    return choose(rated, key=lambda pair: pair[0], default=(0.0, None))[1]


def _tied(comparison: Comparison) -> list[Group]:
    """Those that cannot be told from the best; of single runs, nothing can be said."""
    best = best_group(comparison)
    if best is None or best.n == 1:
        return []
    return [group for group in comparison.groups if group.is_tied and group != best]


def _last_tied(comparison: Comparison, tied: Sequence[Group]) -> Group | None:
    """The last of those that cannot be told from the best, if all follow it."""
    best, *others = comparison.groups
    is_ranked = best is best_group(comparison)
    follow = tuple(others[: len(tied)]) == tuple(tied)
    return (
        tied[-1] if tied and is_ranked and follow and len(tied) < len(others) else None
    )


def _row(fields: Sequence[Field], group: Group, kind: str | None) -> Markup:
    cells: list[Content] = []
    for field in fields:
        cell = field.cell(group)
        has_value = cell.value is not None and str(cell.value) != cell.content
        is_name = field.kind == "name"
        cells.append(
            element(
                "th" if is_name else "td",
                cell.content,
                class_=_kind(field) or None,
                data_v=cell.value if has_value else None,
                scope="row" if is_name else None,
            )
        )
    return element("tr", cells, data_g=group.number, class_=kind)


def _experiment(number: int, experiments: int, width: int) -> Markup | None:
    if experiments == 1:
        return None
    words = f"Experiment {number}: measured in its own way, and ranked on its own"
    return element("tr", element("th", words, colspan=width), class_="experiment")


def _caption(comparison: Comparison) -> str:
    return f"Groups by {one_line(comparison.metric)}"


def _kind(field: Field) -> str:
    return f"{'num' if field.is_number else ''} {field.kind}".strip()


def _tools() -> Markup:
    """What only works with a script, and stays hidden without one."""
    field = element(
        "input",
        type="search",
        id="filter",
        placeholder="words, such as overfit",
        autocomplete="off",
        spellcheck="false",
    )
    pages = element(
        "span",
        element("button", "Previous", type="button", id="previous"),
        element("button", "Next", type="button", id="next"),
        id="pages",
        hidden=True,
    )
    return element(
        "div",
        element("label", "Filter", field, for_="filter"),
        element("output", id="shown", aria_live="polite"),
        pages,
        element("button", "Table as CSV", type="button", id="table-csv"),
        element("button", "Curves as CSV", type="button", id="curves-csv"),
        class_="tools",
        id="tools",
        hidden=True,
    )
