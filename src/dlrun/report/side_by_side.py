"""Several models in one table: the same layers in one row, what differs, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeAlias

from dlrun.components.layers import shape_text
from dlrun.report.layout import Column, layout

if TYPE_CHECKING:
    from dlrun.spec import Experiment, LayerShape

    Model: TypeAlias = tuple[str, Experiment]
    """What to call a model, and its experiment."""
    Matched: TypeAlias = tuple[LayerShape | None, ...]
    """The same layer in each model; `None`: the model has no such layer."""


def render_side_by_side(models: Sequence[Model]) -> str:
    """Write a row per layer; `*` marks those that differ; below stands why."""
    rows = _match([experiment.layers for _, experiment in models])
    inputs = [shape_text(experiment.input_shape) for _, experiment in models]
    totals = [_total(experiment) for _, experiment in models]
    table = [
        ("input", inputs),
        *((_title(row), [_cell(layer) for layer in row]) for row in rows),
        ("parameters", [f"{total:,}" for total in totals]),
    ]
    marks = tuple("*" if len(set(cells)) > 1 else "" for _, cells in table)
    columns = [Column("", marks), Column("layer", tuple(title for title, _ in table))]
    for at, (name, _) in enumerate(models):
        cells = tuple(cells[at] for _, cells in table)
        columns.append(Column(name, cells, is_number=True))
    names = [name for name, _ in models]
    reasons = [reason for row in rows for reason in _reasons(names, row)]
    return "\n".join([*layout(columns), "", *reasons, *_growth(names, totals)])


def _total(experiment: Experiment) -> int:
    return sum(layer.parameters for layer in experiment.layers)


def _first(row: Matched) -> LayerShape:
    return next(layer for layer in row if layer is not None)


def _title(row: Matched) -> str:
    return f"{_first(row).name} ({_first(row).layer.key})"


def _cell(layer: LayerShape | None) -> str:
    if layer is None:
        return "-"
    return f"{shape_text(layer.output_shape)} {layer.parameters:>9,}"


def _match(models: Sequence[Sequence[LayerShape]]) -> list[Matched]:
    """Put layers of equal kind and order into one row."""
    rows: list[Matched] = [(layer,) for layer in models[0]]
    for count, layers in enumerate(models[1:], start=1):
        absent: Matched = (None,) * count
        left = [_first(row).layer.key for row in rows]
        right = [layer.layer.key for layer in layers]
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        matched: list[Matched] = []
        for kind, start, stop, begin, end in matcher.get_opcodes():
            if kind == "equal":
                pairs = zip_longest(rows[start:stop], layers[begin:end])
                matched += [(*row, layer) for row, layer in pairs]
                continue
            matched += [(*row, None) for row in rows[start:stop]]
            matched += [(*absent, layer) for layer in layers[begin:end]]
        rows = matched
    return rows


def _reasons(names: Sequence[str], row: Matched) -> Iterator[str]:
    """Why the models differ in one layer: a setting, or the size of its input."""
    title = _first(row).name
    present = [(name, layer) for name, layer in zip(names, row, strict=True) if layer]
    if len(present) < len(names):
        yield f"{title} is only in {', '.join(name for name, _ in present)}"
        return
    layers = [layer for _, layer in present]
    for field in type(layers[0].layer).model_fields:
        values = [str(getattr(layer.layer, field)) for layer in layers]
        if field != "name" and len(set(values)) > 1:
            yield f"{title}: {field} is {_listed(names, values)}"
    shapes = [shape_text(layer.input_shapes[0]) for layer in layers]
    counts = [f"{layer.parameters:,}" for layer in layers]
    if len(set(counts)) > 1 and len(set(shapes)) > 1:
        words = f"{_listed(names, counts)}: its input is {_listed(names, shapes)}"
        yield f"{title}: parameters are {words}"


def _listed(names: Sequence[str], values: Sequence[str]) -> str:
    pairs = zip(names, values, strict=True)
    return ", ".join(f"{value} in {name}" for name, value in pairs)


def _growth(names: Sequence[str], totals: Sequence[int]) -> Iterator[str]:
    """How many parameters the others have, measured by the first model."""
    for name, total in zip(names[1:], totals[1:], strict=True):
        if total != totals[0] and totals[0]:
            change = total / totals[0] - 1
            words = f"{abs(change):.1%} {'more' if change > 0 else 'fewer'}"
            yield f"{name} has {words} parameters than {names[0]}"
