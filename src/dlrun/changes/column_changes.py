"""The changes of single columns of a table: scaled, told of gaps, their rare joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlrun.changes.change import Change, change, named, text
from dlrun.changes.setup import Setup
from dlrun.components.index import with_trait
from dlrun.data.entries import entry_for
from dlrun.diagnosis.facts import RareCategories, read_facts
from dlrun.errors import ConfigPath, format_path

_NUMBERS = with_trait("column encoder", "gives_numbers", bool)
_AFTER_NUMBERS = frozenset({*_NUMBERS, "scale", "bins"})
"""Encoders beside whose numbers a mark for gaps can stand."""
_COLUMNS: ConfigPath = ("data", "columns")


def entries_of(setup: Setup) -> Mapping[str, object]:
    """What `data.columns` has, by names and patterns; empty: nothing."""
    entries = setup.value("data", "columns")
    return entries if isinstance(entries, Mapping) else {}


def plain_entries(setup: Setup) -> list[str]:
    """The entries that end in numbers of any size."""
    return [name for name, one in entries_of(setup).items() if _ends_plain(one)]


def scaled_entry(name: str) -> str:
    """The argument that puts a scaler behind the encoders of an entry."""
    return f"{format_path((*_COLUMNS, name))}+=scale"


def scaled_column(setup: Setup, column: str) -> str | None:
    """The argument that scales a column alone; `None`: it ends in no plain numbers."""
    entries = entries_of(setup)
    entry = entry_for(entries, column)
    if entry is None:
        return f"{format_path((*_COLUMNS, column))}=scale"
    if not _ends_plain(entries[entry]):
        return None
    if entry == column:
        return scaled_entry(column)
    before = [one for one in _chain(entries[entry]) if named(one)[0] != "number"]
    return f"{format_path((*_COLUMNS, column))}={text([*before, 'scale'])}"


def _chain(encoders: object) -> list[object]:
    """The encoders of an entry of a resolved config, in their order."""
    return list(encoders) if isinstance(encoders, list | tuple) else []


def _ends_plain(encoders: object) -> bool:
    return any(named(one)[0] in _NUMBERS for one in _chain(encoders)[-1:])


def _entries_in_use(setup: Setup) -> list[object]:
    """The entry that holds for each column of a table; `None`: the default does."""
    columns = setup.facts.get("table_columns")
    return list(columns.values()) if isinstance(columns, Mapping) else []


def scale_columns(setup: Setup) -> Change | None:
    """Every column of a table that is a number of any size, scaled."""
    used = _entries_in_use(setup)
    patch = [scaled_entry(name) for name in plain_entries(setup) if name in used]
    if None in used and setup.value("data", "scale") is None:
        patch = ["data.scale=standard", *patch]
    return change("scale_columns", "columns of plain numbers, scaled", patch)


def impute_indicator(setup: Setup) -> Change | None:
    """A column beside each that is imputed, which tells where there was a gap."""
    used = _entries_in_use(setup)
    patch = [
        f"{format_path((*_COLUMNS, name, place, 'impute', 'indicator'))}=true"
        for name, encoders in entries_of(setup).items()
        if name in used
        for place in _unmarked(_chain(encoders))
    ]
    sentence = "gaps told by a column of their own"
    return change("impute_indicator", sentence, _rewidened(setup, patch))


def _unmarked(chain: list[object]) -> Iterator[int]:
    """The places of the encoders that fill gaps of numbers, and do not tell where."""
    if {named(one)[0] for one in chain} <= _AFTER_NUMBERS:
        for place, one in enumerate(chain):
            key, arguments = named(one)
            if key == "impute" and not arguments.get("indicator"):
                yield place


def join_rare(setup: Setup) -> Change | None:
    """Categories that few train rows have become one, which more rows have."""
    rare = read_facts(setup.facts, has_accuracy=False).rare_categories
    found = {column: _joined(setup, column, one) for column, one in rare.items()}
    patch = [argument for argument in found.values() if argument is not None]
    told = " ".join(
        f"Of {rare[column].of} categories of {column}, {rare[column].count} have few "
        "train rows."
        for column, argument in found.items()
        if argument is not None
    )
    sentence = "rare categories joined into one"
    return change("join_rare", sentence, _rewidened(setup, patch), told)


def _rewidened(setup: Setup, patch: list[str]) -> list[str]:
    """The arguments, after which rows are as wide as the columns make them."""
    is_stated = setup.value("model", "input_shape") is not None
    return [*patch, *["model.input_shape=null"] * (is_stated and bool(patch))]


def _joined(setup: Setup, column: str, rare: RareCategories) -> str | None:
    """The argument for a column; `None`: its other categories are none, or too many."""
    entries = entries_of(setup)
    entry = entry_for(entries, column)
    chain = _chain(entries.get(entry)) if entry is not None else []
    if not rare.kept or not chain:
        return None
    key, arguments = named(chain[-1])
    stated = {**arguments, "vocabulary": list(rare.kept), "unknown": "category"}
    return f"{format_path((*_COLUMNS, column))}={text([*chain[:-1], {key: stated}])}"
