"""A class that is called as gaps are: rows without a label, taken for a class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.components.sources.table import Table
from dlrun.components.words import shown
from dlrun.rows.lint.rule import LintRule, Oddity
from dlrun.writing import listing
from dlrun.writing.flow import paste

if TYPE_CHECKING:
    from dlrun.rows.lint.linted_rows import LintedRows


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Classes such as `NA`; nothing where the config says what is a gap, or a class."""
    source = linted.data.source
    if not isinstance(source, Table) or source.missing is not None:
        return
    if source.missing_labels == "drop" or linted.data.classes:
        return
    for target in linted.targets:
        if target.classes is None or not target.is_of_classes:
            continue
        counts = target.counts(target.train)
        gaps = [name for name in target.classes if name in source.gap_texts]
        if gaps:
            told = listing([f"{shown(name)} ({counts[name]})" for name in gaps])
            yield Oddity(
                linted.divided.origins["labels"],
                f"class {told} of {len(target.train)} train rows{target.of} is called "
                "as a gap is: rows without a label are learned as a class of their own",
                paste(f"data.{source.key}", {"missing_labels": "drop"}),
            )


RULE = LintRule(
    "gap-as-class",
    "a class that is called as gaps are, such as `NA`; if it is one, list it in "
    "`data.classes`",
    find,
)
