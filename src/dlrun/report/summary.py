"""Layers, shapes and parameters of models, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from dlrun.components.layers import shape_text
from dlrun.report.layout import Column, layout

if TYPE_CHECKING:
    from dlrun.spec import Experiment, LayerShape

Model = tuple[str, "Experiment"]
"""What to call a model, and its experiment."""


def summary_values(name: str, experiment: Experiment) -> dict[str, Any]:
    """A model as plain values, for programs."""
    layers = experiment.layers
    total = sum(layer.parameters for layer in layers)
    trainable = sum(layer.trainable_parameters for layer in layers)
    return {
        "model": name,
        "input_shape": list(experiment.input_shape),
        "layers": [
            {
                "name": layer.name,
                "kind": layer.layer.key,
                "enabled": layer.layer.enabled,
                "from": list(layer.sources),
                "output_shape": list(layer.output_shape),
                "parameters": layer.parameters,
                "trainable_parameters": layer.trainable_parameters,
                "arithmetic": layer.arithmetic(),
            }
            for layer in layers
        ],
        "parameters": total,
        "trainable_parameters": trainable,
        "non_trainable_parameters": total - trainable,
    }


def render_summary(models: Sequence[Model], *, explain: bool = False) -> str:
    """Write a table per model; several models side by side, with what differs and why.

    Args:
        models: the models, one or more.
        explain: show how each number of parameters comes about.
    """
    parts = [_single(*models[0])] if len(models) == 1 else [_side_by_side(models)]
    if explain:
        parts += [_arithmetic(*model) for model in models]
    return "\n\n".join(parts)


def _single(name: str, experiment: Experiment) -> str:
    layers = experiment.layers
    branched = any(
        len(layer.sources) > 1 or _jumps(layers, index)
        for index, layer in enumerate(layers)
    )
    columns = [
        Column("layer", ("input", *(layer.name for layer in layers))),
        Column("kind", ("", *map(_kind, layers))),
        Column(
            "output shape",
            (
                shape_text(experiment.input_shape),
                *(shape_text(layer.output_shape) for layer in layers),
            ),
            True,
        ),
        Column(
            "parameters", ("0", *(f"{layer.parameters:,}" for layer in layers)), True
        ),
    ]
    if branched:
        columns.append(
            Column("from", ("", *(", ".join(layer.sources) for layer in layers)))
        )
    return "\n".join([name, "", *layout(columns), "", _totals(experiment)])


def _kind(layer: LayerShape) -> str:
    activation = getattr(layer.layer, "activation", None)
    words = layer.layer.key
    if activation not in {None, "linear"} and words != activation:
        words += f" {activation}"
    return words if layer.layer.enabled else f"({words}, off)"


def _jumps(layers: Sequence[LayerShape], index: int) -> bool:
    above = layers[index - 1].name if index else "input"
    return layers[index].sources != (above,)


def _totals(experiment: Experiment) -> str:
    layers = experiment.layers
    total = sum(layer.parameters for layer in layers)
    trainable = sum(layer.trainable_parameters for layer in layers)
    text = f"{total:,} parameters ({_bytes(total * 4)})"
    if trainable != total:
        text += f", {trainable:,} trainable, {total - trainable:,} not"
    return text


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _arithmetic(name: str, experiment: Experiment) -> str:
    """Every layer's sum, which adds up to the total."""
    layers = [layer for layer in experiment.layers if layer.parameters]
    lines = [f"how the parameters of {name} come about", ""]
    rows = [
        (layer.name, line, f"{layer.parameters:,}" if at == 0 else "")
        for layer in layers
        for at, line in enumerate(layer.arithmetic())
    ]
    columns = [
        Column("layer", tuple(row[0] if row[2] else "" for row in rows)),
        Column("arithmetic", tuple(row[1] for row in rows)),
        Column("parameters", tuple(row[2] for row in rows), True),
    ]
    total = sum(layer.parameters for layer in layers)
    adding = " + ".join(f"{layer.parameters:,}" for layer in layers)
    lines += [
        *layout(columns),
        "",
        f"{adding} = {total:,}" if len(layers) > 1 else f"{total:,} in all",
    ]
    return "\n".join(lines)


def _side_by_side(models: Sequence[Model]) -> str:
    """One row per layer, matched by kind in order; rows that differ are marked."""
    rows = _matched([experiment.layers for _, experiment in models])
    marks, cells = (
        [""],
        [
            [
                "input",
                *(
                    _shape_cell(experiment.input_shape, None)
                    for _, experiment in models
                ),
            ]
        ],
    )
    for row in rows:
        first = next(layer for layer in row if layer is not None)
        texts = [
            "-" if layer is None else _shape_cell(layer.output_shape, layer.parameters)
            for layer in row
        ]
        marks.append("*" if len(set(texts)) > 1 else "")
        cells.append([f"{first.name} ({first.layer.key})", *texts])
    totals = [
        f"{sum(layer.parameters for layer in experiment.layers):,}"
        for _, experiment in models
    ]
    marks.append("*" if len(set(totals)) > 1 else "")
    cells.append(["total parameters", *totals])
    columns = [
        Column("", tuple(marks)),
        Column("layer", tuple(row[0] for row in cells)),
    ]
    columns += [
        Column(name, tuple(row[index + 1] for row in cells), True)
        for index, (name, _) in enumerate(models)
    ]
    return "\n".join([*layout(columns), "", *_reasons(models, rows)])


def _shape_cell(shape: tuple[int, ...], parameters: int | None) -> str:
    return (
        shape_text(shape)
        if parameters is None
        else f"{shape_text(shape)}  {parameters:>9,}"
    )


def _matched(models: Sequence[Sequence[LayerShape]]) -> list[list[LayerShape | None]]:
    """Layers of all models in rows: equal kinds in equal order share a row."""
    rows: list[list[LayerShape | None]] = [[layer] for layer in models[0]]
    for count, layers in enumerate(models[1:], start=1):
        left = [
            _identity(next(item for item in row if item is not None)) for row in rows
        ]
        right = [_identity(layer) for layer in layers]
        merged: list[list[LayerShape | None]] = []
        for _, start, stop, begin, end in SequenceMatcher(
            None, left, right, autojunk=False
        ).get_opcodes():
            same = left[start:stop] == right[begin:end]
            if same or [kind for kind, _ in left[start:stop]] == [
                kind for kind, _ in right[begin:end]
            ]:
                pairs = zip_longest(rows[start:stop], layers[begin:end])
                merged += [[*(row or [None] * count), layer] for row, layer in pairs]
                continue
            merged += [[*row, None] for row in rows[start:stop]]
            merged += [[*([None] * count), layer] for layer in layers[begin:end]]
        rows = merged
    return rows


def _identity(layer: LayerShape) -> tuple[str, str]:
    return layer.layer.key, layer.name


def _reasons(
    models: Sequence[Model], rows: Sequence[Sequence[LayerShape | None]]
) -> Iterator[str]:
    """Why the models differ: the settings of matched layers, and where parameters go."""
    names = [name for name, _ in models]
    for row in rows:
        present = [
            (name, layer)
            for name, layer in zip(names, row, strict=True)
            if layer is not None
        ]
        if len(present) < len(models):
            where = ", ".join(name for name, _ in present)
            yield f"{present[0][1].name} is only in {where}"
            continue
        for field in type(present[0][1].layer).model_fields:
            values = [getattr(layer.layer, field, None) for _, layer in present]
            if field != "name" and len({str(value) for value in values}) > 1:
                listed = ", ".join(
                    f"{value} in {name}"
                    for value, name in zip(values, names, strict=True)
                )
                yield f"{present[0][1].name}: {field} is {listed}"
    totals = [
        sum(layer.parameters for layer in experiment.layers) for _, experiment in models
    ]
    grown = [
        row
        for row in rows
        if all(row)
        and len({layer.parameters for layer in row if layer is not None}) > 1
    ]
    for row in grown:
        counts = [layer.parameters for layer in row if layer is not None]
        shapes = [
            shape_text(layer.input_shapes[0]) for layer in row if layer is not None
        ]
        layer = row[0]
        if layer is not None and len(set(shapes)) > 1:
            yield (
                f"{layer.name} has {' / '.join(f'{count:,}' for count in counts)} parameters, "
                f"because its input has {' / '.join(shapes)} values"
            )
    if len(totals) == 2 and totals[0] and totals[0] != totals[1]:
        change = totals[1] / totals[0] - 1
        yield f"{names[1]} has {abs(change):.1%} {'more' if change > 0 else 'fewer'} parameters than {names[0]}"
