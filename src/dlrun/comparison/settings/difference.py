"""What differs between configs, what to call it, and what changes together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeGuard

from dlrun.comparison.settings.alignment import Place, align
from dlrun.comparison.settings.columns import column_difference
from dlrun.comparison.settings.text import (
    CODE,
    COLUMNS,
    MISSING,
    Missing,
    Part,
    Told,
    added_head,
    added_kind,
    are_names,
    are_parts,
    as_parts,
    body_of,
    class_names,
    is_column,
    kind_of,
    list_texts,
    name_of,
    own_settings,
    step_text,
    texts_of,
)
from dlrun.errors import ConfigPath, format_path, last_step

if TYPE_CHECKING:
    from dlrun.config import Scalar

_NAMING: Final = frozenset({"name", "description", "tags", "probe"})
"""Sections that change nothing about the training: names, and what is looked at."""
_LONGEST_COMPARED_LIST = 8


@dataclass(frozen=True, slots=True)
class Setting:
    """One key that differs."""

    path: str
    """The key as a config and `-s` write it.

    What only some models have, between two layers that all have, is called by the first
    of these: `model.layers.hidden1+.Dropout`. A layer without a name goes by its class
    where its place is not the same in all.
    """
    head: str
    """The shortest ending of the path that no other column has."""

    @property
    def is_of_rows(self) -> bool:
        """Whether the rows say it, so that nobody changes it alone."""
        return self.path.startswith("model.input_shape")


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting in which two groups differ."""

    path: str
    """The key as a config and `-s` write it; of keys that go together, the first."""
    head: str
    """What to call it in few characters: `rate`, `padding (x3)`."""
    before: Scalar
    after: Scalar


def find_settings(
    configs: Sequence[Mapping[str, object]], reserved: frozenset[str]
) -> dict[Setting, tuple[Scalar, ...]]:
    """List what differs; name, description and tags only name a run and are left out.

    Args:
        configs: The resolved configs, at least one.
        reserved: Column heads that are taken.

    Returns:
        Each key that differs, with the value of each config; no two have one path.
    """
    differences = [
        difference
        for section in dict.fromkeys(key for config in configs for key in config)
        if section not in _NAMING
        for difference in _differences(
            (section,), [config.get(section, MISSING) for config in configs]
        )
    ]
    differences = own_settings(differences)
    paths = _unique([path for path, _ in differences])
    return {
        Setting(_written(path), head): tuple(values)
        for path, head, (_, values) in zip(
            paths, _heads(paths, reserved), differences, strict=True
        )
    }


def _written(path: ConfigPath) -> str:
    return format_path(path, step_text)


def _unique(paths: Sequence[ConfigPath]) -> list[ConfigPath]:
    """Number the paths that read alike: a layer's name may be another one's class."""
    seen: Counter[str] = Counter()
    unique: list[ConfigPath] = []
    for path in paths:
        text = _written(path)
        seen[text] += 1
        own = (*path[:-1], Told(f"{path[-1]} ({seen[text]})"))
        unique.append(path if seen[text] == 1 else own)
    return unique


def _differences(
    path: ConfigPath, values: Sequence[object]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    first = values[0]
    if all(value is first or value == first for value in values):
        return
    if path[:-1] == COLUMNS:
        yield column_difference(path, values)
        return
    is_named = are_names(path)
    parts = None if is_named else as_parts(values)
    if parts is not None:
        yield from _object_differences(path, parts)
    elif path != CODE and _are_mappings(values, is_named=is_named):
        bodies = [{} if isinstance(value, Missing) else value for value in values]
        yield from _key_differences(path, bodies)
    elif _are_part_lists(values):
        yield from _list_differences(path, values)
    elif _are_lists(values) and _is_worth_comparing(values):
        yield from _place_differences(path, values)
    else:
        yield path, texts_of(path, values)


def _key_differences(
    path: ConfigPath, bodies: Sequence[Mapping[str, object]]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    for key in dict.fromkeys(key for body in bodies for key in body):
        yield from _differences(
            (*path, key), [body.get(key, MISSING) for body in bodies]
        )


def _object_differences(
    path: ConfigPath, values: Sequence[Part]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    """Compare `{Adam: {...}}` by its class first.

    An argument that one class has and another does not know is no difference of its
    own: the class says it. So only the runs that have the argument are compared for it.
    """
    kinds: list[Scalar] = [kind_of(value) for value in values]
    if len(set(kinds)) == 1:
        yield from _argument_differences((*path, str(kinds[0])), values)
        return
    yield path, kinds
    bodies = [body_of(value) for value in values]
    for key in dict.fromkeys(key for body in bodies for key in body):
        column = [body.get(key, MISSING) for body in bodies]
        known = [value for value in column if value is not MISSING]
        if any(value != known[0] for value in known):
            yield from _differences((*path, key), column)


def _argument_differences(
    path: ConfigPath, values: Sequence[Part]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    """Compare components of one class; a resolved config leaves out what is null.

    A name is no difference: nothing is trained otherwise by it.
    """
    bodies = [body_of(value) for value in values]
    for key in dict.fromkeys(key for body in bodies for key in body if key != "name"):
        yield from _differences((*path, key), [body.get(key) for body in bodies])


def _list_differences(
    path: ConfigPath, values: Sequence[Sequence[Part]]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    """Compare lists of components: layer by layer, or as a whole if all is other.

    Equal lists are looked at once, so that many runs of few models cost little.
    """
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(repr(value), len(numbers)) for value in values]
    lists = [values[codes.index(code)] for code in range(len(numbers))]
    for own_path, column in _distinct_differences(path, lists):
        yield own_path, [column[code] for code in codes]


def _distinct_differences(
    path: ConfigPath, lists: Sequence[Sequence[Part]]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    layers = [[(kind_of(part), name_of(part)) for part in parts] for parts in lists]
    if all(others == layers[0] for others in layers):
        yield from _place_differences(path, lists)
        return
    names = class_names(lists)
    is_one_length = len({len(parts) for parts in lists}) == 1
    aligned = align(lists) if is_one_length or names is None else None
    if aligned is not None:
        for layer in aligned:
            if isinstance(layer, Place):
                yield from _part_differences((*path, layer.label), layer.parts)
            elif any(value != layer.values[0] for value in layer.values):
                yield (*path, layer.label, layer.kind), list(layer.values)
    elif is_one_length:
        yield from _place_differences(path, lists)
    else:
        noun = "callback" if path[-1] == "callbacks" else "layer"
        yield path, names or list_texts(noun, lists)


def _place_differences(
    path: ConfigPath, values: Sequence[Sequence[object]]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    for index in range(len(values[0])):
        column = [value[index] for value in values]
        if are_parts(column):
            yield from _part_differences((*path, index), column)
        else:
            yield from _differences((*path, index), column)


def _part_differences(
    path: ConfigPath, values: Sequence[Part]
) -> Iterator[tuple[ConfigPath, list[Scalar]]]:
    """Compare one place in a list; a layer that has a name goes by it."""
    name, *others = {name_of(value) for value in values}
    is_one_class = len({kind_of(value) for value in values}) == 1
    if name is not None and not others:
        path = (*path[:-1], name)
    if is_one_class and isinstance(path[-1], str):
        yield from _argument_differences(path, values)
    else:
        yield from _object_differences(path, values)


def _are_mappings(
    values: Sequence[object], *, is_named: bool
) -> TypeGuard[Sequence[Mapping[str, object] | Missing]]:
    present = [value for value in values if value is not MISSING]
    return all(isinstance(value, Mapping) for value in present) and (
        is_named or not any(are_parts([value]) for value in present)
    )


def _are_lists(values: Sequence[object]) -> TypeGuard[Sequence[list[object]]]:
    return all(isinstance(value, list) for value in values)


def _are_part_lists(values: Sequence[object]) -> TypeGuard[Sequence[list[Part]]]:
    return all(isinstance(value, list) and are_parts(value) for value in values) and (
        any(values)
    )


def _is_worth_comparing(values: Sequence[list[object]]) -> bool:
    """Whether lists match item by item; long rows of numbers are data, not settings."""
    length = len(values[0])
    if any(len(value) != length for value in values):
        return False
    return length <= _LONGEST_COMPARED_LIST


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
            and (size > 1 or not is_column(path[:-1]))
            and isinstance(path[-size], str)
            and _written(path[-size:]) not in reserved
        )
        heads.append(_written(path[-next(sizes, len(path)) :]))
    return _readable(paths, heads)


def _readable(paths: Sequence[ConfigPath], heads: Sequence[str]) -> list[str]:
    """Call what only some models have by its class and its place."""
    added = [
        added_head(str(path[-2]), str(path[-1]))
        if added_kind(_written(path[-2:]))
        else None
        for path in paths
    ]
    counts = Counter(added)
    return [
        words if words is not None and counts[words] == 1 else head
        for words, head in zip(added, heads, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Factor:
    """One setting, or several that change together in every group."""

    settings: tuple[Setting, ...]
    """What changes; settings of one last key count as one."""
    codes: tuple[int, ...]
    """A number per group: equal numbers, equal values."""

    def changes(
        self, before: Mapping[str, Scalar], after: Mapping[str, Scalar]
    ) -> tuple[SettingChange, ...]:
        """What this factor changes between the settings of two groups."""
        return tuple(
            SettingChange(
                setting.path, setting.head, before[setting.path], after[setting.path]
            )
            for setting in self.settings
            if before[setting.path] != after[setting.path]
        )


def find_factors(
    settings: Sequence[Setting],
    groups: Sequence[Mapping[str, Scalar]],
    reserved: frozenset[str],
) -> list[Factor]:
    """Find what differs between groups; what never changes alone is one factor.

    Args:
        settings: What the groups may differ in.
        groups: The value of each of them, by its path, for each group.
        reserved: Column heads that are taken.
    """
    together: dict[tuple[int, ...], set[str]] = {}
    for setting in settings:
        codes = _codes([values[setting.path] for values in groups])
        if any(codes):
            together.setdefault(codes, set()).add(setting.path)
    folded = fold(settings, groups, reserved)
    return [
        Factor(tuple(setting for setting in folded if setting.path in paths), codes)
        for codes, paths in together.items()
    ]


def _codes(values: Sequence[Scalar]) -> tuple[int, ...]:
    """Number the values by their first appearance; 1 and true are not the same."""
    numbers: dict[tuple[type, Scalar], int] = {}
    return tuple(numbers.setdefault(_typed(value), len(numbers)) for value in values)


def fold(
    settings: Sequence[Setting],
    groups: Sequence[Mapping[str, Scalar]],
    reserved: frozenset[str],
) -> list[Setting]:
    """Take settings of one last key with equal values for one, at several places.

    Args:
        settings: What differs.
        groups: The value of each of them, by its path, for each group.
        reserved: Column heads that are taken.

    Returns:
        Settings with the path of the first, and what to call them all: `units (x2)`.
    """
    merged: dict[tuple[object, ...], list[Setting]] = {}
    for setting in settings:
        values = (_typed(group[setting.path]) for group in groups)
        merged.setdefault((_last(setting), *values), []).append(setting)
    number_of = Counter(_last(setting) for setting in settings)
    folded = []
    for equals in merged.values():
        first, last = equals[0], _last(equals[0])
        head = first.head
        if len(equals) > 1:
            is_alone = number_of[last] == len(equals) and last not in reserved
            short = last if is_alone and added_kind(first.path) is None else head
            head = f"{short} (x{len(equals)})"
        folded.append(Setting(first.path, head))
    return folded


def _last(setting: Setting) -> str:
    return last_step(setting.path)


def _typed(value: Scalar) -> tuple[type, Scalar]:
    return type(value), value
