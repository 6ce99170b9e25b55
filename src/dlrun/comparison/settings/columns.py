"""What becomes of the columns of a table: told by column, however a config has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from dlrun.comparison.settings.text import Told, texts_of
from dlrun.components.chain_text import chain_text
from dlrun.data.entries import entry_for
from dlrun.errors import ConfigPath, RunError

if TYPE_CHECKING:
    from dlrun.comparison.reading import Reading
    from dlrun.config import Scalar

_NONE: Final = "none"
"""What stands for an encoder that a column lacks where another config has it."""
_ALONE: Final = "yes"
"""What stands for an encoder without arguments."""
_DROPPED: Final[object] = ["drop"]
_PLAIN: Final = "number"
"""The encoder that changes nothing: it is not told of."""

Config = Mapping[str, object]


def by_column(
    readings: Sequence[Reading], configs: Sequence[Config]
) -> Sequence[Config]:
    """The configs with an entry for each column, in place of patterns and defaults.

    Args:
        readings: the runs.
        configs: of each, in what may differ; one at least has such entries.
    """
    tables = [_columns(reading) for reading in readings]
    names = [*dict.fromkeys(name for table in tables for name in table or ())]
    return [
        config if table is None else _spelt_out(config, table, names)
        for config, table in zip(configs, tables, strict=True)
    ]


def _entries(config: Config) -> Mapping[str, object] | None:
    data = config.get("data")
    entries = data.get("columns") if isinstance(data, Mapping) else None
    return entries if isinstance(entries, Mapping) else None


def _columns(reading: Reading) -> tuple[str, ...] | None:
    """The columns that a run has encoded, or taken as numbers; `None`: not known."""
    try:
        return reading.folder.preprocessing().column_names
    except RunError:
        return None


def _spelt_out(config: Config, own: Sequence[str], names: Sequence[str]) -> Config:
    data = config.get("data")
    if not isinstance(data, Mapping):
        return config
    entries, scale = _entries(config) or {}, data.get("scale")
    plain: object = [_PLAIN] if scale is None else [{"scale": {"method": scale}}]
    columns: dict[str, object] = {}
    for name in names:
        entry = entry_for(entries, name)
        # A pattern holds for what a table has, and says what it leaves out.
        is_meant = entry is not None and (
            name in own or "*" not in entry or entries[entry] == _DROPPED
        )
        if entry is not None and is_meant:
            columns[name] = entries[entry]
        elif name in own:
            columns[name] = plain
    columns |= {
        name: entry
        for name, entry in entries.items()
        if "*" not in name and name not in columns
    }
    # What scales all of them is told with the columns that it holds for.
    told = {"columns", *(["scale"] if isinstance(scale, str) else [])}
    rest = {key: value for key, value in data.items() if key not in told}
    return {**config, "data": {**rest, "columns": columns}}


def column_difference(
    path: ConfigPath, chains: Sequence[object]
) -> tuple[ConfigPath, list[Scalar]]:
    """One encoder that differs by its name, as in `age.scale`; else all of them.

    Args:
        path: of the column.
        chains: its encoders in each config, as lists; another value where it is not
            there.
    """
    named = [_by_key(chain) for chain in chains]
    keys = dict.fromkeys(key for one in named for key in one or ())
    differing = [
        key for key in keys if len({repr((one or {}).get(key)) for one in named}) > 1
    ]
    alike = [[key for key in one or () if key not in differing] for one in named]
    if None in named or len(differing) != 1 or any(one != alike[0] for one in alike):
        return path, texts_of(path, chains)
    (key,) = differing
    return (*path, Told(key)), [(one or {}).get(key, _NONE) for one in named]


def _by_key(chain: object) -> dict[str, str] | None:
    """What each encoder of a column is told by; `None`: it stands there twice."""
    if not isinstance(chain, list) or chain == _DROPPED:
        return None
    found: dict[str, str] = {}
    for written in chain:
        text = chain_text([written])
        key, _, arguments = text.partition(" ")
        if key in found:
            return None
        if key != _PLAIN:
            found[key] = arguments or _ALONE
    return found
