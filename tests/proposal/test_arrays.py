from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from dlrun.engines import KerasDoor
from dlrun.errors import RunError
from dlrun.experiment import parse_spec, read_config
from dlrun.proposal import propose
from dlrun.rows import read_rows

DATASETS = Path(__file__).parents[2] / "datasets"


@pytest.fixture
def proposed(tmp_path):
    """Propose a config for a file; its rows are read, and it has no warnings."""

    def call(data: Path, *labels: str) -> str:
        file = tmp_path / "config.yaml"
        file.write_text(propose(data, labels, file), encoding="utf-8")
        experiment = parse_spec(read_config(file))
        assert experiment.warnings == ()
        assert read_rows(experiment, KerasDoor())[1].warnings == ()
        return file.read_text("utf-8")

    return call


@pytest.fixture
def saved(tmp_path):
    def save(**arrays: np.ndarray) -> Path:
        np.savez(tmp_path / "saved.npz", **arrays)
        return tmp_path / "saved.npz"

    return save


@pytest.fixture
def drawn():
    return np.random.default_rng(0)


@pytest.mark.parametrize("name", ["digits.npz", "sequences.npz"])
def test_what_is_proposed_for_arrays(name, proposed, golden):
    text = re.sub("path: .*", f"path: {name}", proposed(DATASETS / name))

    golden(DATASETS.parent / f"tests/golden/proposal/{name}.yaml", text.rstrip())


@pytest.mark.parametrize("name", ["bars", "digits_images"])
def test_what_is_proposed_for_a_folder_of_images(name, proposed, golden):
    text = re.sub("directory: .*", f"directory: {name}", proposed(DATASETS / name))

    golden(DATASETS.parent / f"tests/golden/proposal/{name}.yaml", text.rstrip())


def test_bytes_of_an_image_become_shares_of_one(proposed, saved, drawn):
    images = drawn.integers(0, 256, (60, 12, 12), dtype="uint8")

    text = proposed(saved(images=images, label=np.arange(60) % 3))

    assert "Reshape: [12, 12, 1]" in text
    assert "Rescaling: {scale: 0.00392157}" in text


def test_numbers_are_scaled_and_so_are_their_labels(proposed, saved, drawn):
    text = proposed(saved(x=drawn.normal(size=(80, 5)), y=drawn.normal(size=(80, 2))))

    assert "  scale: standard\n" in text
    assert "  scale_labels: standard" in text
    assert "    - Dense: {units: 2, kernel_regularizer: {L2: 0.01}}\n" in text


def test_labels_that_each_hold_or_not(proposed, saved, drawn):
    held = drawn.integers(0, 2, (80, 3))

    text = proposed(saved(x=drawn.normal(size=(80, 5)), y=held))

    assert "Dense: {units: 3, activation: sigmoid, kernel_reg" in text
    assert "loss: binary_crossentropy" in text


def test_classes_below_zero_are_listed(proposed, saved, drawn):
    text = proposed(saved(x=drawn.normal(size=(80, 5)), y=np.arange(80) % 2 * 2 - 1))

    assert 'classes: ["-1", "1"]' in text


def test_arrays_of_which_nobody_knows_the_labels(tmp_path):
    with pytest.raises(RunError) as caught:
        propose(DATASETS / "digit_parts.npz", [], tmp_path / "c.yaml")

    assert "which are the labels?" in str(caught.value)
    assert "--labels digit" in str(caught.value)


@pytest.mark.parametrize(
    ("arrays", "labels", "words"),
    [
        ({"x": [[1.0], [np.nan]], "y": [0, 1]}, [], "has NaN or infinite numbers"),
        ({"x": [[1.0], [2.0]], "y": [0, 1, 1]}, [], "no array of 3 rows beside"),
        ({"x": [[1.0], [2.0]], "y": [1, 1]}, [], "is always"),
        ({"x": [[1.0], [2.0]], "y": [0, 1]}, ["z"], 'no array "z" of labels'),
        ({"x": [[1.0], [2.0]], "y": [0, 1]}, ["x", "y"], "one array has the labels"),
    ],
)
def test_arrays_that_cannot_be_learned(arrays, labels, words, saved, tmp_path):
    file = saved(**{name: np.array(one) for name, one in arrays.items()})

    with pytest.raises(RunError, match=words):
        propose(file, labels, tmp_path / "c.yaml")


def test_a_folder_without_classes_is_refused(tmp_path):
    (tmp_path / "images/only").mkdir(parents=True)

    with pytest.raises(RunError, match="each class needs one"):
        propose(tmp_path / "images", [], tmp_path / "c.yaml")


def test_a_folder_of_tables_names_one(tmp_path):
    (tmp_path / "b.csv").write_text("a,y\n1,2\n")

    with pytest.raises(RunError) as caught:
        propose(tmp_path, [], tmp_path / "c.yaml")

    assert f"name one: --data {tmp_path / 'b.csv'}" in str(caught.value)
