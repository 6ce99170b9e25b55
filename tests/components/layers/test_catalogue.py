from __future__ import annotations

import inspect
import re

import pytest

from dlrun.components.layers import Layer
from dlrun.components.not_offered import NOT_OFFERED

OMITTED = NOT_OFFERED["layer"]


@pytest.mark.heavy
def test_every_public_keras_layer_is_offered_or_omitted_for_a_reason():
    import keras

    public = {
        name for name, value in vars(keras.layers).items() if inspect.isclass(value)
    }

    first_names = {name for name in public if first_name(name) not in public - {name}}
    assert set(Layer.types) | set(OMITTED) == first_names
    assert not set(Layer.types) & set(OMITTED)


def first_name(name: str) -> str:
    """Keras has some classes twice: `Convolution2D` is `Conv2D`."""
    name = re.sub("Convolution", "Conv", name)
    return re.sub(r"^(Global)?(Max|Avg)Pool(?=\dD)", in_full, name)


def in_full(match: re.Match[str]) -> str:
    kind = {"Avg": "Average", "Max": "Max"}[match[2]]
    return f"{match[1] or ''}{kind}Pooling"
