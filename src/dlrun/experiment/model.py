"""`model:`: the layers, from the input to the output."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, ClassVar

from dlrun.components.component import snake_case
from dlrun.components.fields import AsTuple, RowShape
from dlrun.components.layers import Layer
from dlrun.experiment.section import Section


class ModelSpec(Section):
    """The layers; each takes the output of the one above, or what its `from` names."""

    owner: ClassVar[str] = "model"
    cures: ClassVar[dict[str, str]] = {
        "name": "remove it; `name` at the top names the experiment",
        "outputs": "remove it; the last layer is the output",
        "type": "remove it; a layer takes the one above, or what its `from` names",
    }

    input_shape: RowShape | None = None
    """The shape of one row, without the batch; by default that of the data."""
    layers: Annotated[tuple[Layer, ...], AsTuple]
    """The layers in their order."""

    def layer_names(self) -> list[str]:
        """The name of each layer: its own, or Keras' for its class, as in `dense_1`."""
        taken = {layer.name for layer in self.layers if layer.name is not None}
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
        return names
