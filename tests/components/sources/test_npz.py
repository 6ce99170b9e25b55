from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from dlrun.components.sources.npz import Npz
from dlrun.data import INPUT, OUTPUT
from dlrun.errors import DataError


@pytest.fixture
def arrays(tmp_path):
    """Save arrays, and make a source of them."""

    def save(source=None, **values):
        np.savez(tmp_path / "rows.npz", **values)
        return Npz(path=str(tmp_path / "rows.npz"), **(source or {}))

    return save


def problem(source):
    with pytest.raises(DataError) as caught:
        source.load(task="classification")
    (found,) = caught.value.problems
    return found


def test_headers_tell_the_shape(arrays):
    source = arrays(x=np.zeros((4, 8, 8, 1), "uint8"), y=np.array([0, 1, 2, 1]))

    facts = source.describe()

    assert facts.row_shapes == {"input": (8, 8, 1)}
    assert facts.num_rows == 4
    assert facts.label_columns == {"output": ("y",)}


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int64", ">i4", "float16", "float64"]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_of_every_kind_become_float32(arrays, dtype, order):
    values = np.array([[0, 1], [1, 0]], dtype=dtype, order=order)

    dataset = arrays(x=values, y=np.array(["b", "a"])).load(task="classification")

    assert dataset.features[INPUT].tolist() == [[0, 1], [1, 0]]
    assert dataset.features[INPUT].dtype == "float32"
    assert dataset.classes == {"output": ("a", "b")}


def test_a_single_axis_is_a_single_feature(arrays):
    source = arrays(x=np.array([1.0, 2.0]), y=np.array([[0], [1]]))

    assert source.describe().row_shapes == {"input": (1,)}
    assert source.load(task="classification").features[INPUT].tolist() == [[1], [2]]
    assert source.load(task="regression").labels[OUTPUT].tolist() == [0, 1]


def test_arrays_may_have_other_names_or_no_labels(arrays):
    source = arrays({"features": "images", "labels": None}, images=np.zeros((2, 3)))

    assert source.load(task="classification").labels is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"z": np.zeros(3), "y": np.zeros(3)}, 'rows.npz has no array "x"'),
        (
            {"x": np.zeros((3, 2)), "y": np.zeros(2)},
            "there are 3 rows of features, but 2 labels",
        ),
        (
            {"x": np.array([{}, []], "O"), "y": np.zeros(2)},
            'the array "x" holds Python objects',
        ),
        ({"x": np.array(["a", "b"]), "y": np.zeros(2)}, 'the array "x" holds text'),
        (
            {"x": np.zeros(2, "complex64"), "y": np.zeros(2)},
            'the array "x" holds complex numbers',
        ),
        ({"x": np.zeros(2, "M8[s]"), "y": np.zeros(2)}, 'the array "x" holds dates'),
        ({"x": np.zeros(2, "i4,f4"), "y": np.zeros(2)}, 'the array "x" holds records'),
        (
            {"x": np.zeros((0, 2)), "y": np.zeros(0)},
            'the array "x" has the shape [0, 2]: no rows',
        ),
        (
            {"x": np.array([[1, 2], [3, np.nan]]), "y": np.arange(2)},
            "row 1: the feature at [1] is nan",
        ),
        (
            {"x": np.array([[1e300]]), "y": np.zeros(1)},
            "row 0: the feature at [0] is inf in 32 bits",
        ),
        (
            {"x": np.zeros((2, 1)), "y": np.array([0, 0.5])},
            "row 1: label 0.5 is not whole",
        ),
        (
            {"x": np.zeros((2, 1)), "y": np.array([0, -1])},
            "row 1: label -1 is negative",
        ),
        (
            {"x": np.zeros((2, 1)), "y": np.array([0, np.nan])},
            "row 1: label nan is not a class",
        ),
    ],
)
def test_arrays_that_are_no_rows_are_explained(arrays, values, words):
    assert problem(arrays(**values)).message == words


def test_a_missing_array_names_the_nearest(arrays):
    source = arrays({"labels": "target"}, x=np.zeros(2), targets=np.zeros(2))

    assert problem(source).path == ("npz", "labels")
    assert problem(source).hint == "did you mean targets? it holds targets, x"


def test_two_arrays_of_one_name_are_not_taken_for_one(arrays):
    source = arrays(x=np.zeros(2), y=np.arange(2))
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(source.path, "a") as archive,
    ):
        archive.writestr("x.npy", archive.read("x.npy"))

    assert problem(source).message == f'{source.path.name} has two arrays "x"'


@pytest.mark.parametrize("ending", [".npy", ".pkl", ".joblib", ".pt", ".csv"])
def test_other_formats_are_refused_with_the_reason(tmp_path, ending):
    file = tmp_path / f"rows{ending}"
    file.write_bytes(b"anything")

    found = problem(Npz(path=str(file)))

    assert found.message == f"rows{ending} is no .npz file"
    assert found.hint


def test_a_damaged_file_is_recognised(arrays):
    source = arrays(x=np.arange(2000.0), y=np.tile([0, 1], 1000))
    whole = source.path.read_bytes()

    for damaged in (b"", whole[: len(whole) // 2], b"hello"):
        source.path.write_bytes(damaged)

        assert "rows.npz is damaged or no .npz file" in problem(source).message


def test_a_flipped_bit_is_recognised(arrays):
    source = arrays(x=np.arange(2000.0), y=np.tile([0, 1], 1000))
    content = bytearray(source.path.read_bytes())
    content[5000] ^= 1
    source.path.write_bytes(bytes(content))

    assert "is damaged" in problem(source).message


def test_an_array_that_promises_more_than_it_holds_is_refused(tmp_path):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 10)}
    )
    with zipfile.ZipFile(tmp_path / "rows.npz", "w") as archive:
        archive.writestr("x.npy", buffer.getvalue())
        archive.writestr("y.npy", b"\x93NUMPY\x01\x00")

    found = problem(Npz(path=str(tmp_path / "rows.npz")))

    assert found.message == 'the array "x" in rows.npz is damaged'
