"""Values of a config in a few characters, and components by what tells them apart."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard

from dlrun.components.chain_text import (
    LABEL_ENCODER,
    chain_text,
    encoder_text,
    is_label_encoder,
)
from dlrun.errors import ConfigPath, key_text
from dlrun.writing import cut

if TYPE_CHECKING:
    from dlrun.config import Scalar

Part: TypeAlias = Mapping[str, object]
"""A component as a config writes it: `{Class: {argument: value}}`."""

THERE: Final = "yes"
"""What stands for a layer that has no main value, where only some models have it."""
SEVERAL_KINDS: Final = "layers"
"""What stands for a class where layers of several are told in one row."""
COLUMNS: Final[ConfigPath] = ("data", "columns")
"""Below it stands what becomes of each column, a list of encoders."""
CODE: Final[ConfigPath] = ("custom",)
"""What stands there is one file of code, known by its hash."""
_INPUT_SHAPE: Final = ("model", "input_shape")
NAMES: Final[Sequence[ConfigPath]] = (
    ("vars",),
    ("blocks",),
    ("blocks", "*", "with"),
    ("data", "*", "features"),
    ("data", "validation", "*", "features"),
    ("data", "test", "*", "features"),
    ("data", "augment"),
    ("data", "classes"),
    COLUMNS,
    ("data", "inputs"),
    ("data", "scale"),
    ("data", "scale_labels"),
    ("model", "input_shape"),
    ("compile", "loss_weights"),
    ("fit", "class_weight"),
    ("fit", "class_weight", "*"),
    ("search", "space"),
    ("search", "start", "*"),
)
"""Where a config has names: what `experiment` says of its sections, without their
weight; a test holds them against each other."""
_LONGEST_TEXT = 28
_DIGITS = 12
"""Of a hash, for people."""
_LONGEST_NUMBERS = 3
_FEW_OBJECTS = 3
_AXIS: Final = "axis"
"""The first argument of some classes, by which nobody knows a layer."""
_OF_ALL: Final = frozenset({"name", "enabled"})


class Missing:
    """The value of a key that is not there."""


MISSING: Final = Missing()
ABSENT: Final = "absent"
"""What a run shows where its config has no such key."""


class Told(str):
    """A step of a path that no config has: `hidden1+`, what follows `hidden1`."""

    __slots__ = ()


def step_text(key: str) -> str:
    """A key in the path of a setting."""
    return key if isinstance(key, Told) else key_text(key)


def is_column(path: ConfigPath) -> bool:
    """Whether a path is that of a column, or of one of its encoders."""
    return path[: len(COLUMNS)] == COLUMNS and len(path) > len(COLUMNS)


def are_names(path: ConfigPath) -> bool:
    """Whether the keys of a mapping are names that a person chose, not classes."""
    return any(
        len(path) == len(names)
        and all(key in {"*", part} for key, part in zip(names, path, strict=True))
        for names in NAMES
    )


def are_parts(values: Sequence[object]) -> TypeGuard[Sequence[Part]]:
    """Whether all are written `{Class: {argument: value}}`."""
    return all(
        isinstance(value, Mapping)
        and len(value) == 1
        and (kind := str(next(iter(value))))[:1].isupper()
        and isinstance(value[kind], Mapping | None)
        for value in values
    )


def as_parts(values: Sequence[object]) -> Sequence[Part] | None:
    """Values as components; None: they are none. `Hinge` is one without arguments."""
    if not any(are_parts([value]) for value in values):
        return None
    spelt: list[object] = [
        {value: {}} if isinstance(value, str) else value for value in values
    ]
    return spelt if are_parts(spelt) else None


def kind_of(part: Part) -> str:
    """The class of a component."""
    return str(next(iter(part)))


def body_of(part: Part) -> Mapping[str, object]:
    """The arguments of a component."""
    body = next(iter(part.values()))
    return body if isinstance(body, Mapping) else {}


def name_of(part: Part) -> str | None:
    """What a config calls a layer; None: it has no name."""
    name = body_of(part).get("name")
    return name if isinstance(name, str) else None


def main_value(body: Mapping[str, object]) -> Scalar:
    """What people know a layer by: units, filters, a rate; None: its class alone."""
    key = main_key(body)
    value = body.get(key) if key else None
    return value if isinstance(value, str | int | float) else _or_none(value)


def main_key(body: Mapping[str, object]) -> str | None:
    """The argument that a class is mostly about: resolved configs write it first."""
    key = next((str(name) for name in body if name not in _OF_ALL), None)
    if key is None or key == _AXIS or isinstance(body[key], bool | Mapping):
        return None
    return key


def _or_none(value: object) -> str | None:
    is_short = isinstance(value, list) and len(value) <= _LONGEST_NUMBERS
    return compact(value) if is_short else None


def short_text(value: object, path: ConfigPath = ()) -> Scalar:
    """A value in a cell: scalars as they are, anything else in a few characters."""
    if value is None or isinstance(value, str | int | float):
        return value
    if path[:-1] == COLUMNS and isinstance(value, list):
        return chain_text(value)
    if "labels" in path and isinstance(value, Mapping) and is_label_encoder(value):
        return cut(encoder_text(value, LABEL_ENCODER), _LONGEST_TEXT)
    if path == CODE and isinstance(value, Mapping):
        name = str(value.get("path")).rpartition("/")[2]
        return f"{name} {str(value.get('sha256'))[:_DIGITS]}"
    if isinstance(value, Mapping) and are_parts([value]) and not are_names(path):
        arguments = [item for item in body_of(value).values() if item is not None]
        inner = ", ".join(compact(item) for item in arguments)
        text = f"{kind_of(value)}({inner})" if inner else kind_of(value)
    elif isinstance(value, list) and (kinds := _kinds(value, path)):
        text = " + ".join(kinds)
    else:
        text = compact(value)
    return cut(text, _LONGEST_TEXT)


def _kinds(values: Sequence[object], path: ConfigPath) -> list[str]:
    """The classes of a list such as `[accuracy, {AUC: ...}]`; empty: it is none."""
    are_classes = "metrics" in path or any(are_parts([value]) for value in values)
    if not are_classes or not all(
        isinstance(value, str) or are_parts([value]) for value in values
    ):
        return []
    return [
        kind_of(value) if isinstance(value, Mapping) else str(value) for value in values
    ]


def own_settings(
    differences: list[tuple[ConfigPath, list[Scalar]]],
) -> list[tuple[ConfigPath, list[Scalar]]]:
    """What differs by itself: columns of other widths make another input shape."""
    if not any(path[:2] == COLUMNS for path, _ in differences):
        return differences
    return [one for one in differences if one[0][:2] != _INPUT_SHAPE]


def compact(value: object) -> str:
    """A value in one line; texts as they are."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(", ", ":"))


def texts_of(path: ConfigPath, values: Sequence[object]) -> list[Scalar]:
    """A text for each value at a path, other ones for other values."""
    texts = [ABSENT if one is MISSING else short_text(one, path) for one in values]
    return number_equals(values, texts)


def number_equals(values: Sequence[object], texts: Sequence[Scalar]) -> list[Scalar]:
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


def class_names(lists: Sequence[Sequence[Part]]) -> list[Scalar] | None:
    """`EarlyStopping` against `none`: a few classes, where these tell lists apart."""
    counts = [Counter(kind_of(part) for part in parts) for parts in lists]
    common = counts[0].copy()
    for count in counts:
        common &= count
    if common or max(count.total() for count in counts) > _FEW_OBJECTS:
        return None
    names: list[Scalar] = [" + ".join(map(kind_of, parts)) or "none" for parts in lists]
    return names if number_equals(lists, names) == names else None


def list_texts(noun: str, lists: Sequence[Sequence[Part]]) -> list[Scalar]:
    """Say how many there are of `noun`, and which are not in all of the models.

    Where that leaves different models alike, the sizes of their layers follow.

    Args:
        noun: What one of them is called.
        lists: The components of each model.
    """
    counts = [Counter(kind_of(part) for part in parts) for parts in lists]
    common = counts[0].copy()
    for count in counts:
        common &= count
    texts: list[Scalar] = []
    for count in counts:
        extra = [
            f" +{kind}" if number == 1 else f" +{number} {kind}"
            for kind, number in (count - common).items()
        ]
        total = count.total()
        texts.append(f"{total} {noun}{'s' * (total != 1)}{''.join(extra)}")
    if number_equals(lists, texts) == texts:
        return texts
    sized = [
        f"{text} ({_sizes(parts)})" for text, parts in zip(texts, lists, strict=True)
    ]
    return number_equals(lists, sized)


def _sizes(parts: Sequence[Part]) -> str:
    """The number by which people know each layer: units, filters, a rate."""
    values = [main_value(body_of(part)) for part in parts]
    return "-".join(str(value) for value in values if isinstance(value, int | float))


def added_words(path: str, head: str, value: str) -> str | None:
    """`Dropout(0.3) after hidden1`; None: the path is not that of an added layer.

    Args:
        path: Of a setting.
        head: What it is called: `Dropout after hidden1 (x2)`.
        value: What stands there.
    """
    kind = added_kind(path)
    if kind is None:
        return None
    rest = head.removeprefix(kind)
    if kind == SEVERAL_KINDS:
        return f"{value}{rest}"
    return f"{kind}{'' if value == THERE else f'({value})'}{rest}"


def added_kind(path: str) -> str | None:
    """`Dropout` of `model.layers.hidden1+.Dropout`; None: of any other path."""
    label, _, kind = path.rpartition(".")
    label = label.rpartition(".")[2]
    return kind if label.startswith("+") or label.endswith("+") else None


def added_head(label: str, kind: str) -> str:
    """`Dropout after hidden1` for what stands at `hidden1+`."""
    if label.endswith("+") and label != "+":
        return f"{kind} after {label[:-1]}"
    return f"{kind} before {label[1:]}" if label != "+" else kind
