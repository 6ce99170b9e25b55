"""A layer of the code of a config: what comes out of it, only the code knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import PrivateAttr
from typing_extensions import override

from dlrun.components.custom.own_code import OwnCode
from dlrun.components.layers import Layer, Shape, Weight
from dlrun.components.layers.layer import UnknownShapeError
from dlrun.custom import code_of, is_code_allowed

if TYPE_CHECKING:
    import keras

_COUNTED = re.compile(r"(?<=^variable)_[0-9]+$")
"""What Keras adds to the names of variables without a name, counted in the process."""
_SEED = "seed_generator_state"
"""What Keras calls the state of a source of noise."""


class OwnLayer(OwnCode, Layer, abstract=True):
    """A layer that the code of the config defines."""

    _known: dict[tuple[Shape, ...], tuple[Shape, Mapping[str, Weight]]] = PrivateAttr(
        default_factory=dict
    )
    """What comes out for some inputs, and the weights."""
    _noise: set[bool] = PrivateAttr(default_factory=set)
    """Whether it draws random numbers, as soon as that is known."""

    @property
    @override
    def merges(self) -> bool:  # type: ignore[override]
        """Whether it takes several inputs, as the config says."""
        return len(self.from_ or ()) > 1

    @override
    def output_activation(self) -> str | None:
        return None

    @override
    def draws_noise(self) -> bool:
        return True in self._noise

    @override
    def build(self) -> keras.Layer:
        named = {"name": self.name} if self.name and self.takes("name") else {}
        layer = self.made(self.keras().Layer, **named)
        if self.name is not None and layer.name != self.name:
            layer.name = self.name  # It takes none.
        return layer

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        return self.joined_shape([input_shape])

    @override
    def joined_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return self._called(tuple(input_shapes))[0]

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        known = (
            found for inputs, found in self._known.items() if inputs[0] == input_shape
        )
        found = next(known, None) or self._called((input_shape,))
        return found[1]

    def _called(self, inputs: tuple[Shape, ...]) -> tuple[Shape, Mapping[str, Weight]]:
        """Build the layer and call it on symbols, as Keras does in a model.

        Raises:
            UnknownShapeError: nobody has allowed to import it.
            CodeError: with the line where the code fails.
        """
        if inputs in self._known:
            return self._known[inputs]
        if not is_code_allowed():
            raise UnknownShapeError(self.key)
        layer, library = self.build(), self.keras()
        tensors = [library.KerasTensor((None, *shape)) for shape in inputs]
        with code_of(self.file, self.definition):
            output = layer(tensors if len(tensors) > 1 else tensors[0])
        if not isinstance(output, library.KerasTensor):
            message = f"`{self.key}` gives {type(output).__name__}, no single tensor"
            raise self.refused(message, "return one tensor from `call`")
        shape = tuple(output.shape[1:])
        if None in shape:
            message = f"the shape of what `{self.key}` gives is open: {output.shape}"
            raise self.refused(message, "write compute_output_shape")
        self._known[inputs] = shape, _weights(layer)
        self._noise.add(any(one.name == _SEED for one in layer.variables))
        return self._known[inputs]


def _weights(layer: keras.Layer) -> dict[str, Weight]:
    """The weights of a layer, by names that are the same each time it is built."""
    found: dict[str, Weight] = {}
    counts: Counter[str] = Counter()
    for weight in layer.weights:
        name = _COUNTED.sub("", weight.name)
        number = counts[name]
        counts[name] += 1
        shape, trained = tuple(weight.shape), bool(weight.trainable)
        found[f"{name}_{number}" if number else name] = Weight(shape, trained)
    return found
