"""What differs between the configs of several runs, and what to call it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeGuard

from dlrun.errors import ConfigPath, format_path

Scalar: TypeAlias = str | int | float | bool | None

ABSENT: Final = "absent"
"""What a run shows where its config has no such key."""

_NAMING: Final = frozenset({"name", "description", "tags", "probe"})
"""Sections that change nothing about the training: names, and what is looked at."""
_LONGEST_TEXT = 28
_LONGEST_COMPARED_LIST = 8
_FEW_OBJECTS = 3


@dataclass(frozen=True, slots=True)
class Setting:
    """One key that differs, with the value that each run has for it."""

    path: str
    """The key as a config and `-s` write it."""
    head: str
    """The shortest ending of the path that no other column has."""
    values: tuple[Scalar, ...]


class _Missing:
    """The value of a key that is not there."""


_MISSING: Final = _Missing()


def find_settings(
    configs: Sequence[Mapping[str, object]], reserved: frozenset[str]
) -> list[Setting]:
    """List what differs; name, description and tags only name a run and are left out.

    Args:
        configs: The resolved configs, at least one.
        reserved: Column heads that are taken.
    """
    sections = list(dict.fromkeys(key for config in configs for key in config))
    found = [
        difference
        for section in sections
        if section not in _NAMING
        for difference in _differences(
            (section,), [config.get(section, _MISSING) for config in configs]
        )
    ]
    heads = _heads([path for path, _ in found], reserved)
    return [
        Setting(format_path(path), head, tuple(values))
        for (path, values), head in zip(found, heads, strict=True)
    ]


def _differences(
    path: ConfigPath, values: Sequence[object]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    first = values[0]
    if all(value is first or value == first for value in values):
        return
    if _are_objects(values):
        yield from _object_differences(path, values)
    elif _are_mappings(values):
        bodies = [{} if isinstance(value, _Missing) else value for value in values]
        yield from _key_differences(path, bodies)
    elif _are_lists(values) and _is_worth_comparing(values):
        for index in range(len(values[0])):
            yield from _item_differences(
                path, index, [value[index] for value in values]
            )
    elif _are_lists(values) and all(_are_objects(value) for value in values if value):
        noun = "callback" if path[-1] == "callbacks" else "layer"
        yield path, _unique(values, _layer_texts(noun, values))
    else:
        yield path, _unique(values, [_short(value) for value in values])


def _key_differences(
    path: ConfigPath, bodies: Sequence[Mapping[str, object]]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    for key in dict.fromkeys(key for body in bodies for key in body):
        yield from _differences(
            (*path, key), [body.get(key, _MISSING) for body in bodies]
        )


def _object_differences(
    path: ConfigPath, values: Sequence[Mapping[str, object]]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    """Compare `{Adam: {...}}` by its class first.

    An argument that one class has and another does not know is no difference of its
    own: the class says it. So only the runs that have the argument are compared for it.
    """
    kinds: list[Scalar] = [next(iter(value)) for value in values]
    bodies = [_body(value) for value in values]
    if len(set(kinds)) == 1:
        yield from _key_differences((*path, str(kinds[0])), bodies)
        return
    yield path, kinds
    for key in dict.fromkeys(key for body in bodies for key in body):
        column = [body.get(key, _MISSING) for body in bodies]
        known = [value for value in column if value is not _MISSING]
        if any(value != known[0] for value in known):
            yield from _differences((*path, key), column)


def _item_differences(
    path: ConfigPath, index: int, values: Sequence[object]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    """Compare one place in a list; a layer that has a name goes by it."""
    if _are_objects(values) and len({next(iter(value)) for value in values}) == 1:
        names = {_short(_body(value).get("name")) for value in values}
        name = names.pop()
        if isinstance(name, str) and not names:
            yield from _key_differences(
                (*path, name), [_body(value) for value in values]
            )
            return
    yield from _differences((*path, index), values)


def _are_objects(values: Sequence[object]) -> TypeGuard[Sequence[Mapping[str, object]]]:
    """Whether all are written `{Class: {argument: value}}`."""
    return all(
        isinstance(value, Mapping)
        and len(value) == 1
        and (kind := str(next(iter(value))))[:1].isupper()
        and isinstance(value[kind], Mapping | None)
        for value in values
    )


def _are_mappings(
    values: Sequence[object],
) -> TypeGuard[Sequence[Mapping[str, object] | _Missing]]:
    present = [value for value in values if value is not _MISSING]
    return all(isinstance(value, Mapping) for value in present) and not any(
        _are_objects([value]) for value in present
    )


def _are_lists(values: Sequence[object]) -> TypeGuard[Sequence[list[object]]]:
    return all(isinstance(value, list) for value in values)


def _is_worth_comparing(values: Sequence[list[object]]) -> bool:
    """Whether lists match item by item; long rows of numbers are data, not settings."""
    length = len(values[0])
    if any(len(value) != length for value in values):
        return False
    return length <= _LONGEST_COMPARED_LIST or _are_objects(values[0])


def _body(value: Mapping[str, object]) -> Mapping[str, object]:
    body = next(iter(value.values()))
    return body if isinstance(body, Mapping) else {}


def _layer_texts(noun: str, values: Sequence[list[object]]) -> list[Scalar]:
    """Say how many there are of `noun`, and which are not in all of the models.

    Where that leaves different models alike, the sizes of their layers follow.
    """
    counts = [
        Counter(str(next(iter(one))) for one in _objects(value)) for value in values
    ]
    common = counts[0].copy()
    for count in counts:
        common &= count
    if not common and max(count.total() for count in counts) <= _FEW_OBJECTS:
        names = [" + ".join(count.elements()) or "none" for count in counts]
        return _unique(values, names)
    texts: list[Scalar] = []
    for count in counts:
        extra = [
            f" +{kind}" if number == 1 else f" +{number} {kind}"
            for kind, number in (count - common).items()
        ]
        total = count.total()
        texts.append(f"{total} {noun}{'s' * (total != 1)}{''.join(extra)}")
    if _unique(values, texts) == texts:
        return texts
    return [f"{text}: {_sizes(one)}" for text, one in zip(texts, values, strict=True)]


def _sizes(layers: list[object]) -> str:
    """The number by which people know each layer: units, filters, a rate."""
    numbers = [
        next(
            (str(one) for one in _body(layer).values() if type(one) in {int, float}), ""
        )
        for layer in _objects(layers)
    ]
    return "-".join(number for number in numbers if number)


def _objects(value: list[object]) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)]


def _short(value: object) -> Scalar:
    """A value in a cell: scalars as they are, anything else in a few characters."""
    if isinstance(value, _Missing):
        return ABSENT
    if value is None or isinstance(value, str | int | float):
        return value
    if _are_objects([value]) and isinstance(value, Mapping):
        arguments = [item for item in _body(value).values() if item is not None]
        inner = ", ".join(_compact(item) for item in arguments)
        text = f"{next(iter(value))}({inner})" if inner else str(next(iter(value)))
    else:
        text = _compact(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _compact(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _unique(values: Sequence[object], texts: Sequence[Scalar]) -> list[Scalar]:
    """Number the texts that would make different values look the same."""
    seen: dict[Scalar, list[object]] = {}
    unique: list[Scalar] = []
    for value, text in zip(values, texts, strict=True):
        same = seen.setdefault(text, [])
        if value not in same:
            same.append(value)
        number = same.index(value) + 1
        unique.append(text if number == 1 else f"{text} ({number})")
    return unique


def _heads(paths: Sequence[ConfigPath], reserved: frozenset[str]) -> list[str]:
    """Give each path its shortest ending that stands for it alone."""
    endings = Counter(
        path[-size:] for path in paths for size in range(1, len(path) + 1)
    )
    heads: list[str] = []
    for path in paths:
        sizes = (
            size
            for size in range(1, len(path) + 1)
            if endings[path[-size:]] == 1
            and isinstance(path[-size], str)
            and format_path(path[-size:]) not in reserved
        )
        heads.append(format_path(path[-next(sizes, len(path)) :]))
    return heads
