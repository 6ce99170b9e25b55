from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.comparison.expression import parse_condition
from dlrun.errors import QueryError

ROW = {
    "dropout": 0.3,
    "val_accuracy": 0.85,
    "optimizer": "Adam",
    "end gap": 0.2,
    "padding": "absent",
    "enabled": True,
    "best": None,
}


def holds(text: str) -> bool:
    return parse_condition(text, ROW)(ROW.__getitem__)


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
    ],
)
def test_what_is_so_holds(text):
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "dropout > 0.2 and val_accuracy > 0.9",
        "not dropout > 0.2",
        "optimizer > 1",
        "padding < 1",
        "best < 1",
        "best > 1",
        "optimizer == adam",
    ],
)
def test_what_is_not_so_or_not_there_does_not_hold(text):
    assert not holds(text)


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
        parse_condition(text, ROW)

    message, shown, caret = caught.value.message.split("\n")
    assert words in message
    assert shown == f"  {text}"
    assert caret.index("^") == place + 2
    assert caught.value.exit_code == 2


def test_a_mistyped_column_gets_the_nearest_name():
    with pytest.raises(QueryError) as caught:
        parse_condition("val_acc < 0.9", ROW)

    assert "did you mean val_accuracy?" in str(caught.value.hint)


@given(st.text(alphabet="dropout<>=!()'\" .0123456789andrnot", max_size=40))
def test_whatever_is_typed_is_read_or_refused(text):
    try:
        condition = parse_condition(text, ROW)
    except QueryError:
        return

    assert condition(ROW.__getitem__) in {True, False}
