"""Rules about the loss and the metrics: what they want of the labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from dlrun.components.label_form import LabelForm
from dlrun.components.losses import Loss
from dlrun.components.metrics import Metric
from dlrun.data import Facts
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.compile import CompileSpec, Head
from dlrun.experiment.data import DataSpec
from dlrun.experiment.fit import FitSpec


def labels_fit_the_loss(data: DataSpec, compile: CompileSpec) -> Iterator[Problem]:  # noqa: A002
    """One-hot labels and the sparse losses exclude one another."""
    heads = compile.heads
    for head in heads:
        key, wants = head.loss.key, head.loss.labels
        if data.one_hot and wants == "index" and head.name is None:
            yield Problem(
                head.loss_path,
                f"`{key}` takes the number of a class, but `one_hot` makes vectors",
                code="loss-labels",
                hint="use categorical_crossentropy, or remove data.one_hot",
            )
        if not data.one_hot and wants == "one_hot":
            yield Problem(
                head.loss_path,
                f"`{key}` takes one-hot labels, but the labels are numbers of classes",
                code="loss-labels",
                hint="use sparse_categorical_crossentropy, or add one_hot: true under "
                "data",
            )
    if data.one_hot and all(_is_not_encoded(head) for head in heads):
        key = heads[0].loss.key
        message = f"`{key}` is a loss for numbers, but `one_hot` encodes classes"
        if heads[0].name is not None:
            message = "no loss takes one-hot labels, which `one_hot` makes"
        yield Problem(
            ("data", "one_hot"),
            message,
            code="loss-labels",
            hint="remove one_hot, or use categorical_crossentropy",
        )


def _is_not_encoded(head: Head) -> bool:
    """Whether `one_hot` would change nothing at an output."""
    if head.name is None:
        return head.loss.task == "regression"
    return head.loss.labels != "one_hot"


def label_encoders_fit_the_loss(
    data: DataSpec,
    compile: CompileSpec,  # noqa: A002
    facts: Facts,
) -> Iterator[Problem]:
    """What is made of a column of labels must be what the loss takes."""
    for head in compile.heads:
        labels, loss = facts.labels_of(head.name), head.loss
        if labels.encoder is None:
            continue
        if labels.hold_alone and loss.labels != "binary":
            yield Problem(
                head.loss_path,
                f"`{labels.encoder}` gives several labels per row that each hold or "
                f"not, which `{loss.key}` does not take",
                code="loss-labels",
                hint="use binary_crossentropy, and a last layer with activation: "
                "sigmoid",
            )
        elif not labels.hold_alone and loss.task == "regression":
            yield Problem(
                head.loss_path,
                f"`{loss.key}` is a loss for numbers, but `{labels.encoder}` makes "
                "classes",
                code="loss-labels",
                hint="use sparse_categorical_crossentropy, and a last layer with "
                "activation: softmax; or name the column alone as the label",
            )
        if _states_classes(data, head):
            stated = "" if head.name is None else f" of `{head.name}`"
            hint = "remove it"
            if labels.hold_alone:
                hint += f", or list them as vocabulary: [...] of `{labels.encoder}`"
            yield Problem(
                ("data", "classes"),
                f"`{labels.encoder}` says what the labels{stated} are called, "
                "and `classes` once more",
                code="two-classes",
                hint=hint,
                on_key=True,
            )


def _states_classes(data: DataSpec, head: Head) -> bool:
    """Whether `data.classes` names those of an output."""
    stated = data.classes
    return head.name in stated if isinstance(stated, Mapping) else stated is not None


def metrics_fit_the_labels(data: DataSpec, compile: CompileSpec) -> Iterator[Problem]:  # noqa: A002
    """A metric must be for the task, and take the labels in the form they have."""
    for head in compile.heads:
        form = "one_hot" if data.encodes(head) else head.loss.labels
        for index, metric in enumerate(head.metrics):
            path = (*head.metrics_path, index)
            yield from _metric_fits(path, metric, head.loss, form)


def _metric_fits(
    path: ConfigPath, metric: Metric, loss: Loss, form: LabelForm
) -> Iterator[Problem]:
    of_probabilities = loss.task == "classification" and form in metric.labels
    if metric.task not in {loss.task, None} and not of_probabilities:
        message = f"the metric `{metric.key}` is for {metric.task}"
        message += f", but the loss `{loss.key}` is for {loss.task}"
        hint = _remove_metric(loss)
        yield Problem(path, message, code="metric-labels", hint=hint)
    elif form not in metric.labels:
        wanted = " or ".join(_FORMS[name] for name in metric.labels)
        message = f"the metric `{metric.key}` takes {wanted}"
        message += f", but the labels are {_FORMS[form]}"
        hint = metric.labels_cure(form)
        yield Problem(path, message, code="metric-labels", hint=hint)


def _remove_metric(loss: Loss) -> str:
    name = "accuracy" if loss.task == "classification" else "mean_absolute_error"
    return f"use {name}, or remove the metric"


_FORMS = {
    "index": "the number of a class",
    "one_hot": "one-hot vectors",
    "binary": "0 or 1 per output",
    "number": "numbers",
}


def monitored_metrics_have_a_direction(
    compile: CompileSpec,  # noqa: A002
    fit: FitSpec,
) -> Iterator[Problem]:
    """Which epoch is the best, nobody knows of a metric of code unless it is said."""
    watched = {fit.monitor, *(callback.watched for callback in fit.callbacks)}
    names = {str(name).removeprefix("val_").removeprefix("train_") for name in watched}
    for head in compile.heads:
        before = "" if head.name is None else f"{head.name}_"
        for index, metric in enumerate(head.metrics):
            if f"{before}{metric.log_name}" not in names or metric.says_direction:
                continue
            message = "nobody says whether small or large values of "
            yield Problem(
                (*head.metrics_path, index),
                f"{message}`{metric.log_name}` are better",
                code="unknown-direction",
                hint=f"write {metric.key}: {{mode: min}} or {{mode: max}}",
            )


LOSS_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    labels_fit_the_loss,
    label_encoders_fit_the_loss,
    metrics_fit_the_labels,
    monitored_metrics_have_a_direction,
)
