"""The table of groups: who is best, how sure that is, and who overfits since when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dlrun.report.comparison import Change, Comparison, Group
from dlrun.report.layout import count, number, one_line
from dlrun.report.page.markup import Content, Markup, element, join
from dlrun.report.page.panel import draw_spark
from dlrun.report.page.whisker import (
    draw_whisker,
    interval_words,
    measured,
    range_words,
    whisker_axis,
    whisker_frame,
)

SPARKS_DRAWN = 60
"""So many rows have their small curves in the file; a script draws the others."""
_ROWS_WITHOUT_BOX = 40
_CHANGES_SHOWN = 3
_MANY_SECONDS = 10
_FINE = frozenset({"GOOD_FIT", "TOO_SHORT", "NOT_JUDGED", None})
_BROKEN = frozenset({"DIVERGED", "EXPLODING_GRADIENT", "CONSTANT_PREDICTION"})


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, and what it is sorted and exported by."""

    content: Content
    value: str | int | None = None
    """None: what it shows."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the table."""

    head: str
    cell: Callable[[Group], Cell]
    title: str = ""
    """What the head means, in a sentence."""
    is_number: bool = True
    kind: str = ""
    axis: Markup | None = None
    """Below the head, for a column of pictures."""


def render_table(comparison: Comparison) -> Markup:
    """All groups, a body per experiment; each row knows its group's number."""
    fields = _fields(comparison)
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
    cut = _last_tied(comparison.groups)
    bodies: dict[int, list[Content]] = {}
    for group in comparison.groups:
        rows = bodies.setdefault(group.experiment, [])
        rows.append(_row(comparison, fields, group, group is cut))
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
    words = "Groups above the line cannot be told from the best."
    return join([box, element("p", words, class_="note cut-note") if cut else None])


def tag_kind(verdict: str | None) -> str:
    """The class of a verdict's colour; its words say the same."""
    if verdict in _FINE:
        return "fine" if verdict == "GOOD_FIT" else "unknown"
    return "broken" if verdict in _BROKEN else "warned"


def render_tag(group: Group) -> Markup | None:
    """The verdict in a word."""
    if not group.tag:
        return None
    return element("span", group.tag, class_=f"tag {tag_kind(group.verdict)}")


def changes_text(changes: Sequence[Change]) -> str:
    """How a config differs, in one line: `rate 0 → 0.5, units 16 → 64`."""
    texts = [
        f"{one.head} {one_line(one.before)} → {one_line(one.after)}"
        for one in changes[:_CHANGES_SHOWN]
    ]
    more = len(changes) - _CHANGES_SHOWN
    return ", ".join(texts) + (f" and {more} more" if more > 0 else "")


def _last_tied(groups: Sequence[Group]) -> Group | None:
    """The last of those that cannot be told from the best, if all stand together."""
    ties = [at for at, group in enumerate(groups) if group.is_tied]
    if not ties or ties[-1] != len(ties) or groups[0].number != 1:
        return None
    return groups[ties[-1]] if ties[-1] + 1 < len(groups) else None


def _row(
    comparison: Comparison, fields: Sequence[Field], group: Group, is_cut: bool
) -> Markup:
    cells: list[Content] = []
    for field in fields:
        cell = field.cell(group)
        shown = one_line(cell.content) if isinstance(cell.content, str) else None
        has_value = cell.value is not None and str(cell.value) != shown
        cells.append(
            element(
                "th" if field.kind == "name" else "td",
                cell.content,
                class_=_kind(field) or None,
                data_v=cell.value if has_value else None,
                scope="row" if field.kind == "name" else None,
            )
        )
    kind = "cut" if is_cut else None
    return element("tr", cells, data_g=group.number, class_=kind)


def _fields(comparison: Comparison) -> list[Field]:
    groups = comparison.groups
    fields = [
        Field("#", lambda group: Cell(str(group.number)), kind="rank"),
        Field("group", lambda group: _name(comparison, group), "", False, "name"),
        *_score_fields(comparison),
        Field("verdict", _tag, "what its curves say", is_number=False, kind="verdict"),
        _numbers("epoch", lambda group: group.best_epoch, "best epoch, the median", 0),
        _estimates("train", lambda group: group.train, "on the train rows, same epoch"),
        _estimates("gap", lambda group: group.gap, "validation minus train"),
        _estimates("end gap", lambda group: group.gap_at_end, "at the last epoch"),
        _numbers("onset", lambda group: group.onset, "overfitting begins, epoch", 0),
        _numbers(
            "after", lambda group: group.wasted_epochs, "epochs after the best", 0
        ),
        Field("curves", lambda group: _spark(comparison, group), "", False, "curves"),
        Field("parameters", _parameters),
        Field("s/epoch", _seconds, "seconds per epoch, the median"),
    ]
    if any(set(group.states) - {"finished"} for group in groups):
        fields.append(Field("status", _status, is_number=False))
    return [field for field in fields if _has_any(field, groups)]


def _score_fields(comparison: Comparison) -> Iterable[Field]:
    groups = comparison.groups
    frame = whisker_frame((one.score for one in groups), mode=comparison.mode)
    best = next((group.score for group in groups if group.score), None)
    zero = best.mean if best else None

    def whisker(group: Group) -> Cell:
        if group.score is None:
            return Cell(None)
        return Cell(draw_whisker(frame, group.score, zero=zero))

    title = "mean over seeds and half the width of its 95 % interval"
    yield Field(comparison.metric, _score, title, kind="score")
    head = "95 % interval" if any(group.n > 1 for group in groups) else ""
    yield Field(head, whisker, "", False, "picture", whisker_axis(frame))
    against = comparison.baseline
    name = next((one.name for one in groups if one.number == against), "the best")
    yield Field("difference", _difference, f"against {name}", kind="difference")


def _name(comparison: Comparison, group: Group) -> Cell:
    changes = changes_text(group.changes)
    note = "baseline" if group.number == comparison.baseline else changes
    parts = [element("span", group.name, class_="label")]
    if note and note != group.name:
        parts.append(element("small", note))
    return Cell(parts)


def _tag(group: Group) -> Cell:
    return Cell(render_tag(group))


def _score(group: Group) -> Cell:
    score = group.score
    if score is None:
        return Cell("-")
    size = element("small", f" (n={score.n})")
    return Cell([measured(score), size], _exact(score.mean))


def _difference(group: Group) -> Cell:
    found = group.difference
    if found is None:
        return Cell(None)
    mean = number(found.mean, signed=True)
    words = found.word or range_words(found)
    if not words:
        return Cell(mean, _exact(found.mean))
    note = element("small", words, title=interval_words(found))
    return Cell([mean, note], _exact(found.mean))


def _estimates(head: str, field: Callable[[Group], object], title: str) -> Field:
    def cell(group: Group) -> Cell:
        mean = getattr(field(group), "mean", None)
        signed = "gap" in head
        if mean is None:
            return Cell("-")
        return Cell(number(mean, signed=signed), _exact(mean))

    return Field(head, cell, title)


def _numbers(
    head: str,
    field: Callable[[Group], float | None],
    title: str,
    decimals: int | None = None,
) -> Field:
    def cell(group: Group) -> Cell:
        value = field(group)
        if value is None:
            return Cell("-")
        text = number(value) if decimals is None else f"{value:g}"
        return Cell(text, _exact(value))

    return Field(head, cell, title)


def _spark(comparison: Comparison, group: Group) -> Cell:
    if group.number > SPARKS_DRAWN:
        return Cell(None)
    return Cell(draw_spark(group.name, comparison.curves(group), comparison.mode))


def _parameters(group: Group) -> Cell:
    return Cell(count(group.parameters), group.parameters)


def _seconds(group: Group) -> Cell:
    value = group.seconds_per_epoch
    if value is None:
        return Cell("-")
    text = f"{value:.2f}" if value < _MANY_SECONDS else f"{value:,.0f}"
    return Cell(text, _exact(value))


def _status(group: Group) -> Cell:
    return Cell(_states_text(group.states))


def _states_text(states: Mapping[str, int]) -> str:
    if len(states) == 1:
        return next(iter(states))
    return ", ".join(f"{many} {state}" for state, many in states.items())


def _has_any(field: Field, groups: Sequence[Group]) -> bool:
    """Whether the column says something of at least one group."""
    if field.kind in {"name", "curves"}:
        return True
    contents = (field.cell(group).content for group in groups)
    return any(content is not None and content != "-" for content in contents)


def _experiment(number: int, experiments: int, width: int) -> Markup | None:
    if experiments == 1:
        return None
    words = f"Experiment {number}: measured on its own, ranked on its own"
    return element("tr", element("th", words, colspan=width), class_="experiment")


def _caption(comparison: Comparison) -> str:
    return f"Groups by {one_line(comparison.metric)}, the best first"


def _kind(field: Field) -> str:
    return f"{'num' if field.is_number else ''} {field.kind}".strip()


def _exact(value: float) -> str:
    return f"{value:.6g}"
