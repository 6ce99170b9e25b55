"""`model:`: the layers, from the input to the output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, ClassVar, TypeAlias

from pydantic import PlainValidator

from dlrun.components.by_name import is_model_name, one_or_named
from dlrun.components.component import snake_case
from dlrun.components.fields import AsTuple, row_shape
from dlrun.components.layers import Layer, Shape
from dlrun.components.words import invalid, shown
from dlrun.config import Names
from dlrun.data import INPUT
from dlrun.experiment.section import Section


def _output_names(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, (list, tuple)) else [value]
    if names and all(map(is_model_name, names)):
        return tuple(map(str, names))
    message = f"`outputs` must name layers, found {shown(value)}"
    raise invalid("wrong-type", message, hint="write names, as in [digit, parity]")


InputShape: TypeAlias = Annotated[
    Shape | Mapping[str, Shape], one_or_named("an input", row_shape)
]
"""The shape of one row, or that of each input."""


OutputNames: TypeAlias = Annotated[tuple[str, ...], PlainValidator(_output_names)]
"""The names of the layers that give the outputs."""


class ModelSpec(Section):
    """The layers; each takes the output of the one above, or what its `from` names."""

    owner: ClassVar[str] = "model"
    names = (Names(("input_shape",), of_objects=False),)
    cures: ClassVar[dict[str, str]] = {
        "inputs": "remove it; the data name the inputs, as in "
        "npz: {features: {photo: x1, numbers: x2}}",
        "name": "remove it; `name` at the top names the experiment",
        "type": "remove it; a layer takes the one above, or what its `from` names",
    }

    input_shape: InputShape | None = None
    """The shape of one row, without the batch; by default that of the data. With
    several inputs a mapping: `{photo: [28, 28, 1], numbers: [4]}`."""
    layers: Annotated[tuple[Layer, ...], AsTuple]
    """The layers in their order."""
    outputs: OutputNames | None = None
    """The layers that give the outputs, by their names; by default the last layer. Of
    several, `labels`, `loss` and `metrics` are mappings by these names."""

    @property
    def input_shapes(self) -> Mapping[str, Shape] | None:
        """The shape of one row of each input; `None`: not known."""
        stated = self.input_shape
        return {INPUT: stated} if isinstance(stated, tuple) else stated

    @property
    def output_names(self) -> tuple[str, ...]:
        """The layers that give the outputs; without any layer there are none."""
        return self.outputs or self.layer_names[-1:]

    @cached_property
    def layer_names(self) -> tuple[str, ...]:
        """The name of each layer: its own, or Keras' for its class, as in `dense_1`."""
        taken = {layer.name for layer in self.layers if layer.name is not None}
        taken |= set(self.input_shapes or ())
        count: Counter[str] = Counter()
        names = []
        for layer in self.layers:
            name = layer.name
            base = snake_case(layer.key)
            while name is None:
                candidate = f"{base}_{count[base]}" if count[base] else base
                count[base] += 1
                name = None if candidate in taken else candidate
            names.append(name)
        return tuple(names)
