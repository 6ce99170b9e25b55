"""The layers of a model as rows; a block that stands there again and again is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from dlrun.components.layers import Shape
    from dlrun.experiment import LayerShape

_Signature: TypeAlias = tuple[tuple[str, str], ...]
"""The names and classes of the layers of a block, which are the same in each use."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A layer, or a block with all its layers."""

    name: str
    """What it is called: `dense_1`, `residual x3`."""
    output: str
    """The name of the layer whose output it gives."""
    kind: str
    output_shape: Shape
    parameters: int
    sources: tuple[str, ...]
    """The outputs that it takes, by the names of their rows or of inputs."""


def model_rows(
    layers: Sequence[LayerShape], *, is_folded: bool = True
) -> list[ModelRow]:
    """The layers of a model in their order.

    Args:
        layers: of the model.
        is_folded: whether the layers of a block that is repeated are one row.
    """
    used = {layer.name.partition(".")[0] for layer in layers if "." in layer.name}
    heads = groupby(layers, key=lambda layer: _head(layer, used))
    groups = [list(group) for _, group in heads]
    uses = Counter(signature for group in groups for signature in _signatures(group))
    rows: list[ModelRow] = []
    for group in groups:
        signatures = _signatures(group)
        is_block = bool(signatures) and uses[signatures[0]] > 1
        rows += (
            [_block(group, len(signatures))]
            if is_folded and is_block
            else [_row(layer) for layer in group]
        )
    names = {row.output: row.name for row in rows}
    return [
        replace(row, sources=tuple(names.get(name, name) for name in row.sources))
        for row in rows
    ]


def kind_text(layer: LayerShape) -> str:
    """The class of a layer, its activation, and whether it is there or shared."""
    activation = getattr(layer.layer, "activation", None)
    words = layer.layer.key
    if activation not in {None, "linear"}:
        words += f" {activation}"
    if layer.shares is not None:
        words += f", weights of {layer.shares}"
    return words if layer.layer.enabled else f"({words}, off)"


def _head(layer: LayerShape, used: Collection[str]) -> str:
    """What the layers of one use of a block have in common; else the whole name.

    Where the use is an output of the model, the layer that ends it is called like it.
    """
    head, _, _ = layer.name.partition(".")
    return f"{head}." if head in used else layer.name


def _signatures(group: Sequence[LayerShape]) -> list[_Signature]:
    """What each repetition of a block looks like, where all look the same.

    Empty where the layers are no use of a block, or were changed one by one.
    """
    if "." not in group[0].name:
        return []
    rests = [layer.name.partition(".")[2] for layer in group]
    numbers = [rest.partition(".")[0] for rest in rests]
    if not all(number.isdigit() for number in numbers):
        return [tuple(zip(rests, (layer.layer.key for layer in group), strict=True))]
    found: list[_Signature] = []
    counted = zip(numbers, group, strict=True)
    for place, (number, members) in enumerate(groupby(counted, key=lambda one: one[0])):
        if int(number) != place + 1:
            return []
        found.append(tuple(_inner(layer) for _, layer in members))
    return found if len(set(found)) == 1 else []


def _inner(layer: LayerShape) -> tuple[str, str]:
    return layer.name.split(".", 2)[2], layer.layer.key


def _row(layer: LayerShape) -> ModelRow:
    return ModelRow(
        layer.name,
        layer.name,
        kind_text(layer),
        layer.output_shape,
        layer.parameters,
        layer.sources,
    )


def _block(group: Sequence[LayerShape], times: int) -> ModelRow:
    head, _, _ = group[0].name.partition(".")
    is_repeated = group[0].name.split(".")[1].isdigit()
    count = len(group) // times
    kind = f"{count} layers" if count > 1 else group[0].layer.key
    if group[0].shares is not None:
        kind += f", weights of {group[0].shares.partition('.')[0]}"
    return ModelRow(
        f"{head} x{times}" if is_repeated else head,
        group[-1].name,
        f"{kind} each" if times > 1 else kind,
        group[-1].output_shape,
        sum(layer.parameters for layer in group),
        tuple(dict.fromkeys(_taken(group))),
    )


def _taken(group: Sequence[LayerShape]) -> Iterator[str]:
    """What the layers of a block take from outside of it."""
    inside = {layer.name for layer in group}
    for layer in group:
        yield from (name for name in layer.sources if name not in inside)
