"""Scalars of YAML 1.2: `1e-4` is a number, `no` is text, `010` is refused."""

from __future__ import annotations

import copyreg
import re
from collections.abc import Callable
from pathlib import Path
from typing import Self

from yaml.representer import SafeRepresenter

_DIGITS_AT_MOST = 308  # what is longer cannot become a float
_BITS_AT_MOST = 1023
_SHOWN_AT_MOST = 30
_CONSTANTS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_MAYBE_NUMBER = frozenset("+-.0123456789")
_LEADING_ZERO = re.compile(r"([-+]?)0+([0-9]+)")


class ConfigText(str):
    """A text of a config that remembers where relative paths in it start."""

    __slots__ = ("directory",)

    directory: Path
    """The absolute directory of the file that wrote it; for `-s`, the current one."""

    def __new__(cls, text: str, directory: Path) -> Self:
        """Join a text to its directory."""
        self = super().__new__(cls, text)
        self.directory = directory
        return self


def _pickled(text: ConfigText) -> tuple[type[ConfigText], tuple[str, Path]]:
    return ConfigText, (str(text), text.directory)


copyreg.pickle(ConfigText, _pickled)

# Otherwise yaml.safe_dump refuses every class but `str` itself.
SafeRepresenter.add_representer(ConfigText, SafeRepresenter.represent_str)


class ScalarError(Exception):
    """A scalar that looks like a number but cannot be read as one."""

    def __init__(self, message: str, hint: str, code: str) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code


def parse_scalar(text: str) -> str | int | float | bool | None:
    """Read a scalar that stands without quotes.

    Raises:
        ScalarError: it is a number with a leading zero, or out of range.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in _MAYBE_NUMBER:
        for pattern, number in _NUMBERS:
            if pattern.fullmatch(text):
                return number(text)
    return text


def _integer(text: str) -> int:
    padded = _LEADING_ZERO.fullmatch(text)
    if padded is not None:
        sign, digits = padded.groups()
        octal = "" if set(digits) & {"8", "9"} else f" or {sign}0o{_short(digits)}"
        raise ScalarError(
            f"ambiguous number {_short(text)}: some readers take it as octal",
            f'write {sign}{_short(digits)}{octal}; for a text, "{_short(text)}"',
            "ambiguous-number",
        )
    if len(text) > _DIGITS_AT_MOST:
        raise _out_of_range(text)
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise _out_of_range(text)
    return number


def _prefixed(text: str) -> int:
    number = int(text, 16 if text[1] == "x" else 8)
    if number.bit_length() >= _BITS_AT_MOST:
        raise _out_of_range(text)
    return number


def _out_of_range(text: str) -> ScalarError:
    return ScalarError(
        f"number out of range: {_short(text)}",
        "the largest number is 1.79e308; write .inf for infinity",
        "number-out-of-range",
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[:_SHOWN_AT_MOST]}..."


_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], int | float]], ...] = (
    (re.compile(r"[-+]?[0-9]+"), _integer),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), _float),
    (re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+"), _prefixed),
)
