"""Rules between sections. A rule names the sections it needs as its parameters.

`parse_spec` gives each rule what its parameters name (a section, the `facts` of the data,
the `layers` with their shapes) and leaves it out where one of them is itself wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import ceil

from dlrun.components.augmentation import is_augmentation
from dlrun.components.words import choices, nearest, shown
from dlrun.data import Facts
from dlrun.errors import Problem
from dlrun.spec.compile import CompileSpec
from dlrun.spec.data import DataSpec
from dlrun.spec.experiment import LimitsSpec, has_validation
from dlrun.spec.fit import FitSpec
from dlrun.spec.loss_rules import LOSS_RULES
from dlrun.spec.model import INPUT, ModelSpec
from dlrun.spec.shapes import LayerShape, infer_shapes


def model_has_layers(model: ModelSpec) -> Iterator[Problem]:
    """A model without layers has nothing to train."""
    if not any(layer.enabled for layer in model.layers):
        hint = "add at least one, as in layers: [{Dense: 2}]"
        yield Problem(
            ("model", "layers"), "the model has no layers", code="no-layers", hint=hint
        )


def layer_names_are_unique(model: ModelSpec) -> Iterator[Problem]:
    """Keras refuses two layers of one name, and `input` names the input."""
    seen: dict[str, int] = {INPUT: 0}
    for index, layer in enumerate(model.layers):
        if layer.name is None:
            continue
        if layer.name in seen:
            place = (
                f"layer {seen[layer.name]}"
                if seen[layer.name]
                else "the input of the model"
            )
            path = ("model", "layers", index, layer.key, "name")
            message = f"{layer.name!r} already names {place}"
            hint = f"choose another name, as in {layer.name}_{index + 1}"
            yield Problem(path, message, code="duplicate-name", hint=hint)
        seen.setdefault(layer.name, index + 1)


def input_shape_fits_the_data(model: ModelSpec, facts: Facts) -> Iterator[Problem]:
    """A stated input shape must be that of the rows."""
    if facts.row_shape is None or model.input_shape in {None, facts.row_shape}:
        return
    stated, found = list(model.input_shape or ()), list(facts.row_shape)
    message = f"`input_shape` is {stated}, but a row of the data has the shape {found}"
    hint = f"leave input_shape out, or write {found}"
    yield Problem(("model", "input_shape"), message, code="shape-mismatch", hint=hint)


def validation_comes_from_one_place(data: DataSpec, fit: FitSpec) -> Iterator[Problem]:
    """Three ways to name validation rows, of which one may be used; likewise for test rows."""
    stated = [
        path
        for path, there in (
            (
                ("data", "split", "validation"),
                data.split is not None and data.split.validation > 0,
            ),
            (("data", "validation"), data.validation is not None),
            (("fit", "validation_split"), fit.validation_split is not None),
        )
        if there
    ]
    for path in stated[1:]:
        first = ".".join(stated[0])
        message = f"the validation rows are already given by `{first}`"
        yield Problem(
            path,
            message,
            code="two-validations",
            hint=f"keep one: remove {path[-1]}, or {first}",
            on_key=True,
        )
    if data.test is not None and data.split is not None and data.split.test > 0:
        message = "the test rows are already given by `data.split.test`"
        yield Problem(
            ("data", "test"),
            message,
            code="two-tests",
            hint="keep one: remove data.test, or data.split.test",
            on_key=True,
        )


def monitors_exist(
    data: DataSpec, fit: FitSpec, compile: CompileSpec
) -> Iterator[Problem]:  # noqa: A002
    """What is monitored must be a column of the history."""
    names = ["loss", *(metric.log_name for metric in compile.metrics or ())]
    prefixes = ["train_", "", *(["val_"] if has_validation(data, fit) else [])]
    known = [f"{prefix}{name}" for prefix in prefixes for name in names]
    stated: list[tuple[tuple[str | int, ...], str | None]] = [
        (("fit", "monitor"), fit.monitor)
    ]
    for index, callback in enumerate(fit.callbacks):
        path = ("fit", "callbacks", index, callback.key, "monitor")
        stated.append((path, getattr(callback, "monitor", None)))
    for path, name in stated:
        if name is None or name in known:
            continue
        meant = nearest(name, known)
        message = f"there is no column {shown(name)} to monitor"
        if name.startswith("val_") and not has_validation(data, fit):
            message = (
                f"{shown(name)} cannot be monitored: no rows are kept for validation"
            )
            hint = "add data.split: {validation: 0.2}, or monitor train_loss"
        else:
            hint = f"the columns are {choices(known, most=20)}"
        yield Problem(
            path,
            message,
            code="unknown-monitor",
            hint=hint,
            label=f"did you mean {meant}?" if meant else "",
        )


def plateau_needs_a_plain_learning_rate(
    fit: FitSpec, compile: CompileSpec
) -> Iterator[Problem]:  # noqa: A002
    """Keras fails at the first plateau, hours later, when a schedule sets the rate."""
    rate = getattr(compile.optimizer, "learning_rate", None)
    for index, callback in enumerate(fit.callbacks):
        if callback.key == "ReduceLROnPlateau" and not isinstance(
            rate, (int, float, type(None))
        ):
            message = (
                "`ReduceLROnPlateau` cannot lower a learning rate that a schedule sets"
            )
            hint = (
                "remove the callback, or give the optimizer a number as learning_rate"
            )
            yield Problem(
                ("fit", "callbacks", index),
                message,
                code="schedule-conflict",
                hint=hint,
            )


def class_weights_name_the_classes(
    fit: FitSpec, compile: CompileSpec, facts: Facts
) -> Iterator[Problem]:  # noqa: A002
    """Keras gives a class that is missing the weight 1 and accepts odd keys, silently."""
    if fit.class_weight is None:
        return
    path = ("fit", "class_weight")
    if compile.loss.task != "classification":
        message = f"class weights need classes, but `{compile.loss.key}` is a loss for numbers"
        yield Problem(
            path, message, code="class-weight", hint="remove class_weight", on_key=True
        )
    if facts.classes is None:
        return
    numbers = [str(number) for number in range(len(facts.classes))]
    keys = list(fit.class_weight)
    if sorted(keys) in (sorted(facts.classes), sorted(numbers)):
        return
    classes = ", ".join(f"{name}: 1.0" for name in facts.classes)
    message = f"the keys of `class_weight` are {', '.join(keys)}; the classes are {', '.join(facts.classes)}"
    yield Problem(path, message, code="class-weight", hint=f"write {{{classes}}}")


def model_is_not_too_large(
    layers: tuple[LayerShape, ...], limits: LimitsSpec
) -> Iterator[Problem]:
    """Memory for the weights is reserved before anything else can say no."""
    total = sum(layer.parameters for layer in layers)
    if total <= limits.max_params or not layers:
        return
    largest = max(layers, key=lambda layer: layer.parameters)
    message = f"the model has {total:,} parameters ({total * 4 / 1e9:,.1f} GB), more than the {limits.max_params:,} allowed"
    path = ("model", "layers", largest.index)
    label = f"{largest.parameters:,} of them are here"
    hint = f"make this layer smaller, or raise limits.max_params to {total}"
    yield Problem(path, message, code="too-many-parameters", hint=hint, label=label)


def augmentation_keeps_the_shape(data: DataSpec, model: ModelSpec) -> Iterator[Problem]:
    """Train rows pass these layers, validation rows do not: both must fit the model."""
    for index, layer in enumerate(data.augment):
        if not is_augmentation(layer):
            message = f"`{layer.key}` does not augment data"
            hint = "use layers such as RandomFlip, RandomRotation, RandomZoom, RandomTranslation, RandomContrast, RandomCrop or GaussianNoise"
            yield Problem(
                ("data", "augment", index), message, code="not-augmentation", hint=hint
            )
            return
    if model.input_shape is None or not data.augment:
        return
    layers, problems = infer_shapes(ModelSpec(layers=data.augment), model.input_shape)
    for problem in problems:
        yield Problem(
            ("data", "augment", *problem.path[2:]),
            problem.message,
            hint=problem.hint,
            code=problem.code,
            label=problem.label,
        )
    if layers and not problems and layers[-1].output_shape != model.input_shape:
        message = f"augmentation turns rows of {list(model.input_shape)} into {list(layers[-1].output_shape)}"
        hint = "a crop must pad first: put ZeroPadding2D above RandomCrop so that the shape stays"
        yield Problem(
            ("data", "augment"), message, code="augmentation-shape", hint=hint
        )


def moving_averages_can_settle(
    model: ModelSpec, data: DataSpec, fit: FitSpec, facts: Facts
) -> Iterator[Problem]:
    """BatchNormalization's moving averages start at 0 and 1 and need about 5 / (1 - momentum) steps."""
    if facts.num_rows is None or fit.epochs == 0:
        return
    held_out = fit.validation_split or (
        data.split.validation + data.split.test if data.split is not None else 0.0
    )
    steps = fit.epochs * ceil(facts.num_rows * (1 - held_out) / fit.batch_size)
    for index, layer in enumerate(model.layers):
        momentum = getattr(layer, "momentum", None)
        if (
            layer.key != "BatchNormalization"
            or momentum is None
            or steps >= 5 / (1 - momentum)
        ):
            continue
        path = ("model", "layers", index, layer.key, "momentum")
        message = f"the moving averages cannot settle in {steps} steps with a momentum of {momentum}"
        hint = f"about {ceil(5 / (1 - momentum))} steps are needed; write momentum: {_settling(steps)}, or train longer"
        yield Problem(
            path, message, code="momentum-too-high", hint=hint, severity="warning"
        )


def _settling(steps: int) -> float:
    """The highest usual momentum whose averages settle in `steps`."""
    return next(
        (value for value in (0.95, 0.9, 0.8, 0.7, 0.5) if steps >= 5 / (1 - value)), 0.5
    )


Rule = Callable[..., Iterable[Problem]]

RULES: tuple[Rule, ...] = (
    model_has_layers,
    layer_names_are_unique,
    input_shape_fits_the_data,
    validation_comes_from_one_place,
    monitors_exist,
    plateau_needs_a_plain_learning_rate,
    class_weights_name_the_classes,
    model_is_not_too_large,
    augmentation_keeps_the_shape,
    moving_averages_can_settle,
    *LOSS_RULES,
)
