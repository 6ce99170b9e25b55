from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.data import INPUT, OUTPUT, Dataset, only_array, row_hash
from dlrun.data.row_hash import are_among, hash_rows
from dlrun.errors import DataError

FEATURES = np.array([[1, 2], [3, 4], [5, 6]], dtype="float32")
LABELS = np.array([0, 1, 1], dtype="int32")


@pytest.fixture
def dataset() -> Dataset:
    return Dataset(
        {INPUT: FEATURES},
        {OUTPUT: LABELS},
        classes={OUTPUT: ("no", "yes")},
        feature_names=("a", "b"),
    )


def test_rows_without_names_are_numbered_from_0(dataset):
    assert dataset.ids == (0, 1, 2)


def test_rows_are_taken_with_their_labels_and_ids(dataset):
    part = dataset.take([2, 0])

    assert part.features[INPUT].tolist() == [[5, 6], [1, 2]]
    assert part.labels[OUTPUT].tolist() == [1, 0]
    assert part.ids == (2, 0)
    assert part.classes == dataset.classes


def test_classes_are_counted_also_when_one_hot(dataset):
    encoded = Dataset(
        {INPUT: FEATURES},
        {OUTPUT: np.eye(2, dtype="float32")[LABELS]},
        classes={OUTPUT: ("no", "yes")},
    )

    assert dataset.class_counts() == {"no": 1, "yes": 2}
    assert encoded.class_counts() == dataset.class_counts()


def test_numbers_have_no_classes():
    dataset = Dataset(
        {INPUT: FEATURES}, {OUTPUT: np.array([0.5, 1, 2], dtype="float32")}
    )

    assert dataset.class_counts() == {}
    assert dataset.class_indices() is None


def test_equal_rows_have_equal_fingerprints_whatever_their_memory_layout(dataset):
    other = Dataset(
        {INPUT: np.asfortranarray(FEATURES)}, {OUTPUT: LABELS.astype(">i4")}
    )

    assert other.fingerprint() == dataset.fingerprint()
    assert len(dataset.fingerprint()) == 64


@pytest.mark.parametrize(
    "changed",
    [
        Dataset({INPUT: FEATURES + 1}, {OUTPUT: LABELS}),
        Dataset({INPUT: FEATURES}, {OUTPUT: 1 - LABELS}),
        Dataset({INPUT: FEATURES}),
        Dataset({INPUT: FEATURES}, {OUTPUT: LABELS}, ids=("a", "b", "c")),
        Dataset({INPUT: FEATURES.reshape(3, 2, 1)}, {OUTPUT: LABELS}),
        Dataset({INPUT: FEATURES[::-1]}, {OUTPUT: LABELS[::-1]}, ids=(2, 1, 0)),
    ],
    ids=["features", "labels", "unlabelled", "ids", "shape", "order"],
)
def test_a_change_anywhere_changes_the_fingerprint(dataset, changed):
    assert changed.fingerprint() != dataset.fingerprint()


@pytest.fixture
def several() -> Dataset:
    """Rows of two inputs and two outputs."""
    images = np.arange(12, dtype="float32").reshape(3, 2, 2)
    return Dataset({"table": FEATURES, "image": images}, {"a": LABELS, "b": -LABELS})


def test_rows_are_taken_from_every_input_and_output(several):
    part = several.take([2, 0])

    assert {name: array.shape for name, array in part.features.items()} == {
        "table": (2, 2),
        "image": (2, 2, 2),
    }
    assert [part.labels[name].tolist() for name in ("a", "b")] == [[1, 0], [-1, 0]]
    assert part.ids == (2, 0)


def test_the_fingerprint_depends_on_every_array_and_not_on_their_order(several):
    turned = replace(several, features=dict(reversed(several.features.items())))
    other = replace(several, labels={**several.labels, "b": LABELS})

    assert turned.fingerprint() == several.fingerprint() != other.fingerprint()


def test_equal_rows_have_equal_hashes_by_all_that_is_in_them(several):
    first, second, third = several.row_hashes()
    changed = replace(several, labels={**several.labels, "b": LABELS * -LABELS[::-1]})

    assert list(several.take([1, 1]).row_hashes()) == [second, second]
    assert [*changed.row_hashes()][:2] == [first, second]
    assert [*changed.row_hashes()][2] != third


def test_who_can_use_one_array_alone_says_so(several):
    with pytest.raises(DataError) as caught:
        only_array(several.features)

    (problem,) = caught.value.problems
    assert problem.message == "expected one input or output, got 2: table, image"
    assert problem.hint == "give the model one input and one output"


ROWS = 9


@pytest.mark.parametrize(
    "array",
    [
        np.arange(ROWS, dtype="float32"),
        np.arange(ROWS * 3, dtype="int32").reshape(ROWS, 3),
        np.arange(ROWS * 5, dtype="float64").reshape(ROWS, 5, 1),
        np.arange(ROWS * 7, dtype="uint8").reshape(ROWS, 7),
        np.array(list("abcdefghi"), dtype=object),
    ],
)
def test_rows_are_told_apart_by_every_bit_and_place(array):
    columns = [array] if array.ndim == 1 and array.dtype.kind in "fO" else []
    arrays = [] if columns else [array]

    hashes = hash_rows(ROWS, arrays, columns)

    assert len({*hashes.tolist()}) == ROWS
    turned = hash_rows(ROWS, [a[::-1] for a in arrays], [c[::-1] for c in columns])
    assert turned.tolist() == hashes[::-1].tolist()
    two = [np.arange(ROWS, dtype="float32"), np.ones(ROWS, dtype="float32")]
    assert not set(hash_rows(ROWS, two)) & set(hash_rows(ROWS, two[::-1])) - {
        hash_rows(ROWS, two)[1]
    }


def test_a_gap_is_equal_to_a_gap_and_zero_to_zero():
    gaps = np.array([np.nan, -np.nan, 0.0, -0.0, 1.0])

    first, second, third, fourth, fifth = hash_rows(5, [], [gaps]).tolist()

    assert (first, third) == (second, fourth)
    assert len({first, third, fifth}) == 3


def test_how_many_rows_are_hashed_at_once_changes_nothing(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(50, 13)).astype("float32")
    whole = hash_rows(50, [rows])

    monkeypatch.setattr(row_hash, "_WORDS_AT_ONCE", 10)

    assert np.array_equal(hash_rows(50, [rows]), whole)


NUMBERS = st.lists(st.sampled_from([0, 1, 5, 2**63, 2**64 - 1]), max_size=6)


@given(NUMBERS, NUMBERS)
def test_hashes_are_found_among_others(some, others):
    one, other = (np.array(each, dtype="uint64") for each in (some, others))

    assert are_among(one, other).tolist() == [each in others for each in some]


@given(
    st.lists(st.integers(0, 8), max_size=9).flatmap(
        lambda first: st.tuples(
            st.just(first),
            st.lists(st.integers(0, len(first) - 1), max_size=9)
            if first
            else st.just([]),
        )
    )
)
def test_rows_of_columns_are_those_that_were_taken_however_often(drawn):
    first, second = drawn
    columns = {"n": np.arange(ROWS) / 3, "t": np.array(list("abcdefghi"), dtype=object)}
    whole = Dataset({}, columns=columns, digests=np.arange(ROWS, dtype="uint64"))

    taken = whole.take(first).take(second)

    rows = [first[place] for place in second]
    assert list(taken.columns) == ["n", "t"]
    for name, column in columns.items():
        assert taken.columns[name].tolist() == column[rows].tolist()
    assert taken.ids == tuple(rows)
    assert taken.digests.tolist() == rows


def test_columns_of_a_part_take_no_memory_until_somebody_asks_for_them():
    columns = {"n": np.arange(ROWS, dtype="float64")}

    part = Dataset({}, columns=columns).take([1, 3]).take([1])
    columns["n"][3] = 7

    assert part.columns["n"].tolist() == [7]
