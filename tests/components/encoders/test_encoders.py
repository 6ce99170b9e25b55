"""What each encoder learns, gives, and refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dlrun.components.encoders import (
    CellsError,
    Chain,
    ColumnEncoder,
    Outline,
    cured,
)
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
    "multi_hot": {"multi_hot": {"missing": "ignore", "unknown": "category"}},
    "clip": {"clip": {"x_min": 1.5, "x_max": 5}},
    "bins": {"bins": {"num_bins": 3}},
    "date": {"date": {"parts": ["year", "month", "hour"], "cyclic": True}},
    "hash": {"hash": {"num_bins": 4, "missing": "category"}},
    "cross": {"cross": {"columns": ["c", "d"], "num_bins": 4}},
    "image": {"image": {"image_size": [1, 2], "missing": "ignore"}},
    "text": {"text": {"max_tokens": 9, "missing": "ignore"}},
    "drop": "drop",
}
IN_GRAPH = {"cross", "hash", "text"}
"""Those that Keras applies: tests/engines/test_column.py tries them."""
BY_NUMPY = sorted(set(EXAMPLES) - IN_GRAPH - {"drop"})
IMAGES = np.arange(5 * 2 * 3, dtype="float32").reshape(5, 1, 2, 3)
IMAGES[1] = GAP
DATES = np.array(
    ["2024-12-31", "2024-01-01T18:30", "2023-06-15", "2024-02-29", "2023-06-15"],
    dtype=object,
)


def encoder(written):
    return ColumnEncoder.model_validate(written)


def column_for(one):
    if one.key in {"date", "image"}:
        return DATES if one.key == "date" else IMAGES
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
    graphs = {key for key in EXAMPLES if encoder(EXAMPLES[key]).runs_in_graph}
    assert graphs == IN_GRAPH


@pytest.mark.parametrize("key", BY_NUMPY)
def test_an_encoder_names_every_number_that_it_gives(key):
    one = encoder(EXAMPLES[key])
    column = column_for(one)

    outline, state = learned(one, column)

    encoded = one.apply(state, column)
    shape = (1,) if encoded.ndim == 1 else encoded.shape[1:]
    assert (
        outline.has_own_input or outline.row_shape[0] - len(outline.beside) == shape[0]
    )
    assert not outline.has_own_input or outline.row_shape == shape
    assert len(outline.beside) == len(one.beside(column))
    assert len(set(outline.all_names)) == len(outline.all_names)


@pytest.mark.parametrize("key", BY_NUMPY)
def test_rows_are_encoded_one_by_one_whatever_their_order(key):
    one = encoder(EXAMPLES[key])
    column, order = column_for(one), np.array([3, 1, 4, 0, 2])
    _, state = learned(one, column)

    shuffled = one.apply(state, column[order])

    assert repr(shuffled.tolist()) == repr(one.apply(state, column)[order].tolist())


SPELT = ["True", "true", "FALSE", "1", "1.0", "+1", "2", "inf", "nan", "x", "X", ""]


@pytest.mark.parametrize("key", ["one_hot", "ordinal", "multi_hot"])
@given(st.lists(st.sampled_from(SPELT), min_size=1), st.lists(st.sampled_from(SPELT)))
def test_a_category_is_the_same_whatever_stands_in_other_rows(key, train, new):
    one = encoder(EXAMPLES[key])
    _, state = learned(one, np.array(train, dtype=object))
    column = np.array([*train, *new], dtype=object)

    together = one.apply(state, column)

    alone = [one.apply(state, column[row : row + 1])[0] for row in range(len(column))]
    assert repr(together.tolist()) == repr(np.array(alone).tolist())


@pytest.mark.parametrize("key", EXAMPLES)
def test_an_encoder_reads_back_as_it_is_written(key):
    one = encoder(EXAMPLES[key])

    assert encoder(one.model_dump(mode="json")) == one


@pytest.mark.parametrize(
    "key", ["bins", "impute", "multi_hot", "one_hot", "ordinal", "scale"]
)
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


@pytest.mark.parametrize(
    ("written", "code"),
    [("one_hot", "unknown-category"), ({"date": ["year"]}, "no-date")],
)
def test_a_cell_at_fault_is_found_whatever_it_holds(written, code):
    train = np.array(["2024-01-01"], dtype=object)
    strange = ["a", "a\0", "\0", "\ud800", "\u202e", "b\0", "b", "c\0"]
    new = np.array(["2024-01-01", *strange], dtype=object)

    told = faults(written, train, new)

    assert {one for one, _, _ in told} == {code}
    assert sorted(row for *_, rows in told for row in rows) == [*range(1, 9)]


def test_a_category_that_no_train_row_has_is_unknown():
    every = np.array(["a", "b"], dtype=object)
    train = np.array(["a"], dtype=object)

    assert faults("one_hot", train, every, every) == [
        ("unknown-category", 'has the category "b", which no train row has', [1])
    ]
    ignoring = {"one_hot": {"unknown": "ignore"}}
    assert applied(ignoring, train, every, every) == [[1, 0], [0, 0]]


def test_texts_that_nearly_all_differ_are_said_to_be_no_categories_at_all():
    every = np.array([f"note {number}" for number in range(20)], dtype=object)

    ((code, words, rows),) = faults("one_hot", every[:10], every, every)

    assert code == "unknown-category"
    assert words.startswith("has 10 categories that no train row has, nearly one for ")
    assert rows == [*range(10, 20)]


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
        ("clip", "`clip` cuts at neither end"),
        ({"clip": {"x_min": 3, "x_max": 1}}, "`x_max` is 1.0, not above `x_min`, 3.0"),
        ("bins", "`bins` takes either `bin_boundaries` or `num_bins`"),
        ({"bins": [3, 1]}, "`bin_boundaries` must ascend, found [3.0, 1.0]"),
        ({"date": ["yaer"]}, "cannot be"),
    ],
)
def test_mistakes_in_encoders_are_told(written, message, problems_of):
    from dlrun.experiment.data import DataSpec

    source = {"csv": {"path": "a.csv", "labels": "y"}}
    (problem,) = problems_of(DataSpec, {**source, "columns": {"x": written}})

    assert message in problem.message
    assert problem.path[:2] == ("columns", "x")


def test_numbers_are_cut_at_both_ends_and_gaps_stay():
    assert repr(applied({"clip": {"x_min": 1.5, "x_max": 5}}, NUMBERS)) == (
        "[4.0, nan, 1.5, 2.0, 5.0]"
    )
    assert applied({"clip": {"x_max": 3}}, np.array([-9.0, 9.0])) == [-9, 3]


def test_a_bin_holds_its_lower_boundary():
    ages = np.array([17.0, 18.0, 64.9, 65.0, GAP])

    assert repr(applied({"bins": [18, 65]}, ages)) == "[0.0, 1.0, 1.0, 2.0, nan]"


def test_bins_hold_as_many_train_rows_each():
    train = np.arange(90, dtype="float64")

    bins = applied({"bins": {"num_bins": 3}}, train)

    assert [bins.count(number) for number in (0, 1, 2)] == [30, 30, 30]
    assert applied({"bins": {"num_bins": 3}}, train, np.array([-5.0, 500.0])) == [0, 2]


def test_a_bin_may_have_a_column_and_then_takes_no_gap():
    one_hot = {"bins": {"bin_boundaries": [3], "output_mode": "one_hot"}}

    assert applied(one_hot, np.array([1.0, 3.0])) == [[1, 0], [0, 1]]
    assert faults(one_hot, NUMBERS, NUMBERS) == [("gap", "has 1 gap", [1])]


def test_a_cell_may_name_several_categories():
    train = np.array(["red; blue", "blue", "green;;red", ""], dtype=object)
    new = np.array(["blue;red", "", "pink;red"], dtype=object)
    written = {"multi_hot": {"missing": "category", "unknown": "ignore"}}

    outline, _ = learned(encoder(written), train)

    assert outline.names == ("c=blue", "c=green", "c=red", "c:missing")
    assert applied(written, train, new) == [[1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0]]


def test_unknown_categories_among_several_are_told_by_row():
    train = np.array(["a,b", "b"], dtype=object)
    new = np.array(["a", "b,x", "", "x"], dtype=object)

    assert faults({"multi_hot": ","}, train, new) == [
        ("gap", "has 1 gap", [2]),
        ("unknown-category", 'has the category "x", which no train row has', [1, 3]),
    ]


def test_the_parts_of_a_date_are_numbers():
    parts = ["year", "month", "day", "weekday", "hour", "minute", "second"]
    dates = np.array(["2024-03-09T17:30:05", "2023-12-31"], dtype=object)

    outline, _ = learned(encoder({"date": parts}), dates)

    assert outline.names == tuple(f"c:{part}" for part in parts)
    assert outline.form == "parts"
    assert applied({"date": parts}, dates) == [
        [2024, 3, 9, 5, 17, 30, 5],
        [2023, 12, 31, 6, 0, 0, 0],
    ]


def test_a_cycle_ends_where_it_begins():
    written = {"date": {"parts": ["month", "weekday"], "cyclic": True}}
    dates = np.array(["2024-01-01", "2024-07-01"], dtype=object)

    outline, _ = learned(encoder(written), dates)
    first, second = applied(written, dates)

    assert outline.names[:2] == ("c:month_sin", "c:month_cos")
    assert first == pytest.approx([0, 1, 0, 1])
    assert second == pytest.approx([0, -1, 0, 1], abs=1e-9)


def test_a_date_that_is_none_is_told_and_never_guessed():
    dates = np.array(["2024-01-01", "3/4/2024", "", "2023-02-29"], dtype=object)

    assert faults({"date": ["year"]}, dates, dates) == [
        ("gap", "has 1 gap", [2]),
        ("no-date", 'has "3/4/2024", which is not a date of ISO 8601', [1]),
        ("no-date", 'has "2023-02-29", which is not a date of ISO 8601', [3]),
    ]


@pytest.mark.parametrize("text", ["2024/03/09", "2024.03.09", "9/3/2024", "2024-3-9"])
def test_the_cure_of_a_date_reads_it_and_keeps_what_was_stated(text):
    dates = np.array([text], dtype=object)
    one = encoder({"date": {"parts": ["month"], "cyclic": True}})

    with pytest.raises(CellsError) as caught:
        one.apply({}, dates)
    cure = yaml.safe_load(
        cured([one], [(0, caught.value.faults[0].cure)]).partition(", or ")[0]
    )

    assert cure["date"]["cyclic"]
    assert applied(cure, dates) == [pytest.approx([0.75**0.5, 0.5])]  # March


def test_a_day_that_no_month_has_is_cured_by_no_format():
    one = encoder({"date": ["month"]})

    with pytest.raises(CellsError) as caught:
        one.apply({}, np.array(["2023-02-29"], dtype=object))

    cure = caught.value.faults[0].cure
    assert cure is not None
    assert not cure.arguments
    assert "no such day" in cure.remark


def test_another_way_to_write_dates_can_be_stated():
    written = {"date": {"parts": ["month"], "format": "%d.%m.%Y"}}
    dates = np.array(["09.03.2024"], dtype=object)

    assert applied(written, dates) == [3]


def test_the_parts_of_a_date_may_be_scaled():
    chain = Chain("c", "c", (encoder({"date": ["year", "month"]}), encoder("scale")))
    other = Chain("c", "c", (chain.encoders[0], encoder("impute")))
    train = np.array([[2020.0, 1.0], [2022.0, 3.0]])
    scale = chain.encoders[1]

    state = scale.learn(chain.outlines(None)[1], train)

    assert chain.misfit() is None
    assert other.misfit().index == 1
    assert scale.apply(state, train).tolist() == [[-1, -1], [1, 1]]
