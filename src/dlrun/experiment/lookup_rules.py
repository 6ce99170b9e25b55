"""Rules about layers that look numbers up: what they get must be such numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from dlrun.components.layers import Layer
from dlrun.data import Facts, Span
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.data import DataSpec
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.shapes import LayerShape, inmost

_PASS_MASKS = ("drops", "adds_noise", "normalizes", "activates", "gates")
"""The traits of layers that hand on which steps are masked."""


def looked_up_numbers_are_known(
    data: DataSpec, facts: Facts, layers: tuple[LayerShape, ...]
) -> Iterator[Problem]:
    """A table has a row for each integer from 0; Keras fails at any other."""
    changed_by: dict[str, LayerShape | None] = {}
    inputs_of: dict[str, frozenset[str]] = {}
    scaled = _scaled_inputs(data, facts, layers)
    for item in layers:
        for source in item.sources:
            changed_by.setdefault(source, None)
            inputs_of.setdefault(source, frozenset([source]))
        inputs_of[item.name] = frozenset().union(
            *(inputs_of[source] for source in item.sources)
        )
        above = [changed_by[source] for source in item.sources]
        changes = item.layer.enabled and not item.layer.keeps_numbers
        first = next((layer for layer in above if layer is not None), None)
        changed_by[item.name] = item if changes else first
        layer, path = inmost(item.layer, item.index)
        if not item.layer.enabled or not layer.looks_up:
            continue
        if first is not None:
            yield _behind(layer, first, path, sorted(inputs_of[item.name]))
        elif any(name in scaled for name in inputs_of[item.name]):
            message = f"`{layer.key}` looks integers up, but `scale` changes them"
            yield Problem(
                ("data", "scale"), message, code="not-whole-numbers", hint="remove it"
            )
        else:
            for name in sorted(inputs_of[item.name]):
                yield from _unknown(layer, facts.spans.get(name), path)


def means_have_steps(facts: Facts, layers: tuple[LayerShape, ...]) -> Iterator[Problem]:
    """The mean of a row whose every step is masked is 0/0, and so is its gradient."""
    masked: dict[str, tuple[LayerShape, str]] = {}
    for item in layers:
        layer, path = inmost(item.layer, item.index)
        source = item.sources[0]
        if getattr(layer, "mask_zero", False) and item.layer.enabled:
            masked[item.name] = (item, source)
        if source not in masked:
            continue
        if not item.layer.enabled or any(getattr(layer, one) for one in _PASS_MASKS):
            masked[item.name] = masked[source]
        elif layer.averages:
            yield from _without_steps(layer, path, *masked[source], facts)


def _without_steps(
    layer: Layer, path: ConfigPath, above: LayerShape, name: str, facts: Facts
) -> Iterator[Problem]:
    """Rows of an input that a mask hides throughout."""
    rows = facts.spans[name].zero_rows if name in facts.spans else 0
    if rows:
        noun, verb = ("row", "is") if rows == 1 else ("rows", "are")
        other = f"layer {above.index + 1} (`{above.layer.key}`)"
        yield Problem(
            path,
            f"{rows:,} {noun} of `{name}` {verb} 0 throughout, which mask_zero hides: "
            f"`{layer.key}` takes the mean of nothing, which is no number",
            code="masked-mean",
            hint=f"remove mask_zero of {other}, or the {noun}",
            on_key=True,
        )


def looks_numbers_up(model: ModelSpec) -> bool:
    """Whether it matters which numbers the features are."""
    return any(
        inmost(layer, index)[0].looks_up for index, layer in enumerate(model.layers)
    )


def _scaled_inputs(
    data: DataSpec, facts: Facts, layers: tuple[LayerShape, ...]
) -> set[str]:
    """The inputs whose numbers `scale` changes; beside columns those without entry."""
    if not data.encodes_columns:
        return {*data.scales({name for item in layers for name in item.sources})}
    unnamed = [one for one in facts.columns if one.entry is None]
    return {name for one in unnamed if data.scale for name in one.inputs}


def _behind(
    layer: Layer, first: LayerShape, path: ConfigPath, inputs: Sequence[str]
) -> Problem:
    other = f"layer {first.index + 1} (`{first.layer.key}`)"
    return Problem(
        path,
        f"`{layer.key}` looks integers up, but {other} changes the numbers",
        code="not-whole-numbers",
        hint=f"put {layer.key} above it, or write from: {inputs[0]}",
        on_key=True,
    )


def _unknown(layer: Layer, span: Span | None, path: ConfigPath) -> Iterator[Problem]:
    """Numbers of the features that the table does not have."""
    size = getattr(layer, layer.looks_up)
    if span is None or (span.are_whole and span.least >= 0 and span.most < size):
        return
    place: ConfigPath = (*path, layer.looks_up)
    wants = f"`{layer.key}` takes integers from 0 to {size - 1}"
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
    means_have_steps,
)
