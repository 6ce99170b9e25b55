"""Arithmetic on named numbers: `width // 2`, `max(width, 8)`.

A parser of its own, not Python's: nothing else can be said, no name is a reserved word,
and every mistake has its place.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import NoReturn, TypeAlias

Computed: TypeAlias = int | float

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""What `$name` can stand for."""
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    rf"|(?P<name>{NAME.pattern})|(?P<sign>//|[-+*/%(),]))"
)
_SUMS: Mapping[str, Callable[[Computed, Computed], Computed]] = {
    "+": operator.add,
    "-": operator.sub,
}
_PRODUCTS: Mapping[str, Callable[[Computed, Computed], Computed]] = {
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
_FUNCTIONS: Mapping[str, Callable[..., Computed]] = {
    "max": max,
    "min": min,
    "round": round,
}
_MOST_ARGUMENTS = {"round": 2}
_DEEPEST = 50
_LARGEST = 1e300
_OFFERED = "there is + - * / // % with min, max and round"


class ArithmeticMistake(Exception):  # noqa: N818 - never shown: who knows the place tells
    """Something that cannot be computed, and where it stands in the text."""

    def __init__(self, start: int, end: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.start = start
        self.end = end
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def compute(text: str, value_of: Callable[[str], Computed]) -> Computed:
    """The value of an expression.

    Args:
        text: As in `width // 2`.
        value_of: The number that a name stands for.

    Raises:
        ArithmeticMistake: It cannot be read, or not be computed.
    """
    parser = _Parser(text, value_of)
    value = parser.sum()
    parser.require_end()
    return value


def closing_parenthesis(text: str) -> int | None:
    """The place of the `)` that closes the first `(`; `None`: none does."""
    depth = 0
    for place, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == ")" and depth == 0:
            return place
    return None


@dataclass
class _Parser:
    """Walks over the tokens, a method per level of the grammar."""

    text: str
    value_of: Callable[[str], Computed]
    tokens: list[_Token] = field(init=False)
    index: int = 0
    depth: int = 0

    def __post_init__(self) -> None:
        self.tokens = _tokens(self.text)

    def sum(self) -> Computed:
        self.depth += 1
        if self.depth > _DEEPEST:
            self._refuse(self._peek(), "too many brackets within each other")
        value = self._product()
        while (sign := self._take(_SUMS)) is not None:
            value = self._apply(_SUMS[sign.text], sign, value, self._product())
        self.depth -= 1
        return value

    def require_end(self) -> None:
        token = self._peek()
        if token is not None:
            self._refuse(token, f"`{token.text}` is not expected here")

    def _product(self) -> Computed:
        value = self._signed()
        while (sign := self._take(_PRODUCTS)) is not None:
            value = self._apply(_PRODUCTS[sign.text], sign, value, self._signed())
        return value

    def _signed(self) -> Computed:
        negative = False
        while (sign := self._take(_SUMS)) is not None:
            negative ^= sign.text == "-"
        value = self._single()
        return -value if negative else value

    def _single(self) -> Computed:
        token = self._peek()
        if token is None:
            self._refuse(None, "a number or a name is missing at the end")
        self.index += 1
        if token.kind == "number":
            return self._number(token)
        if token.kind == "name":
            is_call = self._take({"("}) is not None
            return self._call(token) if is_call else self._value(token)
        if token.text != "(":
            self._refuse(token, f"a number or a name is missing before `{token.text}`")
        value = self.sum()
        self._require(")")
        return value

    def _call(self, token: _Token) -> Computed:
        function = _FUNCTIONS.get(token.text)
        if function is None:
            self._refuse(token, f"there is no function `{token.text}`")
        arguments = [self.sum()]
        while self._take({","}) is not None:
            arguments.append(self.sum())
        self._require(")")
        if len(arguments) > _MOST_ARGUMENTS.get(token.text, len(arguments)):
            self._refuse(token, f"`{token.text}` takes at most two numbers")
        if token.text != "round" and len(arguments) == 1:
            return arguments[0]
        return self._apply(function, token, *arguments)

    def _value(self, token: _Token) -> Computed:
        try:
            return self.value_of(token.text)
        except ArithmeticMistake as error:
            raise ArithmeticMistake(
                token.start, token.end, error.message, error.hint
            ) from None

    def _number(self, token: _Token) -> Computed:
        is_whole = token.text.isdigit()
        return self._checked(token, int(token.text) if is_whole else float(token.text))

    def _apply(
        self, function: Callable[..., Computed], token: _Token, *values: Computed
    ) -> Computed:
        try:
            return self._checked(token, function(*values))
        except ZeroDivisionError:
            self._refuse(token, "this divides by 0", "look at what is on the right")
        except (OverflowError, TypeError, ValueError):
            shown = ", ".join(map(str, values))
            self._refuse(token, f"`{token.text}` does not fit {shown}")

    def _checked(self, token: _Token, value: Computed) -> Computed:
        if abs(value) > _LARGEST or not isfinite(value):
            self._refuse(token, "the number is too large", "use smaller numbers")
        return value

    def _peek(self) -> _Token | None:
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    def _take(self, signs: Mapping[str, object] | set[str]) -> _Token | None:
        token = self._peek()
        if token is None or token.kind != "sign" or token.text not in signs:
            return None
        self.index += 1
        return token

    def _require(self, sign: str) -> None:
        if self._take({sign}) is None:
            self._refuse(self._peek(), f"a `{sign}` is missing here")

    def _refuse(
        self, token: _Token | None, message: str, hint: str = _OFFERED
    ) -> NoReturn:
        length = len(self.text)
        start, end = (length, length + 1) if token is None else (token.start, token.end)
        raise ArithmeticMistake(start, end, message, hint)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    start = 0
    while text[start:].strip():
        match = _TOKEN.match(text, start)
        if match is None:
            start = len(text) - len(text[start:].lstrip())
            message = f"`{text[start]}` cannot stand in an expression"
            raise ArithmeticMistake(start, start + 1, message, _OFFERED)
        kind = str(match.lastgroup)
        tokens.append(_Token(kind, match[kind], match.start(kind)))
        start = match.end()
    return tokens
