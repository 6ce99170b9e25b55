from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from dlrun.custom.definition import Definition, Parameter, read_definitions


def read(text: str, **beside: str) -> dict[str, Definition]:
    texts = {"layers": text, **beside}
    trees = {name: ast.parse(dedent(one)) for name, one in texts.items()}
    return read_definitions("layers", trees)


def test_the_parameters_of_a_class_are_those_of_its_init():
    found = read(
        """
        import keras

        class Scale(keras.layers.Layer):
            '''A factor.

            And more.
            '''
            def __init__(self, start, power: float = 2.0, *, size=SIZE, **kwargs):
                super().__init__(**kwargs)
        """
    )

    assert found["Scale"].text == "A factor."
    assert found["Scale"].takes_others
    assert found["Scale"].parameters == (
        Parameter("start"),
        Parameter("power", "float", False, True, 2.0),
        Parameter("size", "", False, False, None),
    )


@pytest.mark.parametrize(
    ("head", "base", "role"),
    [
        ("import keras", "keras.layers.Layer", "layer"),
        ("import keras", "keras.Layer", "layer"),
        ("import keras as k", "k.losses.Loss", "loss"),
        ("from keras import metrics", "metrics.Metric", "metric"),
        ("from keras.callbacks import Callback as C", "C", "callback"),
        ("import keras", "keras.optimizers.schedules.CosineDecay", "schedule"),
        ("import tensorflow as tf", "tf.keras.layers.Dense", "layer"),
        ("import torch", "torch.nn.Module", None),
        ("", "object", None),
    ],
)
def test_what_a_class_is_follows_from_its_base(head, base, role):
    found = read(f"{head}\nclass Own({base}): pass")

    assert found["Own"].role == role


def test_a_class_takes_after_a_class_of_a_file_beside():
    found = read(
        "from parts import Base\nclass Own(Base):\n    pass",
        parts="""
        import keras

        class Base(keras.layers.Layer):
            def __init__(self, units):
                super().__init__()

            def call(self, inputs): ...
        """,
    )

    assert found["Own"].role == "layer"
    assert found["Own"].parameters == (Parameter("units"),)
    assert found["Own"].methods["call"] == 0


def test_classes_that_name_each_other_as_bases_end():
    found = read("class A(B): pass\nclass B(A): pass")

    assert found["A"].role is None


def test_what_begins_with_an_underscore_or_stands_inside_is_not_offered():
    found = read(
        """
        def _hidden(x): ...
        def outer(x):
            def inner(y): ...
        if True:
            def sometimes(x): ...
        value = 3
        """
    )

    assert list(found) == ["outer"]


@pytest.mark.parametrize(
    "default", ["{1: 2}", "b'x'", "1j", "{1, 2}", "f()", "...", f"0x{'f' * 4000}"]
)
def test_a_default_that_no_config_can_hold_is_not_known(default):
    (parameter,) = read(f"def f(a={default}): ...")["f"].parameters

    assert parameter == Parameter("a", "", False, False, None)
