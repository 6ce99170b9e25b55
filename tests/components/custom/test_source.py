"""Rows of a function: what it may return, and what is said where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from dlrun.components.custom import scope_of
from dlrun.components.scope import reading_with
from dlrun.components.sources import Source
from dlrun.custom import CodeNotAllowedError, allowing_code, read_custom
from dlrun.errors import CodeError, DataError

CODE = """
from pathlib import Path

import numpy as np


def plain(count: int = 4, seed=0):
    x = np.random.default_rng(seed).normal(size=(count, 3))
    return x, np.arange(count) % 2


def named(file: Path):
    return {"a": [1, 2, 3], "b": np.ones((3, 2, 2))}, {"y": file.read_text().split()}


def column():
    return [1, 2, 3], [[0.5], [1.5], [2.5]]


def no_pair(): return [1, 2]
def no_rows(): return [], []
def unequal(): return [1, 2, 3], [0, 1]
def apart(): return {"a": [1, 2], "b": [1]}, [0, 1]
def gaps(): return [1.0, float("nan")], [0, 1]
def texts(): return ["a", "b"], [0, 1]
def fails(): return 1 / 0, 2
def alone(): return [1, 2], 1
def nameless(): return {}, [0, 1]
def numbered(): return [1, 2], {"kind": [0, 1], 1: [0, 1]}
def bytes_(): return [1, 2], [b"a", b"b"]
def imaginary(): return [1j, 2], [0, 1]
def nothing(): return [1, 2], [None, None]
def objects(): return [1, 2], np.array(["a", np.int64(1)], dtype=object)
"""


@pytest.fixture
def source(tmp_path):
    """The source of a function, with its arguments."""
    (tmp_path / "own.py").write_text(CODE)
    (tmp_path / "labels.txt").write_text("no yes no")
    scope = scope_of(read_custom(tmp_path / "own.py"))

    def make(function, **arguments):
        with reading_with(scope):
            return Source.model_validate(
                {"custom": {"function": function, **arguments}}
            )

    return make


@pytest.fixture
def allowed():
    with allowing_code(lambda threads: None):
        yield


@pytest.mark.usefixtures("allowed")
def test_rows_are_as_they_were_described(source):
    plain = source("plain", count=6)

    facts, rows = plain.describe(), plain.load(task="classification")

    assert facts.row_shapes == rows.row_shapes == {"input": (3,)}
    assert facts.num_rows == len(rows) == 6
    assert rows.classes == {"output": ("0", "1")}
    assert rows.features["input"].dtype == "float32"
    assert plain.load(task="classification").fingerprint() == rows.fingerprint()
    assert (
        source("plain", count=6, seed=1).load(task="classification").fingerprint()
        != rows.fingerprint()
    )


@pytest.mark.usefixtures("allowed")
def test_inputs_and_outputs_may_have_names(source, tmp_path):
    named = source("named", file=str(tmp_path / "labels.txt"))

    rows = named.load(task={"y": "classification"})

    assert rows.row_shapes == {"a": (1,), "b": (2, 2)}
    assert rows.classes == {"y": ("no", "yes")}


def test_the_outputs_and_classes_of_labels_are_known_where_the_code_was_run(
    source, tmp_path
):
    named = source("named", file=str(tmp_path / "labels.txt"))

    assert not named.knows_outputs
    with allowing_code(lambda threads: None):
        assert named.knows_outputs
        assert named.label_outputs == ("y",)
        assert named.describe().classes == {"y": ("no", "yes")}
        assert source("plain").label_outputs is None
        assert source("column").describe().classes == {}


@pytest.mark.usefixtures("allowed")
def test_numbers_and_columns_become_rows(source):
    rows = source("column").load(task="regression")

    assert rows.features["input"].shape == (3, 1)
    assert np.array_equal(rows.labels["output"], [0.5, 1.5, 2.5])


@pytest.mark.usefixtures("allowed")
def test_labels_may_be_objects_that_are_texts_and_numbers(source):
    rows = source("objects").load(task="classification")

    assert set(rows.classes["output"]) == {"1", "a"}


def test_nothing_is_known_of_rows_that_may_not_be_made(source, tmp_path):
    plain = source("plain")

    assert plain.describe().row_shapes is None
    assert plain.describe().files == (tmp_path / "own.py",)
    with pytest.raises(CodeNotAllowedError):
        plain.load(task="classification")


def test_a_source_reads_back_as_written(source):
    plain = source("plain", count=5)

    written = plain.model_dump(mode="json")

    assert written == {"custom": {"function": "plain", "count": 5, "seed": 0}}
    assert source(**written["custom"]).model_dump(mode="json") == written


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("no_pair", "`no_pair` returns list"),
        ("no_rows", "`no_rows` returns no rows"),
        ("unequal", "there are 3 rows of features, but 2 labels"),
        ("apart", "`a` has 2 rows, but `b` has 1"),
        ("gaps", "the feature at [0] is nan"),
        ("texts", "could not convert string to float"),
        ("alone", "`alone` returns a single value"),
        ("nameless", "`nameless` returns a mapping without names"),
        ("numbered", "`numbered` returns a mapping without names"),
        ("bytes_", "`bytes_` returns an array of |S1"),
        ("imaginary", "`imaginary` returns an array of complex128"),
        ("nothing", "`nothing` returns labels such as null"),
        ("fails", "`fails`: ZeroDivisionError: division by zero"),
    ],
)
def test_what_is_no_rows_is_told(source, function, message):
    made = source(function)

    with pytest.raises((CodeError, DataError)) as caught:
        made.load(task="classification")

    (problem,) = caught.value.problems
    assert message in problem.message
    if isinstance(caught.value, CodeError):
        assert f"def {function}" in problem.location.text


def test_arguments_are_checked_before_anything_is_run(source):
    with pytest.raises(ValidationError) as caught:
        source("plain", count="many", sede=1)

    assert {error["loc"] for error in caught.value.errors()} == {
        ("custom", "count"),
        ("custom", "sede"),
    }
