"""What is known of a run beside its curves: the task, its labels, and its sizes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from dlrun.data import Task
from dlrun.diagnosis.recording import number_of, numbers_of, whole_of

_TASKS: Mapping[str, Task] = {
    "classification": "classification",
    "regression": "regression",
}
_CROSS_ENTROPIES = frozenset(
    {
        "binarycrossentropy",
        "categoricalcrossentropy",
        "sparsecategoricalcrossentropy",
        "crossentropy",
        "kldivergence",
    }
)
_SQUARED = frozenset({"mse", "meansquarederror"})
_ABSOLUTE = frozenset({"mae", "meanabsoluteerror"})
STRONG_DROPOUT = 0.6
LARGE_FEATURES = 10.0
"""The root mean square from which features are unscaled (ours): scaled ones have 1."""
DIFFERENT = 1000.0
"""Columns so many times as large as others are unscaled, too (ours)."""
FEW_ROWS = 5
"""A category of fewer train rows is rare: its weights are learned of next to nothing;
the least count that tests of counts ask for."""
RARE_SHARE = 0.2
"""From this share of the numbers of a row on, rare categories are told (ours)."""
_EVENLY = "all classes as equally likely"


@dataclass(frozen=True, slots=True)
class Limits:
    """What keeps a model from learning the train rows."""

    is_linear: bool
    """No layer with weights but the last one has an activation."""
    width: float
    """The units or filters of the narrowest hidden layer; infinite: there is none."""
    dropout: float
    """The highest rate."""

    @property
    def drops_much(self) -> bool:
        """The dropout is stronger than anybody recommends."""
        return self.dropout >= STRONG_DROPOUT


@dataclass(frozen=True, slots=True)
class RowLosses:
    """The validation loss by row, without penalties: its errors are over rows."""

    loss: float
    """The mean with the saved weights."""
    error: float
    """Its standard error."""
    rise: float
    """By how much it is higher after the last epoch."""
    rise_error: float
    """The standard error of that difference, which is taken row by row."""
    gain: float | None = None
    """By how much a constant prediction loses more, taken row by row; None: nobody has
    measured it."""
    gain_error: float | None = None


@dataclass(frozen=True, slots=True)
class RareCategories:
    """The categories of a column that few train rows have."""

    count: int
    of: int
    """How many the train rows have in all."""
    few: Mapping[str, int]
    """The rarest of them, with their train rows."""
    kept: tuple[str, ...] = ()
    """The others; empty: they are too many to be listed."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the rules need to know; None: nobody said."""

    task: Task | None
    num_validation: int | None
    """Rows, and so on below."""
    num_train: int | None
    majority: float | None
    """The share of the commonest class among the train rows."""
    constant_loss: float | None
    """The loss of the best constant prediction."""
    constant: str
    """What that predicts: the class shares, the mean of the targets."""
    has_noise: bool
    """Dropout, noise or augmentation is on while training."""
    shared_rows: int
    """Train rows that stand among the validation rows too."""
    shared_by_chance: int
    """How many would, were the values of each column dealt out anew in each class."""
    is_best_restored: bool
    has_diverged: bool
    """Whoever trained stopped because the loss was no number."""
    val_constant_loss: float | None = None
    """What the same prediction loses on the validation rows."""
    weighs_classes: bool = False
    """Rows of some classes count more in the train loss, but not in the other."""
    stops_at_best: bool = False
    """The config ends training when validation gets no better, at its best weights."""
    feature_size: float = 0.0
    """The root mean square of the features; 0: not known."""
    feature_scales: float = 0.0
    """How many times the largest column is as large as the smallest; 0: not known."""
    is_adaptive: bool = False
    """The optimizer divides gradients by their size."""
    limits: Limits | None = None
    """What may keep the model from learning more; None: its layers are not known."""
    rows: RowLosses | None = None
    """What was lost by row; None: nobody measured it."""
    best_epoch: int | None = None
    """The epoch whose weights were kept, by the monitor."""
    monitor: str = ""
    near_neighbours: float = 0.0
    """The share of validation rows that stand beside a train row nearly the same."""
    near_elsewhere: float = 0.0
    """The share of pairs of rows far apart that are as near."""
    neighbour_labels: float = 1.0
    """How far the labels of the former differ, as a share of how far the latter do."""
    unscaled_columns: Mapping[str, float] = field(default_factory=dict)
    """The root mean squares of columns of a table that are large beside others."""
    rare_categories: Mapping[str, RareCategories] = field(default_factory=dict)
    """The categories that few train rows have, of columns of which many are rare."""

    naive: Mapping[str, float] = field(default_factory=dict)
    """What those lose on the validation rows of a series who predict without a model,
    by their names; of classes the share that they get wrong."""

    @property
    def is_unscaled(self) -> bool:
        """The features are large, or far from each other in size."""
        is_large = self.feature_size > LARGE_FEATURES
        return is_large or self.feature_scales >= DIFFERENT

    @property
    def odd_rows(self) -> int:
        """Shared rows beyond those that are shared by chance."""
        return max(0, self.shared_rows - self.shared_by_chance)


def read_facts(facts: Mapping[str, object] | None, has_accuracy: bool) -> RunFacts:
    """Take what is needed from any mapping; the rest is ignored."""
    given = facts or {}
    classes = _first(given, "num_classes", "n_classes")
    shares = _shares(given.get("train_class_counts"))
    loss = _loss_name(given.get("loss"))
    task = _task(given.get("task"), loss, has_accuracy or bool(classes or shares))
    weights = _weights(given.get("class_weights"), len(shares))
    majority, entropy = _labels(shares, classes, weights)
    level, constant = _constant_loss(task, loss, entropy, given)
    level = _positive(given.get("constant_loss")) or level
    held = _positive(given.get("val_constant_loss"))
    return RunFacts(
        task,
        whole_of(given.get("n_val")),
        whole_of(given.get("n_train")),
        majority,
        level,
        constant if shares or task == "regression" else _EVENLY,
        _has_noise(given),
        whole_of(given.get("shared_rows")) or 0,
        whole_of(given.get("shared_by_chance")) or 0,
        bool(given.get("restored_best")),
        bool(given.get("diverged")),
        held if held is not None or weights else level,
        bool(weights),
        bool(given.get("stops_at_best")),
        number_of(given.get("feature_size")) or 0.0,
        number_of(given.get("feature_scales")) or 0.0,
        bool(given.get("adapts")),
        _limits(given.get("layers")),
        _row_losses(given.get("row_losses")),
        whole_of(given.get("best_epoch")),
        str(given.get("monitor") or ""),
        number_of(given.get("near_neighbours")) or 0.0,
        number_of(given.get("near_elsewhere")) or 0.0,
        _or_one(number_of(given.get("neighbour_labels"))),
        _sizes(given.get("unscaled_columns")),
        _rare(given.get("rare_categories")),
        _naive(given.get("naive")),
    )


def _naive(given: object) -> dict[str, float]:
    values = given.items() if isinstance(given, Mapping) else ()
    found: dict[str, float] = {}
    for name, figures in values:
        if not isinstance(figures, Mapping):
            continue
        loss, accuracy = (number_of(figures.get(key)) for key in ("loss", "accuracy"))
        if loss is not None:
            found[str(name)] = loss
        elif accuracy is not None:
            found[str(name)] = 1 - accuracy
    return found


def _sizes(given: object) -> dict[str, float]:
    values = given.items() if isinstance(given, Mapping) else ()
    sizes = {str(name): number_of(size) for name, size in values}
    return {name: size for name, size in sizes.items() if size}


def _rare(given: object) -> dict[str, RareCategories]:
    values = given.items() if isinstance(given, Mapping) else ()
    return {
        str(name): _rare_of(one) for name, one in values if isinstance(one, Mapping)
    }


def _rare_of(given: Mapping[str, object]) -> RareCategories:
    few, kept = given.get("few"), given.get("kept")
    counts = few.items() if isinstance(few, Mapping) else ()
    return RareCategories(
        whole_of(given.get("count")) or 0,
        whole_of(given.get("of")) or 0,
        {str(name): whole_of(rows) or 0 for name, rows in counts},
        tuple(map(str, kept)) if isinstance(kept, list) else (),
    )


def _or_one(number: float | None) -> float:
    return 1.0 if number is None else number


def _weights(given: object, classes: int) -> tuple[float, ...]:
    """How much a row of each class counts; nothing where all count alike."""
    numbers = [number for number in numbers_of(given) if number is not None]
    is_whole = classes and len(numbers) == classes and min(numbers) >= 0
    return tuple(numbers) if is_whole and len({*numbers}) > 1 else ()


def _labels(
    shares: tuple[float, ...], classes: float | None, weights: tuple[float, ...]
) -> tuple[float | None, float | None]:
    """The share of the commonest class, and the loss of predicting the shares.

    Where only the number of classes is known, they are taken as equally frequent. With
    weights, the best shares to predict are those of the weights, and each row loses as
    many times as it counts.
    """
    if shares:
        parts = [
            share * weight
            for share, weight in zip(
                shares, weights or [1.0] * len(shares), strict=True
            )
        ]
        total = math.fsum(parts)
        lost = [part * math.log(part / total) for part in parts if part > 0]
        return max(shares), -math.fsum(lost)
    if classes is not None and classes >= 1:
        return 1 / classes, math.log(classes)
    return None, None


def _constant_loss(
    task: Task | None,
    loss: str,
    entropy: float | None,
    facts: Mapping[str, object],
) -> tuple[float | None, str]:
    """What the best constant prediction loses, where that is known, and what it is."""
    if task == "classification" and loss in _CROSS_ENTROPIES | {""}:
        return _positive(entropy), "the class shares"
    if loss in _SQUARED and task == "regression":
        return _positive(facts.get("label_variance")), "the mean of the targets"
    if loss in _ABSOLUTE and task == "regression":
        deviation = _positive(facts.get("label_mean_abs_deviation"))
        return deviation, "the median of the targets"
    return None, "the same for every row"


def _limits(layers: object) -> Limits | None:
    """What the layers allow; None where they do not say how wide they are."""
    listed = layers if isinstance(layers, list | tuple) else ()
    known = [layer for layer in listed if isinstance(layer, Mapping)]
    widths = {
        place: units
        for place, layer in enumerate(known)
        if (units := number_of(layer.get("units")))
    }
    if not widths:
        return None
    *hidden, last = widths
    bends = any(bool(layer.get("bends")) for layer in known[min(widths) : last])
    rates = [number_of(layer.get("dropout_rate")) or 0.0 for layer in known]
    narrowest = min((widths[place] for place in hidden), default=math.inf)
    return Limits(not bends, narrowest, max(rates, default=0.0))


def _row_losses(given: object) -> RowLosses | None:
    values = given if isinstance(given, Mapping) else {}
    names = ("loss", "error", "rise", "rise_error")
    numbers = [number_of(values.get(name)) for name in names]
    if any(number is None for number in numbers):
        return None
    gains = (number_of(values.get(name)) for name in ("gain", "gain_error"))
    return RowLosses(*(number or 0.0 for number in numbers), *gains)


def _task(given: object, loss: str, has_classes: bool) -> Task | None:
    if isinstance(given, str) and given in _TASKS:
        return _TASKS[given]
    if has_classes or loss in _CROSS_ENTROPIES:
        return "classification"
    return "regression" if loss in _SQUARED | _ABSOLUTE else None


def _shares(counts: object) -> tuple[float, ...]:
    values = counts.values() if isinstance(counts, Mapping) else counts
    numbers = [
        number for number in numbers_of(values) if number is not None and number >= 0
    ]
    total = math.fsum(numbers)
    if not 0 < total < math.inf:
        return ()
    return tuple(number / total for number in numbers)


def _loss_name(loss: object) -> str:
    name = next(iter(loss), "") if isinstance(loss, Mapping) else loss
    return str(name or "").replace("_", "").lower()


def _has_noise(facts: Mapping[str, object]) -> bool:
    layers = facts.get("layers")
    listed = layers if isinstance(layers, list | tuple) else ()
    rates = [
        number_of(layer.get("dropout_rate"))
        for layer in listed
        if isinstance(layer, Mapping)
    ]
    return bool(facts.get("noise")) or any(rates)


def _first(facts: Mapping[str, object], *names: str) -> float | None:
    numbers = (number_of(facts.get(name)) for name in names)
    return next((number for number in numbers if number is not None), None)


def _positive(value: object) -> float | None:
    number = number_of(value)
    return number if number is not None and number > 0 else None
