"""What is known of a run beside its curves: the task, its labels, and its sizes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

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
_EVENLY = "all classes as equally likely"


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
    majority, entropy = _labels(shares, classes)
    level, constant = _constant_loss(task, loss, entropy, given)
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
    )


def _labels(
    shares: tuple[float, ...], classes: float | None
) -> tuple[float | None, float | None]:
    """The share of the commonest class, and the entropy of the shares.

    Where only the number of classes is known, they are taken as equally frequent.
    """
    if shares:
        entropy = -math.fsum(share * math.log(share) for share in shares if share > 0)
        return max(shares), entropy
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
    return None, ""


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
