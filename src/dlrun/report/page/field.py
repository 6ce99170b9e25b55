"""The columns of the table of groups: what a cell shows, and what it is sorted by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dlrun.comparison import Comparison, Group
from dlrun.comparison.column import status
from dlrun.comparison.comparison import Change
from dlrun.diagnosis import find_verdict
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
from dlrun.report.drawing.whisker import draw_whisker, whisker_axis, whisker_frame
from dlrun.report.section import change_words
from dlrun.writing import count, duration, one_line

SPARKS_DRAWN = 60
"""So many rows have their small curves in the file; a script draws the others."""
_CHANGES_SHOWN = 3
_VERDICT_TITLE = "what the curves say; overfit@9 3/5: in 3 of 5 runs, from epoch 9 on"


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


def table_fields(comparison: Comparison) -> list[Field]:
    """The columns in their order, without those that would say nothing."""
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
        _curves(comparison),
        Field("parameters", _parameters),
        Field("s/epoch", _seconds, "seconds per epoch, the median"),
    ]
    if any(status(group) != "finished" for group in groups):
        fields.append(Field("status", lambda one: Cell(status(one)), is_number=False))
    return [field for field in fields if _says_something(field, groups)]


def tag_kind(verdict: str | None) -> str:
    """The class of a verdict's colour; its words say the same."""
    if verdict is None:
        return "unknown"
    known = find_verdict(verdict)
    return "warned" if known is None else known.colour


def render_tag(group: Group) -> Markup | None:
    """The verdict in a word."""
    if not group.tag:
        return None
    return element("span", group.tag, class_=f"tag {tag_kind(group.verdict)}")


def change_arrow(change: Change) -> str:
    """`rate 0 → 0.5`."""
    return change_words(change, "→")


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
    texts = [change_arrow(one) for one in group.changes[:_CHANGES_SHOWN]]
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


def _curves(comparison: Comparison) -> Field:
    def cell(group: Group) -> Cell:
        if group.number > SPARKS_DRAWN:
            return Cell(None)
        curves = comparison.curves(group)
        return Cell(draw_spark(group.name, curves, comparison.mode))

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
