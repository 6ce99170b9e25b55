"""What labels call their classes; light, so that headers and rows say the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from unicodedata import category, normalize

from dlrun.data.columns import BOOLEANS
from dlrun.writing import (
    choices,
    cut,
    escaped,
    in_order,
    is_plain,
    number_of,
    whole_number,
)
from dlrun.writing.flow import shown

READ_AT_MOST = 5_000_000
"""Bytes that are read through where a light command asks for classes."""
_JOINERS = "\u200c\u200d"
_MISSING = frozenset({"nan", "null", "n/a", "#n/a"})


@dataclass(frozen=True, slots=True)
class ClassNames:
    """What each of some labels calls its class."""

    names: tuple[str, ...]
    """A name per label."""
    is_numbers: bool
    """Whether all are numbers; then those that are not whole name no class."""
    wrong: dict[int, str]
    """What is wrong with some labels, by their place, as in `is not whole`."""


def name_classes(
    labels: Sequence[object], classes: Collection[str] | None = None
) -> ClassNames:
    """Find out what labels call their classes.

    A label keeps its spelling, unless all are plain numbers: then `10.0` is `10`.
    Integers never pass through a float, which would round the long ones.

    Args:
        labels: texts, numbers or booleans, each at least once.
        classes: the names that are known; None: those that occur will be.
    """
    texts = [str(label) for label in labels]
    if any(isinstance(label, str) for label in labels):
        named = _of_texts(texts, classes or ())
    else:
        named = _of_numbers(labels, classes or ())
    return replace(named, names=_as_known(texts, named.names, classes or ()))


def known_names(texts: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """What each text calls its category: `1.0` is the one that is known as `1`.

    A text is named by itself: whatever stands in other rows, it means the same.

    Args:
        texts: the cells of some rows.
        known: the categories; a text that is none of them keeps its spelling.
    """
    names = frozenset(known)
    wholes = {whole_number(name) or name: name for name in known}
    truths = {name.casefold(): name for name in known if name.casefold() in BOOLEANS}
    found = {}
    for text in texts:
        if text in names:
            found[text] = text
        else:
            whole = wholes.get(whole_number(text) or text, text)
            found[text] = truths.get(text.casefold(), whole)
    return found


def possible_classes(labels: Sequence[object]) -> tuple[str, ...] | None:
    """The classes, if every label can be one: names, or integers from 0."""
    named = name_classes(labels)
    is_negative = named.is_numbers and any(name[0] == "-" for name in named.names)
    if named.wrong or is_negative or "" in named.names:
        return None
    return in_order(set(named.names))


def _as_known(
    texts: Sequence[str], names: Sequence[str], classes: Collection[str]
) -> tuple[str, ...]:
    """The names as they are known: `1` is the class that was called `1.0`."""
    known = frozenset(classes)
    wholes = {whole_number(name) or name: name for name in classes}
    return tuple(
        text if text in known else wholes.get(whole_number(name) or name, name)
        for text, name in zip(texts, names, strict=True)
    )


def _of_numbers(labels: Sequence[object], classes: Collection[str]) -> ClassNames:
    spelled = {name.casefold(): name for name in classes}
    if BOOLEANS.keys() <= spelled.keys() and all(map(_is_boolean, labels)):
        found = tuple(spelled[str(label).casefold()] for label in labels)
        return ClassNames(found, is_numbers=False, wrong={})
    names, wrong = [], {}
    for place, label in enumerate(labels):
        name = _of_number(label)
        if name is None:
            wrong[place] = (
                "is not whole" if isfinite(_as_float(label)) else "is not a class"
            )
        names.append(str(label) if name is None else name)
    return ClassNames(tuple(names), is_numbers=True, wrong=wrong)


def _is_boolean(label: object) -> bool:
    return isinstance(label, bool)


def _as_float(label: object) -> float:
    return label if isinstance(label, float) else float(str(label))


def _of_number(label: object) -> str | None:
    """The digits of an integer; None: it is not whole."""
    if isinstance(label, int):
        return str(int(label))
    number = _as_float(label)
    return str(int(number)) if isfinite(number) and number % 1 == 0 else None


def _of_texts(texts: Sequence[str], known: Collection[str]) -> ClassNames:
    names = frozenset(known)
    strange = [text for text in texts if text not in names]
    spelled = {name.casefold(): name for name in known}
    if {text.casefold() for text in strange} <= BOOLEANS.keys():
        several = len(set(texts)) > len({text.casefold() for text in texts})
        return ClassNames(
            tuple(
                text if text in names else _boolean(text, spelled, fold=several)
                for text in texts
            ),
            is_numbers=False,
            wrong={},
        )
    if all(map(_is_plain_or_infinite, texts)) and any(map(is_plain, texts)):
        return _of_plain(texts)
    return ClassNames(tuple(texts), is_numbers=False, wrong={})


def _boolean(text: str, spelled: dict[str, str], *, fold: bool) -> str:
    """True and true are one class, called as it is known, else as Python writes it."""
    return spelled.get(text.casefold(), text.capitalize() if fold else text)


def _is_plain_or_infinite(text: str) -> bool:
    number = number_of(text)
    return is_plain(text) or (number is not None and not isfinite(number))


def _of_plain(texts: Sequence[str]) -> ClassNames:
    names, wrong = [], {}
    for place, text in enumerate(texts):
        name = whole_number(text)
        if name is None:
            wrong[place] = "is not whole" if is_plain(text) else "is not a class"
        names.append(text if name is None else name)
    return ClassNames(tuple(names), is_numbers=True, wrong=wrong)


def doubts(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What makes it doubtful that names were meant as the classes, and the cure."""
    for name in names:
        doubt = _doubt(name)
        if doubt is not None:
            yield doubt
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(_sound(name), []).append(name)
    for several in alike.values():
        if len(several) > 1:
            yield (
                f"the classes {choices(several)} differ only in their spelling",
                "write one of them everywhere, or list both under classes",
            )


def _doubt(name: str) -> tuple[str, str] | None:
    """The same of one name; `None`: it may well be meant."""
    written = f'the class "{escaped(cut(name, 60))}"'
    if "\n" in name or "\r" in name:
        cure = "look for a quote that closes some lines too late"
        return f"{written} has a line break in its name", cure
    if name.startswith('"') and name.count('"') % 2:
        message = f"the class {shown(name)} begins with a quote that is not closed"
        return message, "close the quote, or remove it"
    if name.casefold() in _MISSING:
        cure = "remove the rows without a label, or name the class otherwise"
        return f"the class {shown(name)} reads like a missing value", cure
    if _bare(name) != name:
        message = f"{written} has characters in its name that nobody sees"
        return message, "remove them from the labels"
    return None


def _bare(name: str) -> str:
    """A name without marks that steer a terminal or the direction of a text.

    Those that join letters stay: some scripts need them.
    """
    return "".join(
        char for char in name if char in _JOINERS or category(char) not in {"Cc", "Cf"}
    )


def _sound(name: str) -> str:
    """What names have in common that differ only in their spelling."""
    number = number_of(name)
    whole = (name.lstrip("0") or "0") if name.isdecimal() else whole_number(name)
    if whole is not None:
        return whole
    if number is not None and isfinite(number):
        return whole_number(str(number)) or str(number)
    return " ".join(normalize("NFKC", _bare(name)).split()).casefold()
