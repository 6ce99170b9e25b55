from __future__ import annotations

import inspect
from importlib import import_module
from operator import attrgetter
from typing import Any

import pytest

from dlrun.components.callbacks import Callback
from dlrun.components.constraints import Constraint
from dlrun.components.initializers import Initializer
from dlrun.components.keras_component import KerasComponent
from dlrun.components.losses import Loss
from dlrun.components.metrics import Metric
from dlrun.components.not_offered import NOT_OFFERED
from dlrun.components.optimizers import Optimizer
from dlrun.components.regularizers import Regularizer
from dlrun.components.schedules import Schedule

pytestmark = pytest.mark.heavy

KINDS: list[type[KerasComponent]] = [
    Callback,
    Constraint,
    Initializer,
    Loss,
    Metric,
    Optimizer,
    Regularizer,
    Schedule,
]
TYPES = [
    pytest.param(type_, id=f"{kind.kind}-{key}")
    for kind in KINDS
    for key, type_ in kind.types.items()
    if key != "accuracy"  # A text, not a class of Keras: see test_metrics.py.
]

WITH_CONFIG = [case for case in TYPES if case.values[0] not in Callback.types.values()]
WITH_TEXTS = [kind for kind in KINDS if kind not in {Callback, Schedule}]

LAST_AXIS = "labels and outputs have their classes on the last axis"
ARGUMENTS_NOT_OFFERED = {
    Callback: {"verbose": "dlrun says itself what a callback did"},
    Initializer: {
        "seed": "the seed of the config drives all random numbers",
        "input_axes": "layers know which of their axes are inputs",
        "output_axes": "layers know which of their axes are outputs",
    },
    Loss: {
        "axis": LAST_AXIS,
        "dtype": "Keras' own",
        "ignore_class": "rows of no class are refused when data are read",
        "name": "not shown anywhere",
        "reduction": "a sum would depend on the batch size",
    },
    Metric: {
        "axis": LAST_AXIS,
        "dtype": "Keras' own",
        "from_sorted_ids": "outputs are not sorted ids",
        "ignore_class": "rows of no class are refused when data are read",
        "label_weights": "a figure of all classes alike",
        "num_labels": "Keras finds it",
        "num_regressors": "an adjusted figure is not what others report",
    },
    Optimizer: {
        "exclude_layers": "patterns over Keras' names of variables",
        "loss_scale_factor": "Keras scales itself for mixed precision",
        "muon_a": "Keras says to leave it",
        "muon_b": "Keras says to leave it",
        "muon_c": "Keras says to leave it",
        "name": "not shown anywhere",
    },
    Schedule: {"name": "not shown anywhere"},
}
"""Arguments of Keras that no class of the kind offers, but for AUC's thresholds."""
ONE_CLASS = {"AUC": {"thresholds": "num_thresholds suffices for a figure"}}

OTHER_DEFAULTS = {
    ("F1Score", "average"): "Keras' gives a figure per class, not one number",
    ("FBetaScore", "average"): "Keras' gives a figure per class, not one number",
    ("from_logits",): "None: derived from the last layer, in the end Keras' False",
    ("name",): "None: Keras' own",
}

RATE = {"initial_learning_rate": 0.1}
DECAY = {**RATE, "decay_steps": 10, "decay_rate": 0.5}
REQUIRED: dict[str, dict[str, Any]] = {
    "CosineDecay": {**RATE, "decay_steps": 10},
    "CosineDecayRestarts": {**RATE, "first_decay_steps": 10},
    "ExponentialDecay": DECAY,
    "InverseTimeDecay": DECAY,
    "PiecewiseConstantDecay": {"boundaries": [10, 20], "values": [0.3, 0.2, 0.1]},
    "PolynomialDecay": {**RATE, "decay_steps": 10},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}


def kind_of(type_: type[KerasComponent]) -> type[KerasComponent]:
    return next(kind for kind in KINDS if issubclass(type_, kind))


def keras_class(type_: type[KerasComponent]) -> Any:
    import keras

    return getattr(attrgetter(type_.keras_module)(keras), type_.__name__)


def keras_parameters(type_: type[KerasComponent]) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(keras_class(type_)).parameters
    open_ended = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {n: p for n, p in parameters.items() if p.kind not in open_ended}


def sample(type_: type[KerasComponent]) -> Any:
    arguments = REQUIRED.get(type_.key, {})
    return kind_of(type_).model_validate({type_.key: arguments})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_public_class_of_keras_is_offered_or_listed(
    kind: type[KerasComponent],
) -> None:
    import keras

    module = attrgetter(kind.keras_module)(keras)

    public = {
        value.__name__ for value in vars(module).values() if inspect.isclass(value)
    }

    offered = {type_.__name__ for type_ in kind.types.values()} - {"Accuracy"}
    assert offered | NOT_OFFERED[kind.kind].keys() == public
    assert not offered & NOT_OFFERED[kind.kind].keys()


@pytest.mark.parametrize("type_", TYPES)
def test_arguments_are_those_of_keras(type_: type[KerasComponent]) -> None:
    left_out = {
        *ARGUMENTS_NOT_OFFERED.get(kind_of(type_), {}),
        *ONE_CLASS.get(type_.key, {}),
    }
    fields = set(type_.model_fields)

    parameters = keras_parameters(type_).keys()

    assert parameters - left_out == fields


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_listed_argument_is_one_of_keras(kind: type[KerasComponent]) -> None:
    types = [type_ for type_ in kind.types.values() if type_.key != "accuracy"]

    parameters = {name for type_ in types for name in keras_parameters(type_)}

    assert ARGUMENTS_NOT_OFFERED.get(kind, {}).keys() <= parameters


@pytest.mark.parametrize("type_", TYPES)
def test_defaults_are_those_of_keras(type_: type[KerasComponent]) -> None:
    parameters = keras_parameters(type_)

    for name, field in type_.model_fields.items():
        if (type_.key, name) in OTHER_DEFAULTS or (name,) in OTHER_DEFAULTS:
            continue
        if field.is_required():
            assert parameters[name].default is inspect.Parameter.empty
        else:
            assert field.default == parameters[name].default


@pytest.mark.parametrize("type_", TYPES)
def test_a_component_builds_an_object_of_its_keras_class(
    type_: type[KerasComponent],
) -> None:
    component = sample(type_)

    built = component.build()

    assert type(built) is keras_class(type_)


@pytest.mark.parametrize("type_", WITH_CONFIG)
def test_arguments_reach_keras(type_: type[KerasComponent]) -> None:
    component = sample(type_)

    config = component.build().get_config()

    for name, value in component.keras_arguments().items():
        if name in config:
            assert config[name] == pytest.approx(value) or config[name] == [value]


@pytest.mark.parametrize("type_", TYPES)
def test_a_written_component_reads_back_as_itself(type_: type[KerasComponent]) -> None:
    component = sample(type_)

    written = component.model_dump()

    assert kind_of(type_).model_validate(written) == component


BROKEN_IN_KERAS = {"constant"}
"""Texts that Keras knows, but fails on for want of arguments that have defaults."""
ALIASES = [
    pytest.param(type_, alias, id=f"{kind.kind}-{alias}")
    for kind in KINDS
    for key, type_ in kind.types.items()
    for alias in type_.aliases
    if key != "accuracy" and key not in REQUIRED and alias not in BROKEN_IN_KERAS
]


@pytest.mark.parametrize(("type_", "alias"), ALIASES)
def test_an_alias_means_the_same_to_keras(
    type_: type[KerasComponent], alias: str
) -> None:
    import keras

    built = kind_of(type_).model_validate(alias).build()

    found = attrgetter(type_.keras_module)(keras).get(alias)

    assert (
        found is built.fn if inspect.isfunction(found) else type(found) is type(built)
    )


@pytest.mark.parametrize("kind", WITH_TEXTS, ids=lambda kind: kind.kind)
def test_every_text_of_keras_is_an_alias(kind: type[KerasComponent]) -> None:
    module = import_module(f"keras.src.{kind.keras_module}")
    offered = {type_.__name__ for type_ in kind.types.values()}

    texts = {
        text
        for text, value in module.ALL_OBJECTS_DICT.items()
        if value.__name__ in offered
    }

    assert texts <= kind.types.names.keys()
