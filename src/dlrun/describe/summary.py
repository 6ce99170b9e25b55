"""The layers, shapes and parameters of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from dlrun.components.layers import shape_text
from dlrun.describe.folding import model_rows
from dlrun.describe.side_by_side import render_side_by_side
from dlrun.describe.unknown import unknown_shapes, unread_columns
from dlrun.writing import Column, bytes_text, layout

if TYPE_CHECKING:
    from dlrun.data import ColumnFacts
    from dlrun.describe.side_by_side import Model
    from dlrun.experiment import Experiment
    from dlrun.rows import Parts

_BYTES_PER_PARAMETER = 4


def summary_values(name: str, experiment: Experiment) -> dict[str, object]:
    """A model as plain values, for programs."""
    layers = experiment.layers
    total, trainable = experiment.parameters, experiment.trainable_parameters
    return {
        "model": name,
        "input_shape": experiment.spec.values()["model"]["input_shape"],
        **_column_values(experiment.facts.columns),
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
        ]
        + [
            {"name": layer, "kind": kind, "output_shape": None, "parameters": None}
            for layer, kind in zip(*_unknown_layers(experiment), strict=True)
        ],
        **_unknown_values(experiment),
        "outputs": list(experiment.outputs),
        "memory_bytes": asdict(experiment.memory),
        "parameters": total,
        "trainable_parameters": trainable,
        "non_trainable_parameters": total - trainable,
    }


def _column_values(columns: Sequence[ColumnFacts]) -> dict[str, object]:
    """What becomes of the columns of a table; nothing where none is encoded."""
    told = [
        {
            "column": one.column,
            "encoders": one.encoders,
            "names": one.names,
            "inputs": one.inputs,
            "gives": one.gives,
            "shape": one.shape,
        }
        for one in columns
    ]
    return {"columns": told} if told else {}


def column_lines(columns: Sequence[ColumnFacts]) -> list[str]:
    """A line for each entry of `data.columns`, with how many numbers come of it."""
    by_entry: dict[tuple[str | None, str, str], list[ColumnFacts]] = {}
    for one in columns:
        inputs = ", ".join(one.inputs)
        by_entry.setdefault((one.entry, one.encoders, inputs), []).append(one)
    table = [
        Column("columns", tuple(map(_named, by_entry.values()))),
        Column("encoders", tuple(encoders for _, encoders, _ in by_entry)),
        Column("width", tuple(map(_width, by_entry.values())), is_number=True),
    ]
    if len({name for one in columns for name in one.inputs}) > 1:
        table.append(Column("input", tuple(inputs for _, _, inputs in by_entry)))
    return layout(table)


def _named(columns: Sequence[ColumnFacts]) -> str:
    """What a config calls the columns, and how many there are."""
    first = columns[0]
    if first.entry == first.column:
        return first.column
    others = f"{len(columns)} other{'' if len(columns) == 1 else 's'}"
    return others if first.entry is None else f"{first.entry} ({len(columns)})"


def _width(columns: Sequence[ColumnFacts]) -> str:
    """How many numbers they become, or which arrays; `?`: only all rows tell."""
    known = [one.shape for one in columns if one.shape is not None]
    if len(known) < len(columns):
        return "?"
    if not columns[0].has_own_input:
        return f"{sum(width for (width,) in known):,}"
    words = " tokens" if columns[0].gives == "tokens" else ""
    return ", ".join(f"{shape_text(shape)}{words}" for shape in dict.fromkeys(known))


def _unknown_values(experiment: Experiment) -> dict[str, object]:
    """From which layer on nothing is known; of all others the sums tell the least."""
    name = experiment.unknown_from
    return {} if name is None else {"unknown_from": name}


def render_sizes(parts: Parts) -> str:
    """How many rows there are for what."""
    named = (
        ("train", parts.train),
        ("validation", parts.validation),
        ("test", parts.test),
    )
    sizes = [f"{len(part):,} {name} rows" for name, part in named if part]
    if parts.unlabelled is not None:
        sizes.append(f"{len(parts.unlabelled.rows):,} unlabelled rows")
    return ", ".join(sizes)


def render_summary(
    models: Sequence[Model], *, explain: bool = False, expand: bool = False
) -> str:
    """Write one model as a table; several side by side, with what differs and why.

    Args:
        models: the models, one or more.
        explain: show how each number of parameters comes about.
        expand: show every layer of a block that is repeated.
    """
    is_alone = len(models) == 1
    first = _single(*models[0], expand) if is_alone else render_side_by_side(models)
    return "\n\n".join([first, *(_arithmetic(*model) for model in models if explain)])


def _unread(name: str, experiment: Experiment) -> str:
    """A model whose shapes are not known: the columns, and the layers."""
    model = experiment.spec.model
    unknown = ("?",) * len(model.layers)
    table = [
        Column("layer", tuple(model.layer_names)),
        Column("kind", tuple(layer.key for layer in model.layers)),
        Column("output shape", unknown, is_number=True),
        Column("parameters", unknown, is_number=True),
    ]
    above = column_lines(experiment.facts.columns)
    note = f"{unread_columns(experiment)}: dlrun validate --data reads them"
    return "\n".join([name, "", *above, "", *layout(table), "", note])


def _single(name: str, experiment: Experiment, expand: bool) -> str:
    if unread_columns(experiment):
        return _unread(name, experiment)
    rows = model_rows(experiment.layers, is_folded=not expand)
    inputs = experiment.input_shapes
    shapes = [*inputs.values(), *(row.output_shape for row in rows)]
    counts = [*(0 for _ in inputs), *(row.parameters for row in rows)]
    blank, kind = [""] * len(inputs), "input" if len(inputs) > 1 else ""
    names, kinds = _unknown_layers(experiment)
    open_cells = ["?"] * len(names)
    sizes = (*map(shape_text, shapes), *open_cells)
    amounts = (*(f"{count:,}" for count in counts), *open_cells)
    columns = [
        Column("layer", (*inputs, *(row.name for row in rows), *names)),
        Column("kind", (*(kind for _ in inputs), *(row.kind for row in rows), *kinds)),
        Column("output shape", sizes, is_number=True),
        Column("parameters", amounts, is_number=True),
    ]
    above = [*inputs, *(row.name for row in rows)]
    if len(inputs) > 1 or any(
        row.sources != (name,) for name, row in zip(above, rows, strict=False)
    ):
        sources = (", ".join(row.sources) for row in rows)
        columns.append(Column("from", (*blank, *sources, *open_cells)))
    above = column_lines(experiment.facts.columns) if experiment.facts.columns else []
    lines = [name, "", *above, *[""] * bool(above), *layout(columns), ""]
    lines.append(_totals(experiment))
    if len(rows) < len(experiment.layers):
        lines.append("--expand shows every layer of the blocks")
    return "\n".join(lines)


def _unknown_layers(experiment: Experiment) -> tuple[list[str], list[str]]:
    """The names and classes of the layers whose shapes only code tells."""
    model, known = experiment.spec.model, len(experiment.layers)
    kinds = [layer.key for layer in model.layers[known:]]
    return list(model.layer_names[known:]), kinds


def _totals(experiment: Experiment) -> str:
    total, trainable = experiment.parameters, experiment.trainable_parameters
    if experiment.unknown_from is not None:
        return f"at least {total:,} parameters; {unknown_shapes(experiment)}"
    text = f"{total:,} parameters ({bytes_text(total * _BYTES_PER_PARAMETER)})"
    if trainable != total:
        text += f", {trainable:,} trainable, {total - trainable:,} not"
    lines = [text]
    if experiment.spec.model.outputs is not None:
        lines.append(f"outputs: {', '.join(experiment.outputs)}")
    memory, rows = experiment.memory, experiment.spec.fit.batch_size
    lines.append(
        f"a train step holds about {bytes_text(memory.total)}: parameters, gradients "
        f"and optimizer {bytes_text(memory.total - memory.activations)}, activations "
        f"of {rows:,} rows {bytes_text(memory.activations)}"
    )
    return "\n".join(lines)


def _arithmetic(name: str, experiment: Experiment) -> str:
    """The sum of every layer; together they add up to the total."""
    layers = [layer for layer in experiment.layers if layer.parameters]
    rows = [
        (
            layer.name if number == 0 else "",
            line,
            f"{layer.parameters:,}" if number == 0 else "",
        )
        for layer in layers
        for number, line in enumerate(layer.arithmetic())
    ]
    if not rows:
        known = experiment.unknown_from is None
        return f"{name} has no parameters" if known else unknown_shapes(experiment)
    names, lines, counts = zip(*rows, strict=True)
    columns = [
        Column("layer", names),
        Column("arithmetic", lines),
        Column("parameters", counts, is_number=True),
    ]
    total = experiment.parameters
    adding = " + ".join(f"{layer.parameters:,}" for layer in layers)
    last = f"{adding} = {total:,}" if len(layers) > 1 else f"{total:,} in all"
    if experiment.unknown_from is not None:
        last += f"; {unknown_shapes(experiment)}"
    head = f"how the parameters of {name} come about"
    return "\n".join([head, "", *layout(columns), "", last])
