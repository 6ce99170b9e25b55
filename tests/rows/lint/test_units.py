from __future__ import annotations

import numpy as np
import pytest
import yaml

from dlrun.errors import DataError

CODE = "other-units"


def two_files(odd, factor, name="a"):
    """Validation rows of their own, with a column in another unit."""
    odd.write("rows.csv", slice(0, 300))
    odd.columns[name] = [factor * cell for cell in odd.columns[name]]
    odd.write("held.csv", slice(300, None))
    odd.config["data"].pop("split")
    odd.config["data"]["validation"] = {"csv": {"path": "held.csv", "labels": "label"}}


@pytest.fixture
def as_written(monkeypatch):
    """Let a table be what a test has written."""

    def keep(odd):
        monkeypatch.setattr(type(odd), "write", lambda *_: None)
        return odd.found()

    return keep


@pytest.mark.parametrize("factor", [0.001, 0.01, 100, 1000, -1000])
def test_another_unit_is_told_with_both_sizes(table, as_written, factor):
    odd = table()
    two_files(odd, factor)

    (found,) = as_written(odd)

    assert found.code == CODE
    assert found.path == ("data", "validation")
    assert 'column "a" is ' in found.message
    assert ("small" if abs(factor) < 1 else "large") in found.message


@pytest.mark.parametrize("factor", [1, 1.8, 10])
def test_what_may_be_a_difference_is_none_of_units(table, as_written, factor):
    odd = table()
    two_files(odd, factor)

    assert as_written(odd) == []


def test_numbers_of_all_sizes_are_not_judged_by_their_middle(table, as_written):
    odd = table()
    odd.columns["a"] = np.exp(odd.random.normal(0, 4, 400)).tolist()
    two_files(odd, 60)

    assert as_written(odd) == []


@pytest.mark.parametrize(("factor", "is_told"), [(1, False), (1 / 255, True)])
def test_arrays_without_names_are_judged_as_a_whole(table, as_written, factor, is_told):
    odd = table()
    pixels = odd.random.integers(0, 256, (400, 4, 4)).astype("float32")
    arrays = {"x": pixels[:300], "y": odd.labels[:300]}
    np.savez(odd.directory / "rows.npz", **arrays)
    held = {"x": factor * pixels[300:], "y": odd.labels[300:]}
    np.savez(odd.directory / "held.npz", **held)
    odd.config["data"] = yaml.safe_load(
        "{npz: {path: rows.npz, features: x, labels: y},"
        " validation: {npz: {path: held.npz, features: x, labels: y}}}"
    )
    odd.config["model"]["layers"] = ["Flatten", *odd.config["model"]["layers"]]

    found = as_written(odd)

    assert [problem.code for problem in found] == [CODE] * is_told


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("encoder", ["scale", {"scale": "robust"}])
def test_numbers_that_overflow_are_cut_as_the_error_says(table, encoder):
    odd = table()
    odd.encode(a=encoder)
    odd.columns["a"] = [1e308 * (-1) ** row for row in range(400)]

    with pytest.raises(DataError) as caught:
        odd.found()
    (problem,) = caught.value.problems
    assert problem.hint.startswith("write a: [{clip: {x_min: -1e+30, x_max: 1e+30}}, ")
    odd.encode(a=[{"clip": {"x_min": -1e30, "x_max": 1e30}}, encoder])

    assert odd.found() is not None
