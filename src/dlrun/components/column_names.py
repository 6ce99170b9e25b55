"""How a config names columns: one, several, or by patterns; and what marks a gap."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import PlainValidator

from dlrun.components.words import invalid, shown


def one_or_several(value: object) -> str | tuple[str, ...]:
    """The name of a column, or a list of them, as a config has them.

    Raises:
        PydanticCustomError: it is none, or a column is listed twice.
    """
    names = value if isinstance(value, (list, tuple)) else [value]
    if not names or not all(isinstance(name, (str, int)) for name in names):
        message = (
            f"expected the name of a column, or a list of names, found {shown(value)}"
        )
        raise invalid("wrong-type", message, hint="write age, or [age, height]")
    truth = next((name for name in names if isinstance(name, bool)), None)
    if truth is not None:
        message = f"expected the name of a column, found {shown(truth)}"
        hint = f'a column of this name is written "{str(truth).lower()}"'
        raise invalid("wrong-type", message, hint=hint)
    texts = tuple(str(name) for name in names)
    times = Counter(texts)
    twice = next((name for name in texts if times[name] > 1), None)
    if twice is not None:
        message = f"the column {shown(twice)} is listed twice"
        raise invalid("duplicate-column", message, hint="list each column once")
    return texts if isinstance(value, (list, tuple)) else texts[0]


def _gap_texts(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)) and not any(
        item is None or isinstance(item, (list, dict, bool)) for item in value
    ):
        return tuple(str(item).strip() for item in value)
    message = f"`{{key}}` must list texts, found {shown(value)}"
    raise invalid("wrong-type", message, hint='write them, as in [NA, "?", -999]')


def _one(value: object) -> str:
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value)
    message = f"expected the name of a column, found {shown(value)}"
    raise invalid("wrong-type", message, hint="write one name, as in patient")


ColumnName = Annotated[str, PlainValidator(_one)]
"""The name of a column."""
GapTexts = Annotated[tuple[str, ...], PlainValidator(_gap_texts)]
"""Texts that mean a gap."""


Columns = Annotated[str | tuple[str, ...], PlainValidator(one_or_several)]
"""The name of a column, or a list of names."""


def column_list(value: object) -> tuple[str, ...]:
    """The names of several columns, or patterns with `*`, as a config has them.

    Raises:
        PydanticCustomError: it is no list of texts.
    """
    names = value if isinstance(value, (list, tuple)) else []
    if names and all(
        isinstance(name, (str, int)) and not isinstance(name, bool) for name in names
    ):
        return tuple(map(str, names))
    message = f"expected a list of columns, found {shown(value)}"
    raise invalid("wrong-type", message, hint='write them, as in [age, "*_mm"]')


def as_tuple(names: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """One name or several as several; none of nothing."""
    if names is None:
        return ()
    return names if isinstance(names, tuple) else (names,)
