"""The layers of a resolved config: which are hidden, and their paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dlrun.changes.change import Values, named, value_at
from dlrun.components.index import with_trait
from dlrun.diagnosis.recording import number_of
from dlrun.errors import format_path

WIDTHS = with_trait("layer", "width_argument", str)
"""The layers with weights, and the argument that says how wide their output is."""
RECURRENT = with_trait("layer", "gates", int)
"""The layers that go through time, and how many gates they have."""
DROPOUTS = with_trait("layer", "drops", bool).keys()
NORMALIZATIONS = with_trait("layer", "normalizes", bool).keys()
ACTIVATIONS = with_trait("layer", "activates", bool).keys()
_FUNCTIONS = with_trait("layer", "function_name", str)
"""The activation functions that layers are; an `Activation` has it as its argument."""
_WRAPPERS = with_trait("layer", "wraps", bool)
_BLOCK = NORMALIZATIONS | ACTIVATIONS | with_trait("layer", "pools", bool).keys()
"""What belongs to the layer above: a dropout comes after these."""


@dataclass(frozen=True, slots=True)
class PlainLayer:
    """A layer of a config; of a wrapper, the layer inside."""

    index: int
    """Its place in `model.layers`."""
    kind: str
    arguments: Values
    place: str
    """The path of the item of `model.layers`: `model.layers.hidden1`."""
    path: str
    """The path of its arguments: a wrapper's go on with `.layer`."""
    name: str | None
    sources: tuple[str, ...] | None
    """The layers that it takes by name; None: the one above."""
    enabled: bool

    def argument(self, key: str) -> object:
        """An argument; None if it has none of that name."""
        return self.arguments.get(key)

    def number(self, key: str) -> float:
        """An argument that is a number; 0 if it has none of that name."""
        return number_of(self.arguments.get(key)) or 0.0

    @property
    def is_recurrent(self) -> bool:
        """Whether it reads a sequence step by step."""
        return self.kind in RECURRENT

    @property
    def is_activation(self) -> bool:
        """Whether it is an activation function that its argument `activation` names."""
        return self.kind in ACTIVATIONS and self.kind not in _FUNCTIONS

    @property
    def width(self) -> int:
        """The size of its last output axis."""
        return int(self.number(WIDTHS[self.kind]))


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of a config, in their order."""

    all: tuple[PlainLayer, ...]
    outputs: tuple[str, ...] = ()
    """The layers that give the outputs, where the config names them."""

    @property
    def weighted(self) -> tuple[PlainLayer, ...]:
        """The layers that are there and have weights."""
        return tuple(
            layer for layer in self.all if layer.enabled and layer.kind in WIDTHS
        )

    @property
    def head(self) -> PlainLayer | None:
        """The last layer with weights, which makes the output; None if unclear."""
        weighted = self.weighted
        if not weighted or self.outputs:
            return None
        behind = self.all[weighted[-1].index + 1 :]
        return None if any(layer.sources for layer in behind) else weighted[-1]

    @property
    def gives_maps(self) -> bool:
        """Whether an output has a value for each place: a convolution makes it."""
        heads = [layer for layer in self.weighted if layer.name in self.outputs]
        heads = heads or [*self.weighted[-1:]]
        same = ACTIVATIONS | DROPOUTS | NORMALIZATIONS
        return any(
            WIDTHS[layer.kind] == "filters"
            and (
                self.outputs
                or all(one.kind in same for one in self.all[layer.index + 1 :])
            )
            for layer in heads
        )

    @property
    def hidden(self) -> tuple[PlainLayer, ...]:
        """The layers with weights below the head; none where the head is unclear."""
        if self.outputs:
            heads = self.outputs
            return tuple(layer for layer in self.weighted if layer.name not in heads)
        return self.weighted[:-1] if self.head is not None else ()

    def behind(self, layer: PlainLayer) -> tuple[PlainLayer, ...]:
        """What follows a layer up to the next that is no part of its block."""
        block = []
        for follower in self.all[layer.index + 1 :]:
            if follower.sources or follower.kind not in _BLOCK | DROPOUTS:
                break
            block.append(follower)
            if follower.kind in DROPOUTS:
                break
        return tuple(block)

    def of_kind(
        self, layer: PlainLayer, kinds: Iterable[str], *, enabled: bool = True
    ) -> PlainLayer | None:
        """The first layer of some kinds in the block of a layer."""
        wanted = frozenset(kinds)
        return next(
            (
                follower
                for follower in self.behind(layer)
                if follower.kind in wanted and follower.enabled is enabled
            ),
            None,
        )

    def activation(self, layer: PlainLayer) -> str:
        """The activation function behind a layer."""
        own = layer.argument("activation")
        behind = self.of_kind(layer, ACTIVATIONS)
        if own not in {None, "linear"} or behind is None:
            return str(own or "linear")
        return _FUNCTIONS.get(behind.kind) or str(behind.argument("activation"))

    def takes_insertion(self, index: int) -> bool:
        """Whether what is put after a layer is what the next layer takes."""
        taken = {name for layer in self.all for name in layer.sources or ()} - {"input"}
        names = {layer.name for layer in self.all if layer.name is not None}
        last = index + 1 >= len(self.all)
        if last or not taken <= names or self.all[index + 1].sources:
            return False
        return self.all[index].name not in taken


def read_layers(config: Values) -> Layers:
    """The layers of a resolved config."""
    listed = value_at(config, "model", "layers")
    items = listed if isinstance(listed, (list, tuple)) else ()
    given = value_at(config, "model", "outputs")
    outputs = tuple(map(str, given)) if isinstance(given, list | tuple) else ()
    layers = tuple(_layer(index, item) for index, item in enumerate(items))
    return Layers(layers, outputs)


def _layer(index: int, item: object) -> PlainLayer:
    kind, arguments = named(item)
    name = arguments.get("name")
    place = format_path(("model", "layers", name if isinstance(name, str) else index))
    sources = arguments.get("from")
    enabled = arguments.get("enabled") is not False
    path = place
    while kind in _WRAPPERS:
        kind, arguments = named(arguments.get("layer"))
        path += ".layer"
    return PlainLayer(
        index=index,
        kind=kind,
        arguments=arguments,
        place=place,
        path=path,
        name=name if isinstance(name, str) else None,
        sources=tuple(map(str, sources)) if isinstance(sources, list | tuple) else None,
        enabled=enabled,
    )
