"""Which key or list item a step of a path means."""

from __future__ import annotations

from dlrun.config.path import Segment
from dlrun.config.suggestion import did_you_mean, one_of
from dlrun.config.tree import Entry, Key, Tree, lone_key
from dlrun.errors import ConfigError, ConfigPath, Problem, format_path


def find_key(content: dict[Key, Entry], segment: Segment, path: ConfigPath) -> Key:
    """The key that a step means in the mapping at `path`; it need not be there yet.

    Raises:
        ConfigError: the step is an index, and no key is a number.
    """
    key = segment.key
    has_numbers = any(isinstance(other, int) for other in content)
    if isinstance(key, str):
        is_number = key.isascii() and key.isdigit() and key not in content
        return int(key) if is_number and has_numbers else key
    if has_numbers:
        return key
    raise step_error(
        path,
        segment,
        f"is {'a' if content else 'an empty'} mapping, so it has no [{key}]",
        f"its keys are {one_of(map(str, content))}" if content else None,
    )


def find_item(items: list[Tree], path: ConfigPath, segment: Segment) -> int:
    """The item that a step means in the list at `path`, by its index or by its name.

    Raises:
        ConfigError: there is none, or there are several.
    """
    if isinstance(segment.key, int):
        index = segment.key + len(items) if segment.key < 0 else segment.key
        if 0 <= index < len(items):
            return index
        count = "1 item" if len(items) == 1 else f"{len(items)} items"
        raise step_error(
            path,
            segment,
            f"has {count}, so there is no [{segment.key}]",
            ("counting starts at 0; " if items else "") + "`+=` appends an item",
        )
    names = [_name(item) for item in items]
    indices = [index for index, name in enumerate(names) if name == segment.key]
    if len(indices) == 1:
        return indices[0]
    if indices:
        either = " or ".join(f"`{format_path((*path, index))}`" for index in indices)
        words = f"has {len(indices)} items named `{segment.key}`"
        raise step_error(path, segment, words, f"write {either}")
    hint = _class_hint(items, path, segment) or _name_hint(segment, names)
    raise step_error(path, segment, f"has no item named `{segment.key}`", hint)


def has_name(items: list[Tree], name: Key) -> bool:
    """Tell whether an item of a list of objects has a name."""
    return any(_name(item) == name for item in items)


def step_error(
    path: ConfigPath, segment: Segment, words: str, hint: str | None = None
) -> ConfigError:
    """The error that the step `segment` from `path` on leads nowhere."""
    where = f"`{format_path(path)}`" if path else "the config"
    return ConfigError(
        Problem(
            (*path, segment.key),
            f"{where} {words}",
            hint=hint,
            code="invalid-path",
            location=segment.mark.location(),
        )
    )


def _class_hint(items: list[Tree], path: ConfigPath, segment: Segment) -> str | None:
    """Show how to address the item whose class, or place, was given for its name."""
    key = str(segment.key)
    if key.isascii() and key.isdigit() and int(key[:9]) < len(items):
        return f"write `{format_path((*path, int(key[:9])))}`; counting starts at 0"
    for index, item in enumerate(items):
        if segment.key in {lone_key(item), _text(item)}:
            return f"write `{format_path((*path, index))}`"
    return None


def _name_hint(segment: Segment, names: list[str | None]) -> str:
    given = [name for name in names if name]
    if not given:
        return "no layer has a name here; write its place, as in [0] for the first"
    close = did_you_mean(str(segment.key), given)
    return f"{close + ' ' if close else ''}the names here: {one_of(given)}"


def _name(item: Tree) -> str | None:
    """The `name` of a list item such as `{Conv2D: {name: c1, filters: 32}}`."""
    key = lone_key(item)
    if key is None or not isinstance(item.content, dict):
        return None
    arguments = item.content[key].value.content
    entry = arguments.get("name") if isinstance(arguments, dict) else None
    return _text(entry.value) if entry is not None else None


def _text(tree: Tree) -> str | None:
    return tree.content if isinstance(tree.content, str) else None
