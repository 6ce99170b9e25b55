"""What headers tell of samples that are windows of a series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from dlrun.components.words import choices, nearest, shown
from dlrun.data import KNOWN, Facts
from dlrun.data.entries import fits
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.data import DataSpec
from dlrun.writing import did_you_mean

if TYPE_CHECKING:
    from dlrun.components.windows import WindowSpec

PATH: ConfigPath = ("data", "window")


def with_windows(data: DataSpec, facts: Facts) -> tuple[Facts, list[Problem]]:
    """What headers tell of the windows of rows.

    Args:
        data: the section; it has a `window`.
        facts: what is known of the rows.

    Returns:
        The facts of the samples; and what is wrong with the columns of the window.
    """
    window = data.window
    assert window is not None  # noqa: S101 - asked before
    rows = facts.num_rows
    whole = None if rows is None else max(0, rows - window.span + 1)
    problems = [*_strangers(data, facts), *_unknown(window, facts)]
    # Without its columns nobody knows the inputs: only the columns are told.
    shapes = None if facts.row_shapes is None or problems else _shapes(window, facts)
    found = replace(
        facts,
        row_shapes=shapes,
        num_rows=None if whole is None else -(-whole // window.stride),
        label_columns={
            name: window.label_names(columns)
            for name, columns in facts.label_columns.items()
        },
        label_shapes={
            name: shape if window.steps == 1 else ()
            for name, shape in facts.label_shapes.items()
        },
    )
    return found, problems


def _shapes(window: WindowSpec, facts: Facts) -> dict[str, tuple[int, ...]]:
    """The shape of a sample of each input."""
    return {
        name: (window.steps if name == KNOWN else window.length, *shape)
        for name, shape in (facts.row_shapes or {}).items()
    }


def _strangers(data: DataSpec, facts: Facts) -> Iterator[Problem]:
    """Names and patterns that fit no column."""
    window, features = data.window, facts.feature_names or ()
    if window is None or not data.source.has_columns:
        return
    there = choices(dict.fromkeys(features), most=20)
    for key in ("columns", "known"):
        for index, entry in enumerate(getattr(window, key)):
            if entry == "*" or any(fits(entry, column) for column in features):
                continue
            meant = "" if "*" in entry else did_you_mean([nearest(entry, features)])
            message = f"there is no column {shown(entry)}"
            if "*" in entry:
                message = f"the pattern {shown(entry)} fits no column"
            if key == "known" and window.columns != ("*",):
                message = f"{shown(entry)} is not among the columns of the window"
                meant = f"add {entry} to columns under window, too;"
            if entry in window.roles.values():
                message = f"{shown(entry)} says how rows follow each other, and is no "
                message += "feature"
                meant = f"name {entry} under columns of data, too, as in {entry}: scale"
                meant += f" or {entry}: {{date: [month]}}, or remove it here;"
            yield Problem(
                (*PATH, key, index),
                message,
                hint=f"{meant} its columns are {there}".lstrip(),
                code="missing-column",
            )


def _unknown(window: WindowSpec, facts: Facts) -> Iterator[Problem]:
    """Labels that would be known in advance: then there is nothing to predict."""
    labels = [name for name, role in facts.roles.items() if role == "labels"]
    for index, entry in enumerate(window.known):
        column = next((name for name in labels if fits(entry, name)), None)
        if column is not None:
            yield Problem(
                (*PATH, "known", index),
                f"{shown(column)} is the label: nobody knows it in advance",
                hint="remove it here; its past is a feature by columns",
                code="label-as-feature",
            )
