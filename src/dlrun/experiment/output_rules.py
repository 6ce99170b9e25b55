"""Rules about the last layer: what comes out must fit the loss and the labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from dlrun.components.layers import Layer
from dlrun.components.losses import Loss
from dlrun.data import Facts
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.complete import last_activation, output_layer
from dlrun.experiment.data import DataSpec
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.shapes import LayerShape

_PROBABILITIES = frozenset(
    {"softmax", "sigmoid", "hard_sigmoid", "sparsemax", "sparse_sigmoid"}
)
_LOSS: ConfigPath = ("compile", "loss")
_IMAGE_AXES = 3
_BOTH = 2
"""The classes of a binary loss."""


def last_layer_gives_probabilities(
    model: ModelSpec,
    compile: CompileSpec,  # noqa: A002
    layers: tuple[LayerShape, ...],
) -> Iterator[Problem]:
    """The activation of the last layer, `from_logits` and the loss must agree."""
    if compile.loss.task != "classification" or not layers:
        return
    loss, activation, units = (
        compile.loss,
        last_activation(model.layers),
        _units(layers),
    )
    logits = getattr(loss, "from_logits", None)
    if activation == "softmax" and units == 1:
        yield _softmax_of_one(model.layers, loss)
    elif (logits is True and activation in _PROBABILITIES) or (
        logits is False and activation == "linear"
    ):
        yield _logits_conflict(loss, logits, activation)
    elif logits is False and activation not in {*_PROBABILITIES, None}:
        wanted = "sigmoid" if loss.labels == "binary" else "softmax"
        ending = f"the last layer ends in {activation}"
        yield Problem(
            _place(model.layers, "activation"),
            f"{ending}, which gives no probabilities for `{loss.key}`",
            code="not-probabilities",
            hint=f"write activation: {wanted}",
        )
    elif activation == "sigmoid" and units > 1 and loss.labels in {"index", "one_hot"}:
        yield Problem(
            _place(model.layers, "activation"),
            f"{units} sigmoid units are not probabilities of {units} classes: "
            "they need not add up to 1",
            code="sigmoid-classes",
            hint="write activation: softmax",
            severity="warning",
        )


def _logits_conflict(loss: Loss, logits: bool, activation: str | None) -> Problem:
    says, ends = "are probabilities", "is linear"
    if logits:
        says, ends = "are no probabilities", f"has {activation}"
    stated = f"`from_logits: {str(logits).lower()}`"
    return Problem(
        (*_LOSS, loss.key, "from_logits"),
        f"{stated} says that the outputs {says}, but the last layer {ends}",
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
    """One output per class, or per target."""
    if not layers:
        return
    if len(layers[-1].output_shape) != 1:
        yield _shape_problem(layers)
        return
    loss, units = compile.loss, _units(layers)
    is_softmax = last_activation(model.layers) == "softmax"
    if (units == 1 and is_softmax) or (data.one_hot and loss.task == "regression"):
        return  # Another rule has said what is wrong.
    path = _place(model.layers, "units")
    expected, what = _expected(loss, facts)
    if loss.labels == "binary" and not data.one_hot:
        yield from _binary(loss.key, units, expected, path)
    elif expected is not None and units != expected:
        ending = "s" if units > 1 else ""
        message = f"the last layer has {units} output{ending}, but the data has {what}"
        hint = f"write units: {expected}"
        if path[-1] != "units":
            hint = f"add a last layer: Dense: {expected}"
        yield Problem(path, message, code="output-size", hint=hint)


def _units(layers: Sequence[LayerShape]) -> int:
    shape = layers[-1].output_shape
    return shape[-1] if shape else 1


def _expected(loss: Loss, facts: Facts) -> tuple[int | None, str]:
    """How many outputs the labels want, if that is known, and why."""
    if loss.task == "classification":
        count = len(facts.classes) if facts.classes is not None else None
        return count, f"{count} classes"
    count = len(facts.label_columns) or None
    return count, f"{count} label column{'s' if count != 1 else ''}"


def _place(layers: Sequence[Layer], field: str) -> ConfigPath:
    """The way to what makes the output: to `field` of the last layer that has it."""
    last = output_layer(layers)
    for index in reversed(range(last + 1 if last is not None else 0)):
        layer = layers[index]
        if layer.enabled and field in type(layer).model_fields:
            return ("model", "layers", index, layer.key, field)
        if field == "activation" or layer.from_ is not None:
            break
        if not layer.may_follow_output:
            break
    number = last if last is not None else len(layers) - 1
    return ("model", "layers", number)


def _softmax_of_one(layers: Sequence[Layer], loss: Loss) -> Problem:
    message = "softmax over 1 unit is always 1: nothing can be learned"
    path, hint = _place(layers, "units"), "write units: 2, or one per class"
    if loss.labels == "binary":
        path, hint = _place(layers, "activation"), "write activation: sigmoid"
    return Problem(path, message, code="softmax-one-unit", hint=hint)


def _shape_problem(layers: Sequence[LayerShape]) -> Problem:
    last = layers[-1]
    shape = list(last.output_shape)
    message = f"the model ends with the shape {shape}, but a row has one label"
    hint = "add Flatten above the last Dense layer"
    if len(shape) == _IMAGE_AXES:
        hint += ", or GlobalAveragePooling2D"
    for item in layers:
        if getattr(item.layer, "return_sequences", False) and len(shape) < _IMAGE_AXES:
            layer = f"layer {item.index + 1}"
            hint = f"remove return_sequences of {layer}: only its last step counts"
    path: ConfigPath = ("model", "layers", last.index)
    return Problem(path, message, code="output-shape", hint=hint)


def _binary(
    loss: str, units: int, classes: int | None, last: ConfigPath
) -> Iterator[Problem]:
    if units != 1:
        yield Problem(
            last,
            f"`{loss}` takes one output per row, but the last layer has {units}",
            code="output-size",
            hint="write units: 1 with activation: sigmoid, or use "
            "sparse_categorical_crossentropy with activation: softmax",
        )
    elif classes is not None and classes != _BOTH:
        yield Problem(
            _LOSS,
            f"`{loss}` tells two classes apart, but the data has {classes}",
            code="loss-labels",
            hint="use sparse_categorical_crossentropy, and a last layer of "
            f"{classes} units with activation: softmax",
        )


def metrics_fit_the_outputs(
    compile: CompileSpec,  # noqa: A002
    layers: tuple[LayerShape, ...],
) -> Iterator[Problem]:
    """A metric can look at outputs only that the model has."""
    if not layers:
        return
    units = _units(layers)
    for index, metric in enumerate(compile.metrics or ()):
        if (beyond := metric.too_far(units)) is None:
            continue
        argument, most = beyond
        outputs = f"{units} output{'s' if units > 1 else ''}"
        yield Problem(
            ("compile", "metrics", index, metric.key, argument),
            f"`{argument}` of `{metric.key}` goes beyond the {outputs} of the model",
            code="out-of-range",
            hint=f"use a number of at most {most}",
        )


OUTPUT_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    last_layer_gives_probabilities,
    last_layer_fits_the_labels,
    metrics_fit_the_outputs,
)
