"""Conditions that people type: `dropout > 0.2 and val_accuracy < 0.9`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from dlrun.comparison.condition import (
    SIGNS,
    Domain,
    Operand,
    RowCondition,
    both,
    compare_column,
    either,
    find_mistake,
    negation,
)
from dlrun.errors import QueryError
from dlrun.writing import did_you_mean, listing, nearest, number_of

if TYPE_CHECKING:
    from dlrun.config import Scalar

_TOKEN = re.compile(
    r"\s*(?:(?P<sign><=|>=|==|!=|=|<|>|\(|\))"
    r"|(?P<quoted>\"[^\"]*\"|'[^']*')"
    r"|(?P<word>(?:\[\"(?:[^\"\\]|\\.)*\"\]|[^\s<>=!()\"'])+))"
)
_NAMES = 12
"""So many names are told where none is near."""
_JOINTS = frozenset({"and", "or", "not"})
_CONSTANTS: Final = {"true": True, "false": False, "null": None, "none": None}
_EXAMPLE = 'write it like "gap > 0.1 and optimizer == Adam"'
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    position: int
    is_quoted: bool = False


def parse_condition(
    text: str, columns: Collection[str], domain_of: Callable[[str], Domain]
) -> RowCondition:
    """Read comparisons of columns with values, joined by `and`, `or`, `not` and `( )`.

    Args:
        text: What was typed.
        columns: The names that it may use.
        domain_of: What may stand in a column; asked of those that it uses.

    Raises:
        QueryError: It cannot be read, names a column that there is not, or compares
            one with what it can never be.
    """
    parser = _Parser(text, columns, domain_of)
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

    def __init__(
        self,
        text: str,
        columns: Collection[str],
        domain_of: Callable[[str], Domain],
    ) -> None:
        self._text = text
        self._columns = columns
        self._domain_of = domain_of
        self._tokens = list(_tokens(text))
        self._index = 0
        self._depth = 0

    def either(self) -> RowCondition:
        parts = [self._both()]
        while self._takes("or"):
            parts.append(self._both())
        return either(parts)

    def end(self) -> None:
        token = self._peek()
        if token is not None:
            self._refuse(token, "expected `and` or `or` here")

    def _both(self) -> RowCondition:
        parts = [self._negation()]
        while self._takes("and"):
            parts.append(self._negation())
        return both(parts)

    def _negation(self) -> RowCondition:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._refuse(self._peek(), "too many brackets within each other")
        if self._takes("not"):
            return negation(self._negation())
        if not self._takes("("):
            return self._comparison()
        group = self.either()
        if not self._takes(")"):
            self._refuse(self._peek(), "a `)` is missing here")
        return group

    def _comparison(self) -> RowCondition:
        name = self._next("expected the name of a column here")
        if not name.is_quoted and name.text in SIGNS | _JOINTS | {")"}:
            self._refuse(name, "expected the name of a column here")
        if name.text not in self._columns:
            hint = hint_of(name.text, self._columns)
            self._refuse(name, f"no run has the column {name.text!r}", hint=hint)
        sign = self._next("expected a sign here: <, <=, >, >=, == or !=")
        if sign.is_quoted or sign.text not in SIGNS:
            self._refuse(sign, "expected a sign here: <, <=, >, >=, == or !=")
        value = self._next("expected a value here")
        if not value.is_quoted and value.text in SIGNS | {"(", ")"}:
            self._refuse(value, "expected a value here")
        constant = Operand(_constant(value), value.text)
        domain = self._domain_of(name.text)
        mistake = find_mistake(name.text, sign.text, constant, domain)
        if mistake is not None:
            self._refuse(value, mistake.message, hint=mistake.hint)
        return compare_column(name.text, sign.text, constant, domain)

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
    number = number_of(token.text)
    is_finite = number is not None and math.isfinite(number)
    return number if is_finite else token.text
