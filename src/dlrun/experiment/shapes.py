"""The shapes and weights of every layer, worked out without building anything."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from dlrun.components.layers import Layer, Shape, ShapeError, Weight, shape_text
from dlrun.components.layers.layer import UnknownShapeError
from dlrun.components.words import flow, nearest
from dlrun.data import INPUT
from dlrun.errors import CodeError, ConfigPath, Problem
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.sharing import (
    shared_layer,
    sharing_problem,
    weight_problem,
    working_layer,
)
from dlrun.writing import did_you_mean, listing

_STEPS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class LayerShape:
    """One layer of a model, with what goes in and what comes out."""

    index: int
    """Its place in `model.layers`, from 0."""
    name: str
    layer: Layer
    sources: tuple[str, ...]
    """The names of the layers and inputs that it takes."""
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    weights: Mapping[str, Weight]
    """Empty where the layer is switched off, uses those of another, or is lost: no
    output depends on it."""
    shares: str | None = None
    """The layer above whose weights it uses, and whose class `layer` then has."""

    @property
    def parameters(self) -> int:
        """All its parameters, trainable or not."""
        return sum(weight.size for weight in self.weights.values())

    @property
    def trainable_parameters(self) -> int:
        """The parameters that training changes."""
        return sum(weight.size for weight in self.weights.values() if weight.trainable)

    def arithmetic(self) -> list[str]:
        """How its number of parameters comes about."""
        return list(self.layer.arithmetic(self.input_shapes[0])) if self.weights else []


def inmost(layer: Layer, index: int) -> tuple[Layer, ConfigPath]:
    """The layer that does the work, inside its wrappers, and the way to it."""
    path: ConfigPath = ("model", "layers", index, layer.key)
    while layer.wraps:
        layer = getattr(layer, "layer")  # noqa: B009 - every layer that wraps has one
        path = (*path, "layer", layer.key)
    return layer, path


def row_shapes_text(shapes: Mapping[str, Shape]) -> str:
    """The shape of a row as YAML; of named inputs the shape of each."""
    named = {name: list(shapes[name]) for name in sorted(shapes)}
    return flow(named[INPUT] if list(named) == [INPUT] else named)


def infer_shapes(
    model: ModelSpec, input_shapes: Mapping[str, Shape]
) -> tuple[list[LayerShape], list[Problem]]:
    """Work out what goes into each layer and what comes out of it.

    It stops at the first layer that does not fit: what follows would only repeat it;
    and at the first of which only code tells the shape, where that may not be run.

    Args:
        model: the layers.
        input_shapes: of one row of each input, without the batch.

    Returns:
        The layers up to the first mistake, or up to the first whose shape is not known;
        and the mistakes.
    """
    shapes: dict[str, Shape] = dict(input_shapes)
    fitting: list[LayerShape] = []
    above = next(iter(shapes)) if len(shapes) == 1 else None
    names = model.layer_names
    for index, (stated, name) in enumerate(zip(model.layers, names, strict=True)):
        sources = stated.from_ or (() if above is None else (above,))
        shared = shared_layer(stated, fitting)
        layer = working_layer(stated, shared)
        problem = sharing_problem(index, stated, fitting) or next(
            _source_problems(index, layer, sources, shapes, input_shapes), None
        )
        if problem is not None:
            return fitting, [problem]
        inputs = tuple(shapes[source] for source in sources)
        try:
            output, weights = _through(layer, inputs)
        except (ShapeError, UnknownShapeError, CodeError) as error:
            if isinstance(error, ShapeError):
                problem = _shape_problem(error, index, layer, inputs[0], fitting)
                problem = _from_another(problem, layer, sources, input_shapes)
                return fitting, [problem]
            return fitting, _of_code(error, model, index, shapes)
        problem = weight_problem(index, shared, weights, inputs[0])
        if problem is not None:
            return fitting, [problem]
        placed = LayerShape(index, name, layer, sources, inputs, output, weights)
        fitting.append(_sharing(placed, shared))
        shapes[name] = output
        above = name
    return _without_lost(fitting, model), []


def behind(
    layers: Sequence[LayerShape], outputs: Collection[str], *, as_written: bool = False
) -> set[str]:
    """The layers and inputs that outputs depend on, by name, and the outputs.

    Args:
        layers: of the model, in their order.
        outputs: names of layers.
        as_written: a layer that is switched off counts as if it were on; else it
            passes on the first of what it takes.
    """
    needed = set(outputs)
    for item in reversed(layers):
        if item.name in needed:
            is_on = item.layer.enabled or as_written
            needed.update(item.sources if is_on else item.sources[:1])
    return needed


def _without_lost(layers: list[LayerShape], model: ModelSpec) -> list[LayerShape]:
    """The layers; what no output depends on has no weights, as in Keras' model."""
    names = {item.name for item in layers}
    if not names.issuperset(model.output_names):
        return layers
    needed = behind(layers, model.output_names)
    needed |= {item.shares for item in layers if item.name in needed and item.shares}
    return [
        item if item.name in needed else replace(item, weights={}) for item in layers
    ]


def _through(
    layer: Layer, inputs: Sequence[Shape]
) -> tuple[Shape, Mapping[str, Weight]]:
    """What comes out of a layer, and its weights.

    Raises:
        ShapeError: it does not fit its inputs.
        UnknownShapeError: only its code tells, which may not be run.
        CodeError: its code fails.
    """
    if not layer.enabled:
        return inputs[0], {}
    output = layer.joined_shape(inputs)
    layer.require_fitting_parts(inputs[0])
    return output, layer.weights(inputs[0])


def _of_code(
    error: UnknownShapeError | CodeError,
    model: ModelSpec,
    index: int,
    shapes: Mapping[str, Shape],
) -> list[Problem]:
    """What is wrong with a layer of code, or below it, as far as that is known."""
    if isinstance(error, CodeError):
        return [_named_in(problem, index) for problem in error.problems]
    names = model.layer_names
    above = {**shapes, names[index]: ()}
    for below in range(index + 1, len(names)):
        layer = model.layers[below]
        sources = layer.from_ or (names[below - 1],)
        problem = next(_source_problems(below, layer, sources, above, {}), None)
        if problem is not None:
            return [problem]
        above[names[below]] = ()
    return []


def _named_in(problem: Problem, index: int) -> Problem:
    """A problem with code, which says what layer it is about."""
    if problem.location is None:
        return problem
    notes = (*problem.location.notes, f"model.layers[{index}] names it")
    return replace(problem, location=replace(problem.location, notes=notes))


def _sharing(placed: LayerShape, shared: LayerShape | None) -> LayerShape:
    """A layer as it is where the weights are those of another."""
    if shared is None:
        return placed
    return replace(placed, weights={}, shares=shared.shares or shared.name)


def _source_problems(
    index: int,
    layer: Layer,
    sources: Sequence[str],
    shapes: Mapping[str, Shape],
    inputs: Mapping[str, Shape],
) -> Iterator[Problem]:
    path = ("model", "layers", index, layer.key)
    if not sources:
        yield _which_input(path, layer, inputs)
    for number, source in enumerate(sources):
        if source == INPUT and INPUT not in shapes:
            yield _no_such_input((*path, "from", number), inputs)
        elif source not in shapes:
            meant = nearest(source, shapes)
            yield Problem(
                (*path, "from", number),
                f"no layer above is called `{source}`",
                code="unknown-source",
                hint=f"write {meant}" if meant else f"above stand {listing(shapes)}",
                label=did_you_mean([meant]),
            )
    merges = layer.merges
    if len(sources) > 1 and not merges:
        message = f"`{layer.key}` takes one input, `from` names {len(sources)}"
        hint = "join them first with Add or Concatenate, or name one"
        yield Problem((*path, "from"), message, code="too-many-inputs", hint=hint)
    if len(sources) == 1 and merges:
        message = f"`{layer.key}` joins two or more layers, but gets 1"
        first = sources[0]
        others = [name for name in shapes if name != first]
        alike = [name for name in others if shapes[name] == shapes.get(first)]
        other = [*alike, *others, first][0]
        hint = f"write from: [{first}, {other}]; above stand {listing(shapes)}"
        yield Problem(
            path, message, code="too-few-inputs", hint=hint, on_key=layer.from_ is None
        )


def _which_input(
    path: ConfigPath, layer: Layer, inputs: Mapping[str, Shape]
) -> Problem:
    """A first layer, where nothing says which of several inputs it takes."""
    names = sorted(inputs)
    taken = f"from: {[*_taken_by(layer, inputs), *names][0]}"
    if layer.merges:
        taken = f"from: [{', '.join(names)}]"
    in_block = "." in (layer.name or "")
    return Problem(
        path,
        f"`{layer.key}` must say which of the inputs it takes: {listing(names)}",
        code="which-input",
        hint=f"write {taken}{' where the block is used' * in_block}",
        on_key=True,
    )


def _taken_by(layer: Layer, inputs: Mapping[str, Shape]) -> list[str]:
    """The inputs whose shapes a layer takes, as far as that is known."""
    taken = []
    for name in sorted(inputs):
        with suppress(ShapeError, UnknownShapeError, CodeError):
            _through(layer, (inputs[name],))
            taken.append(name)
    return taken


def _from_another(
    problem: Problem,
    layer: Layer,
    sources: Sequence[str],
    inputs: Mapping[str, Shape],
) -> Problem:
    """The same problem; where another input has the axes, that is the cure."""
    if problem.code != "wrong-axes" or not {*sources} <= {*inputs}:
        return problem
    fitting = _taken_by(layer, inputs)
    if not fitting:
        return problem
    hint = f"write from: {fitting[0]}; the inputs are {listing(inputs)}"
    return replace(problem, hint=hint)


def _no_such_input(path: ConfigPath, inputs: Mapping[str, Shape]) -> Problem:
    names = sorted(inputs)
    message = f"`input` could be any of the inputs {listing(names)}"
    if len(names) == 1:
        message = f"the input is called {names[0]}"
    return Problem(path, message, code="which-input", hint=f"write {names[0]}")


def _shape_problem(
    error: ShapeError,
    index: int,
    layer: Layer,
    input_shape: Shape,
    fitting: Sequence[LayerShape],
) -> Problem:
    path = ("model", "layers", index, layer.key, *error.path)
    shapes = [item.output_shape for item in fitting] or [input_shape]
    steps = [
        shape_text(shape)
        for number, shape in enumerate(shapes)
        if number == 0 or shape != shapes[number - 1]
    ]
    dots = ["..."] if len(steps) > _STEPS_SHOWN else []
    so_far = f"shapes so far: {' -> '.join([*dots, *steps[-_STEPS_SHOWN:]])}"
    return Problem(
        path,
        error.message.replace("{layer}", f"layer {index + 1} (`{layer.key}`)"),
        code=error.code,
        hint=f"{so_far}; {error.hint}" if error.hint else so_far,
        label=error.label,
        on_key=str(path[-1])[:1].isupper(),
    )
