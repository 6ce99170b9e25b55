"""Rules about the loss: what it wants of the labels and of the last layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dlrun.data import Facts
from dlrun.errors import ConfigPath, Problem
from dlrun.spec.compile import CompileSpec
from dlrun.spec.complete import last_activation
from dlrun.spec.data import DataSpec
from dlrun.spec.model import ModelSpec
from dlrun.spec.shapes import LayerShape

_PROBABILITIES = frozenset(
    {"softmax", "sigmoid", "hard_sigmoid", "sparsemax", "sparse_sigmoid"}
)
_LOSS: ConfigPath = ("compile", "loss")


def labels_fit_the_loss(data: DataSpec, compile: CompileSpec) -> Iterator[Problem]:  # noqa: A002
    """One-hot labels and the sparse losses exclude one another."""
    wants = compile.loss.labels
    if data.one_hot and wants == "index":
        message = f"`{compile.loss.key}` takes the number of a class, but `one_hot` makes vectors"
        yield Problem(
            _LOSS,
            message,
            code="loss-labels",
            hint="use categorical_crossentropy, or remove data.one_hot",
        )
    if not data.one_hot and wants == "one_hot":
        message = f"`{compile.loss.key}` takes one-hot labels, but the labels are numbers of classes"
        yield Problem(
            _LOSS,
            message,
            code="loss-labels",
            hint="use sparse_categorical_crossentropy, or add data.one_hot: true",
        )
    if data.one_hot and compile.loss.task == "regression":
        message = (
            f"`{compile.loss.key}` is a loss for numbers, but `one_hot` encodes classes"
        )
        yield Problem(
            ("data", "one_hot"),
            message,
            code="loss-labels",
            hint="remove one_hot, or use categorical_crossentropy",
        )


def metrics_fit_the_labels(data: DataSpec, compile: CompileSpec) -> Iterator[Problem]:  # noqa: A002
    """A metric must be for the task, and take the labels in the form they have."""
    loss = compile.loss
    form = "one_hot" if data.one_hot else loss.labels
    for index, metric in enumerate(compile.metrics or ()):
        path = ("compile", "metrics", index)
        if metric.task != loss.task:
            message = f"the metric `{metric.key}` is for {metric.task}, but the loss `{loss.key}` is for {loss.task}"
            yield Problem(
                path,
                message,
                code="metric-labels",
                hint="remove the metric, or change the loss",
            )
        elif form not in metric.labels:
            wanted = " or ".join(_FORMS[name] for name in metric.labels)
            message = f"the metric `{metric.key}` takes {wanted}, but the labels are {_FORMS[form]}"
            yield Problem(
                path,
                message,
                code="metric-labels",
                hint="use accuracy, which fits itself to the labels, or change the labels with data.one_hot",
            )


_FORMS = {
    "index": "the number of a class",
    "one_hot": "one-hot vectors",
    "binary": "0 or 1 per output",
    "number": "numbers",
}


def last_layer_gives_probabilities(
    model: ModelSpec, compile: CompileSpec, layers: tuple[LayerShape, ...]
) -> Iterator[Problem]:  # noqa: A002
    """The activation of the last layer, `from_logits` and the loss must agree."""
    loss = compile.loss
    logits = getattr(loss, "from_logits", None)
    if loss.task != "classification" or not layers:
        return
    activation = last_activation(model.layers)
    units = layers[-1].output_shape[-1] if layers[-1].output_shape else 1
    last = ("model", "layers", layers[-1].index)
    if activation == "softmax" and units == 1:
        message = "softmax over 1 unit is always 1: nothing can be learned"
        hint = (
            "use 1 unit with sigmoid and binary_crossentropy, or 2 units with softmax"
        )
        yield Problem(last, message, code="softmax-one-unit", hint=hint)
    elif logits is True and activation in _PROBABILITIES:
        message = f"`from_logits: true` says that the outputs are no probabilities, but the last layer has {activation}"
        hint = f"remove from_logits, or remove {activation} from the last layer"
        yield Problem(
            (*_LOSS, loss.key, "from_logits"),
            message,
            code="logits-conflict",
            hint=hint,
        )
    elif logits is False and activation == "linear":
        message = "`from_logits: false` says that the outputs are probabilities, but the last layer is linear"
        hint = (
            "remove from_logits (it follows from the last layer), or add an activation"
        )
        yield Problem(
            (*_LOSS, loss.key, "from_logits"),
            message,
            code="logits-conflict",
            hint=hint,
        )
    elif logits is not None and activation not in {*_PROBABILITIES, "linear", None}:
        wanted = "sigmoid" if loss.labels == "binary" else "softmax"
        message = f"the last layer ends in {activation}, which gives no probabilities for `{loss.key}`"
        yield Problem(
            last,
            message,
            code="not-probabilities",
            hint=f"use activation: {wanted} there",
        )
    elif activation == "sigmoid" and units > 1 and loss.labels in {"index", "one_hot"}:
        message = f"{units} sigmoid units are not probabilities of {units} classes: they need not add up to 1"
        hint = f"use activation: softmax with {units} units, or 1 sigmoid unit with binary_crossentropy"
        yield Problem(
            last, message, code="sigmoid-classes", hint=hint, severity="warning"
        )


def last_layer_fits_the_labels(
    data: DataSpec,
    compile: CompileSpec,
    facts: Facts,
    layers: tuple[LayerShape, ...],  # noqa: A002
) -> Iterator[Problem]:
    """One output per class, or per number to predict."""
    if not layers:
        return
    shape, last = layers[-1].output_shape, ("model", "layers", layers[-1].index)
    if len(shape) != 1:
        message = (
            f"the model ends with the shape {list(shape)}, but a row has one label"
        )
        hint = "add Flatten (or GlobalAveragePooling2D for images) before the last Dense layer"
        yield Problem(last, message, code="output-shape", hint=hint)
        return
    loss, units = compile.loss, shape[0]
    if loss.task == "regression":
        expected = len(facts.label_columns) if facts.label_columns else None
        words = "a number to predict"
    else:
        expected = len(facts.classes) if facts.classes is not None else None
        words = "classes"
        if loss.labels == "binary" and not data.one_hot:
            yield from _binary(loss.key, units, expected, last)
            return
    if expected is None or units == expected:
        return
    what = (
        f"{expected} {words}"
        if words == "classes"
        else f"{expected} label column{'s' if expected > 1 else ''}"
    )
    message = f"the last layer has {units} output{'s' if units > 1 else ''}, but the data has {what}"
    yield Problem(
        last,
        message,
        code="output-size",
        hint=f"write units: {expected} in the last layer",
    )


def _binary(
    loss: str, units: int, classes: int | None, last: ConfigPath
) -> Iterator[Problem]:
    if units != 1:
        message = (
            f"`{loss}` takes one output per row here, but the last layer has {units}"
        )
        hint = f"use 1 unit with sigmoid, or sparse_categorical_crossentropy with {units} softmax units"
        yield Problem(last, message, code="output-size", hint=hint)
    elif classes is not None and classes != 2:
        message = f"`{loss}` tells two classes apart, but the data has {classes}"
        hint = f"use sparse_categorical_crossentropy with {classes} softmax units"
        yield Problem(_LOSS, message, code="loss-labels", hint=hint)


LOSS_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    labels_fit_the_loss,
    metrics_fit_the_labels,
    last_layer_gives_probabilities,
    last_layer_fits_the_labels,
)
