"""Files of JSON, which no config reads: how to make a table of one."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

JSON = frozenset({".json", ".jsonl", ".ndjson"})
"""How the names of such files end."""
_LARGEST = 50_000_000
"""Bytes of a file that is looked into as a whole."""
_CURE = "write the rows as CSV or Parquet, a column for each key"


def json_cure(file: Path) -> str:
    """How to make a table of a file of JSON, as a command that can be pasted.

    Args:
        file: as a person has named it.
    """
    table = file.with_suffix(".csv")
    if table == file:
        table = file.with_name(f"{file.stem}_rows.csv")
    read = _reading(file)
    if read is None:
        return _CURE
    script = f"import json, pandas; {read}.to_csv({str(table)!r}, index=False)"
    return f"make a table of it: python -c {shlex.quote(script)}"


def _reading(file: Path) -> str | None:
    """The expression by which pandas reads it; `None`: its rows cannot be told."""
    name = repr(str(file))
    if _has_lines(file):
        return f"pandas.read_json({name}, lines=True)"
    value, opened = _whole(file), f"json.load(open({name}, encoding='utf-8-sig'))"
    if _are_rows(value):
        return f"pandas.json_normalize({opened})"
    if not isinstance(value, Mapping):
        return None
    rows = [key for key, one in value.items() if _are_rows(one)]
    if rows:
        return f"pandas.json_normalize({opened}[{rows[0]!r}])"
    return f"pandas.DataFrame({opened})" if _are_columns(value) else None


def _whole(file: Path) -> object:
    """What a file holds; `None`: it is too large to look, or damaged."""
    try:
        if file.stat().st_size > _LARGEST:
            return None
        value: object = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
    return value


def _are_columns(value: Mapping[str, object]) -> bool:
    """Whether lists, or mappings of rows, of one length are below each key."""
    kinds = {type(one) for one in value.values()}
    sizes = {len(one) for one in value.values() if isinstance(one, list | dict)}
    return kinds in ({list}, {dict}) and len(sizes) == 1


def _has_lines(file: Path) -> bool:
    """Whether each of the first lines is a row."""
    try:
        with file.open(encoding="utf-8-sig") as stream:
            lines = [line for line in islice(stream, 20) if line.strip()]
            return len(lines) > 1 and _are_rows([json.loads(line) for line in lines])
    except (OSError, ValueError, RecursionError):
        return False


def _are_rows(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, Mapping) for row in value)
    )
