from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.comparison.condition import Domain, Unknown
from dlrun.comparison.expression import parse_condition
from dlrun.errors import QueryError

ROW = {
    "dropout": 0.3,
    "val_accuracy": 0.85,
    "optimizer": "Adam",
    "end gap": 0.2,
    "padding": "absent",
    "enabled": True,
    "tag": "2020",
    "momentum": None,
    'vars["a = b (c)"].x': 3,
    "best": Unknown("a-001 has no best"),
}
TEXTS = {"optimizer", "padding", "tag"}


def domain_of(name: str) -> Domain:
    content = "text" if name in TEXTS - {"padding"} else "any"
    return Domain(content, {ROW[name]} - {None})


def holds(text: str) -> object:
    return parse_condition(text, ROW, domain_of)(ROW.__getitem__)


@pytest.mark.parametrize(
    "text",
    [
        "dropout > 0.2 and val_accuracy < 0.9",
        "dropout>0.2",
        "dropout >= .3",
        "dropout = 0.3",
        "optimizer == Adam",
        "optimizer != SGD",
        "'optimizer' == \"Adam\"",
        "'end gap' > 0.1",
        "not dropout > 1 and enabled == true",
        "dropout > 1 or (dropout < 1 and not optimizer == SGD)",
        "dropout > 1 or dropout > 2 or dropout > 0",
        "best == null",
        "momentum == null",
        "momentum != 0.9",
        "not momentum > 0.9",
        "optimizer == adam",
        "tag == 2020",
        "padding == absent",
        "best > 1 or dropout > 0.2",
        'vars["a = b (c)"].x>2',
    ],
)
def test_what_is_so_holds(text):
    assert holds(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "dropout > 0.2 and val_accuracy > 0.9",
        "not dropout > 0.2",
        "best != null",
        "momentum > 0.9",
        "optimizer == SGD",
        "best > 1 and dropout > 1",
    ],
)
def test_what_is_not_so_or_not_there_does_not_hold(text):
    assert holds(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "best < 1",
        "best != 1",
        "not best > 1",
        "not (best > 1 and dropout > 0.2)",
        "best > 1 or dropout > 1",
        "best == 1 and best == 2",
    ],
)
def test_what_nobody_measured_is_neither_so_nor_not_so(text):
    assert holds(text) == Unknown("a-001 has no best")


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("dropout > abc", "`>` needs a number after it, and 'abc' is none", "a number"),
        ("dropout > 0,5", "needs a number", "did you mean 0.5?"),
        ("dropout > 50%", "needs a number", "did you mean 0.5?"),
        ("dropout > 1_0", "needs a number", "did you mean a number?"),
        ("dropout > \u0663", "needs a number", "did you mean a number?"),
        ("dropout > nan", "needs a number", "did you mean dropout == null?"),
        ("dropout > true", "needs a number", "did you mean a number?"),
        ("optimizer > 1", "optimizer holds no numbers: Adam", "optimizer == WORD"),
        ("padding < 1", "padding holds no numbers: absent", "padding == WORD"),
        ("optimizer == Adan", "optimizer is 'Adan' in no run", "did you mean Adam?"),
    ],
)
def test_a_comparison_that_can_never_hold_is_refused_with_what_was_meant(
    text, words, hint
):
    with pytest.raises(QueryError) as caught:
        parse_condition(text, ROW, domain_of)

    assert words in caught.value.message
    assert hint in str(caught.value.hint)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("dropuot > 0.2", "no run has the column 'dropuot'", 0),
        (
            "dropout > 0.2 and val_acuracy < 1",
            "no run has the column 'val_acuracy'",
            18,
        ),
        ("dropout", "expected a sign here", 7),
        ("dropout 0.2", "expected a sign here", 8),
        ("dropout >", "expected a value here", 9),
        ("dropout > <", "expected a value here", 10),
        ("dropout > 0.2 0.3", "expected `and` or `or` here", 14),
        ("(dropout > 0.2", "a `)` is missing here", 14),
        ("> 0.2", "expected the name of a column", 0),
        ("", "expected the name of a column", 0),
        ("dropout > 'x", "cannot read this", 10),
        ("(" * 60, "too many brackets", 50),
    ],
)
def test_a_mistake_is_shown_where_it_is(text, words, place):
    with pytest.raises(QueryError) as caught:
        parse_condition(text, ROW, domain_of)

    message, shown, caret = caught.value.message.split("\n")
    assert words in message
    assert shown == f"  {text}"
    assert caret.index("^") == place + 2
    assert caught.value.exit_code == 2


def test_a_mistyped_column_gets_the_nearest_name():
    with pytest.raises(QueryError) as caught:
        parse_condition("val_acc < 0.9", ROW, domain_of)

    assert "did you mean val_accuracy?" in str(caught.value.hint)


@given(st.text(alphabet="dropout<>=!()'\" .0123456789andrnot", max_size=40))
def test_whatever_is_typed_is_read_or_refused(text):
    try:
        condition = parse_condition(text, ROW, domain_of)
    except QueryError:
        return

    assert isinstance(condition(ROW.__getitem__), bool | Unknown)
