"""How people and programs write numbers: which texts are one, and how to repair one."""

from __future__ import annotations

import re

_PLAIN = re.compile(
    r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+"
    r"|[0-9](?:\.[0-9]+)?[eE](?:-[0-9]{1,3}|\+[0-9]{2,3}))"
)
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(\.[0-9]*)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")


def number_of(text: str) -> float | None:
    """The number that a text is; None: it is none.

    Python reads `1_000` and digits of other scripts as numbers; tables mean names by
    them.
    """
    stripped = text.strip()
    if "_" in stripped or not stripped.isascii():
        return None
    try:
        return float(stripped)
    except ValueError:
        return None


def is_number(text: str) -> bool:
    """Whether a text is a number, however it is written."""
    return number_of(text) is not None


def is_plain(text: str) -> bool:
    """Whether a text is a number and nothing else.

    That is `7`, `7.0` or `7e-05`, but neither `007` nor `7_0` nor `7E10`, which are
    names as often.
    """
    return _PLAIN.fullmatch(text) is not None


def whole_number(text: str) -> str | None:
    """The digits of a plain integer, so that `10.0` is `10`; None: it is none.

    They stay a text: a float would round numbers of more than 15 digits.
    """
    if not is_plain(text):
        return None
    digits = text
    if "e" in text.lower():
        from decimal import Decimal  # rare, and a millisecond of every start

        digits = format(Decimal(text), "f")
    whole, _, fraction = digits.partition(".")
    if fraction.strip("0"):
        return None
    unsigned = whole.lstrip("+-") or "0"
    return f"-{unsigned}" if whole.startswith("-") and unsigned != "0" else unsigned


def in_order(names: set[str]) -> tuple[str, ...]:
    """Names sorted; numbers as numbers, so that 10 comes after 9."""
    if not all(name.isdecimal() for name in names):
        return tuple(sorted(names))
    return tuple(sorted(names, key=_magnitude))


def _magnitude(name: str) -> tuple[int, str, str]:
    """What orders decimal digits, however many; equal numbers by their spelling."""
    digits = "".join(str(int(digit)) for digit in name).lstrip("0")
    return len(digits), digits, name


def comma_kind(text: str) -> str | None:
    """What the commas in a number are.

    Returns:
        `thousands`, `decimal`, or `either`: `1,200` may be both. None: no number.
    """
    grouped = _GROUPED.fullmatch(text)
    if grouped is not None:
        is_sure = text.count(",") > 1 or grouped[1] is not None
        return "thousands" if is_sure else "either"
    return "decimal" if _DECIMAL_COMMA.fullmatch(text) else None


def comma_cure(text: str) -> str | None:
    """How to write a number that has commas; None: it is no such number."""
    kind = comma_kind(text)
    joined, pointed = text.replace(",", ""), text.replace(",", ".", 1)
    if kind == "either":
        return f"write {joined} if the comma groups thousands, or {pointed} if not"
    if kind == "thousands":
        return f"write {joined}"
    return f"write {pointed}" if kind else None
