"""Conditions that people type: `dropout > 0.2 and val_accuracy < 0.9`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from dlrun.errors import QueryError
from dlrun.writing import did_you_mean, listing, nearest

if TYPE_CHECKING:
    from dlrun.config import Scalar

Lookup: TypeAlias = Callable[[str], "Scalar"]
"""The value of a column."""
Predicate: TypeAlias = Callable[[Lookup], bool]
"""Whether a row meets what was typed."""

_TOKEN = re.compile(
    r"\s*(?:(?P<sign><=|>=|==|!=|=|<|>|\(|\))"
    r"|(?P<quoted>\"[^\"]*\"|'[^']*')"
    r"|(?P<word>[^\s<>=!()\"']+))"
)
_ORDERS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NAMES = 12
"""So many names are told where none is near."""
_SIGNS = frozenset({*_ORDERS, "=", "==", "!="})
_JOINTS = frozenset({"and", "or", "not"})
_CONSTANTS: Final = {"true": True, "false": False, "null": None, "none": None}
_EXAMPLE = 'write it like "gap > 0.1 and optimizer == Adam"'
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    position: int
    is_quoted: bool = False


def parse_condition(text: str, columns: Collection[str]) -> Predicate:
    """Read comparisons of columns with values, joined by `and`, `or`, `not` and `( )`.

    What a row does not have meets no comparison but `!=`.

    Args:
        text: What was typed.
        columns: The names that it may use.

    Raises:
        QueryError: It cannot be read, or names a column that there is not.
    """
    parser = _Parser(text, columns)
    condition = parser.either()
    parser.end()
    return condition


def hint_of(name: str, names: Collection[str]) -> str:
    """The name that was meant; where none is near, the first of those there are."""
    if meant := nearest(name, names):
        return did_you_mean([meant])
    if not names:
        return "no run has finished an epoch"
    return f"there are {listing(names, _NAMES)}"


class _Parser:
    """Walks over the tokens, a method per level of the grammar."""

    def __init__(self, text: str, columns: Collection[str]) -> None:
        self._text = text
        self._columns = columns
        self._tokens = list(_tokens(text))
        self._index = 0
        self._depth = 0

    def either(self) -> Predicate:
        parts = [self._both()]
        while self._takes("or"):
            parts.append(self._both())
        return lambda row: any(part(row) for part in parts)

    def end(self) -> None:
        token = self._peek()
        if token is not None:
            self._refuse(token, "expected `and` or `or` here")

    def _both(self) -> Predicate:
        parts = [self._negation()]
        while self._takes("and"):
            parts.append(self._negation())
        return lambda row: all(part(row) for part in parts)

    def _negation(self) -> Predicate:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._refuse(self._peek(), "too many brackets within each other")
        if self._takes("not"):
            inner = self._negation()
            return lambda row: not inner(row)
        if not self._takes("("):
            return self._comparison()
        group = self.either()
        if not self._takes(")"):
            self._refuse(self._peek(), "a `)` is missing here")
        return group

    def _comparison(self) -> Predicate:
        name = self._next("expected the name of a column here")
        if not name.is_quoted and name.text in _SIGNS | _JOINTS | {")"}:
            self._refuse(name, "expected the name of a column here")
        if name.text not in self._columns:
            hint = hint_of(name.text, self._columns)
            self._refuse(name, f"no run has the column {name.text!r}", hint=hint)
        sign = self._next("expected a sign here: <, <=, >, >=, == or !=")
        if sign.is_quoted or sign.text not in _SIGNS:
            self._refuse(sign, "expected a sign here: <, <=, >, >=, == or !=")
        value = self._next("expected a value here")
        if not value.is_quoted and value.text in _SIGNS | {"(", ")"}:
            self._refuse(value, "expected a value here")
        return _compare(name.text, sign.text, _constant(value))

    def _peek(self) -> _Token | None:
        return self._tokens[self._index] if self._index < len(self._tokens) else None

    def _takes(self, word: str) -> bool:
        token = self._peek()
        is_next = token is not None and not token.is_quoted and token.text == word
        self._index += is_next
        return is_next

    def _next(self, missing: str) -> _Token:
        token = self._peek()
        if token is None:
            self._refuse(None, missing)
        self._index += 1
        return token

    def _refuse(
        self, token: _Token | None, message: str, hint: str = _EXAMPLE
    ) -> NoReturn:
        position = len(self._text) if token is None else token.position
        raise QueryError(f"{message}\n  {self._text}\n  {' ' * position}^", hint=hint)


def _tokens(text: str) -> Iterator[_Token]:
    start = 0
    while text[start:].strip():
        match = _TOKEN.match(text, start)
        if match is None:
            position = len(text) - len(text[start:].lstrip())
            message = f"cannot read this\n  {text}\n  {' ' * position}^"
            raise QueryError(message, hint=_EXAMPLE)
        quoted = match["quoted"]
        token = quoted[1:-1] if quoted is not None else match["sign"] or match["word"]
        kind = match.lastgroup or "word"
        yield _Token(token, match.start(kind), is_quoted=quoted is not None)
        start = match.end()


def _constant(token: _Token) -> Scalar:
    if token.is_quoted:
        return token.text
    if token.text.lower() in _CONSTANTS:
        return _CONSTANTS[token.text.lower()]
    try:
        number = float(token.text)
    except ValueError:
        return token.text
    return number if math.isfinite(number) else token.text


def _compare(name: str, sign: str, wanted: Scalar) -> Predicate:
    order = _ORDERS.get(sign)
    if order is None:
        return lambda row: (row(name) == wanted) == (sign != "!=")

    def holds(row: Lookup) -> bool:
        value = row(name)
        numbers = isinstance(value, int | float) and isinstance(wanted, int | float)
        return numbers and order(float(value or 0), float(wanted or 0))

    return holds
