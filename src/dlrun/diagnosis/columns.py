"""Columns of a table that stand out, in the words of a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.diagnosis.facts import FEW_ROWS
from dlrun.writing import listing

if TYPE_CHECKING:
    from dlrun.diagnosis.facts import RunFacts

_TOLD = 3
"""Columns and categories that are told one by one."""


def unscaled_words(facts: RunFacts) -> str:
    """What nothing scales, though other columns are small; empty: not known.

    As a format: braces in names are doubled.
    """
    sizes = facts.unscaled_columns
    if not sizes:
        return ""
    if len(sizes) == 1:
        ((name, size),) = sizes.items()
        words = f'the column "{name}", whose root mean square is {size:.3g}'
    else:
        told = listing((f'"{name}" {size:.3g}' for name, size in sizes.items()), _TOLD)
        words = f"{len(sizes)} columns, whose root mean squares are large: {told}"
    return _literal(f"Nothing scales {words}")


def rare_words(facts: RunFacts) -> str:
    """A sentence on categories that few train rows have, behind another; or none."""
    told = [
        f'{one.count} of {one.of} of "{name}" ('
        + listing((f"{key}: {rows}" for key, rows in one.few.items()), _TOLD)
        + ")"
        for name, one in facts.rare_categories.items()
    ]
    if not told:
        return ""
    words = f" Categories of fewer than {FEW_ROWS} train rows: {listing(told, _TOLD)}."
    return _literal(words)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
