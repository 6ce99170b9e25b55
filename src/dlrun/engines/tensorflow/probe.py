"""Gradients and activations of a Keras model on TensorFlow, taken without a trace.

Inference mode updates no statistics and draws no random number; metrics and optimizer
are not touched. So the weights of a run are the same with it and without.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import keras
import tensorflow as tf

from dlrun.components.index import with_trait
from dlrun.data import OUTPUT, Array
from dlrun.engines.engine import LIMITS, ZEROING, Probe, ProbedLayer

_FUNCTIONS = with_trait("layer", "function_name", str)
"""Layers that are an activation function without having one."""
_BEHIND_OUTPUT = with_trait("layer", "passes_activation", bool).keys() | (
    with_trait("layer", "activates", bool).keys() - _FUNCTIONS.keys()
)
"""Layers that do not change what the layer above them is to the outputs."""


class Prober:
    """Looks at one model."""

    def __init__(self, model: keras.Model, variables: Sequence[keras.Variable]) -> None:
        """Take a compiled model.

        Args:
            model: a `keras.Model`; its layers are looked at once.
            variables: its weights, in the order in which the engine counts them.
        """
        self._model = model
        self._kernels: list[keras.Variable] = []
        outputs: list[keras.KerasTensor] = []
        places = {id(variable): index for index, variable in enumerate(variables)}
        self.layers = tuple(self._find_layers(places, outputs))
        # The same layers and the same graph, with what stands between shown as well.
        self._inner = type(model)(model.input, [*outputs, *model.outputs])
        # AutoGraph would read this file anew, to find nothing to convert.
        self._take = tf.function(self._look, autograph=False)

    def probe(self, arrays: tuple[tf.Tensor, ...]) -> Probe:
        """Look at the model as it is; features, labels and perhaps weights of rows."""
        loss, penalties, outputs, gradients, activations = self._take(arrays)
        return Probe(
            float(loss.numpy()),
            float(penalties.numpy()),
            _by_name(outputs),
            [gradient.numpy() for gradient in gradients],
            [activation.numpy() for activation in activations],
        )

    def _look(self, arrays: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, ...]:
        features, labels, *weights = arrays
        kernels = [kernel.value for kernel in self._kernels]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(kernels)
            shown = self._inner(features, training=False)
            shown = shown if isinstance(shown, list) else [shown]
            count = len(self._model.outputs)
            activations = shown[:-count]
            outputs = keras.tree.pack_sequence_as(self._model.output, shown[-count:])
            loss = self._model.compute_loss(
                x=features,
                y=labels,
                y_pred=outputs,
                sample_weight=weights[0] if weights else None,
                training=False,
            )
        gradients = tape.gradient(
            loss, kernels, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        penalties = sum(self._model.losses, tf.constant(0.0))
        return loss, penalties, outputs, gradients, activations

    def _find_layers(
        self, places: dict[int, int], outputs: list[keras.KerasTensor]
    ) -> list[ProbedLayer]:
        """The kernels and activations of the model; notes variables and outputs."""
        layers: list[ProbedLayer] = []
        ends = _output_layers(self._model)
        for layer in self._model.layers:
            kernels = [
                variable
                for variable in layer.trainable_variables
                if "kernel" in variable.name
            ]
            activation = _activation(layer)
            output = None if layer in ends else _output(layer, activation)
            name, kind = layer.name, type(layer).__name__
            for kernel in kernels:
                inside = kernel.path.removeprefix(f"{name}/")
                place, is_last = places[id(kernel)], kernel is kernels[-1]
                is_shown = is_last and output is not None
                layers.append(
                    ProbedLayer(name, kind, activation, inside, place, is_shown)
                )
            if not kernels and output is not None:
                layers.append(
                    ProbedLayer(name, kind, activation, "", place=-1, is_shown=True)
                )
            self._kernels += kernels
            outputs += [] if output is None else [output]
        return layers


def _activation(layer: keras.Layer) -> str:
    """The name of the activation function of a layer; empty: it has none."""
    for key in ("layer", "forward_layer"):  # TimeDistributed, Bidirectional
        inner = getattr(layer, key, None)
        if inner is not None:
            return _activation(inner)
    function = getattr(layer, "activation", None)
    name = str(getattr(function, "__name__", ""))
    if not name and not getattr(layer, "negative_slope", 0):
        name = _FUNCTIONS.get(type(layer).__name__, "")
    return name


def _by_name(outputs: tf.Tensor | dict[str, tf.Tensor]) -> dict[str, Array]:
    if isinstance(outputs, dict):
        return {name: one.numpy() for name, one in outputs.items()}
    return {OUTPUT: outputs.numpy()}


def _output_layers(model: keras.Model) -> list[keras.Layer]:
    """The layers that give the outputs, whose activation is meant to be extreme."""
    if isinstance(model.output, dict):
        return [_behind(one) for one in model.output.values()]
    layers = list(model.layers)
    while len(layers) > 1 and type(layers[-1]).__name__ in _BEHIND_OUTPUT:
        layers.pop()
    return layers[-1:]


def _behind(output: keras.KerasTensor) -> keras.Layer:
    """The layer whose activation comes out at an output."""
    history = output._keras_history  # noqa: SLF001 - Keras has no other way to ask
    layer = history.operation
    if type(layer).__name__ not in _BEHIND_OUTPUT:
        return layer
    node = layer._inbound_nodes[history.node_index]  # noqa: SLF001
    inputs = node.input_tensors
    return _behind(inputs[0]) if inputs else layer


def _output(layer: keras.Layer, activation: str) -> keras.KerasTensor | None:
    """What a layer gives, as a symbol, if its activation can die or saturate."""
    if activation in ZEROING or activation in LIMITS:
        with suppress(AttributeError, ValueError):  # one that is called twice has two
            return layer.output
    return None
