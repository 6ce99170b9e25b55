"""The models of several inputs and outputs learn what they are for."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize(
    ("name", "column", "least"),
    [
        ("two_towers", "val_digit_accuracy", 0.8),
        ("two_towers", "val_parity_accuracy", 0.85),
        ("unet", "val_accuracy", 0.92),
        ("traits", "val_accuracy", 0.88),
        ("siamese", "val_accuracy", 0.65),
    ],
)
def test_a_model_learns_what_it_is_for(train, name, column, least):
    best = train(f"models/{name}").metrics().best

    assert best[column] > least
