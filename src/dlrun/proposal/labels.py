"""What the label is: classes, numbers, or several labels of a row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from dlrun.data.class_names import name_classes, possible_classes
from dlrun.errors import RunError
from dlrun.proposal.numeric import TOO_LARGE, far_away, skewness
from dlrun.proposal.plan import percent
from dlrun.proposal.thousands import doubtful_number
from dlrun.proposal.united import number_with_unit
from dlrun.proposal.wording import separator_of
from dlrun.writing import cut, listing, one_line
from dlrun.writing.flow import shown

if TYPE_CHECKING:
    from dlrun.proposal.sample import SampledColumn

Kind: TypeAlias = Literal["classes", "tags", "numbers"]
"""One of several classes; several labels that each hold or not; numbers."""
_CLASSES = 20
"""Whole numbers up to so many are classes."""
_ROWS_EACH = 5
_TOLD = 4
_SINGLE = 20
"""Classes of one row, at most, that are left out."""
_RARE = 0.2
"""A class is rare that has less than this of an equal share."""
_NAMES = 0.5
"""Of so many rows a text is another one: it names them."""


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """What is to be learned, and what was seen of it."""

    columns: tuple[str, ...]
    stated: object
    """As it stands under `labels`."""
    kind: Kind
    why: str
    counts: Mapping[str, int] = field(default_factory=dict)
    """Of classes, as many rows as were read have each."""
    gaps: int = 0
    """The rows without a label, of those that were read."""
    listed: tuple[str, ...] | None = None
    """The classes where the config must list them."""
    notes: tuple[str, ...] = ()
    """What a person should know, a sentence each."""
    units: int | None = None
    """How many labels there are, where the table is too large to ask it each time."""

    @property
    def is_rare(self) -> bool:
        """Whether a class has so few rows that it would be left aside."""
        if self.kind != "classes" or not self.counts:
            return False
        return self.least * len(self.counts) < _RARE * sum(self.counts.values())

    @property
    def least(self) -> int:
        """The rows of the rarest class."""
        return min(self.counts.values(), default=0)


def plan_labels(columns: Sequence[SampledColumn], file: str) -> LabelPlan:
    """Say what the labels are.

    Args:
        columns: one, or several.
        file: the name of the table.

    Raises:
        RunError: nothing can be learned of them.
    """
    if len(columns) > 1:
        return _several(columns)
    column = columns[0]
    if len(column.texts) < 2:  # noqa: PLR2004
        told = (
            f"is always {shown(column.texts[0])}" if column.texts else "has gaps only"
        )
        message = f"the column {shown(column.name)} of {file} {told}"
        raise RunError(message, hint="name another column with --labels")
    if column.values is not None:
        return _of_numbers(column)
    doubt = doubtful_number(column) or number_with_unit(column)
    if doubt is not None:
        message = f"the column {shown(column.name)} of {file} cannot be learned yet"
        raise RunError(message, hint=doubt)
    separator = None if column.is_boolean else separator_of(column)
    if separator is not None:
        return _of_tags(column, separator)
    if len(column.texts) > _NAMES * column.known:
        message = (
            f"the column {shown(column.name)} of {file} has {len(column.texts):,} "
        )
        message += f"different texts in {column.known:,} rows: it names rows, and is "
        message += "no class that could be learned"
        raise RunError(message, hint="name another column with --labels")
    return _classes(column)


def _of_numbers(column: SampledColumn) -> LabelPlan:
    assert column.values is not None  # noqa: S101 - the caller has looked
    distinct = len(column.texts)
    enough = column.known >= _ROWS_EACH * distinct
    if column.is_whole and (distinct == 2 or (distinct <= _CLASSES and enough)):  # noqa: PLR2004
        return _classes(column)
    return _numbers([column])


def _classes(column: SampledColumn) -> LabelPlan:
    named = _class_names(column)
    counts: dict[str, int] = {}
    for text, count in column.commonest(len(column.texts)):
        counts[named[text]] = counts.get(named[text], 0) + count
    listed = None
    if column.values is not None and column.values.min() < 0:
        listed = tuple(sorted(counts, key=float))
    elif possible_classes(column.texts) is None:
        few = listing([one_line(one) for one in column.texts], 3)
        message = f"the column {shown(column.name)} mixes what cannot be classes: {few}"
        raise RunError(message, hint="name another column, or repair the labels")
    notes = []
    if column.values is not None and len(counts) > 2:  # noqa: PLR2004
        notes.append(
            "whole numbers, taken for classes; to learn their size: Dense: 1, loss: mse"
        )
    return LabelPlan(
        (column.name,),
        column.name,
        "classes",
        told_classes(counts),
        counts,
        column.gaps,
        listed,
        tuple(notes),
    )


def told_classes(counts: Mapping[str, int]) -> str:
    """The classes, the most frequent first, as far as they fit into a comment."""
    first = [f"{cut(one_line(one), 30)} {count:,}" for one, count in counts.items()]
    rest = len(first) - _TOLD
    if rest > 1:
        least = min(counts.values())
        first = [*first[: _TOLD - 1], f"{rest + 1} more, down to {least:,}"]
    return f"{len(counts)} classes: {', '.join(first)}"


def _class_names(column: SampledColumn) -> dict[str, str]:
    """What dlrun calls the class of each text: `1.0` is `1` where all are numbers."""
    return dict(zip(column.texts, name_classes(column.texts).names, strict=True))


def _of_tags(column: SampledColumn, separator: str) -> LabelPlan:
    counts: dict[str, int] = {}
    for text, count in column.commonest(len(column.texts)):
        for tag in text.split(separator):
            counts[tag.strip()] = counts.get(tag.strip(), 0) + count
    tags: dict[str, object] = {"column": column.name}
    if separator != ";":
        tags["separator"] = separator
    if column.gaps:
        tags["missing"] = "ignore"
    stated = {"multi_hot": column.name if len(tags) == 1 else tags}
    why = f"{len(counts)} tags, several in a cell: each is a label of its own"
    return LabelPlan((column.name,), stated, "tags", why, counts)


def without_single_rows(
    plan: LabelPlan, column: SampledColumn, used: Collection[str]
) -> tuple[LabelPlan, frozenset[str]]:
    """Leave out classes of one row, which cannot both train and validate.

    Args:
        plan: what the labels are.
        column: the labels of all rows.
        used: the texts of other columns.

    Returns:
        The plan, and the texts that are to mean a gap.

    Raises:
        RunError: too little would be left, or other columns have such texts.
    """
    named = _class_names(column)
    single = [text for text in column.texts if plan.counts.get(named[text]) == 1]
    names = {named[text] for text in single}
    if plan.kind != "classes" or not single:
        return plan, frozenset()
    counts = {name: one for name, one in plan.counts.items() if name not in names}
    told = f"of {listing(sorted(names), 3)} there is one row alone"
    if len(counts) < 2 or len(single) > _SINGLE or not {*used}.isdisjoint(single):  # noqa: PLR2004
        message = f"{told}: a class needs rows that train and rows that validate"
        raise RunError(message, hint="remove these rows, or join the classes to others")
    note = f"{told}, too few to train and to validate: `missing` leaves them out"
    notes = (*plan.notes, note)
    why = told_classes(counts)
    gaps = plan.gaps + len(single)
    return replace(plan, counts=counts, why=why, gaps=gaps, notes=notes), frozenset(
        single
    )


def _several(columns: Sequence[SampledColumn]) -> LabelPlan:
    names = tuple(column.name for column in columns)
    for column in columns:
        if column.values is None and not column.is_boolean:
            message = f"several labels are numbers, but {shown(column.name)} has "
            message += shown(column.texts[0]) if column.texts else "gaps only"
            raise RunError(message, hint="name one column of classes, or numbers alone")
    if all(set(column.texts) <= {"0", "1"} for column in columns):
        shares = [f"{percent(float(column.numbers.mean()))}" for column in columns
                  if column.numbers is not None]  # fmt: skip
        why = f"labels that each hold or not: {listing(shares)} of the rows"
        gaps = max(column.gaps for column in columns)
        return LabelPlan(names, list(names), "tags", why, gaps=gaps)
    return _numbers(columns)


def _numbers(columns: Sequence[SampledColumn]) -> LabelPlan:
    import numpy as np

    names = tuple(column.name for column in columns)
    told, notes = [], []
    for column in columns:
        assert column.numbers is not None  # noqa: S101 - the caller has looked
        known = column.numbers[~np.isnan(column.numbers)]
        largest = float(np.abs(known).max())
        if largest > TOO_LARGE:
            message = f"the column {shown(column.name)} has numbers as large as "
            message += f"{largest:g}, too large to be learned"
            raise RunError(message, hint="remove these rows, or write their logarithm")
        told.append(f"{known.min():.4g} to {known.max():.4g}, mean {known.mean():.4g}")
        distinct = len(column.texts)
        if column.is_whole and distinct <= 1000 and len(columns) == 1:  # noqa: PLR2004
            notes.append(f"{distinct:,} different whole numbers: a number, not a class")
        far = far_away(known)
        if len(far):
            rows = "1 row has" if len(far) == 1 else f"{len(far):,} rows have"
            notes.append(
                f"{rows} a {column.name} far from all others, as {far[0]:g}: remove "
                "what is a mistake, for it outweighs them"
            )
        elif known.min() >= 0 and skewness(known) > 2:  # noqa: PLR2004
            notes.append("most are small: scale_labels: log weighs errors by ratio")
    return LabelPlan(
        names,
        names[0] if len(names) == 1 else list(names),
        "numbers",
        f"numbers, {'; '.join(told[:2])}",
        gaps=max(column.gaps for column in columns),
        notes=tuple(dict.fromkeys(notes)),
    )
