"""Rules about the loss and the metrics: what they want of the labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.data import DataSpec

_LOSS: ConfigPath = ("compile", "loss")


def labels_fit_the_loss(data: DataSpec, compile: CompileSpec) -> Iterator[Problem]:  # noqa: A002
    """One-hot labels and the sparse losses exclude one another."""
    wants = compile.loss.labels
    if data.one_hot and wants == "index":
        takes = f"`{compile.loss.key}` takes the number of a class"
        message = f"{takes}, but `one_hot` makes vectors"
        yield Problem(
            _LOSS,
            message,
            code="loss-labels",
            hint="use categorical_crossentropy, or remove data.one_hot",
        )
    if not data.one_hot and wants == "one_hot":
        takes = f"`{compile.loss.key}` takes one-hot labels"
        message = f"{takes}, but the labels are numbers of classes"
        yield Problem(
            _LOSS,
            message,
            code="loss-labels",
            hint="use sparse_categorical_crossentropy, or add one_hot: true under data",
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
        of_probabilities = loss.task == "classification" and form in metric.labels
        if metric.task != loss.task and not of_probabilities:
            message = f"the metric `{metric.key}` is for {metric.task}"
            message += f", but the loss `{loss.key}` is for {loss.task}"
            yield Problem(
                path,
                message,
                code="metric-labels",
                hint=_remove_metric(compile),
            )
        elif form not in metric.labels:
            wanted = " or ".join(_FORMS[name] for name in metric.labels)
            message = f"the metric `{metric.key}` takes {wanted}"
            message += f", but the labels are {_FORMS[form]}"
            hint = metric.labels_cure(form)
            yield Problem(path, message, code="metric-labels", hint=hint)


def _remove_metric(compile: CompileSpec) -> str:  # noqa: A002
    name = (
        "accuracy" if compile.loss.task == "classification" else "mean_absolute_error"
    )
    return f"use {name}, or remove the metric"


_FORMS = {
    "index": "the number of a class",
    "one_hot": "one-hot vectors",
    "binary": "0 or 1 per output",
    "number": "numbers",
}


LOSS_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    labels_fit_the_loss,
    metrics_fit_the_labels,
)
