"""Rules between sections. A rule names the sections it needs as its parameters.

`parse_spec` gives each rule what its parameters name (a section, the `facts` of the
data, the `layers` with their shapes), and leaves it out where one of them is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import count
from math import ceil

from dlrun.components.words import choices, nearest, shown
from dlrun.data import INPUT, Facts, LabelFacts, num_batches
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.compile import CompileSpec, Head
from dlrun.experiment.data import DataSpec
from dlrun.experiment.data_rules import DATA_RULES
from dlrun.experiment.experiment import LimitsSpec, has_validation
from dlrun.experiment.fit import ClassWeights, FitSpec, class_key
from dlrun.experiment.fold_rules import FOLD_RULES
from dlrun.experiment.input_rules import INPUT_RULES
from dlrun.experiment.kernel_rules import kernels_are_everywhere
from dlrun.experiment.label_rules import LABEL_RULES
from dlrun.experiment.lookup_rules import LOOKUP_RULES
from dlrun.experiment.loss_rules import LOSS_RULES
from dlrun.experiment.memory import estimate_memory, excess
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.monitor import history_columns
from dlrun.experiment.named_output_rules import NAMED_OUTPUT_RULES
from dlrun.experiment.output_rules import OUTPUT_RULES
from dlrun.experiment.pseudo_label_rules import PSEUDO_LABEL_RULES
from dlrun.experiment.search_rules import SEARCH_RULES
from dlrun.experiment.shapes import LayerShape
from dlrun.experiment.window_rules import WINDOW_RULES
from dlrun.machine import machine_memory
from dlrun.writing import did_you_mean


def model_has_layers(model: ModelSpec) -> Iterator[Problem]:
    """A model without layers has nothing to train."""
    if any(layer.enabled for layer in model.layers):
        return
    message, hint = "the model has no layers", "write layers: [{Dense: 2}]"
    if model.layers:
        message = "all layers of the model are switched off"
        hint = "remove `enabled: false` from one of them"
    path = ("model", "layers")
    yield Problem(path, message, code="no-layers", hint=hint, on_key=bool(model.layers))


def layer_names_are_unique(model: ModelSpec) -> Iterator[Problem]:
    """Keras refuses two layers of one name, and inputs have names of their own."""
    inputs = model.input_shapes or {INPUT: ()}
    seen = dict.fromkeys([INPUT, *inputs], 0)
    taken = {layer.name for layer in model.layers}
    last_use = {
        name: index
        for index, layer in enumerate(model.layers)
        for name in layer.from_ or ()
    }
    for index, layer in enumerate(model.layers):
        if layer.name is None:
            continue
        if layer.name in seen:
            place = (
                f"layer {seen[layer.name]}"
                if seen[layer.name]
                else "an input of the model"
                if len(inputs) > 1
                else "the input of the model"
            )
            path = ("model", "layers", index, layer.key, "name")
            message = f"{shown(layer.name)} already names {place}"
            hint = f"choose another name, as in {_free(layer.name, taken)}"
            if last_use.get(layer.name, -1) > index:
                hint += ", also where `from` means this layer"
            yield Problem(path, message, code="duplicate-name", hint=hint)
        seen.setdefault(layer.name, index + 1)


def _free(name: str, taken: AbstractSet[str | None]) -> str:
    return next(
        free for number in count(2) if (free := f"{name}_{number}") not in taken
    )


def monitors_exist(
    data: DataSpec,
    fit: FitSpec,
    compile: CompileSpec,  # noqa: A002
) -> Iterator[Problem]:
    """What is monitored must be a column of the history."""
    columns = history_columns(data, fit, compile)
    stated: list[tuple[ConfigPath, str | None]] = [(("fit", "monitor"), fit.monitor)]
    stated += [
        (
            ("fit", "callbacks", index, callback.key, "monitor"),
            getattr(callback, "monitor", None),
        )
        for index, callback in enumerate(fit.callbacks)
    ]
    for path, name in stated:
        if name is None or name in columns:
            continue
        if name.startswith("val_") and not has_validation(data, fit):
            yield _without_validation(path, name, columns)
            continue
        meant = nearest(name, columns)
        yield Problem(
            path,
            f"there is no column {shown(name)} to monitor",
            code="unknown-monitor",
            hint=f"write {meant}" if meant else f"the columns are {choices(columns)}",
            label=did_you_mean([meant]),
        )


def _without_validation(path: ConfigPath, name: str, columns: Iterable[str]) -> Problem:
    """A problem with a column that only validation rows would fill."""
    train = nearest(name.replace("val_", "train_", 1), columns) or "train_loss"
    add = "add `split: {validation: 0.2}` under `data`"
    return Problem(
        path,
        f"{shown(name)} cannot be monitored: no rows are kept for validation",
        code="unknown-monitor",
        hint=f"{add}, or write monitor: {train}",
    )


def plateau_needs_a_plain_learning_rate(
    fit: FitSpec,
    compile: CompileSpec,  # noqa: A002
) -> Iterator[Problem]:
    """Keras fails at the first plateau, hours later, when a schedule sets the rate."""
    rate = getattr(compile.optimizer, "learning_rate", None)
    for index, callback in enumerate(fit.callbacks):
        is_plain = isinstance(rate, (int, float, type(None)))
        if is_plain or not callback.sets_learning_rate:
            continue
        yield Problem(
            ("fit", "callbacks", index),
            f"`{callback.key}` cannot lower a learning rate that a schedule sets",
            code="schedule-conflict",
            hint="remove the callback, or write a number as learning_rate",
        )


def class_weights_name_the_classes(
    fit: FitSpec,
    compile: CompileSpec,  # noqa: A002
    facts: Facts,
) -> Iterator[Problem]:
    """Keras gives a missing class the weight 1 and accepts odd keys, silently."""
    for head in compile.heads:
        given = fit.class_weights(head.name)
        if given is not None:
            yield from _class_weights_fit(given, head, facts.labels_of(head.name))


def _class_weights_fit(
    given: ClassWeights, head: Head, labels: LabelFacts
) -> Iterator[Problem]:
    path: ConfigPath = ("fit", "class_weight")
    path = path if head.name is None else (*path, head.name)
    reason = _no_class_per_row(head, labels)
    if reason:
        message, hint = f"class weights need {reason}", f"remove {path[-1]}"
        yield Problem(path, message, code="class-weight", hint=hint, on_key=True)
    elif labels.classes is not None and isinstance(given, dict):
        yield from _weights_name_classes(path, given, labels.classes)


def _no_class_per_row(head: Head, labels: LabelFacts) -> str:
    """Why the rows of an output are of no class; empty: they are of one each."""
    if head.loss.task != "classification":
        return f"classes, but `{head.loss.key}` is a loss for numbers"
    several = labels.hold_alone or len(labels.columns) > 1
    if head.loss.labels == "binary" and several:
        return "one class per row, but a row has several labels"
    if len(labels.shape) > 1:
        return "one class per row, but a row has one per place"
    return ""


def _weights_name_classes(
    path: ConfigPath, given: Mapping[str, float], classes: Sequence[str]
) -> Iterator[Problem]:
    numbers = tuple(str(number) for number in range(len(classes)))
    if sorted(given) in (sorted(classes), sorted(numbers)):
        return
    by_number = sum(key in numbers for key in given)
    by_name = sum(key in classes for key in given)
    names = numbers if by_number > by_name else classes
    strange = [key for key in given if key not in names]
    left_out = [name for name in names if name not in given]
    message = f"`class_weight` leaves out {choices(left_out)}"
    if strange:
        there = f"the classes are {choices(names)}"
        message = f"`class_weight` names {choices(strange)}, but {there}"
    meant = {**given, **_meant_weights(given, strange, left_out)}
    weights = ", ".join(f"{class_key(name)}: {meant.get(name, 1.0)}" for name in names)
    yield Problem(path, message, code="class-weight", hint=f"write {{{weights}}}")


def _meant_weights(
    given: Mapping[str, float], strange: Sequence[str], left_out: Sequence[str]
) -> dict[str, float]:
    """The weights of classes whose names are misspelt."""
    if len(strange) == len(left_out) == 1:
        return {left_out[0]: given[strange[0]]}
    meant: dict[str, float] = {}
    for key in strange:
        name = nearest(key, [name for name in left_out if name not in meant])
        if name is not None:
            meant[name] = given[key]
    return meant


def model_is_not_too_large(
    layers: tuple[LayerShape, ...], limits: LimitsSpec
) -> Iterator[Problem]:
    """Memory for the weights is reserved before anything else can say no."""
    total = sum(layer.parameters for layer in layers)
    if total <= limits.max_params or not layers:
        return
    largest = max(layers, key=lambda layer: layer.parameters)
    gigabytes = total * 4 // 10**9
    size = f" ({gigabytes:,} GB)" if gigabytes and total < _COUNTABLE else ""
    hint = "make this layer smaller"
    if total < _COUNTABLE:
        hint += f", or write limits: {{max_params: {total}}}"
    yield Problem(
        ("model", "layers", largest.index),
        f"the model has {_count(total)} parameters{size}, "
        f"more than the {limits.max_params:,} allowed",
        code="too-many-parameters",
        hint=hint,
        label=f"{_count(largest.parameters)} of them are here",
    )


_COUNTABLE = 10**15


def _count(number: int) -> str:
    return f"{number:,}" if number < _COUNTABLE else "over 10^15"


def training_fits_into_memory(
    model: ModelSpec,
    compile: CompileSpec,  # noqa: A002
    fit: FitSpec,
    layers: tuple[LayerShape, ...],
    limits: LimitsSpec,
) -> Iterator[Problem]:
    """A system that runs out of memory ends programs, and says nothing to them."""
    shapes, size = model.input_shapes or {}, fit.batch_size
    needed = estimate_memory(shapes, layers, compile.optimizer, size)
    words = excess(needed)
    total = sum(layer.parameters for layer in layers)
    if words is None or not layers or total > limits.max_params:
        return
    path: ConfigPath = ("model", "layers")
    hint = "make the model smaller"
    if needed.activations > needed.total / 2:
        path = ("fit", "batch_size")
        free = machine_memory() - (needed.total - needed.activations)
        rows = max(1, int(size * free / needed.activations / 2))
        hint = f"write batch_size: {rows}, or make the model smaller"
    yield Problem(
        path,
        words,
        code="too-much-memory",
        hint=hint,
        on_key=True,
    )


def moving_averages_can_settle(
    model: ModelSpec, data: DataSpec, fit: FitSpec, facts: Facts
) -> Iterator[Problem]:
    """BatchNormalization's moving averages need about 5 / (1 - momentum) steps."""
    if facts.num_rows is None or fit.epochs == 0:
        return
    rows = facts.num_rows * _train_share(data, fit)
    per_epoch = max(1, num_batches(rows, fit.batch_size))
    steps = fit.epochs * per_epoch
    for index, layer in enumerate(model.layers):
        momentum = getattr(layer, "momentum", None)
        if momentum is None or not (layer.keeps_averages and layer.enabled):
            continue
        if steps >= _steps_to_settle(momentum):
            continue
        settle = f"cannot settle in {steps} steps with a momentum of {momentum}"
        usual = (value for value in _MOMENTA if steps >= _steps_to_settle(value))
        best = next(usual, None)
        hint = f"write {layer.key}: {{momentum: {best}}}"
        if best is None:
            enough = ceil(_steps_to_settle(_MOMENTA[-1]) / per_epoch)
            hint = (
                f"write {layer.key}: {{momentum: {_MOMENTA[-1]}}} and epochs: {enough}"
            )
        yield Problem(
            ("model", "layers", index, layer.key, "momentum"),
            f"the moving averages {settle}",
            code="momentum-too-high",
            hint=hint,
            severity="warning",
        )


def _train_share(data: DataSpec, fit: FitSpec) -> float:
    if data.split is None:
        return 1 - (fit.validation_split or 0.0)
    return data.split.train_share - (fit.validation_split or 0.0)


_MOMENTA = (0.95, 0.9, 0.8, 0.7, 0.5)
"""The usual values, the highest first."""


def _steps_to_settle(momentum: float) -> float:
    return 5 / (1 - momentum) if momentum < 1 else float("inf")


def xla_can_compile(
    fit: FitSpec, model: ModelSpec, data: DataSpec
) -> Iterator[Problem]:
    """TensorFlow would refuse at the first step, with a page of words."""
    if fit.jit != "on":
        return
    layers = (*model.layers, *data.augment_layers)
    refused = [
        layer.key
        for layer in layers
        if layer.enabled and layer.under_xla() == "impossible"
    ]
    if refused:
        names = choices(list(dict.fromkeys(refused)))
        yield Problem(
            ("fit", "jit"),
            f"XLA cannot compile the training of {names}",
            code="no-xla",
            hint="write jit: auto, which trains without XLA here",
        )


Rule = Callable[..., Iterable[Problem]]

RULES: tuple[Rule, ...] = (
    model_has_layers,
    layer_names_are_unique,
    *INPUT_RULES,
    *NAMED_OUTPUT_RULES,
    monitors_exist,
    plateau_needs_a_plain_learning_rate,
    class_weights_name_the_classes,
    model_is_not_too_large,
    training_fits_into_memory,
    moving_averages_can_settle,
    xla_can_compile,
    kernels_are_everywhere,
    *DATA_RULES,
    *FOLD_RULES,
    *LOSS_RULES,
    *LABEL_RULES,
    *LOOKUP_RULES,
    *OUTPUT_RULES,
    *PSEUDO_LABEL_RULES,
    *WINDOW_RULES,
    *SEARCH_RULES,
)
