"""What each encoder learns, gives, and refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dlrun.components.encoders import CellsError, ColumnEncoder, Outline
from dlrun.errors import DataError

GAP = np.nan
NUMBERS = np.array([4.0, GAP, 1.0, 2.0, 9.0])
TEXTS = np.array(["b", "", "a", "ü", "b"], dtype=object)
EXAMPLES = {
    "number": "number",
    "impute": {"impute": {"method": "median", "indicator": True}},
    "scale": "scale",
    "one_hot": {"one_hot": {"missing": "category", "unknown": "category"}},
    "ordinal": {"ordinal": {"missing": "ignore", "unknown": "category"}},
    "drop": "drop",
}


def encoder(written):
    return ColumnEncoder.model_validate(written)


def column_for(one):
    return TEXTS if one.takes == "texts" else NUMBERS


def learned(one, train, every=None):
    """The outline before and after, and the state as JSON gives it back."""
    every = train if every is None else every
    is_text = every.dtype.kind == "O"
    categories = sorted(set(every.tolist())) if is_text else None
    given = Outline("c", "texts" if is_text else "numbers", ("c",), categories)
    state = one.learn(given, train)
    return one.outline(given), json.loads(json.dumps(state))


def applied(written, train, column=None, every=None):
    one = encoder(written)
    _, state = learned(one, train, every)
    return one.apply(state, train if column is None else column).tolist()


def faults(written, train, column, every=None):
    one = encoder(written)
    _, state = learned(one, train, every)
    with pytest.raises(CellsError) as caught:
        one.apply(state, column)
    return [(one.code, one.words, one.rows.tolist()) for one in caught.value.faults]


def test_every_encoder_has_an_example_here():
    assert EXAMPLES.keys() == set(ColumnEncoder.types)


@pytest.mark.parametrize("key", sorted(set(EXAMPLES) - {"drop"}))
def test_an_encoder_names_every_number_that_it_gives(key):
    one = encoder(EXAMPLES[key])
    column = column_for(one)

    outline, state = learned(one, column)

    encoded = one.apply(state, column)
    width = 1 if encoded.ndim == 1 else encoded.shape[1]
    assert len(outline.names) == width
    assert len(outline.beside) == len(one.beside(column))
    assert len(set(outline.all_names)) == len(outline.all_names)


@pytest.mark.parametrize("key", sorted(set(EXAMPLES) - {"drop"}))
def test_rows_are_encoded_one_by_one_whatever_their_order(key):
    one = encoder(EXAMPLES[key])
    column, order = column_for(one), np.array([3, 1, 4, 0, 2])
    _, state = learned(one, column)

    shuffled = one.apply(state, column[order])

    assert repr(shuffled.tolist()) == repr(one.apply(state, column)[order].tolist())


@pytest.mark.parametrize("key", EXAMPLES)
def test_an_encoder_reads_back_as_it_is_written(key):
    one = encoder(EXAMPLES[key])

    assert encoder(one.model_dump(mode="json")) == one


@pytest.mark.parametrize("key", ["impute", "one_hot", "ordinal", "scale"])
def test_a_damaged_state_is_an_error_that_says_so(key):
    one = encoder(EXAMPLES[key])

    with pytest.raises(DataError, match="damaged"):
        one.apply({"scale": "standard"}, column_for(one))


@pytest.mark.parametrize(
    ("method", "value"),
    [("mean", 4.0), ("median", 3.0), ("most_frequent", 1.0)],
)
def test_gaps_are_filled_with_what_the_train_rows_show(method, value):
    train = np.array([4.0, GAP, 1.0, 2.0, 9.0])

    assert applied({"impute": method}, train, np.array([GAP, 7.0])) == [value, 7.0]


def test_gaps_are_filled_with_a_constant_or_with_a_text():
    constant = {"impute": {"method": "constant", "value": -1}}

    assert applied(constant, NUMBERS)[1] == -1
    assert applied({"impute": "most_frequent"}, TEXTS) == ["b", "b", "a", "ü", "b"]


def test_an_indicator_is_1_where_there_was_a_gap():
    one = encoder(EXAMPLES["impute"])

    outline, _ = learned(one, NUMBERS)

    assert outline.beside == ("c:missing",)
    assert [each.tolist() for each in one.beside(NUMBERS)] == [[0, 1, 0, 0, 0]]


def test_a_column_without_any_number_teaches_nothing():
    with pytest.raises(CellsError) as caught:
        learned(encoder("impute"), np.array([GAP, GAP]))

    words = "has a gap in all 2 train rows, so there is nothing to learn"
    assert caught.value.faults[0].words == words


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("standard", (np.array([4, 1, 2, 9]) - 4) / np.std([4, 1, 2, 9])),
        ("minmax", (np.array([4, 1, 2, 9]) - 1) / 8),
        ("robust", (np.array([4, 1, 2, 9]) - 3) / (5.25 - 1.75)),
        ("log", np.log1p([4, 1, 2, 9])),
    ],
)
def test_a_scale_is_learned_from_numbers_and_leaves_gaps(method, expected):
    scaled = np.array(applied({"scale": method}, NUMBERS))

    assert np.isnan(scaled[1])
    assert scaled[[0, 2, 3, 4]] == pytest.approx(expected, rel=1e-12)


def test_a_constant_column_is_only_shifted():
    assert applied("scale", np.array([5.0, 5.0]), np.array([7.0])) == [2.0]


def test_what_has_no_logarithm_is_told():
    assert faults({"scale": "log"}, NUMBERS, np.array([0.0, -1.0, -3.0])) == [
        (
            "no-logarithm",
            "has numbers of at most -1, which have no log1p, such as -3",
            [1, 2],
        )
    ]


def test_one_hot_has_a_column_for_each_category_of_all_rows():
    train = np.array(["b", "a"], dtype=object)
    every = np.array(["b", "a", "ü"], dtype=object)

    outline, state = learned(encoder("one_hot"), train, every)

    assert outline.names == ("c=a", "c=b", "c=ü")
    assert state == {"vocabulary": ["a", "b", "ü"], "unseen": ["ü"]}
    assert applied("one_hot", train, every=every) == [[0, 1, 0], [1, 0, 0]]


def test_numbers_as_categories_are_one_however_they_are_spelt():
    train = np.array(["10", "9"], dtype=object)
    new = np.array(["9.0", "10.0", "9"], dtype=object)

    assert learned(encoder("one_hot"), train)[0].names == ("c=9", "c=10")
    assert applied("one_hot", train, new) == [[1, 0], [0, 1], [1, 0]]


def test_gaps_and_unknown_categories_are_told_one_by_one():
    new = np.array(["a", "", "x", "x", "y"], dtype=object)

    assert faults("one_hot", TEXTS, new) == [
        ("gap", "has 1 gap", [1]),
        ("unknown-category", 'has the category "x", which no train row has', [2, 3]),
        ("unknown-category", 'has the category "y", which no train row has', [4]),
    ]


def test_a_category_that_no_train_row_has_is_unknown():
    every = np.array(["a", "b"], dtype=object)
    train = np.array(["a"], dtype=object)

    assert faults("one_hot", train, every, every) == [
        ("unknown-category", 'has the category "b", which no train row has', [1])
    ]
    ignoring = {"one_hot": {"unknown": "ignore"}}
    assert applied(ignoring, train, every, every) == [[1, 0], [0, 0]]


def test_a_category_that_is_not_listed_is_told_with_the_list():
    listed = {"one_hot": ["b", "ü"]}
    train = np.array(["b", "ü"], dtype=object)

    assert faults(listed, train, np.array(["a"], dtype=object)) == [
        ("unknown-category", 'has the category "a", which is not in [b, "ü"]', [0])
    ]


def test_gaps_and_unknown_categories_may_have_columns_of_their_own():
    outline, _ = learned(encoder(EXAMPLES["one_hot"]), TEXTS)

    assert outline.names == ("c=a", "c=b", "c=ü", "c:missing", "c:unknown")
    new = np.array(["a", "", "x"], dtype=object)
    assert applied(EXAMPLES["one_hot"], TEXTS, new) == [
        [1, 0, 0, 0, 0],
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
    ]


def test_an_order_is_kept_and_what_stands_outside_is_a_gap_or_the_next_number():
    sizes = np.array(["small", "large", "medium", ""], dtype=object)
    order = ["small", "medium", "large"]

    numbers = applied(
        {"ordinal": {"order": order, "missing": "ignore", "unknown": "category"}},
        sizes,
        np.array(["large", "", "huge"], dtype=object),
    )

    assert numbers[0] == 2
    assert np.isnan(numbers[1])
    assert numbers[2] == 3


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ([], "the list of encoders is empty"),
        ("one_hat", 'there is no column encoder "one_hat"'),
        ({"impute": "constant"}, "`impute` fills with a constant, but none is given"),
        ({"impute": {"value": 3}}, "`value` fills nothing: the method is mean"),
        ({"one_hot": ["a", "a"]}, "`vocabulary` must list categories"),
        ({"scale": "standart"}, "cannot be"),
    ],
)
def test_mistakes_in_encoders_are_told(written, message, problems_of):
    from dlrun.experiment.data import DataSpec

    source = {"csv": {"path": "a.csv", "labels": "y"}}
    (problem,) = problems_of(DataSpec, {**source, "columns": {"x": written}})

    assert message in problem.message
    assert problem.path[:2] == ("columns", "x")
