"""Rules about the last layer: what comes out must fit the loss and the labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dlrun.components.layers import Shape, shape_text
from dlrun.components.losses import Loss
from dlrun.data import Facts, LabelFacts
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.compile import CompileSpec, Head
from dlrun.experiment.complete import last_activation, output_layer
from dlrun.experiment.data import DataSpec
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.shapes import LayerShape

_PROBABILITIES = frozenset(
    {"softmax", "sigmoid", "hard_sigmoid", "sparsemax", "sparse_sigmoid"}
)
_IMAGE_AXES = 3
_BOTH = 2
"""The classes of a binary loss."""


@dataclass(frozen=True, slots=True)
class _Output:
    """One output of a model, and what is trained at it."""

    head: Head
    name: str
    """Of the layer that gives it."""
    shape: Shape
    model: ModelSpec
    layers: tuple[LayerShape, ...]

    @property
    def loss(self) -> Loss:
        return self.head.loss

    @property
    def units(self) -> int:
        return self.shape[-1] if self.shape else 1

    @property
    def activation(self) -> str | None:
        return last_activation(self.model, self.name)

    @property
    def words(self) -> str:
        """What gives the output."""
        is_only = self.head.name is None
        return "the last layer" if is_only else f"the output `{self.name}`"

    @property
    def ancestors(self) -> list[LayerShape]:
        """The layers that lead to it, in their order, and itself."""
        needed = {self.name}
        for item in reversed(self.layers):
            if item.name in needed:
                needed.update(item.sources)
        return [item for item in self.layers if item.name in needed]

    def place(self, field: str) -> ConfigPath:
        """The way to what makes it: to `field` of the last layer that has it."""
        layers = self.model.layers
        last = output_layer(self.model, self.name)
        for index in reversed(range(last + 1 if last is not None else 0)):
            layer = layers[index]
            if layer.enabled and field in type(layer).model_fields:
                return ("model", "layers", index, layer.key, field)
            if field == "activation" or layer.from_ is not None:
                break
            if not layer.may_follow_output:
                break
        number = last if last is not None else self.model.layer_names.index(self.name)
        return ("model", "layers", number)


def _outputs(
    model: ModelSpec,
    compile: CompileSpec,  # noqa: A002
    layers: tuple[LayerShape, ...],
) -> Iterator[_Output]:
    """Every output that is there and has a loss."""
    shapes = {item.name: item.output_shape for item in layers}
    names = model.output_names
    for head in compile.heads:
        name = names[-1] if head.name is None and len(names) == 1 else head.name
        if name is not None and name in shapes and name in names:
            yield _Output(head, name, shapes[name], model, layers)


def last_layer_gives_probabilities(
    model: ModelSpec,
    compile: CompileSpec,  # noqa: A002
    layers: tuple[LayerShape, ...],
) -> Iterator[Problem]:
    """The activation of each output, `from_logits` and the loss must agree."""
    for output in _outputs(model, compile, layers):
        if output.loss.task == "classification":
            yield from _probabilities(output)


def _probabilities(output: _Output) -> Iterator[Problem]:
    loss, activation, units = output.loss, output.activation, output.units
    logits = getattr(loss, "from_logits", None)
    if activation == "softmax" and units == 1:
        yield _softmax_of_one(output)
    elif (logits is True and activation in _PROBABILITIES) or (
        logits is False and activation == "linear"
    ):
        yield _logits_conflict(output, logits=logits)
    elif logits is False and activation not in {*_PROBABILITIES, None}:
        wanted = "sigmoid" if loss.labels == "binary" else "softmax"
        ending = f"{output.words} ends in {activation}"
        place, hint = output.place("activation"), f"write activation: {wanted}"
        if place[-1] != "activation":
            hint = f"remove it, and {hint} in the layer above"
        yield Problem(
            place,
            f"{ending}, which gives no probabilities for `{loss.key}`",
            code="not-probabilities",
            hint=hint,
        )
    elif activation == "sigmoid" and units > 1 and loss.labels in {"index", "one_hot"}:
        yield Problem(
            output.place("activation"),
            f"{units} sigmoid units are not probabilities of {units} classes: "
            "they need not add up to 1",
            code="sigmoid-classes",
            hint="write activation: softmax",
            severity="warning",
        )


def _logits_conflict(output: _Output, *, logits: bool) -> Problem:
    says, ends = "are probabilities", "is linear"
    if logits:
        says, ends = "are no probabilities", f"has {output.activation}"
    stated = f"`from_logits: {str(logits).lower()}`"
    return Problem(
        (*output.head.loss_path, output.loss.key, "from_logits"),
        f"{stated} says that the outputs {says}, but {output.words} {ends}",
        code="logits-conflict",
        hint="remove from_logits: it follows from the last layer",
    )


def last_layer_fits_the_labels(
    data: DataSpec,
    model: ModelSpec,
    compile: CompileSpec,  # noqa: A002
    facts: Facts,
    layers: tuple[LayerShape, ...],
) -> Iterator[Problem]:
    """One output per class, per label, or per number to predict."""
    for output in _outputs(model, compile, layers):
        labels, name = facts.labels_of(output.head.name), output.head.name
        if name is not None and facts.label_columns and not labels.is_known:
            continue  # Another rule has said that it has no labels.
        if len(labels.shape) > 1:
            yield from _places(output, labels)
        elif len(output.shape) != 1:
            yield _shape_problem(output)
        elif not (
            (output.units == 1 and output.activation == "softmax")
            or (data.one_hot and output.loss.task == "regression")
        ):  # Else another rule has said what is wrong.
            yield from _units_fit(data, output, labels)


def _units_fit(
    data: DataSpec, output: _Output, labels: LabelFacts
) -> Iterator[Problem]:
    loss, units = output.loss, output.units
    expected, what = _expected(loss, labels)
    path = output.place("units")
    several = labels.hold_alone or len(labels.columns) > 1
    if loss.labels == "binary" and not several and not data.one_hot:
        yield from _binary(output, expected, path)
        return
    if loss.labels == "binary" and several and not data.one_hot:
        expected, what = len(labels.columns) or None, _several(labels)
    elif expected is None and units == 1 and loss.labels in {"index", "one_hot"}:
        expected, what = _BOTH, "two classes at least"
    if expected is not None and units != expected:
        ending = "s" if units > 1 else ""
        has = f"{output.words} has {units} output{ending}"
        if output.head.name is not None:
            has = f"{output.words} has {units} unit{ending}"
        message = f"{has}, but the data has {what}"
        hint = f"write units: {expected}"
        if path[-1] != "units":
            hint = f"add a last layer: Dense: {expected}"
        yield Problem(path, message, code="output-size", hint=hint)


def _several(labels: LabelFacts) -> str:
    count = len(labels.columns)
    return f"{count} label{'' if count == 1 else 's'} per row"


def _expected(loss: Loss, labels: LabelFacts) -> tuple[int | None, str]:
    """How many outputs the labels want, if that is known, and why."""
    if loss.task == "classification":
        count = len(labels.classes) if labels.classes is not None else None
        return count, f"{count} classes"
    count = len(labels.columns) or None
    return count, f"{count} label column{'s' if count != 1 else ''}"


def _places(output: _Output, labels: LabelFacts) -> Iterator[Problem]:
    """A label for each place: the output has the places, and what each needs."""
    loss, shape, found = output.loss, labels.shape, output.shape
    sites = shape[:-1] if shape[-1] == 1 else shape
    classes = None if labels.classes is None else len(labels.classes)
    if loss.labels == "binary" or loss.task == "regression":
        wanted = [shape, (*shape, 1)] if shape[-1] != 1 else [shape]
    else:
        wanted = [(*sites, classes or (found[-1] if found else 1))]
    if found in wanted:
        return
    text = shape_text(wanted[-1] if loss.labels == "binary" else wanted[0])
    yield Problem(
        output.place("units"),
        f"{output.words} gives {shape_text(found)}, but the labels of a row are "
        f"{shape_text(shape)}",
        code="output-shape",
        hint=f"end in {text}, as with a 1x1 Conv2D on maps of the size of the labels",
    )


def _softmax_of_one(output: _Output) -> Problem:
    message = "softmax over 1 unit is always 1: nothing can be learned"
    path, hint = output.place("units"), "write units: 2, or one per class"
    if output.loss.labels == "binary":
        path, hint = output.place("activation"), "write activation: sigmoid"
    return Problem(path, message, code="softmax-one-unit", hint=hint)


def _shape_problem(output: _Output) -> Problem:
    shape = list(output.shape)
    begins = "the model ends with the shape"
    if output.head.name is not None:
        begins = f"the output `{output.name}` has the shape"
    message = f"{begins} {shape}, but a row has one label"
    hint = "add Flatten above the last Dense layer"
    if len(shape) == _IMAGE_AXES:
        hint += ", or GlobalAveragePooling2D"
    for item in output.ancestors:
        if getattr(item.layer, "return_sequences", False) and len(shape) < _IMAGE_AXES:
            layer = f"layer {item.index + 1}"
            hint = f"remove return_sequences of {layer}: only its last step counts"
    last = output.model.layer_names.index(output.name)
    return Problem(("model", "layers", last), message, code="output-shape", hint=hint)


def _binary(
    output: _Output, classes: int | None, last: ConfigPath
) -> Iterator[Problem]:
    loss, units = output.loss.key, output.units
    if units != 1:
        several = f"label each row with {units} columns of 0 and 1"
        yield Problem(
            last,
            f"`{loss}` takes one output per row, but {output.words} has {units}",
            code="output-size",
            hint="write units: 1 with activation: sigmoid, or use "
            "sparse_categorical_crossentropy with activation: softmax; or, for labels "
            f"that hold by themselves, {several}",
        )
    elif classes is not None and classes != _BOTH:
        yield Problem(
            output.head.loss_path,
            f"`{loss}` tells two classes apart, but the data has {classes}",
            code="loss-labels",
            hint="use sparse_categorical_crossentropy, and a last layer of "
            f"{classes} units with activation: softmax",
        )


def metrics_fit_the_outputs(
    model: ModelSpec,
    compile: CompileSpec,  # noqa: A002
    layers: tuple[LayerShape, ...],
) -> Iterator[Problem]:
    """A metric can look at outputs only that the model has."""
    for output in _outputs(model, compile, layers):
        for index, metric in enumerate(output.head.metrics):
            if (beyond := metric.too_far(output.units)) is None:
                continue
            argument, most = beyond
            there = f"{output.units} output{'s' if output.units > 1 else ''}"
            yield Problem(
                (*output.head.metrics_path, index, metric.key, argument),
                f"`{argument}` of `{metric.key}` goes beyond the {there} of the model",
                code="out-of-range",
                hint=f"use a number of at most {most}",
            )


OUTPUT_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    last_layer_gives_probabilities,
    last_layer_fits_the_labels,
    metrics_fit_the_outputs,
)
