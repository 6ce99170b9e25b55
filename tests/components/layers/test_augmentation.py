from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from dlrun.components.index import with_trait
from dlrun.components.layers import Layer

ADAPTER = TypeAdapter(Layer)


def test_every_augmentation_is_a_layer():
    augmentations = with_trait("layer", "augments", bool)

    assert "RandomFlip" in augmentations
    assert set(augmentations) <= set(Layer.types)


def test_what_leaves_pixels_where_they_are_is_known():
    augmentations = with_trait("layer", "augments", bool)

    staying = {key for key in augmentations if not Layer.types[key].displaces}

    # Padding only stands before a crop, which moves them.
    assert staying == {"GaussianNoise", "RandomContrast", "ZeroPadding2D"}


@pytest.mark.parametrize(
    "written", [{"RandomFlip": "horizontal"}, {"GaussianNoise": 0.1}]
)
def test_random_changes_augment(written):
    layer = ADAPTER.validate_python(written)

    assert layer.augments


@pytest.mark.parametrize(
    "written", [{"Dense": 2}, {"Rescaling": 0.5}, "BatchNormalization"]
)
def test_what_learns_or_is_needed_for_prediction_does_not_augment(written):
    layer = ADAPTER.validate_python(written)

    assert not layer.augments


def test_padding_before_a_crop_keeps_the_shape():
    layers = [{"ZeroPadding2D": 2}, {"RandomCrop": {"height": 28, "width": 28}}]

    shape = (28, 28, 1)
    for written in layers:
        shape = ADAPTER.validate_python(written).output_shape(shape)

    assert shape == (28, 28, 1)
