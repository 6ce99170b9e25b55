"""Several models in one table: the same layers in one row, what differs, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeAlias

from dlrun.components.component import Component
from dlrun.components.layers import shape_text
from dlrun.writing import Column, layout

if TYPE_CHECKING:
    from dlrun.experiment import Experiment, LayerShape

    Model: TypeAlias = tuple[str, Experiment]
    """What to call a model, and its experiment."""
    Matched: TypeAlias = tuple[LayerShape | None, ...]
    """The same layer in each model; `None`: the model has no such layer."""


def render_side_by_side(models: Sequence[Model]) -> str:
    """Write a row per layer; `*` marks those that differ; below stands why."""
    names = [name for name, _ in models]
    rows = _match([experiment.layers for _, experiment in models])
    inputs = [_inputs(experiment) for _, experiment in models]
    totals = [experiment.parameters for _, experiment in models]
    table = [
        ("input", inputs),
        *((_title(row), [_cell(layer) for layer in row]) for row in rows),
        ("parameters", [f"{total:,}" for total in totals]),
    ]
    settings = [False, *(any(_differences(row)) for row in rows), False]
    marks = tuple(
        "*" if differs or len(set(cells)) > 1 else ""
        for differs, (_, cells) in zip(settings, table, strict=True)
    )
    columns = [Column("", marks), Column("layer", tuple(title for title, _ in table))]
    for model, name in enumerate(names):
        cells = tuple(cells[model] for _, cells in table)
        columns.append(Column(name, cells, is_number=True))
    return "\n".join([*layout(columns), "", *_reasons(names, rows, totals)])


def _inputs(experiment: Experiment) -> str:
    """The shape of the input; of several with their names."""
    shapes = experiment.input_shapes
    if len(shapes) == 1:
        return shape_text(next(iter(shapes.values())))
    return ", ".join(f"{name} {shape_text(shape)}" for name, shape in shapes.items())


def _first(row: Matched) -> LayerShape:
    return next(layer for layer in row if layer is not None)


def _title(row: Matched) -> str:
    return f"{_first(row).name} ({_first(row).layer.key})"


def _cell(layer: LayerShape | None) -> str:
    if layer is None:
        return "-"
    return f"{shape_text(layer.output_shape)} {layer.parameters:>9,}"


def _match(models: Sequence[Sequence[LayerShape]]) -> list[Matched]:
    """Put the same layers into one row: by their stated name, else by their class."""
    rows: list[Matched] = [(layer,) for layer in models[0]]
    for count, layers in enumerate(models[1:], start=1):
        absent: Matched = (None,) * count
        left = [_identity(_first(row)) for row in rows]
        right = [_identity(layer) for layer in layers]
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        matched: list[Matched] = []
        for kind, start, stop, begin, end in matcher.get_opcodes():
            if kind == "equal":
                pairs = zip(rows[start:stop], layers[begin:end], strict=True)
                matched += [(*row, layer) for row, layer in pairs]
                continue
            matched += [(*row, None) for row in rows[start:stop]]
            matched += [(*absent, layer) for layer in layers[begin:end]]
        rows = matched
    return rows


def _identity(layer: LayerShape) -> tuple[str, str | None]:
    return layer.layer.key, layer.layer.name


def _reasons(
    names: Sequence[str], rows: Sequence[Matched], totals: Sequence[int]
) -> list[str]:
    """Why the models differ: a row per setting, with the layers that share it."""
    layers_by_setting: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for row in rows:
        for what, values in _differences(row):
            sharing = layers_by_setting.setdefault((what, values), [])
            sharing.append(_first(row).name)
    if not layers_by_setting:
        return ["the layers are the same"]
    layers = tuple(", ".join(layers) for layers in layers_by_setting.values())
    columns = [
        Column("what differs (*)", tuple(what for what, _ in layers_by_setting)),
        Column("in layer", layers),
    ]
    for model, name in enumerate(names):
        cells = tuple(values[model] for _, values in layers_by_setting)
        columns.append(Column(name, cells, is_number=True))
    return [*layout(columns), "", *_growth(names, totals)]


def _differences(row: Matched) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What differs in one layer, and its value in each model."""
    layers = [layer for layer in row if layer is not None]
    if len(layers) < len(row):
        yield "is there", tuple("no" if layer is None else "yes" for layer in row)
        return
    for field in type(layers[0].layer).model_fields:
        values = tuple(_setting(getattr(layer.layer, field)) for layer in layers)
        if len(set(values)) > 1:
            yield field.rstrip("_"), values
    inputs = tuple(shape_text(layer.input_shapes[0]) for layer in layers)
    counts = {layer.parameters for layer in layers}
    if len(set(inputs)) > 1 and len(counts) > 1:
        yield "input, and so parameters", inputs


def _setting(value: object) -> str:
    if isinstance(value, Component):
        arguments = ", ".join(f"{key}={item}" for key, item in value.written().items())
        return f"{value.key}({arguments})"
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "-" if value is None else str(value)


def _growth(names: Sequence[str], totals: Sequence[int]) -> Iterator[str]:
    """How many parameters the others have, measured by the first model."""
    for name, total in zip(names[1:], totals[1:], strict=True):
        if total != totals[0] and totals[0]:
            change = total / totals[0] - 1
            words = f"{abs(change):.1%} {'more' if change > 0 else 'fewer'}"
            yield f"{name} has {words} parameters than {names[0]}."
