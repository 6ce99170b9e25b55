"""How much memory training takes at least: an estimate, made without building."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from dlrun.machine import machine_memory
from dlrun.writing import bytes_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.components.layers import Shape
    from dlrun.components.optimizers import Optimizer
    from dlrun.experiment.shapes import LayerShape

_BYTES = 4
"""Of a number of 32 bits."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a train step holds at once, in bytes.

    Beside it come the rows themselves, what the libraries take, and what single
    operations need while they run.
    """

    parameters: int
    gradients: int
    optimizer: int
    """What the optimizer remembers of each weight."""
    activations: int
    """The inputs and what every layer gives for a batch, kept for the gradients."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.parameters + self.gradients + self.optimizer + self.activations


def estimate_memory(
    input_shapes: Mapping[str, Shape],
    layers: Sequence[LayerShape],
    optimizer: Optimizer,
    batch_size: int,
) -> Memory:
    """Estimate what a train step holds.

    Args:
        input_shapes: of one row of each input.
        layers: with the shapes of what they give.
        optimizer: which remembers something of each trained weight.
        batch_size: rows per step.
    """
    trained = sum(layer.trainable_parameters for layer in layers)
    given = [layer.output_shape for layer in layers if layer.layer.enabled]
    values = sum(prod(shape) for shape in (*input_shapes.values(), *given))
    return Memory(
        parameters=_BYTES * sum(layer.parameters for layer in layers),
        gradients=_BYTES * trained,
        optimizer=_BYTES * trained * optimizer.copies,
        activations=_BYTES * values * batch_size,
    )


def excess(needed: Memory) -> str | None:
    """What to say of a train step that this machine cannot hold; `None`: it can."""
    there = machine_memory()
    if needed.total <= there:
        return None
    return (
        f"a train step takes about {bytes_text(needed.total)}, of which activations "
        f"{bytes_text(needed.activations)}, more than the memory of this machine "
        f"({bytes_text(there)})"
    )
