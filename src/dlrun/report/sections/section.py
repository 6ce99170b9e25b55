"""What a section of a comparison is: what it says in each form, or why it is silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from dlrun.writing import bold, display_width, wrap

if TYPE_CHECKING:
    from pathlib import Path

    from dlrun.comparison import Comparison, Group, GroupCurves
    from dlrun.report.drawing.markup import Content
    from dlrun.studies.search.result import SearchResult

_Figure = TypeVar("_Figure")
SHOWN_WHOLE = 30
"""Of so many groups the terminal tells each; of more it sums up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a comparison is written."""

    width: int | None = None
    """Terminal columns that the tables must fit; None: all, however wide."""
    color: bool = False
    """Emphasize with terminal codes."""
    top: int | None = None
    """How many groups the table shows; None: 30, of more the best 20."""
    curves: bool = False
    """Draw the curves of more than four groups too."""
    ascii: bool = False
    """Only plain characters."""


@dataclass(frozen=True)
class View:
    """What every section is rendered from, in every form."""

    comparison: Comparison
    style: Style = field(default_factory=Style)
    search: SearchResult | None = None
    """The search whose trials the runs are; None: they are no trials of one search."""
    home: Path | None = None
    """The directory of the page, from which links lead on; None: there is none."""

    @cached_property
    def curves(self) -> Mapping[int, GroupCurves]:
        """The curves of all groups by their numbers; built when first asked for."""
        comparison = self.comparison
        return {group.number: comparison.curves(group) for group in comparison.groups}

    @property
    def is_long(self) -> bool:
        """Whether there are too many groups to tell each in a terminal."""
        return len(self.comparison.groups) > SHOWN_WHOLE


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing is said in this form, and that is meant."""

    reason: str

    def __bool__(self) -> Literal[False]:
        """It counts as nothing wherever a form is put together."""
        return False


_Said = TypeVar("_Said")
Form: TypeAlias = Callable[[View], _Said | Silent]
"""One form of a section; empty: it has nothing to say about this comparison."""


def silent(reason: str) -> Callable[[View], Silent]:
    """A form in which a section never says anything, and why."""
    return lambda _: Silent(reason)


NOT_PASTED = silent(
    "what is pasted into a pull request says what was found: verdict, warnings, table "
    "and gains"
)
"""The Markdown of the sections that explain and go deeper."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a part of the page; sections of one heading share the part."""

    id: str
    """What a link to it ends in."""
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSection:
    """Everything that is known of one section; renderings only loop over `SECTIONS`.

    A section that has something to say about a comparison says it in all four forms, or
    returns `Silent` with the reason.
    """

    name: str
    heading: Heading | None
    """On the page; None: the section stands in its head."""
    text: Form[list[str]]
    """Lines for a terminal, wrapped."""
    page: Form[Sequence[Content]]
    """Markup for the page, without its heading."""
    markdown: Form[list[str]]
    """Paragraphs, lists and tables; a blank line goes between them."""
    json: Form[dict[str, object]]
    """Values by their keys in the object that `--json` writes."""


def headed(head: str, body: Sequence[str], style: Style) -> list[str]:
    """Lines under their head; nothing where there are none."""
    if not body:
        return []
    wrapped = [part for line in body for part in _wrapped(line, style.width)]
    return [bold(head, color=style.color), *wrapped]


def _wrapped(line: str, width: int | None) -> list[str]:
    """Keep the columns of a table; break what is longer than a line."""
    if width is None or display_width(line) <= width:
        return [line]
    return wrap(line, width) if "  " not in line.strip() else [line]


def places_by_group(
    groups: Sequence[Group],
    of: Callable[[Group], _Figure],
    places: Callable[[Sequence[_Figure]], int | None],
) -> dict[int, int | None]:
    """The decimals of a figure of each group, by its number.

    Groups that measure the same share them; of others one may be in dollars, and one
    near 1.

    Args:
        groups: All that are shown.
        of: The figure of a group.
        places: The decimals that figures share.
    """
    figures: dict[int, list[_Figure]] = {}
    for group in groups:
        figures.setdefault(group.experiment, []).append(of(group))
    shared = {experiment: places(known) for experiment, known in figures.items()}
    return {group.number: shared[group.experiment] for group in groups}
