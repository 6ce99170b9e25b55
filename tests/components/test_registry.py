from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dlrun.components.layers import Layer
from dlrun.components.registry import Registry, classes_of

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


def test_a_class_that_is_defined_later_is_there_too():
    registry = Registry("layer")

    class Scale:
        key, aliases, main_argument = "Scale", ("scale_it",), "factor"

    registry.add(Scale)

    assert registry["Scale"] is Scale
    assert registry.names["scale_it"] == "Scale"
    assert registry.mains["Scale"] == "factor"
    assert set(registry) == {*Layer.types, "Scale"}
    assert classes_of("layer") is Layer.types


def test_a_name_that_nobody_knows_is_none_of_a_registry():
    registry = Registry("layer")

    with pytest.raises(KeyError):
        registry["Nothing"]
