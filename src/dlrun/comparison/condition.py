"""What a condition asks of a column, and the three answers: yes, no, and not known.

A condition that guards something must not let pass what it could not look at. So a
value that is missing answers neither way, and `not` leaves it so; and what can never
hold, whatever a run measures, is refused before any run is asked.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from dlrun.comparison.settings.text import ABSENT
from dlrun.writing import did_you_mean, listing, nearest, number

if TYPE_CHECKING:
    from dlrun.config import Scalar

ColumnContent: TypeAlias = Literal["number", "text", "any"]
"""What stands in a column."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell, and why: `c-003 has no val_loss`."""

    reason: str


ColumnValue: TypeAlias = "Scalar | Unknown"
"""The value of a column; None is a fact, such as a key that a config does not have."""
Lookup: TypeAlias = Callable[[str], ColumnValue]
Answer: TypeAlias = bool | Unknown
RowCondition: TypeAlias = Callable[[Lookup], Answer]
"""Whether a row meets what was typed."""


@dataclass(frozen=True, slots=True)
class Domain:
    """What may stand in a column."""

    content: ColumnContent = "any"
    values: Collection[Scalar] = ()
    """What stands there in some row."""
    vocabulary: Mapping[str, str] | None = None
    """Every word that may stand there, by its spellings; None: any text."""
    others: Collection[str] = ()
    """Words that no row has, and that are no slip of the pen."""
    undecided: Mapping[str, str] = field(default_factory=dict)
    """Words that say that nobody has judged, and what that means."""
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class Operand:
    """What was typed to the right of a sign."""

    value: Scalar
    text: str

    @property
    def is_number(self) -> bool:
        """Whether it can stand beside `<`; True and False cannot."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a comparison can never hold, or never fail, and what was meant."""

    message: str
    hint: str


_ORDERS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SIGNS: Final = frozenset({*_ORDERS, "=", "==", "!="})
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?)%")
_SHOWN = 6
_PER_CENT = 100
_WRITE_NUMBER = "write it like: val_loss > 0.5"


def compare_column(
    name: str, sign: str, constant: Operand, domain: Domain
) -> RowCondition:
    """The condition that a column stands so to a constant; `find_mistake` has passed.

    Args:
        name: The column.
        sign: One of `SIGNS`.
        constant: What it is held against.
        domain: What may stand in the column.
    """
    order = _ORDERS.get(sign)
    if order is not None:
        limit = float(constant.value or 0)
        return lambda row: _in_order(row(name), order, limit, name)
    wanted = _meant(constant, domain)
    is_negated = sign == "!="

    def holds(row: Lookup) -> Answer:
        cell = row(name)
        if isinstance(cell, Unknown):
            return (not is_negated) if wanted is None else cell
        if isinstance(cell, str) and cell != wanted and cell in domain.undecided:
            return Unknown(domain.undecided[cell])
        return _equal(cell, wanted, constant) != is_negated

    return holds


def both(parts: Sequence[RowCondition]) -> RowCondition:
    """All of them; one that fails decides, whatever is not known."""
    return (
        parts[0] if len(parts) == 1 else lambda row: _joined(parts, row, decides=False)
    )


def either(parts: Sequence[RowCondition]) -> RowCondition:
    """One of them; one that holds decides, whatever is not known."""
    return (
        parts[0] if len(parts) == 1 else lambda row: _joined(parts, row, decides=True)
    )


def negation(part: RowCondition) -> RowCondition:
    """The opposite; what is not known stays so."""

    def holds(row: Lookup) -> Answer:
        answer = part(row)
        return answer if isinstance(answer, Unknown) else not answer

    return holds


def find_mistake(
    name: str, sign: str, constant: Operand, domain: Domain
) -> Mistake | None:
    """Why a comparison cannot hold for any value; None: it can.

    Args:
        name: The column.
        sign: One of `SIGNS`.
        constant: What it is held against.
        domain: What may stand in the column.
    """
    if sign in _ORDERS:
        return _order_mistake(name, sign, constant, domain)
    if constant.value is None:
        return None
    if isinstance(constant.value, str) or domain.content == "text":
        return _word_mistake(name, constant, domain)
    if constant.is_number:
        return _range_mistake(name, sign, constant, domain)
    is_flag = domain.content != "number"
    message = f"{name} is a number, never {constant.text}"
    return None if is_flag else Mistake(message, _WRITE_NUMBER)


def _order_mistake(
    name: str, sign: str, constant: Operand, domain: Domain
) -> Mistake | None:
    if not constant.is_number:
        message = f"`{sign}` needs a number after it, and {constant.text!r} is none"
        return Mistake(message, _number_hint(name, constant, domain))
    texts = [value for value in domain.values if isinstance(value, str)]
    has_numbers = any(isinstance(value, int | float) for value in domain.values)
    if domain.content == "text" or (texts and not has_numbers):
        there = f": {listing(sorted(set(texts)), _SHOWN)}" if texts else ""
        return Mistake(
            f"{name} holds no numbers{there}", f"ask for a word: {name} == WORD"
        )
    return _range_mistake(name, sign, constant, domain)


def _number_hint(name: str, constant: Operand, domain: Domain) -> str:
    if _DECIMAL_COMMA.fullmatch(constant.text):
        return f"did you mean {constant.text.replace(',', '.')}?"
    if percent := _PERCENT.fullmatch(constant.text):
        return f"did you mean {float(percent[1]) / 100:g}?"
    if constant.value is None or constant.text.lower() in {"nan", "inf", "-inf"}:
        return f"did you mean {name} == null? It asks for what has no number"
    if domain.content == "text" or domain.vocabulary is not None:
        return f"did you mean {name} == {constant.text}?"
    return f"did you mean a number? {_WRITE_NUMBER}"


def _range_mistake(
    name: str, sign: str, constant: Operand, domain: Domain
) -> Mistake | None:
    """Whether no value that the column can have stands so to the number."""
    limit = float(constant.value or 0)
    low, high = domain.low, domain.high
    reach = {
        "<": low < limit,
        "<=": low <= limit,
        ">": high > limit,
        ">=": high >= limit,
    }
    if reach.get(sign, low <= limit <= high):
        return None
    end = f"above {number(high)}" if limit >= high else f"below {number(low)}"
    is_share = (low, high) == (0, 1) and limit <= _PER_CENT
    hint = f"did you mean {limit / _PER_CENT:g}?" if is_share and limit > 1 else None
    return Mistake(f"{name} is never {end}", hint or "write a number that it can reach")


def _word_mistake(name: str, constant: Operand, domain: Domain) -> Mistake | None:
    if domain.content == "number":
        message = f"{name} is a number, never {constant.text!r}"
        return Mistake(message, _number_hint(name, constant, domain))
    wanted = _meant(constant, domain)
    if domain.vocabulary is not None:
        return _vocabulary_mistake(name, wanted, constant.text, domain.vocabulary)
    if wanted in domain.values or constant.text in domain.others:
        return None
    # A word that is like one of those there is taken for a slip; any other may come.
    texts = [value for value in domain.values if isinstance(value, str)]
    meant = nearest(constant.text, texts)
    message = f"{name} is {constant.text!r} in no run"
    return None if meant is None else Mistake(message, did_you_mean([meant]))


def _vocabulary_mistake(
    name: str, wanted: Scalar, text: str, vocabulary: Mapping[str, str]
) -> Mistake | None:
    words = list(dict.fromkeys(vocabulary.values()))
    if wanted in words:
        return None
    meant = nearest(text, vocabulary)
    hint = did_you_mean([meant]) if meant else f"it is one of: {listing(words, 20)}"
    return Mistake(f"{name} is never {text!r}", hint)


def _meant(constant: Operand, domain: Domain) -> Scalar:
    """The value that a constant stands for: a word in whatever case it is written."""
    value = constant.value
    is_word = isinstance(value, str) or domain.content == "text"
    if value is None or not is_word:
        return value
    if domain.vocabulary is not None:
        text = constant.text.strip().lower()
        word = text if text in domain.vocabulary else re.split(r"[@ ]", text)[0]
        return domain.vocabulary.get(word, constant.text)
    texts = [known for known in domain.values if isinstance(known, str)]
    if constant.text in texts:
        return constant.text
    alike = [text for text in texts if text.lower() == constant.text.lower()]
    return alike[0] if len(set(alike)) == 1 else constant.text


def _equal(cell: Scalar, wanted: Scalar, constant: Operand) -> bool:
    if isinstance(cell, str) and not isinstance(wanted, str) and wanted is not None:
        return cell == constant.text  # A text of digits, such as a name.
    return cell == wanted


def _in_order(
    cell: ColumnValue, order: Callable[[float, float], bool], limit: float, name: str
) -> Answer:
    if isinstance(cell, Unknown):
        return cell
    if isinstance(cell, int | float):
        return order(float(cell), limit)
    if cell is None or cell == ABSENT:
        return False  # What is not there is not above or below anything.
    return Unknown(f"{name} is {cell}, which is no number")


def _joined(parts: Sequence[RowCondition], row: Lookup, *, decides: bool) -> Answer:
    unknown: Unknown | None = None
    for part in parts:
        answer = part(row)
        if isinstance(answer, Unknown):
            unknown = unknown or answer
        elif answer is decides:
            return decides
    return unknown or not decides
