"""Rules about labels that are scaled: they are numbers, and have the names given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from dlrun.components.words import choices, flow, nearest, shown
from dlrun.data import Facts
from dlrun.errors import Problem
from dlrun.experiment.compile import CompileSpec, Head
from dlrun.experiment.data import DataSpec
from dlrun.experiment.model import ModelSpec
from dlrun.writing import did_you_mean

_KEY = "scale_labels"


def scaled_labels_are_numbers(
    data: DataSpec,
    compile: CompileSpec,  # noqa: A002
) -> Iterator[Problem]:
    """A class has no size that could be scaled."""
    stated, heads = data.scale_labels, compile.heads
    if stated is None:
        return
    numbers = [head for head in heads if head.loss.task == "regression"]
    for head in heads:
        if head in numbers:
            continue
        if not isinstance(stated, Mapping) or head.name is None:
            yield _no_numbers(head, numbers)
        elif head.name in stated:
            yield _no_numbers(head, numbers, head.name)


def _no_numbers(head: Head, numbers: list[Head], *below: str) -> Problem:
    key = head.loss.key
    hint = f"remove {_KEY}, or use a loss for numbers, such as mse"
    if below:
        hint = f"remove {flow(below[0])} here, or use a loss for numbers, such as mse"
    elif numbers:
        entries = {str(one.name): "standard" for one in numbers}
        hint = f"write {_KEY}: {flow(entries)}"
    return Problem(
        ("data", _KEY, *below),
        f"the labels{head.of} are classes under the loss `{key}`: only numbers are "
        "scaled",
        code="scaled-classes",
        hint=hint,
        on_key=True,
    )


def scaled_labels_have_these_names(
    data: DataSpec,
    model: ModelSpec,
    compile: CompileSpec,  # noqa: A002
    facts: Facts,
) -> Iterator[Problem]:
    """A mapping names columns of labels, or outputs of the model."""
    stated = data.scale_labels
    if not isinstance(stated, Mapping) or not model.output_names:
        return
    outputs, columns = list(model.output_names), list[str]()
    labels = facts.labels_of(compile.heads[0].name)
    if len(outputs) == 1 and len(labels.shape) <= 1:
        columns = list(labels.columns)
    is_named = data.source.label_outputs is not None
    known = [*columns, *(outputs if is_named or not columns else ())]
    what = "column of labels" if columns and not is_named else "output"
    if stated.keys() <= {*outputs} and len(stated) == len(outputs) == 1:
        return
    for name in stated:
        if name not in known:
            meant = nearest(name, known)
            there = f"write one of {choices(known, most=20)}"
            if len(outputs) == 1 and not columns:
                meant, there = None, f"write {_KEY}: {stated[name]}, for all places"
            yield Problem(
                ("data", _KEY, name),
                f"there is no {what} {shown(name)}",
                code="unknown-output",
                hint=f"write {flow(meant)}" if meant else there,
                label=did_you_mean([meant]),
                on_key=True,
            )


LABEL_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    scaled_labels_are_numbers,
    scaled_labels_have_these_names,
)
