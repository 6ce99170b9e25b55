from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dlrun.components.index import default_of, keys_of, listed, with_trait
from dlrun.components.layers import Layer
from dlrun.components.registry import Registry

PROGRAM = """
import json, sys
from dlrun.components.layers import Layer
families = lambda: sorted(
    name.rpartition(".")[2] for name in sys.modules if name.startswith(LAYERS)
)
LAYERS = "dlrun.components.layers."
steps = [families()]
names = [len(Layer.types), "LSTM" in Layer.types, len(Layer.types.names)]
steps.append(families())
Layer.types["Dense"]
steps.append(families())
print(json.dumps(steps))
"""


def test_a_class_is_imported_when_it_is_looked_up():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, check=True, text=True
    )

    before, after_names, after_dense = json.loads(done.stdout)
    assert before == after_names == ["layer", "traits"]
    assert after_dense == ["core", "layer", "traits"]


@pytest.mark.parametrize("key", Layer.types)
def test_the_index_tells_what_the_class_tells(key):
    entry = listed("layer")[key]

    layer = Layer.types[key]

    assert layer.__module__ == entry["module"]
    assert layer.main_argument == entry["main_argument"]
    assert set(layer.keys()) == keys_of("layer", key)


def test_a_class_that_is_defined_later_is_there_too():
    registry = Registry("layer")

    class Scale:
        key, aliases, main_argument = "Scale", ("scale_it",), "factor"

    registry.add(Scale)

    assert registry["Scale"] is Scale
    assert registry.names["scale_it"] == "Scale"
    assert registry.mains["Scale"] == "factor"
    assert set(registry) == {*Layer.types, "Scale"}


def test_a_name_that_nobody_knows_is_none_of_a_registry():
    registry = Registry("layer")

    with pytest.raises(KeyError):
        registry["Nothing"]


def test_defaults_and_keys_are_known_without_the_class():
    assert default_of("optimizer", "SGD", "learning_rate") == 0.01
    assert default_of("layer", "Dense", "units") is None
    assert default_of("layer", "Nothing", "units") is None
    assert keys_of("layer", "Nothing") == frozenset()


def test_a_trait_is_told_without_the_class():
    assert with_trait("layer", "width_argument", str)["Conv2D"] == "filters"
    assert "Flatten" not in with_trait("layer", "width_argument", str)
