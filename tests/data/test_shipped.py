"""The files of `datasets/` are what its README says, and its script writes them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from dlrun.components.sources import Source
from dlrun.data import INPUT, OUTPUT
from dlrun.engines import KerasDoor

DATASETS = Path(__file__).parents[2] / "datasets"


def load(key, name, task="classification", **arguments):
    place = {"csv": "path", "npz": "path", "image_folder": "directory"}[key]
    values = {place: str(DATASETS / name), **arguments}
    source = Source.model_validate({key: values}).decoding_with(
        KerasDoor().decode_image
    )
    return source.load(task=task)


@pytest.mark.parametrize(
    ("key", "name", "labels", "shape", "counts"),
    [
        ("csv", "gender.csv", "gender", (6, 2), [3, 3]),
        ("csv", "gender_population.csv", "gender", (4000, 2), [2000, 2000]),
        ("csv", "trial.csv", "side_effect", (2100, 1), [1050, 1050]),
        ("csv", "breast_cancer.csv", "diagnosis", (569, 30), [357, 212]),
        ("npz", "sequences.npz", "y", (1000, 20, 1), [500, 500]),
    ],
)
def test_a_data_set_has_the_rows_that_are_stated(key, name, labels, shape, counts):
    dataset = load(key, name, labels=labels)

    assert dataset.features[INPUT].shape == shape
    assert list(dataset.class_counts().values()) == counts


def test_the_penguins_have_the_gaps_that_are_stated():
    source = Source.model_validate(
        {"csv": {"path": str(DATASETS / "penguins.csv"), "labels": "species"}}
    )
    able = source.reading_columns({"bill_length_mm": "numbers", "sex": "texts"})

    dataset = able.load(task="classification")

    assert list(dataset.class_counts().values()) == [152, 68, 124]
    assert int(np.isnan(dataset.columns["bill_length_mm"]).sum()) == 2
    assert dataset.columns["sex"].tolist().count("") == 11


def test_the_digits_are_all_there():
    dataset = load("npz", "digits.npz")

    assert dataset.features[INPUT].shape == (1797, 8, 8, 1)
    assert dataset.features[INPUT].max() == 16
    assert dataset.classes == {"output": tuple("0123456789")}


def test_the_image_folder_holds_20_images_of_each_digit():
    source = Source.model_validate(
        {"image_folder": {"directory": str(DATASETS / "digits_images")}}
    )

    assert source.describe().num_rows == 200
    assert source.describe().classes == {"output": tuple("0123456789")}


@pytest.mark.heavy
def test_the_images_are_those_of_the_array():
    digits = load("npz", "digits.npz")
    images = load("image_folder", "digits_images", image_size=8, color_mode="grayscale")

    first_seven = digits.features[INPUT][digits.labels[OUTPUT] == 7][0]

    assert np.array_equal(
        images.features[INPUT][images.labels[OUTPUT] == 7][0],
        np.rint(first_seven * 255 / 16),
    )


def test_the_stated_rule_is_right_for_95_percent_of_the_trial():
    trial = load("csv", "trial.csv", labels="side_effect")

    is_right = (trial.features[INPUT][:, 0] >= 65) == trial.labels[OUTPUT]

    assert is_right.sum() == 1996


def test_only_the_order_in_time_tells_the_sequences_apart():
    dataset = load("npz", "sequences.npz")
    values = dataset.features[INPUT][:, :, 0]

    pulse_up_first = values.argmax(axis=1) < values.argmin(axis=1)
    sums = [values[dataset.labels[OUTPUT] == label].sum(axis=1) for label in (0, 1)]

    assert (pulse_up_first == (dataset.labels[OUTPUT] == 0)).mean() > 0.95
    assert abs(sums[0].mean() - sums[1].mean()) < 0.1


@pytest.mark.parametrize(
    "name",
    ["gender", "trial", "gender_population", "sequences", "digit_parts", "digit_pairs"],
)
def test_what_is_simulated_is_written_again(name, tmp_path):
    file = DATASETS / "make_datasets.py"
    spec = importlib.util.spec_from_file_location("make_datasets", file)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    given = tmp_path / "digits.npz"
    given.write_bytes((DATASETS / "digits.npz").read_bytes())
    script.HERE = tmp_path

    getattr(script, f"write_{name}")()

    (written,) = [file for file in tmp_path.iterdir() if file != given]
    shipped = DATASETS / written.name
    if written.suffix == ".npz":  # how well it is compressed depends on the machine
        with np.load(written) as new, np.load(shipped) as old:
            assert all(np.array_equal(new[array], old[array]) for array in old)
    else:
        assert written.read_bytes() == shipped.read_bytes()
