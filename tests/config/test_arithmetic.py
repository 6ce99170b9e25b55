from __future__ import annotations

import math
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.config.arithmetic import ArithmeticMistake, closing_parenthesis, compute

VALUES = {"width": 64, "rate": 0.5, "lambda": 3, "zero": 0}


def value_of(name):
    if name not in VALUES:
        raise ArithmeticMistake(0, 0, f"there is no variable `{name}`", "")
    return VALUES[name]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("width", 64),
        ("width // 3", 21),
        ("width / 2", 32.0),
        ("width % 10 + 1", 5),
        ("-width * -(2 - 3)", -64),
        ("2 - 3 - 4", -5),
        ("64 // 4 // 4", 4),
        ("2 + 3 * 4", 14),
        ("max(width, 100, 7) - min(rate, 1)", 99.5),
        ("max(width)", 64),
        ("round(rate * 5)", 2),
        ("round(2.345, 1)", 2.3),
        ("1e-3 * 2.", 0.002),
        (".5+lambda", 3.5),
        ("- - 2", 2),
        (" ( 1 ) ", 1),
    ],
)
def test_an_expression_has_a_value(text, value):
    found = compute(text, value_of)

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "marked", "words"),
    [
        ("width // zero", "//", "divides by 0"),
        ("width ** 2", "*", "a number or a name is missing before `*`"),
        ("pow(2, 3)", "pow", "no function `pow`"),
        ("widht + 1", "widht", "no variable `widht`"),
        ("1 + ", "", "missing at the end"),
        ("(1 + 2", "", "a `)` is missing"),
        ("1 2", "2", "`2` is not expected here"),
        ("round(1, 2, 3)", "round", "at most two"),
        ("round(1, 0.5)", "round", "does not fit 1, 0.5"),
        ("1e300 * 1e300", "*", "too large"),
        ("1 & 2", "&", "cannot stand"),
        ("max()", ")", "missing before `)`"),
        ("(" * 60 + "1" + ")" * 60, "(", "too many brackets"),
        ("", "", "missing at the end"),
    ],
)
def test_a_mistake_in_an_expression_has_its_place(text, marked, words):
    with pytest.raises(ArithmeticMistake) as caught:
        compute(text, value_of)

    assert words in caught.value.message
    assert text[caught.value.start : caught.value.end] == marked


numbers = st.integers(-1000, 1000) | st.floats(-1e3, 1e3, allow_nan=False)
OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


def expressions(inner):
    """Pairs of a text and what Python makes of the same numbers."""

    def joined(sign, left, right):
        if left[1] is None or right[1] is None:
            return f"({left[0]}) {sign} ({right[0]})", None
        try:
            value = OPERATORS[sign](left[1], right[1])
        except ZeroDivisionError:
            value = None
        is_known = value is not None and abs(value) < 1e300
        return f"({left[0]}) {sign} ({right[0]})", value if is_known else None

    return st.builds(joined, st.sampled_from(list(OPERATORS)), inner, inner)


@given(st.recursive(numbers.map(lambda one: (repr(one), one)), expressions))
def test_any_expression_has_the_value_that_python_gives_it(pair):
    text, value = pair

    if value is not None:
        assert math.isclose(compute(text, value_of), value, rel_tol=0, abs_tol=0)
    else:
        with pytest.raises(ArithmeticMistake):
            compute(text, value_of)


@given(
    st.text(st.sampled_from("0123456789.e+-*/%(),maxroundwidth $\u00e9"), max_size=30)
)
def test_any_text_is_a_number_or_a_mistake_within_it(text):
    mistake = None
    try:
        number = compute(text, value_of)
    except ArithmeticMistake as error:
        mistake = error

    if mistake is None:
        assert math.isfinite(number)
    else:
        assert 0 <= mistake.start <= mistake.end <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "place"), [("(a)", 2), ("((a)) + (b)", 4), ("(a", None), ("a", None)]
)
def test_the_end_of_a_bracket_is_found(text, place):
    assert closing_parenthesis(text) == place
