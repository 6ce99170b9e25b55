"""Layers that use the weights of one above: what works, and whether it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from dlrun.components.layers import Layer, Shape, Weight, shape_text
from dlrun.components.layers.layer import SHARING
from dlrun.components.words import nearest
from dlrun.errors import Problem
from dlrun.writing import did_you_mean, listing


class PlacedLayer(Protocol):
    """A layer of a model, and what goes in."""

    @property
    def name(self) -> str:
        """What it is called in the model."""

    @property
    def layer(self) -> Layer:
        """Its class and arguments."""

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shapes of what it takes."""


_Placed = TypeVar("_Placed", bound=PlacedLayer)


def shared_layer(layer: Layer, above: Sequence[_Placed]) -> _Placed | None:
    """The layer whose weights one uses; `None`: it has its own, or there is none."""
    if layer.key != SHARING:
        return None
    wanted = getattr(layer, "of", None)
    return next((one for one in above if one.name == wanted), None)


def working_layer(layer: Layer, shared: PlacedLayer | None) -> Layer:
    """What does the work of a layer: the one that it shares, on inputs of its own."""
    if shared is None:
        return layer
    own = {"name": layer.name, "from_": layer.from_}
    enabled = layer.enabled and shared.layer.enabled
    return shared.layer.model_copy(update={**own, "enabled": enabled})


def sharing_problem(
    index: int, layer: Layer, above: Sequence[PlacedLayer]
) -> Problem | None:
    """Whether a layer shares the weights of none that stands above."""
    if layer.key != SHARING or shared_layer(layer, above) is not None:
        return None
    wanted, names = str(getattr(layer, "of", "")), [one.name for one in above]
    meant = nearest(wanted, names)
    there = f"above stand {listing(names)}" if names else "put the layer above it"
    return Problem(
        ("model", "layers", index, SHARING, "of"),
        f"no layer above is called `{wanted}`",
        code="unknown-source",
        hint=f"write {meant}" if meant else there,
        label=did_you_mean([meant]),
    )


def weight_problem(
    index: int,
    shared: PlacedLayer | None,
    weights: Mapping[str, Weight],
    input_shape: Shape,
) -> Problem | None:
    """Whether the weights that a layer shares are too large or small for its input.

    Args:
        index: of the layer.
        shared: whose weights it uses; `None`: it has its own.
        weights: those that it would need for its own inputs.
        input_shape: of what it takes.
    """
    if shared is None or not weights:
        return None
    theirs = shared.layer.weights(shared.input_shapes[0])
    odd = next((name for name in weights if weights[name] != theirs.get(name)), None)
    if odd is not None:
        needs, has = weights[odd].shape, theirs[odd].shape
        message = (
            f"`{odd}` of `{shared.name}` is {shape_text(has)}, but this input needs "
            f"{shape_text(needs)}"
        )
    elif shared.layer.fixes_rank and len(input_shape) != len(shared.input_shapes[0]):
        message = (
            f"`{shared.name}` takes inputs of {len(shared.input_shapes[0])} axes, but "
            f"this one is {shape_text(input_shape)}"
        )
    else:
        return None
    size = shape_text(shared.input_shapes[0])
    return Problem(
        ("model", "layers", index, SHARING),
        message,
        code="shared-shape",
        hint=f"give it an input of {size}, as `{shared.name}` has",
        on_key=True,
    )
