"""Which columns of a table make which input of the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dlrun.components.words import choices, nearest, shown
from dlrun.data import INPUT, KNOWN, PAST
from dlrun.data.entries import fits
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.data import DataSpec
from dlrun.writing import did_you_mean

PATH: ConfigPath = ("data", "inputs")


def columns_by_input(
    data: DataSpec, columns: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The columns of each input, in the order of the table; a column may be in several.

    Args:
        data: the section; without `inputs` all columns make one.
        columns: those that are encoded, in the order of the table.
    """
    window = data.window
    known = () if window is None else tuple(filter(window.knows, columns))
    also = {KNOWN: known} if known else {}
    if data.inputs is None:
        return {PAST if known else INPUT: tuple(columns), **also}
    return {
        name: tuple(
            column for column in columns if any(fits(one, column) for one in entries)
        )
        for name, entries in data.inputs.items()
    } | also


def input_problems(
    data: DataSpec, columns: Sequence[str], left_out: Mapping[str, str]
) -> Iterator[Problem]:
    """Entries of inputs that stand for no column.

    Args:
        data: the section.
        columns: those that may be in an input.
        left_out: the others, and what is said of them under `columns`.
    """
    inputs: Mapping[str, tuple[str, ...]] = data.inputs or {}
    for name, entries in inputs.items():
        for index, entry in enumerate(entries):
            if any(fits(entry, column) for column in columns):
                continue
            message, code = f"there is no column {shown(entry)}", "missing-column"
            meant = nearest(entry, columns)
            hint = f"the columns are {choices(columns, most=20)}"
            hint = f"{did_you_mean([meant])} {hint}".lstrip()
            if entry in left_out:
                message = (
                    f"the column {shown(entry)} is {left_out[entry]} under columns"
                )
                hint, code = "remove it here, or encode it there", "dropped-column"
            elif "*" in entry:
                message = f"the pattern {shown(entry)} fits no column"
                hint, code = f"the columns are {choices(columns, most=20)}", "no-match"
            yield Problem((*PATH, name, index), message, hint=hint, code=code)
