"""Values of a config that was written in Python, as YAML could have them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dlrun.errors import ConfigError, ConfigPath, Problem

_FRAME = (
    'write it to a file, frame.to_parquet("rows.parquet"), and name that: '
    '"data": {"parquet": {"path": "rows.parquet", "labels": ...}}'
)


def plain_values(value: object, path: ConfigPath = ()) -> object:
    """A value of mappings, lists, texts, numbers, truth values and None alone.

    Numbers of NumPy become those of Python, and paths texts.

    Args:
        value: as it was written.
        path: where it stands in the config.

    Raises:
        ConfigError: there is something else in it.
    """
    if isinstance(value, Mapping):
        return {key: plain_values(one, (*path, key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(one, (*path, at)) for at, one in enumerate(value)]
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == ():
        return plain_values(item(), path)
    name = type(value).__name__
    message = f"a config cannot hold an object of the type {name}"
    raise ConfigError(Problem(path, message, hint=_cure(value), code="wrong-type"))


def _cure(value: object) -> str:
    if hasattr(value, "to_parquet"):
        return _FRAME
    if hasattr(value, "tolist"):
        return "write its .tolist(), or save arrays with numpy.savez and name the file"
    return "write a number, a text, a list or a mapping"
