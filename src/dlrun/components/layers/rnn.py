"""The recurrent layers, and what applies a layer to each step or both directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, SerializeAsAny
from typing_extensions import override

from dlrun.components.component import named
from dlrun.components.constraints import Constraint
from dlrun.components.fields import ActivationName, Fraction, PositiveInt
from dlrun.components.initializers import Initializer
from dlrun.components.layers.layer import (
    SHARING,
    Layer,
    RareKernel,
    Shape,
    ShapeError,
    Weight,
    Xla,
    require_axes,
    shape_text,
    times,
)
from dlrun.components.regularizers import Regularizer
from dlrun.components.words import invalid


class Recurrent(Layer, abstract=True):
    """What the recurrent layers share: `(batch, time, features)` to the units."""

    main_argument = "units"
    xla = "faster"
    width_argument = "units"
    gates = 1
    noise_arguments = ("dropout", "recurrent_dropout")

    units: PositiveInt
    """Size of the state, and of the last output axis."""
    activation: ActivationName = "tanh"
    """The function on the new state."""
    use_bias: bool = True
    """Whether a number per unit and gate is added."""
    kernel_initializer: Initializer = named("glorot_uniform")
    """What the kernel, on the inputs, starts as."""
    recurrent_initializer: Initializer = named("orthogonal")
    """What the recurrent kernel, on the state, starts as."""
    bias_initializer: Initializer = named("zeros")
    """What the bias starts as."""
    kernel_regularizer: Regularizer | None = None
    """A penalty on the kernel; `None`: no penalty."""
    recurrent_regularizer: Regularizer | None = None
    """A penalty on the recurrent kernel; `None`: no penalty."""
    bias_regularizer: Regularizer | None = None
    """A penalty on the bias; `None`: no penalty."""
    kernel_constraint: Constraint | None = None
    """What the kernel is held to after each step; `None`: nothing."""
    recurrent_constraint: Constraint | None = None
    """What the recurrent kernel is held to after each step; `None`: nothing."""
    bias_constraint: Constraint | None = None
    """What the bias is held to after each step; `None`: nothing."""
    dropout: Fraction = 0.0
    """The share of the inputs that is dropped in training."""
    recurrent_dropout: Fraction = 0.0
    """The share of the state that is dropped in training."""
    return_sequences: bool = False
    """Whether every state comes out, `(batch, time, units)`, or only the last."""
    go_backwards: bool = False
    """Whether the steps are read from the last to the first."""
    unroll: bool = False
    """Whether the steps are written out, not looped: faster for few, more memory."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        require_axes(self, input_shape, 2, "time, features")
        return (input_shape[0], self.units) if self.return_sequences else (self.units,)

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        width = self.gates * self.units
        kernels = {
            "kernel": Weight((input_shape[-1], width)),
            "recurrent_kernel": Weight((self.units, width)),
        }
        return kernels | (
            {"bias": Weight(self.bias_shape(width))} if self.use_bias else {}
        )

    def bias_shape(self, width: int) -> tuple[int, ...]:
        """The shape of the bias for `width` values inside."""
        return (width,)

    @override
    def arithmetic(self, input_shape: Shape) -> Iterator[str]:
        if self.gates == 1:
            yield from super().arithmetic(input_shape)
            return
        terms = []
        for name, weight in self.weights(input_shape).items():
            terms.append(f"{name} {times((*weight.shape[:-1], self.units))}")
        total = f"{self.count(input_shape):,}"
        yield f"{self.gates} gates x ({' + '.join(terms)}) = {total}"


class SimpleRNN(Recurrent):
    """A state that sees each step and itself: `(batch, time, features)` to units."""

    synonyms = ("rnn",)


class LSTM(Recurrent):
    """Long short-term memory: `(batch, time, features)` to `(batch, units)`.

    Source: S. Hochreiter and J. Schmidhuber (1997), Long Short-Term Memory.
    """

    gates = 4

    recurrent_activation: ActivationName = "sigmoid"
    """The function on the gates."""
    unit_forget_bias: bool = True
    """Whether the forget gate starts with a bias of 1, and so forgets little."""


class GRU(Recurrent):
    """Gated recurrent unit: `(batch, time, features)` to `(batch, units)`.

    Source: K. Cho et al. (2014), Learning Phrase Representations using RNN
    Encoder-Decoder for Statistical Machine Translation.
    """

    gates = 3

    recurrent_activation: ActivationName = "sigmoid"
    """The function on the gates."""
    reset_after: bool = True
    """Whether the reset gate acts after the product with the state: a second bias."""

    @override
    def bias_shape(self, width: int) -> tuple[int, ...]:
        return (2, width) if self.reset_after else (width,)


def _wrapped(layer: Layer) -> Layer:
    """Refuse what has no meaning for a layer inside another."""
    for key, is_set in {
        "from": layer.from_ is not None,
        "enabled": not layer.enabled,
    }.items():
        if is_set:
            message = f"a layer inside another has no `{key}`"
            raise invalid(
                "misplaced-key",
                message,
                hint=f"write `{key}` beside `layer`, one level up",
            )
    if layer.key == SHARING:
        message = "`use` shares a layer above and cannot stand inside another layer"
        hint = "write use as a layer of its own"
        raise invalid("wrong-layer", message, hint=hint)
    if layer.merges:
        message = (
            f"`{layer.key}` takes several inputs and cannot stand inside another layer"
        )
        raise invalid(
            "wrong-layer", message, hint=f"write {layer.key} as a layer of its own"
        )
    return layer


def _recurrent(layer: Layer) -> Layer:
    if not isinstance(layer, Recurrent):
        message = (
            f"`Bidirectional` needs a recurrent layer, but `{layer.key}` is not one"
        )
        raise invalid("wrong-layer", message, hint="use LSTM, GRU or SimpleRNN")
    if layer.go_backwards:
        message = (
            f"`{layer.key}` inside `Bidirectional` already runs in both directions"
        )
        raise invalid("misplaced-key", message, hint="leave `go_backwards` out")
    return layer


class Wrapper(Layer, abstract=True):
    """What the layers share whose argument `layer` does the work."""

    main_argument = "layer"
    wraps = True

    layer: SerializeAsAny[Layer]
    """The layer that does the work."""

    @override
    def draws_noise(self) -> bool:
        return self.layer.draws_noise()

    @override
    def rare_kernel(self) -> RareKernel | None:
        inner = self.layer.rare_kernel()
        if inner is None:
            return None
        return replace(inner, path=("layer", self.layer.key, *inner.path))

    def inner_input(self, input_shape: Shape) -> Shape:
        """What the layer inside gets."""
        return input_shape

    @override
    def require_fitting_parts(self, input_shape: Shape) -> None:
        try:
            self.layer.require_fitting_parts(self.inner_input(input_shape))
        except ShapeError as error:
            raise error.inside(self.layer) from error


class Bidirectional(Wrapper):
    """A recurrent layer that reads `(batch, time, features)` in both directions."""

    xla = "faster"

    layer: Annotated[
        SerializeAsAny[Layer], AfterValidator(_wrapped), AfterValidator(_recurrent)
    ]
    """The recurrent layer; a second one of its kind reads the steps backwards."""
    merge_mode: Literal["concat", "sum", "mul", "ave"] = "concat"
    """How the two outputs become one: side by side, or added, multiplied, averaged."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        *steps, units = _inner_shape(self.layer, input_shape)
        return (*steps, 2 * units if self.merge_mode == "concat" else units)

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        inner = self.layer.weights(input_shape)
        return {
            f"{way}_{name}": weight
            for way in ("forward", "backward")
            for name, weight in inner.items()
        }

    @override
    def arithmetic(self, input_shape: Shape) -> Iterator[str]:
        for line in self.layer.arithmetic(input_shape):
            yield f"forward: {line}"
            yield f"backward: {line}"


class TimeDistributed(Wrapper):
    """One layer, the same weights, at every step: `(batch, time, ...)` in and out."""

    layer: Annotated[SerializeAsAny[Layer], AfterValidator(_wrapped)]
    """The layer that is applied to each step."""

    @override
    def inner_input(self, input_shape: Shape) -> Shape:
        return input_shape[1:]

    @override
    def under_xla(self) -> Xla:
        return self.layer.under_xla()

    @override
    def output_activation(self) -> str | None:
        return self.layer.output_activation()

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) < 2:
            message = "{layer} needs an input of at least 2 axes (time, features)"
            hint = f"write {self.layer.key} without TimeDistributed"
            label = f"the input here is {shape_text(input_shape)}"
            raise ShapeError("wrong-axes", message, label=label, hint=hint)
        try:
            return (input_shape[0], *_inner_shape(self.layer, input_shape[1:]))
        except ShapeError as error:
            if error.code == "wrong-axes":
                error.hint = f"write {self.layer.key} without TimeDistributed"
            raise

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        return self.layer.weights(input_shape[1:])

    @override
    def arithmetic(self, input_shape: Shape) -> Iterator[str]:
        yield from self.layer.arithmetic(input_shape[1:])


def _inner_shape(layer: Layer, input_shape: Shape) -> Shape:
    """The output of a layer inside another, whose errors name both."""
    try:
        return layer.output_shape(input_shape)
    except ShapeError as error:
        raise error.inside(layer) from error
