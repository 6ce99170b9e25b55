"""Labels of several outputs, several labels per row, and a label for each place."""

from __future__ import annotations

import numpy as np
import pytest

from dlrun.components.sources import Source
from dlrun.errors import DataError

ROWS = [[1.0], [2.0], [3.0]]
MASKS = np.array([[[0, 1], [2, 1]], [[0, 0], [1, 1]], [[2, 2], [2, 0]]])


def npz(tmp_path, labels, **arrays):
    np.savez(tmp_path / "a.npz", x=np.array(ROWS), **arrays)
    path = str(tmp_path / "a.npz")
    return Source.model_validate({"npz": {"path": path, "labels": labels}})


def inline(labels):
    return Source.model_validate({"inline": {"features": ROWS, "labels": labels}})


def problem(source, task, classes=None):
    with pytest.raises(DataError) as caught:
        source.load(classes, task=task)
    (found,) = caught.value.problems
    return found.path, found.message


def test_each_output_has_labels_of_its_own(tmp_path):
    stated = {"kind": "k", "size": "s"}
    source = npz(tmp_path, stated, k=np.array(["b", "a", "b"]), s=np.array([1, 2, 3]))

    dataset = source.load(task={"kind": "classification", "size": "regression"})

    assert dataset.labels["kind"].tolist() == [1, 0, 1]
    assert dataset.labels["size"].tolist() == [1.0, 2.0, 3.0]
    assert dataset.classes == {"kind": ("a", "b")}
    assert source.describe().label_columns == {"kind": ("k",), "size": ("s",)}


def test_labels_in_a_config_are_described_output_by_output():
    source = inline({"kind": ["b", "a", "b"], "traits": [[0, 1], [1, 1], [0, 0]]})

    facts = source.describe()
    dataset = source.load(task={"kind": "classification", "traits": "binary"})

    assert facts.classes == {"kind": ("a", "b")}
    assert facts.label_shapes == {"kind": (), "traits": (2,)}
    assert facts.labels_of("traits").columns == ("traits_0", "traits_1")
    assert dataset.label_names == {"traits": ("0", "1")}


def test_a_label_that_does_not_fit_is_told_with_its_output(tmp_path):
    source = npz(
        tmp_path, {"kind": "k", "size": "s"}, k=np.array([0, 1, 7]), s=np.ones(3)
    )

    path, message = problem(
        source,
        {"kind": "classification", "size": "regression"},
        {"kind": ("0", "1")},
    )

    assert path == ("npz", "labels", "kind")
    assert message == "`kind`: row 2: label 7 is not in 0..1"


def test_the_number_of_rows_is_that_of_every_output(tmp_path):
    source = npz(tmp_path, {"kind": "k", "size": "s"}, k=np.arange(3), s=np.arange(4))

    path, message = problem(source, "regression")

    assert path == ("npz", "labels", "size")
    assert message == "there are 3 rows of features, but 4 labels"


def test_columns_of_0_and_1_are_several_labels_under_a_binary_loss(tmp_path):
    table = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1]])
    source = npz(tmp_path, "y", y=table)

    several = source.load(task="binary")

    assert several.labels["output"].tolist() == table.tolist()
    assert several.labels["output"].dtype == np.float32
    assert several.label_names == {"output": ("y_0", "y_1", "y_2")}
    assert several.classes == {}
    assert several.class_indices() is None


def test_a_label_that_neither_holds_nor_not_is_refused(tmp_path):
    source = npz(tmp_path, "y", y=np.array([[1, 0], [0, 2], [1, 1]]))

    path, message = problem(source, "binary")

    assert path == ("npz", "labels")
    assert message == "row 1: label [0.0, 2.0] is not 0 or 1 each"


def test_a_column_of_0_and_1_is_two_classes_under_a_binary_loss(tmp_path):
    dataset = npz(tmp_path, "y", y=np.array([[1], [0], [1]])).load(task="binary")

    assert dataset.labels["output"].tolist() == [1, 0, 1]
    assert dataset.classes == {"output": ("0", "1")}


@pytest.mark.parametrize("last", [(), (1,)])
def test_masks_are_classes_at_each_place(tmp_path, last):
    source = npz(tmp_path, "y", y=MASKS.reshape(*MASKS.shape, *last))

    dataset = source.load(task="classification")

    assert dataset.labels["output"].tolist() == MASKS.tolist()
    assert dataset.labels["output"].dtype == np.int32
    assert dataset.classes == {"output": ("0", "1", "2")}
    assert dataset.class_counts() == {}
    assert source.describe().label_shapes == {"output": (2, 2, *last)}


def test_masks_of_numbers_are_numbers_of_their_shape(tmp_path):
    dataset = npz(tmp_path, "y", y=MASKS / 4).load(task="regression")

    assert dataset.labels["output"].tolist() == (MASKS / 4).tolist()


def test_the_row_of_a_wrong_pixel_is_named(tmp_path):
    source = npz(tmp_path, "y", y=MASKS)

    _, message = problem(source, "classification", ("0", "1"))

    assert message.startswith("row 0: label 2")


def test_masks_of_several_channels_hold_or_not_at_each_place(tmp_path):
    layers = np.stack([MASKS == 1, MASKS == 2], axis=-1)

    dataset = npz(tmp_path, "y", y=layers).load(task="binary")

    assert dataset.labels["output"].shape == (3, 2, 2, 2)
    assert dataset.label_names == {"output": ("0", "1")}
