from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from dlrun.components.layers import Layer
from dlrun.components.words import problem_of

ADAPTER = TypeAdapter(Layer)


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        (
            {
                "Conv2D": {
                    "filters": 8,
                    "kernel_size": 3,
                    "strides": 2,
                    "dilation_rate": 2,
                }
            },
            ("Conv2D", "dilation_rate"),
            "`dilation_rate` and `strides` cannot both be above 1",
        ),
        (
            {"Conv2D": {"filters": 8, "kernel_size": 3, "groups": 3}},
            ("Conv2D", "groups"),
            "`groups` must divide `filters`, but 8 / 3 is not whole",
        ),
        (
            {"Bidirectional": {"Dense": 3}},
            ("Bidirectional", "layer"),
            "`Bidirectional` needs a recurrent layer, but `Dense` is not one",
        ),
        (
            {"Bidirectional": {"GRU": {"units": 3, "go_backwards": True}}},
            ("Bidirectional", "layer"),
            "`GRU` inside `Bidirectional` already runs in both directions",
        ),
        (
            {"TimeDistributed": "Add"},
            ("TimeDistributed", "layer"),
            "`Add` takes several inputs and cannot stand inside another layer",
        ),
        (
            {"TimeDistributed": {"Dense": {"units": 2, "from": "a"}}},
            ("TimeDistributed", "layer"),
            "a layer inside another has no `from`",
        ),
        (
            {"Dropout": 1},
            ("Dropout", "rate"),
            "`rate` must be below 1.0, found 1",
        ),
        (
            {"Dense": True},
            ("Dense", "units"),
            "`units` must be an integer, found true",
        ),
        (
            {"BatchNormalization": {"axis": 0}},
            ("BatchNormalization", "axis"),
            "expected an axis, found 0",
        ),
        (
            {"RandomRotation": 2},
            ("RandomRotation", "factor"),
            "expected 0 to 1, or a range within -1 to 1, found 2",
        ),
        (
            {"Activation": "glu"},
            ("Activation", "activation"),
            '`activation` cannot be "glu"',
        ),
    ],
)
def test_arguments_that_make_no_sense_are_refused(written, path, message):
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_python(written)

    (problem,) = [problem_of(details) for details in caught.value.errors()]
    assert (problem.path, problem.message) == (path, message)


def test_an_argument_that_dlrun_owns_is_refused_with_the_reason():
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_python({"Dropout": {"rate": 0.5, "seed": 1}})

    (problem,) = [problem_of(details) for details in caught.value.errors()]
    assert problem.message == '`Dropout` has no key "seed"'
    assert problem.hint == "remove it; the seed of the config drives all random numbers"
