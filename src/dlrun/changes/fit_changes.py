"""The changes of training: learning rate, optimizer, loss, epochs, stopping."""

from __future__ import annotations

from dlrun.changes.change import (
    Change,
    Values,
    change,
    named,
    rounded,
    text,
)
from dlrun.changes.setup import RATES, Setup
from dlrun.components.index import with_trait
from dlrun.diagnosis.recording import number_of, numbers_of, whole_of

_RATE = "compile.optimizer.learning_rate"
_CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")
_LARGEST_BATCH = 1024
_FEW_EPOCHS = 20
_SHORTEST_PATIENCE = 5
"""The epochs without a better value after which `early_stop` stops, at least."""
_HIGH_MOMENTUM = 0.5
_ADAPTIVE = with_trait("optimizer", "adapts", bool)


def learning_rate_down(setup: Setup) -> Change | None:
    """A tenth of the learning rate, or a hundredth where that is still above the usual.

    Not lower at once: too small a rate learns nothing.
    """
    rate = setup.highest_rate
    factor = max(min(rate / 10, setup.usual_rate), rate / 100) / rate
    return _scaled_rate("learning_rate_down", setup, factor)


def learning_rate_third(setup: Setup) -> Change | None:
    """A third of the learning rate."""
    return _scaled_rate("learning_rate_third", setup, 1 / 3)


def learning_rate_triple(setup: Setup) -> Change | None:
    """Three times the learning rate."""
    return _scaled_rate("learning_rate_triple", setup, 3.0)


def learning_rate_up(setup: Setup) -> Change | None:
    """Ten times the learning rate, and at least what is usual for the optimizer."""
    rate = setup.highest_rate
    factor = max(rate * 10, setup.usual_rate) / rate
    return _scaled_rate("learning_rate_up", setup, factor)


def _scaled_rate(name: str, setup: Setup, factor: float) -> Change | None:
    """The learning rate, or those of a schedule, times a factor.

    Args:
        name: Of the change.
        setup: What is changed.
        factor: A positive number. A rate that it brings nearer to the usual one
            speaks for the change.
    """
    rate, usual = setup.highest_rate, setup.usual_rate
    speaks = rate < usual if factor > 1 else rate > usual
    because = f"The learning rate is {rate:g}; {usual:g} is usual." if speaks else ""
    _, optimizer = setup.optimizer
    fixed = number_of(optimizer.get("learning_rate"))
    if fixed is not None:
        new = text(rounded(fixed * factor))
        sentence = f"learning rate {text(fixed)} -> {new}"
        return change(name, sentence, [f"{_RATE}={new}"], because)
    _, schedule = named(optimizer.get("learning_rate"))
    patch = [
        f"{_RATE}.{key}={text(rounded(stated * factor))}"
        for key in RATES
        if (stated := number_of(schedule.get(key)))
    ]
    if values := numbers_of(schedule.get("values")):
        scaled = [rounded(value * factor) for value in values if value is not None]
        patch.append(f"{_RATE}.values={text(scaled)}")
    sentence = f"{factor:.3g} times the learning rates of the schedule"
    return change(name, sentence, patch, because)


def plateau(setup: Setup) -> Change | None:
    """A learning rate that falls when the monitored figure gets no better."""
    _, optimizer = setup.optimizer
    plain = number_of(optimizer.get("learning_rate")) is not None
    if not plain or _callback(setup, "ReduceLROnPlateau") is not None:
        return None
    monitor = setup.value("fit", "monitor") or "val_loss"
    new = {"ReduceLROnPlateau": {"monitor": monitor, "factor": 0.3, "patience": 5}}
    patch = [f"fit.callbacks+={text(new)}"]
    return change("plateau", "a learning rate that falls on a plateau", patch)


def clip(setup: Setup) -> Change | None:
    """Gradients with a norm of 1 at most."""
    _, optimizer = setup.optimizer
    if any(optimizer.get(key) is not None for key in _CLIPS):
        return None
    patch = ["compile.optimizer.clipnorm=1.0"]
    return change("clip", "gradients clipped to a norm of 1", patch)


def less_momentum(setup: Setup) -> Change | None:
    """A momentum of 0.5 at most; what was below it is switched off."""
    _, optimizer = setup.optimizer
    momentum = number_of(optimizer.get("momentum")) or 0.0
    new = _HIGH_MOMENTUM if momentum > _HIGH_MOMENTUM else 0.0
    patch = [f"compile.optimizer.momentum={new}"] if momentum > new else []
    return change("less_momentum", f"momentum {momentum} -> {new}", patch)


def adam(setup: Setup) -> Change | None:
    """Adam with its default learning rate, in place of a plainer optimizer."""
    kind, _ = setup.optimizer
    if kind in _ADAPTIVE:
        return None
    return change("adam", f"Adam in place of {kind}", ["compile.optimizer=Adam"])


def early_stop(setup: Setup) -> Change | None:
    """Training ends when the monitored figure gets no better, at its best weights."""
    monitor = str(setup.value("fit", "monitor") or "val_loss")
    if not monitor.startswith("val_"):
        return None
    present = _callback(setup, "EarlyStopping")
    if present is None:
        tenth = setup.whole("fit", "epochs") // 10
        patience = max(_SHORTEST_PATIENCE, min(20, tenth))
        new = {"monitor": monitor, "patience": patience, "restore_best_weights": True}
        patch = [f"fit.callbacks+={text({'EarlyStopping': new})}"]
    else:
        index, arguments = present  # The saved weights are the best ones in any case.
        watches = str(arguments.get("monitor") or "val_loss").startswith("val_")
        patch = [] if watches else [f"fit.callbacks[{index}].monitor={monitor}"]
    return change("early_stop", "stop when validation gets no better", patch)


def _callback(setup: Setup, kind: str) -> tuple[int, Values] | None:
    """The place and the arguments of a callback, if the config has it."""
    for index, item in enumerate(setup.items("fit", "callbacks")):
        name, arguments = named(item)
        if name == kind:
            return index, arguments
    return None


def train_longer(setup: Setup) -> Change | None:
    """Twice as many epochs, at least 20; a falling schedule stretches along."""
    epochs, trained = setup.whole("fit", "epochs"), setup.epochs
    if 0 < trained < epochs:  # It ended by itself, and would again.
        return None
    because = f"It trained for {epochs} epochs."
    return _stretched("train_longer", setup, max(2 * epochs, _FEW_EPOCHS), because)


def longer(setup: Setup) -> Change | None:
    """Four times as many epochs; a falling schedule stretches along."""
    return _stretched("longer", setup, 4 * setup.whole("fit", "epochs"))


def _stretched(name: str, setup: Setup, new: int, because: str = "") -> Change | None:
    """Another number of epochs, and a schedule that falls over as many."""
    epochs = setup.whole("fit", "epochs")
    if not epochs:
        return None
    _, optimizer = setup.optimizer
    _, schedule = named(optimizer.get("learning_rate"))
    steps = whole_of(schedule.get("decay_steps"))
    patch = [f"fit.epochs={new}"]
    more = round(steps * new / epochs) if steps else 0
    patch += [f"{_RATE}.decay_steps={more}"] if steps else []
    return change(name, f"{epochs} -> {new} epochs", patch, because)


def larger_batch(setup: Setup) -> Change | None:
    """Four times as many rows per step."""
    old = setup.whole("fit", "batch_size")
    rows = setup.facts.get("n_train")
    new = min(4 * old, _LARGEST_BATCH, *([rows] if isinstance(rows, int) else []))
    patch = [f"fit.batch_size={new}"] if new > old > 0 else []
    return change("larger_batch", f"{old} -> {new} rows per step", patch)


def label_smoothing(setup: Setup) -> Change | None:
    """Labels a tenth of the way towards no opinion."""
    _, arguments = named(setup.value("compile", "loss"))
    if arguments.get("label_smoothing") != 0:
        return None
    patch = ["compile.loss.label_smoothing=0.1"]
    return change("label_smoothing", "labels smoothed by 0.1", patch)
