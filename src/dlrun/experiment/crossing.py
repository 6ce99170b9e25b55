"""Columns that encoders make of several others: their entries name none of a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from dlrun.components.encoders import ColumnEncoder
from dlrun.components.words import choices, nearest, shown
from dlrun.errors import ConfigPath, Problem
from dlrun.writing import did_you_mean


def crossings(
    entries: Mapping[str, Sequence[ColumnEncoder]],
) -> dict[str, ColumnEncoder]:
    """The encoder of each entry that combines columns."""
    return {
        entry: encoder
        for entry, encoders in entries.items()
        for encoder in encoders
        if encoder.reads
    }


def crossed_columns(entries: Mapping[str, Sequence[ColumnEncoder]]) -> set[str]:
    """The columns that they combine."""
    return {name for encoder in crossings(entries).values() for name in encoder.reads}


def crossing_problems(
    path: ConfigPath,
    entries: Mapping[str, Sequence[ColumnEncoder]],
    features: Sequence[str],
    roles: Mapping[str, str],
    images: Collection[str],
) -> Iterator[Problem]:
    """Combinations of columns that are not there, or under a name that is taken.

    Args:
        path: of the entries.
        entries: what becomes of which column.
        features: the columns of the table that are features.
        roles: the others, with the key that names each.
        images: the columns that are read as images.
    """
    table = {*features, *roles}
    for entry, encoder in crossings(entries).items():
        own = _free(encoder.reads, table | entries.keys() - {entry})
        if "*" in entry:
            message = f"`{encoder.key}` makes one column, so a pattern cannot name it"
            yield _named_badly((*path, entry), message, own)
        elif entry in table:
            message = f"`{encoder.key}` makes a column, but {shown(entry)} is there"
            yield _named_badly((*path, entry), message, own)
        for index, name in enumerate(encoder.reads):
            place = (*path, entry, encoder.key, "columns", index)
            if roles.get(name) == "labels":
                yield Problem(
                    place,
                    f"the column {shown(name)} is the label",
                    hint="cross other columns: the model would only copy it",
                    code="label-as-feature",
                )
            elif name in images:
                message = f"the column {shown(name)} is read as images, not as texts"
                hint = "cross other columns"
                yield Problem(place, message, hint=hint, code="encoder-misfit")
            elif name not in table:
                there = f"the columns are {choices(features, most=20)}"
                meant = did_you_mean([nearest(name, features)])
                message = f"there is no column {shown(name)}"
                hint = f"{meant} {there}".lstrip()
                yield Problem(place, message, hint=hint, code="missing-column")


def _named_badly(path: ConfigPath, message: str, own: str) -> Problem:
    hint = f"write another name in its place, as in {own}"
    return Problem(path, message, hint=hint, code="invalid-name", on_key=True)


def _free(columns: Sequence[str], taken: Collection[str]) -> str:
    """A name for a combination, which nothing else has."""
    bare = "_".join(columns).replace("*", "")
    names = (bare, *(f"{bare}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
