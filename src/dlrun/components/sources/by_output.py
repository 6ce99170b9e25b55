"""The labels of each output of a model, as a source has them and a loss wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from dlrun.components.sources.labels import Labels, read_labels
from dlrun.components.sources.wanted import ClassLists, WantedLabels, of_output
from dlrun.data import OUTPUT, Arrays, Dataset
from dlrun.errors import DataError

if TYPE_CHECKING:
    from dlrun.components.sources.source import Source
    from dlrun.errors import Problem


def read_by_output(
    source: Source,
    raw: Mapping[str, object],
    *,
    classes: ClassLists,
    task: WantedLabels,
    columns: Mapping[str, Sequence[str]],
    partly: bool = False,
) -> dict[str, Labels]:
    """The labels of each output, checked as `read_labels` does.

    An output that nobody asks for stays out: it may be of another model. Labels that
    were checked already stay as they are.

    Raises:
        DataError: naming the first row of an output whose label does not fit.
    """
    found = {}
    for output, values in raw.items():
        wanted = task.get(output) if isinstance(task, Mapping) else task
        if wanted is None:
            continue
        if isinstance(values, Labels):
            found[output] = values
            continue
        with _below(output):
            found[output] = read_labels(
                source.for_output(output),
                values,
                classes=of_output(classes, output),
                task=wanted,
                columns=columns.get(output, ()),
                partly=partly,
            )
    return found


def labelled(features: Arrays, labels: Mapping[str, Labels]) -> Dataset:
    """Rows with the labels of each output."""
    return with_labels(Dataset(features), labels)


def with_labels(rows: Dataset, labels: Mapping[str, Labels]) -> Dataset:
    """The same rows with the labels of each output, and what makes these doubtful."""
    doubts = (
        _at(output, warning)
        for output, one in labels.items()
        for warning in one.warnings
    )
    return replace(
        rows,
        labels={name: one.values for name, one in labels.items()} or None,
        classes={
            name: one.classes for name, one in labels.items() if one.classes is not None
        },
        label_names={
            name: one.names for name, one in labels.items() if one.names is not None
        },
        warnings=(*rows.warnings, *doubts),
    )


@contextmanager
def _below(output: str) -> Iterator[None]:
    """Put the name of the output into the paths of problems with its labels."""
    try:
        yield
    except DataError as error:
        below = (_at(output, problem) for problem in error.problems)
        raise DataError(*below) from error


def _at(output: str, problem: Problem) -> Problem:
    if output == OUTPUT or problem.path[1:2] != ("labels",):
        return problem
    path = (*problem.path[:2], output, *problem.path[2:])
    return replace(problem, path=path, message=f"`{output}`: {problem.message}")
