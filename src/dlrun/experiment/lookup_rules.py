"""Rules about layers that look numbers up: what they get must be such numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dlrun.data import INPUT, Facts
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.data import DataSpec
from dlrun.experiment.shapes import LayerShape


def looked_up_numbers_are_known(
    data: DataSpec, facts: Facts, layers: tuple[LayerShape, ...]
) -> Iterator[Problem]:
    """A table has a row for each whole number from 0; Keras fails at any other."""
    changed_by: dict[str, LayerShape | None] = {INPUT: None}
    for item in layers:
        above = [changed_by[source] for source in item.sources]
        changes = item.layer.enabled and not item.layer.keeps_numbers
        first = next((layer for layer in above if layer is not None), None)
        changed_by[item.name] = item if changes else first
        if not item.layer.enabled or not item.layer.looks_up:
            continue
        path = ("model", "layers", item.index, item.layer.key)
        if first is not None:
            yield _behind(item, first, path)
        elif data.scale is not None:
            message = (
                f"`{item.layer.key}` looks whole numbers up, but `scale` changes them"
            )
            yield Problem(
                ("data", "scale"), message, code="not-whole-numbers", hint="remove it"
            )
        else:
            yield from _unknown(item, facts, path)


def _behind(item: LayerShape, first: LayerShape, path: ConfigPath) -> Problem:
    layer = f"layer {first.index + 1} (`{first.layer.key}`)"
    return Problem(
        path,
        f"`{item.layer.key}` looks whole numbers up, but {layer} changes the numbers",
        code="not-whole-numbers",
        hint=f"put {item.layer.key} above it, or write from: {INPUT}",
        on_key=True,
    )


def _unknown(item: LayerShape, facts: Facts, path: ConfigPath) -> Iterator[Problem]:
    """Numbers of the features that the table does not have."""
    span, size = facts.span, getattr(item.layer, item.layer.looks_up)
    if span is None or (span.are_whole and span.least >= 0 and span.most < size):
        return
    place: ConfigPath = (*path, item.layer.looks_up)
    wants = f"`{item.layer.key}` takes whole numbers from 0 to {size - 1}"
    found, hint = f"go up to {span.most:g}", f"write {int(span.most) + 1}"
    if not span.are_whole or span.least < 0:
        place = path
        found = f"go down to {span.least:g}" if span.are_whole else "are not whole"
        hint = "number the values from 0, or remove the layer"
    yield Problem(
        place,
        f"{wants}, but the features {found}",
        code="not-whole-numbers",
        hint=hint,
        on_key=place == path,
    )


LOOKUP_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    looked_up_numbers_are_known,
)
