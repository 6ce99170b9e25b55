from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.components.sources.inline import Inline
from dlrun.components.sources.labels import read_labels
from dlrun.data import OUTPUT
from dlrun.data.class_names import doubts, name_classes
from dlrun.errors import DataError

SOURCE = Inline.model_validate({"features": [[1]]})
NAMES = st.sampled_from(
    [
        "1_1",
        "11",
        "007",
        "7",
        "01",
        "1",
        "1e3",
        "1000",
        "1E10",
        "٣",
        "3",
        "a",
        "A",
        "0x1",
    ]
)


def classes_of(labels, classes=None):
    return read_labels(SOURCE, labels, classes=classes, task="classification").classes


@given(st.lists(NAMES, min_size=2, unique=True))
def test_labels_that_are_spelled_differently_are_different_classes(names):
    assert set(classes_of(names) or ()) == set(names)


@given(st.lists(st.integers(0, 2**70), min_size=2, max_size=5, unique=True))
def test_whole_numbers_are_compared_as_whole_numbers_however_long(numbers):
    expected = tuple(map(str, sorted(numbers)))

    assert classes_of(list(map(str, numbers))) == expected
    assert classes_of([f"{number}.0" for number in numbers]) == expected
    assert classes_of(list(numbers)) == expected
    if max(numbers) < 2**63:
        assert classes_of(np.array(numbers, dtype="int64")) == expected


def test_numbers_that_programs_write_are_numbers():
    texts = [f"{number:.18e}" for number in range(12)]  # as numpy.savetxt

    assert classes_of(texts) == tuple(map(str, range(12)))


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["True", "False", "true", "false"], ("False", "True")),
        (["TRUE", "FALSE"], ("FALSE", "TRUE")),
        (["true", "false"], ("false", "true")),
        ([True, False], ("0", "1")),
    ],
)
def test_true_and_false_are_two_classes_however_they_are_spelled(labels, classes):
    assert classes_of(labels) == classes


@pytest.mark.parametrize("labels", [["true"], ["TRUE"], [True]])
def test_true_of_new_rows_is_the_class_that_training_called_so(labels):
    found = read_labels(
        SOURCE, labels, classes=("True", "False"), task="classification"
    )

    assert found.values.tolist() == [0]


def test_a_number_of_new_rows_is_the_class_that_training_called_so():
    def index_of(label, classes):
        found = read_labels(SOURCE, [label], classes=classes, task="classification")
        return found.values.tolist()

    assert index_of("1.0", ("0", "1")) == [1]
    assert index_of("2.0", ("1.0", "2.0")) == [1]
    assert index_of("2", ("1.0", "2.0")) == [1]
    assert index_of(2.0, ("1.0", "2.0")) == [1]
    assert index_of("0.5", ("0.5", "1.5")) == [0]
    assert index_of(1, ("cat", "dog")) == [1]
    assert index_of("01", ("01", "1")) == [0]
    assert index_of("1", ("01", "1")) == [1]
    with pytest.raises(DataError, match="not in"):
        index_of("7", ("007", "012"))


def test_one_hot_columns_of_true_and_false_are_classes():
    raw = np.array([["True", "False"], ["False", "True"]])
    found = read_labels(
        SOURCE, raw, classes=None, task="classification", columns=("cat", "dog")
    )

    assert (found.values.tolist(), found.classes) == ([0, 1], ("cat", "dog"))


def test_a_wrong_label_of_several_is_named_with_its_row():
    raw = np.array([["0", "1"], ["1", "x"]])

    with pytest.raises(DataError, match='row 1: label "x" is not a number'):
        read_labels(SOURCE, raw, classes=None, task="classification")


def test_labels_in_bytes_are_the_text_that_they_are():
    assert classes_of(np.array(["é".encode(), b"b"])) == ("b", "é")
    with pytest.raises(DataError, match=r"row 1: .* is not UTF-8 text"):
        classes_of(np.array([b"b", b"\xff"]))


def test_half_a_character_is_no_label():
    with pytest.raises(DataError, match=r"row 0: .* is not UTF-8 text"):
        classes_of(np.array(["\ud800", "b"]))


@given(
    st.lists(
        st.one_of(NAMES, st.integers(-1, 12), st.floats(0, 2), st.booleans()),
        min_size=2,
        max_size=6,
    )
)
def test_rows_in_a_config_are_described_as_they_are_loaded(labels):
    source = Inline.model_validate(
        {"features": [[place] for place in range(len(labels))], "labels": labels}
    )
    described = source.describe().classes

    try:
        loaded = source.load(task="classification")
    except DataError as error:
        is_single = error.problems[0].code == "one-class"
        assert not described or (is_single and len(described[OUTPUT]) == 1)
    else:
        assert described == loaded.classes
        assert loaded.labels[OUTPUT].tolist() == [
            loaded.classes[OUTPUT].index(name) for name in name_classes(labels).names
        ]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("1", "1\n5,6,0\n7"), 'the class "1\\n5,6,0\\n7" has a line break'),
        (('"a', "b"), "quote that is not closed"),
        (("nan", "b"), "reads like a missing value"),
        (("Yes", "yes", "no"), "the classes Yes, yes differ only in their spelling"),
        (("1", "01"), "differ only in their spelling"),
        (("a b", "a  b"), "differ only in their spelling"),
        (("a b", "a\xa0b"), "differ only in their spelling"),
        (("\xe9", "e\u0301"), "differ only in their spelling"),
        (("n", "n\u200b"), "differ only in their spelling"),
        (("1", "1e0"), "differ only in their spelling"),
        (("0.5", ".50"), "differ only in their spelling"),
        (("n", "m\u200b"), 'the class "m\\u200b" has characters in its name that'),
        (("n", "\x1b[31mred"), 'the class "\\x1b[31mred" has characters in its name'),
    ],
)
def test_names_that_were_hardly_meant_are_doubted(names, words):
    assert words in " ".join(message for message, _hint in doubts(names))


def test_usual_names_are_not_doubted():
    assert list(doubts(("0", "1", "10", "none", "a b", 'say "x"', "1.5", "v1_0"))) == []
    assert (
        list(
            doubts(
                (
                    "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
                    "\xe9",
                    "New York",
                )
            )
        )
        == []
    )
