"""Which layers of several models stand for each other, and which only some have."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dlrun.comparison.settings.text import (
    SEVERAL_KINDS,
    THERE,
    Part,
    Told,
    body_of,
    kind_of,
    main_key,
    main_value,
    name_of,
    number_equals,
    short_text,
)
from dlrun.writing import cut

if TYPE_CHECKING:
    from dlrun.config import Scalar

_LONGEST_ROW = 40

_Key: TypeAlias = tuple[str, str]
"""By what a layer is found again: its name, else its class."""
_Signature: TypeAlias = tuple[_Key, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A layer that all the lists have."""

    label: str | int
    """Its name, or its place where that is the same in all, or its class."""
    parts: tuple[Part, ...]
    """What stands there in each list."""


@dataclass(frozen=True, slots=True)
class Between:
    """The layers of one class that only some lists have, between two that all have."""

    label: str
    """`hidden1+`: after that layer; `+hidden1`: before it."""
    kind: str
    values: tuple[Scalar, ...]
    """What each list has there: units, a rate, `yes`; several in a row; None: none."""


def align(lists: Sequence[Sequence[Part]]) -> list[Place | Between] | None:
    """Find the layers that all lists have, and say what the others have between.

    None: they have too little in common to be told by what is more or less.

    Args:
        lists: The layers of each model, two or more of them.
    """
    # Where the names are others, the classes may still be the same.
    readings = [
        [tuple(map(key, parts)) for parts in lists] for key in (_key, _class_key)
    ]
    common, signatures = max(
        ((_common(reading), reading) for reading in readings),
        key=lambda pair: len(pair[0]),
    )
    if 2 * len(common) < min(map(len, signatures)):
        return None
    return _aligned(lists, signatures, common)


def _aligned(
    lists: Sequence[Sequence[Part]],
    signatures: Sequence[_Signature],
    common: _Signature,
) -> list[Place | Between]:
    labels = _labels(common)
    places = [_places(common, signature) for signature in signatures]
    aligned: list[Place | Between] = []
    for rank in range(len(common) + 1):
        starts = [indices[rank - 1] + 1 if rank else 0 for indices in places]
        ends = [indices[rank] if rank < len(indices) else None for indices in places]
        gaps = [
            list(parts[start:end])
            for parts, start, end in zip(lists, starts, ends, strict=True)
        ]
        before = f"+{labels[0]}" if labels else "+"
        where = Told(f"{labels[rank - 1]}+" if rank else before)
        aligned += _between(where, gaps, starts)
        if rank < len(common):
            shared = {indices[rank] for indices in places}
            is_unnamed = common[rank][0] == "class"
            label = shared.pop() if is_unnamed and len(shared) == 1 else labels[rank]
            alike = [
                parts[indices[rank]]
                for parts, indices in zip(lists, places, strict=True)
            ]
            aligned.append(Place(label, tuple(alike)))
    return aligned


def _key(part: Part) -> _Key:
    name = name_of(part)
    return ("class", kind_of(part)) if name is None else ("name", name)


def _class_key(part: Part) -> _Key:
    return "class", kind_of(part)


def _common(signatures: Sequence[_Signature]) -> _Signature:
    """The longest row of keys that can be found in all of them, nearly."""
    first, *others = sorted(set(signatures), key=lambda keys: (len(keys), keys))
    common = first
    for other in others:
        if len(_places(common, other)) < len(common):
            common = _shared(common, other)
    return common


def _shared(first: _Signature, second: _Signature) -> _Signature:
    """What two have in common; what both end with is the same: it gives the output."""
    tail = first[-1:] if first[-1:] == second[-1:] else ()
    heads = (first[: len(first) - len(tail)], second[: len(second) - len(tail)])
    matcher = difflib.SequenceMatcher(None, *heads, autojunk=False)
    blocks = matcher.get_matching_blocks()
    kept = [key for block in blocks for key in first[block.a : block.a + block.size]]
    return (*kept, *tail)


def _places(keys: _Signature, signature: _Signature) -> list[int]:
    """Where the keys stand, each after the one before; fewer where one is missing."""
    ends_alike = bool(keys) and keys[-1:] == signature[-1:]
    end = len(signature) - ends_alike
    indices: list[int] = []
    start = 0
    for key in keys[: len(keys) - ends_alike]:
        if key not in signature[start:end]:
            return indices
        indices.append(signature.index(key, start, end))
        start = indices[-1] + 1
    return [*indices, end] if ends_alike else indices


def _labels(keys: _Signature) -> list[str]:
    """Names; of layers without one the class, numbered where there are several."""
    counts = Counter(keys)
    seen: Counter[_Key] = Counter()
    labels: list[str] = []
    for key in keys:
        seen[key] += 1
        is_numbered = key[0] == "class" and counts[key] > 1
        labels.append(f"{key[1]}{seen[key]}" if is_numbered else key[1])
    return labels


def _between(
    label: str, gaps: Sequence[list[Part]], starts: Sequence[int]
) -> Iterator[Place | Between]:
    """What stands between two common layers: one by one if all have as many there."""
    if len({len(gap) for gap in gaps}) == 1:
        for rank in range(len(gaps[0])):
            is_there = len(set(starts)) == 1
            where = starts[0] + rank if is_there else Told(f"{label}{rank + 1}")
            yield Place(where, tuple(gap[rank] for gap in gaps))
        return
    kinds = dict.fromkeys(kind_of(part) for gap in gaps for part in gap)
    columns = [
        Between(label, kind, tuple(_values([_bodies(gap, kind) for gap in gaps])))
        for kind in kinds
    ]
    orders = {tuple(map(_order_key, gap)) for gap in gaps}
    shown = set(zip(*(column.values for column in columns), strict=True))
    if len(shown) == len(orders):
        yield from columns
    else:  # Only the order of the classes tells them apart.
        texts = [
            cut(" + ".join(map(_part_text, gap)), _LONGEST_ROW) or None for gap in gaps
        ]
        yield Between(label, SEVERAL_KINDS, tuple(number_equals(gaps, texts)))


def _bodies(gap: Sequence[Part], kind: str) -> list[Mapping[str, object]]:
    return [body_of(part) for part in gap if kind_of(part) == kind]


def _order_key(part: Part) -> str:
    body = {key: value for key, value in body_of(part).items() if key != "name"}
    return repr((kind_of(part), body))


def _part_text(part: Part) -> str:
    value = main_value(body_of(part))
    return kind_of(part) if value is None else f"{kind_of(part)}({value})"


def _values(rows: Sequence[Sequence[Mapping[str, object]]]) -> list[Scalar]:
    """What each list has of one class: its main value, and what else differs."""
    bodies = [body for row in rows for body in row]
    keys = [
        key
        for key in dict.fromkeys(key for body in bodies for key in body)
        if key not in {"name", main_key(bodies[0])}
        and any(body.get(key) != bodies[0].get(key) for body in bodies)
    ]
    texts = [_row_value([_own_value(body, keys) for body in row]) for row in rows]
    unnamed = [
        [{key: value for key, value in body.items() if key != "name"} for body in row]
        for row in rows
    ]
    return number_equals(unnamed, texts)


def _own_value(body: Mapping[str, object], keys: Sequence[str]) -> Scalar:
    main = main_value(body)
    others = [f"{key}={short_text(body.get(key))}" for key in keys]
    if not others:
        return main
    return ", ".join([*([] if main is None else [str(main)]), *others])


def _row_value(values: Sequence[Scalar]) -> Scalar:
    if len(values) <= 1:
        return (THERE if values[0] is None else values[0]) if values else None
    if all(value is None for value in values):
        return f"{len(values)} times"
    return cut("-".join(map(str, values)), _LONGEST_ROW)
