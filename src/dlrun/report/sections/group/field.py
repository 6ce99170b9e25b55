"""The columns of the groups on the page: what cells show and are sorted by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch

from dlrun.comparison import GROUP_COLUMNS, Comparison, Group
from dlrun.comparison.shown import (
    AsBestEpoch,
    AsCount,
    AsCurve,
    AsDifference,
    AsDuration,
    AsEpoch,
    AsMean,
    AsName,
    AsNumber,
    AsScore,
    AsTag,
    AsWords,
    Shown,
)
from dlrun.estimates import (
    center_text,
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
from dlrun.report.sections.section import View, places_by_group
from dlrun.writing import count, duration, one_line

SPARKS_DRAWN = 60
"""So many rows have their small curves in the file; a script draws the others."""
_CHANGES_SHOWN = 3


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
    """Its class, which style and script know."""
    axis: Markup | None = None
    """Below the head, for a column of pictures."""

    @property
    def class_name(self) -> str:
        """All of its classes."""
        return f"{'num' if self.is_number else ''} {self.kind}".strip()

    def says_something(self, groups: Sequence[Group]) -> bool:
        """Whether any group has more in it than a dash."""
        if self.kind in {"name", "curves"}:
            return True
        contents = (self.cell(group).content for group in groups)
        return any(content is not None and content != "-" for content in contents)


def page_fields(view: View) -> list[Field]:
    """The columns from left to right, without those that would say nothing."""
    placed = [
        (column.shown.on_page, column.shown)
        for column in GROUP_COLUMNS
        if column.shown is not None and column.shown.on_page is not None
    ]
    ordered = [shown for _, shown in sorted(placed, key=lambda pair: pair[0])]
    fields = [field for shown in ordered for field in fields_of(shown, view)]
    groups = view.comparison.groups
    return [field for field in fields if field.says_something(groups)]


@singledispatch
def fields_of(shown: Shown, view: View) -> Iterator[Field]:
    """What the page shows of one column: one for each kind of `Shown`."""
    raise NotImplementedError


@fields_of.register(AsNumber)
def _(shown: AsNumber, _view: View) -> Iterator[Field]:
    yield Field(shown.head, lambda group: Cell(str(group.number)), kind="rank")


@fields_of.register(AsName)
def _(shown: AsName, _view: View) -> Iterator[Field]:
    yield Field(shown.head, _name, is_number=False, kind="name")


def _name(group: Group) -> Cell:
    texts = [change_words(change, ARROW) for change in group.changes[:_CHANGES_SHOWN]]
    more = len(group.changes) - _CHANGES_SHOWN
    note = ", ".join(texts) + (f" and {more} more" if more > 0 else "")
    label = element("span", breakable(group.name), class_="label")
    # A name made of settings says already how they differ.
    is_told = not note or "=" in group.name
    return Cell([label, None if is_told else element("small", breakable(note))])


@fields_of.register(AsWords)
def _(shown: AsWords, view: View) -> Iterator[Field]:
    if any(shown.of(group) != shown.usual for group in view.comparison.groups):
        yield Field(
            shown.head,
            lambda group: Cell(shown.of(group)),
            shown.title,
            is_number=False,
        )


@fields_of.register(AsScore)
def _(shown: AsScore, view: View) -> Iterator[Field]:
    """In figures, and as a picture where there is something to hold it against."""
    comparison = view.comparison
    groups = comparison.groups
    decimals = places_by_group(groups, lambda group: group.score, places_of)
    frame = whisker_frame((group.score for group in groups), mode=comparison.mode)
    base = _baseline(comparison)
    zero = base.score.mean if base and base.score else None
    has_seeds = any(group.n > 1 for group in groups)

    def figures(group: Group) -> Cell:
        if group.score is None:
            return Cell("-")
        mean = mean_text(group.score, decimals[group.number])
        size = None
        if has_seeds:
            size = element("small", f" ({group.score.size_text})")
        return Cell([mean, size], _exact(group.score.mean))

    def picture(group: Group) -> Cell:
        if group.score is None:
            return Cell(None)
        return Cell(draw_whisker(frame, group.score, zero=zero))

    metric = one_line(comparison.heading)
    head = shown.head.format(metric=metric)
    yield Field(head, figures, shown.title, kind="score")
    if sum(group.score is not None for group in groups) > 1:
        head = "95 % interval" if has_seeds else ""
        axis = whisker_axis(frame)
        yield Field(head, picture, is_number=False, kind="picture", axis=axis)


def _baseline(comparison: Comparison) -> Group | None:
    number = comparison.baseline
    return comparison.groups[number - 1] if number else None


@fields_of.register(AsDifference)
def _(shown: AsDifference, view: View) -> Iterator[Field]:
    groups, base = view.comparison.groups, _baseline(view.comparison)
    decimals = places_by_group(
        groups, lambda group: group.difference, places_of_changes
    )

    def cell(group: Group) -> Cell:
        difference = group.difference
        if difference is None:
            return Cell(element("small", "baseline") if group is base else None, "")
        places = decimals[group.number]
        mean = fixed(difference.mean, places, signed=True)
        if not difference.word:
            return Cell(mean, _exact(difference.mean))
        interval = change_text(difference, places)
        note = element("small", difference.word, title=interval)
        return Cell([mean, note], _exact(difference.mean))

    if base is not None:
        title = f"against {one_line(base.name)}"
        yield Field(shown.head, cell, title, kind="difference")


@fields_of.register(AsBestEpoch)
def _(shown: AsBestEpoch, _view: View) -> Iterator[Field]:
    yield Field(
        shown.head, lambda group: Cell(epoch_text(group.best_epoch)), shown.title
    )


@fields_of.register(AsEpoch)
def _(shown: AsEpoch, _view: View) -> Iterator[Field]:
    yield Field(
        shown.head, lambda group: Cell(epoch_text(shown.of(group))), shown.title
    )


@fields_of.register(AsMean)
def _(shown: AsMean, view: View) -> Iterator[Field]:
    decimals = places_by_group(view.comparison.groups, shown.of, places_of)

    def cell(group: Group) -> Cell:
        mean = shown.of(group)
        if mean is None:
            return Cell("-")
        text = center_text(mean, decimals[group.number], signed=shown.signed)
        return Cell(text, _exact(mean.mean))

    yield Field(shown.head, cell, shown.title)


@fields_of.register(AsTag)
def _(shown: AsTag, _view: View) -> Iterator[Field]:
    yield Field(
        shown.head,
        lambda group: Cell(render_tag(group)),
        shown.title,
        is_number=False,
        kind="verdict",
    )


@fields_of.register(AsCount)
def _(shown: AsCount, _view: View) -> Iterator[Field]:
    def cell(group: Group) -> Cell:
        return Cell(count(shown.of(group)), shown.of(group))

    yield Field(shown.head, cell, shown.title)


@fields_of.register(AsDuration)
def _(shown: AsDuration, _view: View) -> Iterator[Field]:
    def cell(group: Group) -> Cell:
        seconds = shown.of(group)
        return Cell(duration(seconds), None if seconds is None else _exact(seconds))

    yield Field(shown.head, cell, shown.title)


@fields_of.register(AsCurve)
def _(shown: AsCurve, view: View) -> Iterator[Field]:
    def cell(group: Group) -> Cell:
        if group.number > SPARKS_DRAWN:
            return Cell(None)
        curves = view.curves[group.number]
        return Cell(draw_spark(group.name, curves, view.comparison.mode))

    title = shown.title.format(curve=one_line(view.comparison.curve_name))
    yield Field(shown.head, cell, title, is_number=False, kind="curves")


def _exact(value: float) -> str:
    return f"{value:.6g}"
