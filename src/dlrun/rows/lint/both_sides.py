"""Rows of one person, or of one day, that train and validate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import dlrun.rows.lint.chance as by
from dlrun.components.sources.table import Table
from dlrun.components.words import shown
from dlrun.data.keep import Keep
from dlrun.data.role_names import names_groups, names_times
from dlrun.rows.lint.linted_column import mid_ranks
from dlrun.rows.lint.rule import LintRule, Oddity
from dlrun.writing.flow import paste

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.encoders import ColumnEncoder
    from dlrun.components.sources import Source
    from dlrun.experiment.data import DataSpec
    from dlrun.rows.lint.linted_rows import LintedRows
    from dlrun.rows.lint.target import Target

_GROUPS = 20
_ROWS_EACH = 1.5
"""Rows of a group on average, at least."""
_SHARE, _ROWS_AT_LEAST = 0.1, 5
"""Of the validation rows so many have companions among the train rows."""
_ALIKE = 0.1
"""How much more alike labels of a group are: 0 as by chance, 1 all are equal."""
_PARTS = 4
"""Numbers are alike that are in one quarter of all."""
_BY_NAME = frozenset({"hash", "multi_hot", "one_hot", "ordinal", "cross"})
"""The encoders by which a model is meant to know each by its name."""


def watching(data: DataSpec, source: Source) -> Source:
    """The source, keeping the columns by which rows may belong together.

    Args:
        data: what becomes of columns; a column that a model knows by name is meant to
            be known.
        source: of the rows.
    """
    if not isinstance(source, Table):
        return source
    facts = source.describe()
    names = [*(facts.feature_names or ()), *facts.roles]
    labels = {name for name, role in facts.roles.items() if role == "labels"}
    watched = [
        name
        for name in names
        if (names_groups(name) or names_times(name))
        and name not in labels
        and not _is_known(data.columns or {}, name)
    ]
    return source.keeping(Keep(tuple(watched)))


def _is_known(columns: Mapping[str, Sequence[ColumnEncoder]], name: str) -> bool:
    return any(one.key in _BY_NAME for one in columns.get(name, ()))


@dataclass(frozen=True, slots=True)
class _Groups:
    """The rows of both parts by what they have in common."""

    column: str
    codes: NDArray[np.int64]
    """`(train and validation rows,)` the group of each."""
    is_held: NDArray[np.bool_]
    is_of_days: bool

    @property
    def noun(self) -> str:
        """What a group is: a day, or a value of the column."""
        return "day" if self.is_of_days else f"value of {shown(self.column)}"


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Columns of which one value is on both sides, where labels of one are alike."""
    split = linted.data.split
    if linted.held is None or (split is not None and split.time is not None):
        return
    watched = [*_groups(linted)]
    if split is not None and split.by is not None:
        watched = [one for one in watched if not one.is_of_days]
    border = by.unlikely_from(len(watched) * len(linted.targets))
    for groups in watched:
        told = (_told(groups, target, border) for target in linted.targets)
        words = next(filter(None, told), None)
        if words is not None:
            yield Oddity(
                linted.divided.origins["validation"], words, _cure(linted, groups)
            )


def _groups(linted: LintedRows) -> Iterator[_Groups]:
    """The columns whose values recur, of those that are watched."""
    import numpy as np

    held = linted.held
    assert held is not None  # noqa: S101 - the caller has looked
    for name, cells in linted.train.kept.items():
        both = [str(cell).strip() for cell in (*cells, *held.kept.get(name, ()))]
        if len(both) != len(linted.train) + len(held) or "" in both:
            continue
        days = _days(both)
        if days is None and not names_groups(name):
            continue
        _, codes = np.unique(np.array(days or both), return_inverse=True)
        count = int(codes.max()) + 1
        if count >= _GROUPS and _ROWS_EACH * count <= len(codes):
            is_held = np.arange(len(codes)) >= len(linted.train)
            yield _Groups(name, codes, is_held, days is not None)


def _days(cells: Sequence[str]) -> list[str] | None:
    """The day of each of some times; `None`: these are no dates of ISO 8601."""
    known: dict[str, str] = {}
    for cell in cells:
        if cell in known:
            continue
        if cell.isdigit():
            return None
        try:
            known[cell] = datetime.fromisoformat(cell).date().isoformat()
        except ValueError:
            return None
    return [known[cell] for cell in cells]


def _told(groups: _Groups, target: Target, border: float) -> str | None:
    """What to say of labels that are alike in a group; `None`: as chance has it."""
    import numpy as np

    codes, is_held = groups.codes, groups.is_held
    trains = np.bincount(codes, ~is_held) > 0
    shared = is_held & trains[codes]
    count, rows = int(shared.sum()), int(is_held.sum())
    if count < max(_ROWS_AT_LEAST, _SHARE * rows):
        return None
    kinds = _kinds(np.concatenate([target.train, target.held]), target)
    if len(kinds) != len(codes):
        return None
    size = (int(codes.max()) + 1, int(kinds.max()) + 1)
    flat = np.bincount(codes * size[1] + kinds, minlength=size[0] * size[1])
    table = flat.reshape(size)
    table = table[:, table.any(axis=0)]
    if table.shape[1] < 2:  # noqa: PLR2004 - one kind tells nothing
        return None
    same, chance = _pairs(table)
    alike = (same - chance) / (1 - chance)
    if alike < _ALIKE or by.homogeneity(table) <= border:
        return None
    what = "the same class" if target.classes else "labels of one quarter of all"
    return (
        f"{count} of {rows} validation rows ({count / rows:.0%}) have a {groups.noun} "
        f"that train rows have, too, and rows of one {groups.noun} have {what}"
        f"{target.of} in {same:.0%} of their pairs, by chance in {chance:.0%}: a model "
        "is asked about what it knows"
    )


def _kinds(labels: NDArray[np.float64], target: Target) -> NDArray[np.int64]:
    """`(rows,)` the class of each, or the quarter in which a number lies."""
    import numpy as np

    if target.classes is not None:
        return labels.astype("int64")
    return np.minimum(_PARTS - 1, _PARTS * mid_ranks(labels)).astype("int64")


def _pairs(table: NDArray[np.int64]) -> tuple[float, float]:
    """How often two rows of a group are of one kind, and how often any two are."""
    import numpy as np

    sizes = table.sum(axis=1)
    pairs = float((sizes * (sizes - 1)).sum())
    same = float((table * (table - 1)).sum()) / max(1.0, pairs)
    shares = table.sum(axis=0) / table.sum()
    return same, float(np.square(shares).sum())


def _cure(linted: LintedRows, groups: _Groups) -> str:
    """What to write so that a group is on one side."""
    split, fit, name = linted.data.split, linted.fit, groups.column
    if linted.data.validation is not None or (split is not None and split.column):
        return f"let all rows of one {groups.noun} stand in one part"
    if fit.validation_split is not None:
        shares = {"validation": fit.validation_split, "by": name}
        return paste("data", {"split": shares}, ", and remove fit.validation_split")
    written = {} if split is None else split.model_dump(exclude_none=True)
    stated = {key: value for key, value in written.items() if value}
    if groups.is_of_days and len({*linted.train.kept[name]}) > groups.codes.max() + 1:
        return paste("data", {"split": {**stated, "time": name}})
    return paste("data", {"split": {**stated, "by": name}})


RULE = LintRule(
    "both-sides",
    "rows of one person or thing, or of one day, that train and validate, where their "
    "labels are alike",
    find,
)
