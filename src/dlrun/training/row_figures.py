"""What a trained run loses on each of its rows, by which runs are told apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlrun.data.row_hash import are_among
from dlrun.engines import unscaled
from dlrun.experiment import restore_spec
from dlrun.rows import label_scalers
from dlrun.training.row_losses import row_losses
from dlrun.training.trained import open_trained, read_part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.data import Array, Arrays, Dataset, LabelScaler
    from dlrun.runs import RunFolder
    from dlrun.training.trained import Trained


@dataclass(frozen=True, slots=True)
class RowFigures:
    """A figure per row, small where the output is right, in the order of the rows."""

    rows: tuple[float, ...]
    """Of the validation rows, with the weights that the run has saved."""
    losses: tuple[tuple[float, ...], tuple[float, ...]] | None
    """The losses of the validation rows with the saved weights, and with those of the
    last epoch; None: nobody asked, or those are gone."""
    train: tuple[float, ...] | None
    """Of the train rows, with the saved weights; None: nobody asked."""
    known: tuple[bool, ...] | None = None
    """Of each validation row, whether it stands among the train rows, too."""
    repeated: tuple[bool, ...] | None = None
    """Of each train row, whether it stands elsewhere, too, on whichever side."""


def class_weights(folder: RunFolder) -> tuple[float, ...] | None:
    """How much a row of each class counts in training; None: all count the same.

    Raises:
        RunError: The data of the run has changed.
        DataError: Its rows cannot be read.
    """
    experiment = restore_spec(folder.config())
    fit = experiment.spec.fit
    if fit.class_weight is None or fit.weighs_by_output:
        return None
    _, rows = read_part(folder, experiment, "train")
    weights = fit.weights_of(rows.class_counts())
    return None if weights is None else tuple(weights)


def measure_rows(
    folder: RunFolder,
    *,
    weights: Sequence[float] | None = None,
    errors: bool = False,
    at_end: bool = False,
    train: bool = False,
    like: RunFolder | None = None,
) -> RowFigures:
    """Measure a run on each row, without the penalties on its weights.

    Args:
        folder: A run with a model and validation rows.
        weights: How much the loss of a row counts, by the number of its class.
        errors: Whether a wrong class counts 1, and a right one 0; else the loss.
        at_end: Whether losses with the weights of the last epoch are wanted, too.
        train: Whether the train rows are wanted, too.
        like: The run that it is held against, in whose unit losses are; None: in its
            own.

    Raises:
        RunError: The run has no model, or its data has changed.
        DataError: The rows cannot be read.
    """
    trained = open_trained(folder)
    unit = label_scalers((folder if like is None else like).preprocessing())
    _, validation = read_part(folder, trained.experiment, "validation")
    known = _measure(trained, validation, unit, weights, errors=errors)
    of_train = seen = twice = None
    if train:
        _, rows = read_part(folder, trained.experiment, "train")
        of_train = _measure(trained, rows, unit, weights, errors=errors)
        here, there = rows.row_hashes(), validation.row_hashes()
        _, which, times = np.unique(here, return_inverse=True, return_counts=True)
        seen = tuple(are_among(there, here).tolist())
        twice = tuple(((times[which] > 1) | are_among(here, there)).tolist())
    losses = None
    if at_end:
        saved = _measure(trained, validation, unit, weights)
        if _takes_last_weights(folder, trained):
            losses = (saved, _measure(trained, validation, unit, weights))
    return RowFigures(known, losses, of_train, seen, twice)


def _takes_last_weights(folder: RunFolder, trained: Trained) -> bool:
    """Give the model the weights of the last epoch, if a checkpoint has them."""
    checkpoint = folder.find_checkpoint().checkpoint
    last = folder.history().get("epoch", ())[-1:]
    if checkpoint is None or checkpoint.epoch not in last:
        return False
    trained.engine.set_weights(list(checkpoint.arrays["weights"]))
    return True


def _measure(
    trained: Trained,
    rows: Dataset,
    unit: Mapping[str, LabelScaler],
    weights: Sequence[float] | None,
    *,
    errors: bool = False,
) -> tuple[float, ...]:
    """`(rows,)`: a loss, or 1 for a wrong class; of several outputs a weighted sum."""
    spec, names = trained.experiment.spec, sorted(rows.labels or ())
    truth = rows.class_indices() if len(names) == 1 else None
    if errors and truth is not None:
        wrong = trained.predict(rows).only.chosen() != truth
        return tuple(map(float, wrong))
    outputs = trained.engine.predict(rows.features)
    own = label_scalers(trained.preprocessing)
    if own != unit:
        rows = replace(rows, label_scalers=unit)
        outputs = {
            name: _in_unit(values, *(_of(one, name, outputs) for one in (own, unit)))
            for name, values in outputs.items()
        }
    losses = row_losses(spec, rows, outputs)
    if weights is not None and truth is not None:
        losses = losses * np.array(weights)[truth]
    return tuple(map(float, losses))


def _of(
    scalers: Mapping[str, LabelScaler], output: str, outputs: Arrays
) -> LabelScaler | None:
    """That of an output; of the only one, whatever its labels are called."""
    if len(outputs) == 1:
        return next(iter(scalers.values()), None)
    return scalers.get(output)


def _in_unit(
    outputs: Array, own: LabelScaler | None, unit: LabelScaler | None
) -> Array:
    """Outputs on one scale as outputs on another; None: that of the file."""
    shown = outputs if own is None else unscaled(outputs, own)
    return shown if unit is None else unit.apply(shown)
