from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from dlrun.components.layers import Layer, Shape, ShapeError

ADAPTER = TypeAdapter(Layer)

DENSE = {"Dense": 16}
CONV_32 = {"Conv2D": {"filters": 32, "kernel_size": 3}}
CONV_64 = {"Conv2D": {"filters": 64, "kernel_size": 5}}
CONV_128 = {"Conv2D": {"filters": 128, "kernel_size": 7}}
POOL = {"MaxPooling2D": {"pool_size": 2, "strides": 2}}
HEAD = ["Flatten", {"Dense": 2}]


def same(written: Any) -> Any:
    return {"Conv2D": written["Conv2D"] | {"padding": "same"}}


@pytest.mark.parametrize(
    ("layers", "input_shape", "parameters"),
    [
        ([DENSE, {"Dense": 32}, {"Dense": 2}], (2,), 658),
        ([DENSE, CONV_32, CONV_64, CONV_128, *HEAD], (20, 20, 3), 473_890),
        (
            [DENSE, same(CONV_32), same(CONV_64), same(CONV_128), *HEAD],
            (20, 20, 3),
            559_906,
        ),
        ([DENSE, same(CONV_32), POOL, same(CONV_64), *HEAD], (20, 20, 3), 68_770),
    ],
    ids=["gender", "valid", "same", "pooling"],
)
def test_the_models_of_the_notes_have_their_parameters(layers, input_shape, parameters):
    count, shape = 0, input_shape
    for written in layers:
        layer = ADAPTER.validate_python(written)
        count += layer.count(shape)
        shape = layer.output_shape(shape)

    assert count == parameters


@pytest.mark.parametrize(
    ("written", "input_shape", "line"),
    [
        ({"Dense": 32}, (16,), "kernel 16 x 32 + bias 32 = 544"),
        (CONV_32, (20, 20, 16), "32 filters x (3 x 3 x 16) + 32 biases = 4,640"),
        (
            {"LSTM": 16},
            (5, 8),
            "4 gates x (kernel 8 x 16 + recurrent_kernel 16 x 16 + bias 16) = 1,600",
        ),
        (
            {"SeparableConv2D": {"filters": 8, "kernel_size": 3}},
            (9, 9, 4),
            "4 filters x (3 x 3) + 8 filters x (1 x 1 x 4) + 8 biases = 76",
        ),
        (
            "BatchNormalization",
            (32,),
            (
                "gamma 32 + beta 32 + moving_mean 32 + moving_variance 32 = 128"
                " (64 of them moving averages, not trained)"
            ),
        ),
    ],
)
def test_a_parameter_count_is_explained(written, input_shape, line):
    layer = ADAPTER.validate_python(written)

    assert list(layer.arithmetic(input_shape)) == [line]


def test_a_bidirectional_layer_is_explained_by_direction():
    layer = ADAPTER.validate_python({"Bidirectional": {"SimpleRNN": 2}})

    forward, backward = layer.arithmetic((5, 3))

    assert forward == "forward: kernel 3 x 2 + recurrent_kernel 2 x 2 + bias 2 = 12"
    assert backward == "backward: kernel 3 x 2 + recurrent_kernel 2 x 2 + bias 2 = 12"


def test_a_kernel_larger_than_its_input_is_explained():
    layer = ADAPTER.validate_python(CONV_128)

    error = refusal(layer, (4, 4, 64))

    assert error.code == "kernel-too-large"
    assert error.message == "the 7x7 kernel of {layer} is larger than its 4x4 input"
    assert error.field == "kernel_size"
    assert error.label == "the input here is 4x4x64"
    assert error.hint == "use padding: same or a kernel_size up to 4"


@pytest.mark.parametrize(
    ("written", "input_shape", "message", "hint"),
    [
        (
            {"Conv2D": {"filters": 8, "kernel_size": 3, "dilation_rate": 3}},
            (5, 6, 1),
            "the 3x3 kernel of {layer}, 7x7 with holes, is larger than its 5x6 input",
            "use padding: same or a kernel_size up to 2",
        ),
        (
            CONV_32,
            (400,),
            "{layer} needs an input of 3 axes (height, width, channels), but gets 1",
            "put Conv2D before any Flatten, or a Reshape to 3 axes above it",
        ),
        (
            CONV_32,
            (28, 28),
            "{layer} needs an input of 3 axes (height, width, channels), but gets 2",
            "put Conv2D before any Flatten, or `Reshape: [28, 28, 1]` above it",
        ),
        (
            CONV_32,
            (10, 28, 28, 1),
            "{layer} needs an input of 3 axes (height, width, channels), but gets 4",
            "write TimeDistributed: {Conv2D: ...} to apply it to each of the 10 steps",
        ),
        (
            {"LSTM": 8},
            (5,),
            "{layer} needs an input of 2 axes (time, features), but gets 1",
            "put LSTM before any Flatten, or `Reshape: [5, 1]` above it",
        ),
        (
            {"Conv2D": {"filters": 4, "kernel_size": 1, "groups": 2}},
            (8, 8, 3),
            "{layer} cannot split 3 channels into 2 groups",
            "use groups: 1",
        ),
        (
            {"MaxPooling2D": 3},
            (2, 4, 8),
            "the 3x3 pool of {layer} is larger than its 2x4 input",
            "use padding: same or a pool_size up to [2, 4]",
        ),
        (
            {"Reshape": [2, 4]},
            (3, 2),
            "{layer} cannot arrange 6 values as [2, 4]",
            "the product 8 must be 6; [-1] fits",
        ),
        (
            {"Reshape": [4, -1]},
            (3, 2),
            "{layer} cannot arrange 6 values as [4, -1]",
            "the product 4 must divide 6; [-1] fits",
        ),
        (
            {"RandomCrop": {"height": 4, "width": 28}},
            (28, 28, 1),
            "the 4x28 crop of {layer} is not smaller than its 28x28 input",
            (
                "under data.augment pad first, and crop to the size of the rows: "
                "[{ZeroPadding2D: 2}, {RandomCrop: {height: 28, width: 28}}]"
            ),
        ),
        (
            {"BatchNormalization": {"axis": 3}},
            (8, 4),
            "{layer} cannot find axis 3 in its input",
            "use -1 to -2, counted from the end",
        ),
        (
            {"LayerNormalization": {"axis": [1, -2]}},
            (8, 4),
            "{layer} cannot find axis 1, -2 twice in its input",
            "use -1 to -2, counted from the end",
        ),
        (
            {"Dense": 2},
            (),
            "{layer} needs an input of at least 1 axis, but gets a single number",
            "put `Reshape: [1]` above Dense",
        ),
        (
            {"TimeDistributed": {"Dense": 2}},
            (5,),
            "{layer} needs an input of at least 2 axes (time, features)",
            "write Dense without TimeDistributed",
        ),
    ],
)
def test_a_layer_that_does_not_fit_names_the_cure(written, input_shape, message, hint):
    layer = ADAPTER.validate_python(written)

    error = refusal(layer, input_shape)

    assert (error.message, error.hint) == (message, hint)


def test_an_error_inside_a_wrapper_names_both_layers_and_the_way():
    layer = ADAPTER.validate_python({"TimeDistributed": {"TimeDistributed": CONV_128}})

    error = refusal(layer, (2, 3, 4, 4, 1))

    inner = "the `Conv2D` inside the `TimeDistributed` inside {layer}"
    assert error.message == f"the 7x7 kernel of {inner} is larger than its 4x4 input"
    assert error.field == "layer"
    assert error.path == ("layer", "TimeDistributed", "layer", "Conv2D", "kernel_size")


@pytest.mark.parametrize(
    ("written", "input_shapes", "message"),
    [
        ("Add", [(4,), (5,)], "{layer} needs inputs of one shape, but gets 4 and 5"),
        (
            "Add",
            [(4, 4), (4,)],
            "{layer} needs inputs of one shape, but gets 4x4 and 4",
        ),
        ("Add", [(4,)], "{layer} needs at least two inputs, but gets one"),
        ("Subtract", [(4,)] * 3, "{layer} takes 2 inputs, but gets 3"),
        (
            "Concatenate",
            [(4, 2), (5, 2)],
            "{layer} needs inputs that differ along axis -1 only, but gets 4x2 and 5x2",
        ),
        (
            {"Concatenate": {"axis": 3}},
            [(4, 2), (4, 2)],
            "{layer} cannot find axis 3 in its input",
        ),
    ],
)
def test_inputs_that_cannot_be_merged_are_explained(written, input_shapes, message):
    layer = ADAPTER.validate_python(written)

    with pytest.raises(ShapeError) as caught:
        layer.joined_shape(input_shapes)

    assert caught.value.message == message


def refusal(layer: Layer, input_shape: Shape) -> ShapeError:
    with pytest.raises(ShapeError) as caught:
        layer.output_shape(input_shape)
    return caught.value


def test_axes_that_share_a_slope_are_counted_from_the_front():
    layer = ADAPTER.validate_python({"PReLU": {"shared_axes": [-1, -2]}})

    with pytest.raises(ShapeError, match="from the front") as caught:
        layer.output_shape((9, 8, 4))

    assert caught.value.hint == "write [2, 3]"
