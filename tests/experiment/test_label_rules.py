"""What `data.scale_labels` may name: columns of labels, or outputs that are numbers."""

from __future__ import annotations

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.errors import SpecError
from dlrun.experiment import parse_spec


@pytest.fixture
def problems(tmp_path):
    """The mistakes of a config on arrays: code, message, cure."""
    rows = np.zeros((9, 4, 3), dtype="float32")
    arrays = {"x": rows, "y": rows[:, 0, :2], "z": rows[:, :, :2], "u": rows[:, 0, 0]}
    np.savez(tmp_path / "rows.npz", **arrays)

    def find(labels, scale, layers, **model):
        npz = {"path": "rows.npz", "features": "x", "labels": labels}
        values = {
            "name": "a",
            "data": {"npz": npz, "scale_labels": scale},
            "model": {"layers": layers, **model},
            "compile": {"loss": "mse"},
        }
        if isinstance(labels, dict):
            values["compile"]["loss"] = dict.fromkeys(labels, "mse")
        try:
            parse_spec(node_of(values, tmp_path))
        except SpecError as error:
            return [(one.code, one.message, one.hint) for one in error.problems]
        return []

    return find


FLAT = [{"Flatten": {}}, {"Dense": {"units": 2}}]
PLACES = [{"Conv1D": {"filters": 2, "kernel_size": 1}}]
PRICE = [{"Flatten": {}}, {"Dense": {"units": 1, "name": "price"}}]


@pytest.mark.parametrize(
    ("labels", "scale", "layers", "outputs"),
    [
        ("y", "standard", FLAT, None),
        ("y", {"y_0": "log"}, FLAT, None),
        ("y", {"y_0": "log", "y_1": "minmax"}, FLAT, None),
        ("y", {"dense": "log"}, FLAT, None),
        ("z", "log", PLACES, None),
        ("u", {"u": "log"}, PRICE, None),
        ({"price": "u"}, {"price": "log"}, PRICE, ["price"]),
    ],
)
def test_columns_and_outputs_may_be_named(problems, labels, scale, layers, outputs):
    model = {} if outputs is None else {"outputs": outputs}

    assert problems(labels, scale, layers, **model) == []


def test_a_column_that_is_none_is_told_with_those_that_are(problems):
    ((code, message, hint),) = problems("y", {"a": "log"}, FLAT)

    assert (code, message) == ("unknown-output", 'there is no column of labels "a"')
    assert hint == "write one of y_0, y_1"


def test_the_name_of_an_output_is_meant_where_outputs_have_names(problems):
    found = problems({"price": "u"}, {"prize": "log"}, PRICE, outputs=["price"])

    ((_, message, hint),) = found
    assert (message, hint) == ('there is no output "prize"', "write price")


def test_labels_of_places_have_no_columns(problems):
    ((_, _, hint),) = problems("z", {"z_0": "minmax"}, PLACES)

    assert hint == "write scale_labels: minmax, for all places"
