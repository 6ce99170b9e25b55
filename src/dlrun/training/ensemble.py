"""Several models of one config, asked together: the mean of what they predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dlrun.data.row_hash import are_among
from dlrun.engines import KerasDoor
from dlrun.errors import DataError, RunError
from dlrun.estimates.pooled import number_figures
from dlrun.rows import read_rows
from dlrun.rows.leak import leaked_rows
from dlrun.training.decode import Predictions
from dlrun.training.evaluation import Evaluation, judge_output

if TYPE_CHECKING:
    from dlrun.data import Array, Dataset
    from dlrun.runs import RunFolder
    from dlrun.training.decode import Decoded
    from dlrun.training.evaluation import OutputEvaluation
    from dlrun.training.trained import Trained

Ask: TypeAlias = Callable[["RunFolder"], tuple["Trained", "Dataset"]]
"""Opens a run, and reads rows as its own train rows were prepared."""


def predict_together(
    folders: Sequence[RunFolder], ask: Ask, threshold: float | None = None
) -> tuple[Dataset, Predictions]:
    """What runs predict for the same rows, on average; of one run, what it predicts.

    Probabilities are averaged after their softmax or sigmoid, numbers in the units of
    the file. One model after the other is in memory.

    Args:
        folders: The runs; each has scalers and encoders of its own.
        ask: Opens one, and reads the rows for it.
        threshold: As `Trained.predict` has it.

    Returns:
        The rows as they are prepared for the first run, and the predictions.

    Raises:
        DlrunError: A run cannot be read, or they have not learned the same classes.
    """
    trained, first = ask(folders[0])
    found = [trained.predict(first, threshold)]
    for folder in folders[1:]:
        trained, rows = ask(folder)
        if rows.ids != first.ids:
            message = f"{folder.name} and {folders[0].name} were given other rows"
            raise RunError(message, hint="ask one of them alone")
        found.append(trained.predict(rows, threshold))
    return first, found[0] if len(found) == 1 else _mean(found, folders)


def _mean(found: Sequence[Predictions], folders: Sequence[RunFolder]) -> Predictions:
    means = {}
    for name, decoded in found[0].outputs.items():
        own = [one.outputs.get(name) for one in found]
        for folder, other in zip(folders, own, strict=True):
            if other is None or _meaning(other) != _meaning(decoded):
                message = f"{folder.name} has learned other classes or outputs than "
                hint = "train all folds again, on the same data"
                raise RunError(f"{message}{folders[0].name}", hint=hint)
        values = [one.values for one in own if one is not None]
        means[name] = replace(decoded, values=_average(values))
    return Predictions(means)


def _meaning(decoded: Decoded) -> tuple[object, ...]:
    shape = decoded.values.shape
    return decoded.classes, decoded.labels, decoded.numbers, shape


def _average(values: Sequence[Array]) -> Array:
    """Their mean, in as many digits as each has."""
    total = np.zeros(values[0].shape)
    for one in values:
        total += one.astype("float64")
    mean: Array = (total / len(values)).astype(values[0].dtype)
    return mean


def evaluate_together(rows: Dataset, predicted: Predictions) -> Evaluation:
    """Hold mean predictions against the labels of the rows.

    The figures are those that folds have of their pooled predictions: the accuracy of
    classes; `mae`, `rmse` and `r2` of numbers. There is no loss: each fold has scaled
    in its own way.
    """
    labels = rows.labels or {}
    alone = next(iter(labels), "") if len(labels) == 1 else None
    outputs: dict[str, OutputEvaluation] = {}
    metrics: dict[str, float] = {}
    for name, decoded in predicted.outputs.items():
        label = name if alone is None else alone
        outputs[name] = judge_output(rows, label, decoded)
        before = f"{name}_" if len(predicted.outputs) > 1 else ""
        figures = _figures(labels[label], decoded, outputs[name])
        metrics |= {f"{before}{key}": value for key, value in figures.items()}
    return Evaluation(len(rows), metrics, outputs)


def _figures(
    labels: Array, decoded: Decoded, judged: OutputEvaluation
) -> Mapping[str, float]:
    for table in (judged.confusion, judged.label_confusion):
        if table is not None:
            hits = np.trace(table, axis1=-2, axis2=-1).sum()
            return {"accuracy": float(hits) / float(table.sum())}
    truth, said = (one.astype("float64").ravel() for one in (labels, decoded.values))
    found = number_figures(truth.tolist(), said.tolist())
    numbers = {key: found[key] for key in ("mae", "rmse", "r2")}
    return {key: one for key, one in numbers.items() if isinstance(one, float)}


def count_trained(trained: Trained, rows: Dataset) -> int | None:
    """How many rows are rows that trained or validated in a run, as all folds have.

    Those that are equal by chance do not count, as `leaked_rows` has it.

    Args:
        trained: The run of any fold.
        rows: Prepared as its train rows were.

    Returns:
        `None`: the data of the run cannot be read any more.
    """
    try:
        parts = read_rows(trained.experiment, KerasDoor())[1]
    except DataError:
        return None
    if not leaked_rows(parts.train, rows):
        return 0
    known = [one.row_hashes() for one in (parts.train, parts.validation) if one]
    return int(are_among(rows.row_hashes(), np.concatenate(known)).sum())
