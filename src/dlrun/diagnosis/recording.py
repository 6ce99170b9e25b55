"""Reads what a training left: its history, its probes, and the facts about it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dlrun.diagnosis.series import ratio
from dlrun.errors import HistoryError, Problem

HistoryColumn: TypeAlias = Sequence[float | None]
HistoryColumns: TypeAlias = Mapping[str, Sequence[object]]
"""As they were recorded, by their names."""

_TRAIN_PREFIXES = ("train_", "eval_")
_ACCURACIES = (
    "accuracy",
    "acc",
    "sparse_categorical_accuracy",
    "categorical_accuracy",
    "binary_accuracy",
)
_LEARNING_RATES = ("learning_rate", "lr")
_CLOSE = 0.5
_NO_GRADIENT = 1e-8
_ALL = "give each column a value per epoch; None where nothing was measured"


@dataclass(frozen=True, slots=True)
class Recording:
    """The columns that the rules look at, a value per epoch; None: not measured."""

    epochs: tuple[int, ...]
    """The number of each epoch, counted from 1."""
    train_loss: HistoryColumn
    val_loss: HistoryColumn
    train_accuracy: HistoryColumn
    val_accuracy: HistoryColumn
    learning_rate: HistoryColumn
    is_inference: bool
    """The train loss was measured like the validation loss, without dropout."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look inside the model; lists go from the first layer to the last."""

    epoch: int
    """Counted from 1; 0: before training."""
    gradient_norms: tuple[float | None, ...]
    weight_norms: tuple[float | None, ...]
    dead_shares: tuple[float, ...]
    """Per layer with ReLU: the share of its units that are 0 for every sample."""
    dead_layers: tuple[str, ...]
    """Their names, or nothing."""
    predictions: tuple[float, ...]
    """How many samples were given each class."""
    is_finite: bool
    regularisation: float | None
    """The penalty on the weights; None: not recorded."""

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The norms of the first and the last layer's gradient, if there are two."""
        norms = self.gradient_norms
        return (norms[0], norms[-1]) if len(norms) > 1 else (None, None)

    @property
    def first_to_last(self) -> float | None:
        """The first layer's gradient over the last one's; None if that is next to 0."""
        first, last = self.ends
        if first is None or last is None or not last > _NO_GRADIENT:
            return None
        return ratio(first, last)


def read_history(history: Mapping[str, object]) -> Recording:
    """Find the columns by their names, whoever recorded them.

    Raises:
        HistoryError: There is no loss, a cell is no number, or lengths do not match.
    """
    columns = {str(name): _listed(str(name), cells) for name, cells in history.items()}
    size, epochs = _read_epochs(columns)
    train, is_inference = _pick_train(columns, "loss", size)
    if size and not any(
        f"{prefix}loss" in columns for prefix in (*_TRAIN_PREFIXES, "")
    ):
        raise HistoryError(_no_loss(columns))
    accuracy = next((name for name in _ACCURACIES if _has(columns, name)), "")
    rate = next((name for name in _LEARNING_RATES if name in columns), "")
    return Recording(
        epochs,
        train,
        _aligned(columns, "val_loss", size),
        _pick_train(columns, accuracy, size)[0],
        _aligned(columns, f"val_{accuracy}", size),
        _aligned(columns, rate, size),
        is_inference,
    )


def read_probes(probes: Iterable[Mapping[str, object]] | None) -> tuple[Snapshot, ...]:
    """Read the probes in the order of their epochs; 0 and -1 are before training."""
    dated = [
        (int(epoch), probe)
        for probe in probes or ()
        if (epoch := number_of(probe.get("epoch"))) is not None
    ]
    first = min((epoch for epoch, _ in dated), default=0)
    shift = 1 if first < 0 else 0
    snapshots = [_read_probe(probe, epoch + shift) for epoch, probe in dated]
    return tuple(sorted(snapshots, key=lambda snapshot: snapshot.epoch))


def numbers_of(value: object) -> tuple[float | None, ...]:
    """The numbers of a list; None in the place of what is no number."""
    if isinstance(value, list):
        # The usual case, spelled out: a training has thousands of these numbers.
        return tuple([cell if type(cell) is float else _number(cell) for cell in value])
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return ()
    return tuple(map(_number, value))


def number_of(value: object) -> float | None:
    """A finite number; None for anything else."""
    number = _number(value)
    return number if number is not None and math.isfinite(number) else None


def whole_of(value: object) -> int | None:
    """A number of at least 0 without its fraction; None for anything else."""
    number = number_of(value)
    return None if number is None or number < 0 else int(number)


def _number(value: object) -> float | None:
    """Any number, NaN included; NumPy's are known without NumPy."""
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str | bytes | bool) or value is None:
        return None
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        return None


def _read_epochs(columns: HistoryColumns) -> tuple[int, tuple[int, ...]]:
    size = max((len(cells) for cells in columns.values()), default=0)
    cells = [number_of(cell) for cell in columns.get("epoch", ())]
    numbers = [int(number) for number in cells if number is not None]
    if len(numbers) != size or len(cells) != size:
        return size, tuple(range(1, size + 1))
    # Keras' CSVLogger counts from 0.
    shift = 1 if 0 in numbers else 0
    return size, tuple(number + shift for number in numbers)


def _pick_train(
    columns: HistoryColumns, name: str, size: int
) -> tuple[HistoryColumn, bool]:
    """The values in inference mode where they were recorded, else the running ones."""
    for prefix in _TRAIN_PREFIXES:
        values = _aligned(columns, f"{prefix}{name}", size)
        if any(value is not None for value in values):
            return values, True
    return _aligned(columns, name, size), False


def _has(columns: HistoryColumns, name: str) -> bool:
    return any(
        f"{prefix}{name}" in columns for prefix in (*_TRAIN_PREFIXES, "", "val_")
    )


def _aligned(columns: HistoryColumns, name: str, size: int) -> HistoryColumn:
    """A column with a value per epoch.

    Keras leaves out epochs without validation (`validation_freq=2`): a shorter column
    of validation values is spread over every second epoch, and so on.
    """
    column = columns.get(name, ())
    cells = [_cell(name, index, value) for index, value in enumerate(column)]
    if len(cells) == size or not cells:
        return cells or [None] * size
    every = size // len(cells)
    if not name.startswith("val_") or size // every != len(cells):
        raise HistoryError(_wrong_length(name, len(cells), size))
    spread: list[float | None] = [None] * size
    spread[every - 1 :: every] = cells
    return spread


def _cell(name: str, index: int, value: object) -> float | None:
    if value is None:
        return None
    number = _number(value)
    if number is None:
        message = f"{value!r} in `{name}` is no number"
        hint = "write a number, NaN or nothing"
        raise HistoryError(
            Problem((name, index), message, hint=hint, code="not-a-number")
        )
    return number


def _no_loss(columns: HistoryColumns) -> Problem:
    listed = ", ".join(columns)
    named = {name.strip().lower(): name for name in columns if "val" not in name}
    near = difflib.get_close_matches("loss", named, 1, _CLOSE)
    cure = f"is `{named[near[0]]}` the train loss? rename it to `loss`" if near else ""
    hint = cure or "name the column with the train loss `loss` or `train_loss`"
    message = f"there is no train loss among the columns: {listed}"
    return Problem((), message, hint=hint, code="no-loss")


def _listed(name: str, cells: object) -> Sequence[object]:
    if isinstance(cells, str | bytes | Mapping) or not isinstance(cells, Iterable):
        message = f"`{name}` is no list of numbers"
        raise HistoryError(Problem((name,), message, hint=_ALL, code="not-a-list"))
    return cells if isinstance(cells, list | tuple) else list(cells)


def _wrong_length(name: str, length: int, size: int) -> Problem:
    message = f"`{name}` has {length} values where the history has {size} epochs"
    return Problem((name,), message, hint=_ALL, code="wrong-length")


def _read_probe(probe: Mapping[str, object], epoch: int) -> Snapshot:
    gradients = numbers_of(probe.get("grad_norm"))
    layers = probe.get("dead_layers")
    finite = [norm is None or math.isfinite(norm) for norm in gradients]
    return Snapshot(
        epoch,
        gradients,
        numbers_of(probe.get("weight_norm")),
        _finite(numbers_of(probe.get("dead_frac"))),
        tuple(map(str, layers)) if isinstance(layers, list | tuple) else (),
        _finite(numbers_of(probe.get("pred_counts"))),
        all(finite) and not probe.get("nonfinite"),
        number_of(probe.get("reg_loss")),
    )


def _finite(values: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(
        [value for value in values if value is not None and math.isfinite(value)]
    )
