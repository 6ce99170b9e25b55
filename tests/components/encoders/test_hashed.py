"""What is known of hashed columns without hashing them."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from dlrun.components.encoders import (
    CellsError,
    Chain,
    ColumnEncoder,
    Outline,
    cured,
    types_of,
)

TEXTS = np.array(["b", "", "ü", "1.0", "1", "007", "1.5", "\ud83d"], dtype=object)
ALIKE = ["b", "", "ü", "1", "1", "007", "1.5", "?"]


def encoder(**arguments):
    ((key, values),) = arguments.items()
    return ColumnEncoder.model_validate({key: values})


def outline_of(one, column="c"):
    return one.outline(Outline(column, "texts", (column,)))


def refused(**arguments):
    with pytest.raises(ValidationError) as caught:
        encoder(**arguments)
    return [(error["type"], *error["loc"]) for error in caught.value.errors()]


def test_a_hash_is_as_wide_as_its_bins_whatever_the_rows():
    one = encoder(hash={"num_bins": 3, "output_mode": "one_hot"})
    gaps = encoder(
        hash={"num_bins": 3, "output_mode": "one_hot", "missing": "category"}
    )

    assert outline_of(one).names == ("c:bin0", "c:bin1", "c:bin2")
    assert outline_of(gaps).names == ("c:missing", "c:bin1", "c:bin2")


@pytest.mark.parametrize("key", ["hash", "cross"])
def test_the_number_of_a_bin_is_a_token(key):
    arguments = {"num_bins": 9} | ({"columns": ["c", "d"]} if key == "cross" else {})

    outline = outline_of(encoder(**{key: arguments}))

    assert (outline.form, outline.shape, outline.num_tokens) == ("tokens", (1,), 9)


@pytest.mark.parametrize("before", [[], [{"impute": "most_frequent"}]])
def test_numbers_are_hashed_alike_however_they_are_spelt(before):
    encoders = map(ColumnEncoder.model_validate, [*before, {"hash": 9}])

    assert Chain("c", "c", tuple(encoders)).given({"c": TEXTS}).tolist() == ALIKE


def test_a_number_that_fills_gaps_is_spelt_like_the_others():
    fill = encoder(impute="most_frequent")
    chain = Chain("c", "c", (fill, encoder(hash=9)))
    given = chain.given({"c": np.array(["1.0", "1.0", ""], dtype=object)})

    filled = fill.apply(fill.learn(chain.outlines(None)[0], given), given)

    assert filled.tolist() == ["1", "1", "1"]


def test_numbers_and_texts_are_crossed_as_texts():
    cross = encoder(cross={"columns": ["size", "shop"], "num_bins": 4})
    columns = {
        "size": np.array([7, np.nan, 0.5, 1e6]),
        "shop": np.array(["7.0", "", "ü", "b"], dtype=object),
    }

    given = Chain("c", "c", (cross,)).given(columns)

    assert given.tolist() == [["7", "7"], ["", ""], ["0.5", "ü"], ["1000000", "b"]]


def test_gaps_of_a_hash_are_told():
    with pytest.raises(CellsError) as caught:
        encoder(hash=4).apply({}, TEXTS)

    (fault,) = caught.value.faults
    assert (fault.code, fault.words, fault.rows.tolist()) == ("gap", "has 1 gap", [1])
    cure = cured([encoder(hash=4)], [(0, fault.cure)])
    assert cure == "{hash: {num_bins: 4, missing: category}}"


def test_gaps_of_a_cross_are_told_by_column():
    pairs = np.stack([TEXTS[:3], TEXTS[:3][::-1]], axis=1)
    pairs[2] = ""

    with pytest.raises(CellsError) as caught:
        encoder(cross={"columns": ["c", "d"], "num_bins": 4}).apply({}, pairs)

    told = [(one.column, one.rows.tolist()) for one in caught.value.faults]
    assert told == [("c", [1, 2]), ("d", [1, 2])]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"hash": {"num_bins": 0}}, ["num_bins"]),
        ({"hash": {"num_bins": 2.5}}, ["num_bins"]),
        ({"hash": {"num_bins": 1, "missing": "category"}}, ["num_bins"]),
        ({"hash": {"num_bins": 4, "missing": "ignore"}}, ["missing"]),
        ({"hash": {"num_bins": 4, "salt": "x"}}, ["salt"]),
        ({"hash": {"num_bins": 4, "salt": 2**64}}, ["salt"]),
        ({"cross": {"num_bins": 4}}, ["columns"]),
        ({"cross": {"num_bins": 4, "columns": ["a"]}}, ["columns"]),
        ({"cross": {"num_bins": 4, "columns": ["a", "a"]}}, ["columns"]),
        ({"cross": {"num_bins": 4, "columns": ["a", 3]}}, ["columns"]),
    ],
)
def test_arguments_that_fit_nothing_are_refused(arguments, expected):
    (key,) = arguments

    assert [where[:2] for _, *where in refused(**arguments)] == [[key, *expected]]


def test_a_crossed_column_is_taken_for_what_its_own_encoders_take_it_for():
    cross = encoder(cross={"columns": ["size", "shop"], "num_bins": 4})
    chains = [
        Chain("size", "size", (ColumnEncoder.model_validate("scale"),)),
        Chain("both", "both", (cross,)),
    ]

    assert types_of(chains) == {"size": "numbers", "shop": "texts"}


def test_a_cross_stands_alone():
    cross = encoder(cross={"columns": ["a", "b"], "num_bins": 4})
    chain = Chain("c", "c", (cross, ColumnEncoder.model_validate("scale")))

    assert chain.misfit().message == "`cross` combines columns, so it stands alone"
