"""Classes with too few rows to be learned, or to be judged by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dlrun.components.words import shown
from dlrun.rows.lint.rule import LintRule, Oddity
from dlrun.writing import listing
from dlrun.writing.flow import paste

if TYPE_CHECKING:
    from dlrun.errors import ConfigPath
    from dlrun.rows.lint.linted_rows import LintedRows
    from dlrun.rows.lint.target import Target

_ROWS_TO_LEARN = 10
_ROWS_TO_JUDGE = 5
_OF_AN_EVEN_SHARE = 0.5
"""A class is rare that has fewer rows than half of what all would have alike."""
_MOST = 5


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Rare classes that many batches lack, or of which there are hardly any rows."""
    for target in linted.targets:
        if target.classes is not None and target.is_of_classes:
            yield from _in_training(linted, target)
            yield from _in_validation(linted, target)


def _in_training(linted: LintedRows, target: Target) -> Iterator[Oddity]:
    counts, rows = target.counts(target.train), len(target.train)
    batch, several = linted.fit.batch_size, len(linted.train.labels or ()) > 1
    output = target.output if several else None
    is_weighed = linted.fit.class_weights(output) is not None
    rare = _rare(counts)
    few = {name: count for name, count in rare.items() if count < _ROWS_TO_LEARN}
    if few:
        yield Oddity(
            _labels_of(linted),
            f"too few train rows to learn from: {_told(few)} of {rows}{target.of}",
            "add rows, or give it the name of another class in the file",
        )
    lacking = {} if is_weighed else {n: c for n, c in rare.items() if c * batch < rows}
    if lacking:
        least = max(lacking.values()) / rows
        value = {output: "balanced"} if output else "balanced"
        yield Oddity(
            ("fit", "batch_size"),
            f"{'at least ' * (len(lacking) > 1)}{(1 - least) ** batch:.0%} of the "
            f"batches of {batch} rows have no row of {_told(lacking)} of {rows} train "
            f"rows{target.of}",
            paste("fit", {"class_weight": value}),
        )


def _in_validation(linted: LintedRows, target: Target) -> Iterator[Oddity]:
    counts, rows = target.counts(target.held), len(target.held)
    few = {n: c for n, c in _rare(counts).items() if c < _ROWS_TO_JUDGE}
    if few:
        yield Oddity(
            linted.divided.origins["validation"],
            f"too few validation rows to judge by: {_told(few)} of {rows}{target.of}",
            "give validation a larger share, or add rows",
        )


def _labels_of(linted: LintedRows) -> ConfigPath:
    return linted.divided.origins["labels"]


def _rare(counts: Mapping[str, int]) -> dict[str, int]:
    """The classes that are there, and have far fewer rows than the others."""
    there = {name: count for name, count in counts.items() if count}
    even = sum(there.values()) / max(1, len(there))
    return {n: c for n, c in there.items() if c < _OF_AN_EVEN_SHARE * even}


def _told(counts: Mapping[str, int]) -> str:
    """`class "snow" (21 rows)`, and others."""
    named = sorted(counts.items(), key=lambda one: one[1])
    words = [f"{shown(name)} ({count})" for name, count in named]
    return f"class {listing(words, _MOST)}"


RULE = LintRule(
    "rare-class",
    "classes with too few rows to be in most batches, to be learned (10), or to be "
    "judged by (5 validation rows)",
    find,
)
