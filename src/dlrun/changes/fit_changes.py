"""The changes of training: learning rate, optimizer, loss, epochs, stopping."""

from __future__ import annotations

from typing import Any

from dlrun.changes.change import (
    Change,
    Values,
    change,
    named,
    rounded,
    text,
    value_at,
)
from dlrun.components.index import default_of, with_trait

_USUAL = 0.001
"""The learning rate of an optimizer that nobody knows."""
_RATE = "compile.optimizer.learning_rate"
_RATES = ("initial_learning_rate", "end_learning_rate", "warmup_target")
_CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")
_LARGEST_BATCH = 1024
_FEW_EPOCHS = 20
SHORTEST_PATIENCE = 5
"""The epochs without a better value after which `early_stop` stops, at least."""
_HIGH_MOMENTUM = 0.5
_ADAPTIVE = with_trait("optimizer", "adapts", bool)


def usual_rate(config: Values) -> float:
    """The default learning rate of the optimizer of a config."""
    kind, _ = named(value_at(config, "compile", "optimizer"))
    usual = default_of("optimizer", kind, "learning_rate")
    return usual if isinstance(usual, float) else _USUAL


def highest_rate(config: Values) -> float:
    """The learning rate of a config; of a schedule, the highest that it states."""
    _, optimizer = named(value_at(config, "compile", "optimizer"))
    rate = optimizer.get("learning_rate")
    if isinstance(rate, (int, float)):
        return float(rate)
    _, arguments = named(rate)
    stated = [arguments.get(key) for key in _RATES] + [*arguments.get("values", ())]
    numbers = [float(one) for one in stated if isinstance(one, (int, float))]
    return max(numbers, default=usual_rate(config))


def learning_rate_down(config: Values) -> Change | None:
    """A tenth of the learning rate, and at most what is usual for the optimizer."""
    rate = highest_rate(config)
    factor = min(rate / 10, usual_rate(config)) / rate
    return _scaled_rate("learning_rate_down", config, factor)


def learning_rate_third(config: Values) -> Change | None:
    """A third of the learning rate."""
    return _scaled_rate("learning_rate_third", config, 1 / 3)


def learning_rate_triple(config: Values) -> Change | None:
    """Three times the learning rate."""
    return _scaled_rate("learning_rate_triple", config, 3.0)


def learning_rate_up(config: Values) -> Change | None:
    """Ten times the learning rate, and at least what is usual for the optimizer."""
    rate = highest_rate(config)
    factor = max(rate * 10, usual_rate(config)) / rate
    return _scaled_rate("learning_rate_up", config, factor)


def _scaled_rate(name: str, config: Values, factor: float) -> Change | None:
    _, optimizer = named(value_at(config, "compile", "optimizer"))
    rate = optimizer.get("learning_rate")
    if isinstance(rate, (int, float)):
        new = text(rounded(float(rate) * factor))
        sentence = f"learning rate {text(float(rate))} -> {new}"
        return change(name, sentence, [f"{_RATE}={new}"])
    _, arguments = named(rate)
    patch = [
        f"{_RATE}.{key}={text(rounded(arguments[key] * factor))}"
        for key in _RATES
        if arguments.get(key)
    ]
    if arguments.get("values"):
        values = [rounded(value * factor) for value in arguments["values"]]
        patch.append(f"{_RATE}.values={text(values)}")
    return change(name, f"{factor:.3g} times the learning rates of the schedule", patch)


def plateau(config: Values) -> Change | None:
    """A learning rate that falls when the monitored figure gets no better."""
    _, optimizer = named(value_at(config, "compile", "optimizer"))
    plain = isinstance(optimizer.get("learning_rate"), (int, float))
    if not plain or _callback(config, "ReduceLROnPlateau") is not None:
        return None
    monitor = value_at(config, "fit", "monitor") or "val_loss"
    new = {"ReduceLROnPlateau": {"monitor": monitor, "factor": 0.3, "patience": 5}}
    patch = [f"fit.callbacks+={text(new)}"]
    return change("plateau", "a learning rate that falls on a plateau", patch)


def clip(config: Values) -> Change | None:
    """Gradients with a norm of 1 at most."""
    _, optimizer = named(value_at(config, "compile", "optimizer"))
    if any(optimizer.get(key) is not None for key in _CLIPS):
        return None
    patch = ["compile.optimizer.clipnorm=1.0"]
    return change("clip", "gradients clipped to a norm of 1", patch)


def less_momentum(config: Values) -> Change | None:
    """A momentum of 0.5 at most; what was below it is switched off."""
    _, optimizer = named(value_at(config, "compile", "optimizer"))
    momentum = optimizer.get("momentum") or 0.0
    new = _HIGH_MOMENTUM if momentum > _HIGH_MOMENTUM else 0.0
    patch = [f"compile.optimizer.momentum={new}"] if momentum > new else []
    return change("less_momentum", f"momentum {momentum} -> {new}", patch)


def adam(config: Values) -> Change | None:
    """Adam with its default learning rate, in place of a plainer optimizer."""
    kind, _ = named(value_at(config, "compile", "optimizer"))
    if kind in _ADAPTIVE:
        return None
    return change("adam", f"Adam in place of {kind}", ["compile.optimizer=Adam"])


def early_stop(config: Values) -> Change | None:
    """Training ends when the monitored figure gets no better, at its best weights."""
    monitor = str(value_at(config, "fit", "monitor") or "val_loss")
    if not monitor.startswith("val_"):
        return None
    found = _callback(config, "EarlyStopping")
    if found is None:
        patience = max(
            SHORTEST_PATIENCE,
            min(20, int(value_at(config, "fit", "epochs") or 0) // 10),
        )
        arguments = {"monitor": monitor, "patience": patience}
        new = {"EarlyStopping": arguments | {"restore_best_weights": True}}
        patch = [f"fit.callbacks+={text(new)}"]
    else:
        index, arguments = found
        restores = arguments.get("restore_best_weights")
        path = f"fit.callbacks[{index}].restore_best_weights"
        patch = [] if restores else [f"{path}=true"]
    return change("early_stop", "stop when validation gets no better", patch)


def _callback(config: Values, kind: str) -> tuple[int, Any] | None:
    """The place and the arguments of a callback, if the config has it."""
    listed = value_at(config, "fit", "callbacks") or ()
    for index, item in enumerate(listed):
        name, arguments = named(item)
        if name == kind:
            return index, arguments
    return None


def train_longer(config: Values) -> Change | None:
    """Twice as many epochs, at least 20; a falling schedule stretches along."""
    epochs = value_at(config, "fit", "epochs")
    if not epochs:
        return None
    new = max(2 * epochs, _FEW_EPOCHS)
    _, optimizer = named(value_at(config, "compile", "optimizer"))
    _, schedule = named(optimizer.get("learning_rate"))
    steps = schedule.get("decay_steps")
    patch = [f"fit.epochs={new}"]
    longer = round(steps * new / epochs) if steps else 0
    patch += [f"{_RATE}.decay_steps={longer}"] if steps else []
    return change("train_longer", f"{epochs} -> {new} epochs", patch)


def larger_batch(config: Values, facts: Values) -> Change | None:
    """Four times as many rows per step."""
    old = int(value_at(config, "fit", "batch_size") or 0)
    rows = facts.get("n_train")
    new = min(4 * old, _LARGEST_BATCH, *([rows] if isinstance(rows, int) else []))
    patch = [f"fit.batch_size={new}"] if new > old > 0 else []
    return change("larger_batch", f"{old} -> {new} rows per step", patch)


def label_smoothing(config: Values) -> Change | None:
    """Labels a tenth of the way towards no opinion."""
    _, arguments = named(value_at(config, "compile", "loss"))
    if arguments.get("label_smoothing") != 0:
        return None
    patch = ["compile.loss.label_smoothing=0.1"]
    return change("label_smoothing", "labels smoothed by 0.1", patch)
