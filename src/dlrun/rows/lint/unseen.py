"""Categories that only validation rows have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.components.words import choices, shown
from dlrun.rows.lint.rule import LintRule, Oddity

if TYPE_CHECKING:
    from dlrun.rows.lint.linted_column import LintedColumn
    from dlrun.rows.lint.linted_rows import LintedRows

_OF_A_CATEGORY = frozenset({"hash", "one_hot", "ordinal"})
"""The encoders for which a cell is a category. Without `unknown` they refuse those that
no train row has."""
_SHARE = 0.1
_ROWS_AT_LEAST = 5
_NAMED = 3


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Columns of which many validation rows have a category that no train row has.

    What `unknown` says answers a few of these, and not a tenth of the rows.
    """
    for column in linted.columns:
        unseen = _unseen(column)
        count, rows = sum(unseen.values()), len(column.held)
        if count < max(_ROWS_AT_LEAST, _SHARE * rows):
            continue
        names = choices((shown(name) for name, _ in unseen.most_common(_NAMED)))
        yield Oddity(
            linted.path_of(column.name),
            f"column {shown(column.name)}: {count} of {rows} validation rows "
            f"({count / rows:.0%}) have one of {len(unseen)} categories that no train "
            f"row has, as {names}: of these nothing was learned",
            f"train on rows that have them, or {linted.drop([column.name])}",
        )


def _unseen(column: LintedColumn) -> Counter[str]:
    if not column.is_text or not any(
        one.key in _OF_A_CATEGORY for one in column.encoders
    ):
        return Counter()
    known = {"", *column.train.tolist()}
    return Counter(cell for cell in column.held.tolist() if cell not in known)


RULE = LintRule(
    "unseen-categories",
    "a column of which a tenth of the validation rows have categories that no train "
    "row has",
    find,
)
