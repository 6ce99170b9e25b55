"""Rules about the inputs of a model: their names and shapes, and who takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from dlrun.components.words import choices, nearest, shown
from dlrun.data import INPUT, Facts
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.columns import entry_path
from dlrun.experiment.data import DataSpec
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.shapes import LayerShape, behind, row_shapes_text
from dlrun.writing import did_you_mean


def input_shape_fits_the_data(model: ModelSpec, facts: Facts) -> Iterator[Problem]:
    """A stated input shape must be that of the rows."""
    stated, found = model.input_shapes, facts.row_shapes
    if stated is None or found is None or dict(stated) == dict(found):
        return
    words = [row_shapes_text(shapes) for shapes in (stated, found)]
    yield Problem(
        ("model", "input_shape"),
        f"`input_shape` is {words[0]}, but a row of the data has the shape {words[1]}",
        code="shape-mismatch",
        hint=f"leave input_shape out, or write {words[1]}",
    )


def inputs_are_taken(
    data: DataSpec, model: ModelSpec, layers: tuple[LayerShape, ...]
) -> Iterator[Problem]:
    """Arrays on which no output depends are read, and change nothing."""
    taken = behind(layers, model.output_names, as_written=True)
    inputs = model.input_shapes or {}
    for name in inputs:
        if name not in taken and len(inputs) > 1:
            yield Problem(
                (*_inputs_path(data), name),
                f"no output depends on the input {shown(name)}",
                code="unused-input",
                hint=f"write from: {name} in a layer, or remove the input here",
                on_key=True,
            )


def _inputs_path(data: DataSpec) -> ConfigPath:
    """Where the inputs are named."""
    if data.inputs is not None:
        return ("data", "inputs")
    return ("data", data.source.key, "features")


def columns_are_in_an_input(data: DataSpec, facts: Facts) -> Iterator[Problem]:
    """A column that no input gets is not even read."""
    unused = facts.unused_columns
    if data.inputs is not None and unused:
        noun, verb = ("column", "is") if len(unused) == 1 else ("columns", "are")
        yield Problem(
            ("data", "inputs"),
            f"the {noun} {choices(unused, most=20)} {verb} in no input",
            hint="add them to one, or write drop for them under columns",
            code="unused-column",
            severity="warning",
            on_key=True,
        )


def numbers_have_own_names(data: DataSpec, facts: Facts) -> Iterator[Problem]:
    """Of two numbers of one name nobody could tell which is meant."""
    seen: dict[str, str] = {}
    for one in facts.columns:
        twice = next((name for name in one.names or () if name in seen), None)
        if twice is not None:
            yield Problem(
                entry_path(data, one.column),
                f"{seen[twice]} and {one.column} both give a column {shown(twice)}",
                hint="rename one of them in the table",
                code="two-names",
                on_key=True,
            )
        seen.update(dict.fromkeys(one.names or (), one.column))


def columns_have_one_scale(data: DataSpec) -> Iterator[Problem]:
    """Columns are scaled one by one; a word for all others may stand beside them."""
    if data.encodes_columns and isinstance(data.scale, Mapping):
        yield Problem(
            ("data", "scale"),
            "columns are scaled one by one, not input by input",
            hint="write scale: standard, or scale under columns",
            code="scale-of-columns",
            on_key=True,
        )


def no_input_is_called_input(data: DataSpec, facts: Facts) -> Iterator[Problem]:
    """`from: input` would say nothing where there are several."""
    inputs = facts.row_shapes or {}
    for name in inputs:
        if len(inputs) > 1 and name.casefold() == INPUT:
            yield Problem(
                (*_inputs_path(data), name),
                f"one of several inputs cannot be named {shown(name)}",
                code="invalid-name",
                hint="name it after what it holds, as in photo",
                on_key=True,
            )


def named_inputs_exist(data: DataSpec, facts: Facts) -> Iterator[Problem]:
    """What is said by input must be said of one that there is."""
    inputs = list(facts.row_shapes or ())
    for field in ("scale", "augment"):
        stated = getattr(data, field)
        strange = set(stated) - set(inputs) if isinstance(stated, Mapping) else ()
        for name in sorted(strange) if inputs else ():
            meant = nearest(name, inputs)
            there = f"the inputs are {choices(inputs)}"
            yield Problem(
                ("data", field, name),
                f"there is no input {shown(name)}",
                code="unknown-input",
                hint=f"write {meant}" if meant else there,
                label=did_you_mean([meant]),
                on_key=True,
            )


def augmentation_names_its_input(data: DataSpec, facts: Facts) -> Iterator[Problem]:
    """Layers that fit one input hardly fit another."""
    inputs, stated = list(facts.row_shapes or ()), data.augment
    if len(inputs) > 1 and stated and not isinstance(stated, Mapping):
        yield Problem(
            ("data", "augment"),
            f"the model has the inputs {choices(inputs)}: say which is augmented",
            code="which-input",
            hint=f"write augment: {{{min(inputs)}: [...]}}",
            on_key=True,
        )


INPUT_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    input_shape_fits_the_data,
    inputs_are_taken,
    columns_are_in_an_input,
    numbers_have_own_names,
    columns_have_one_scale,
    no_input_is_called_input,
    named_inputs_exist,
    augmentation_names_its_input,
)
