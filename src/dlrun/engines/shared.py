"""Runs of one architecture in one process share a model and its traced functions.

Tracing and compiling take longer than many a small training. Runs that differ in seed,
learning rate, epochs or rows have the same graph: the second takes the model of the
first, after every variable has been set to what it would be in a model of its own. A
search goes to and fro between graphs, so those of the last few small models are kept.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dlrun.engines.backend import current_backend
from dlrun.engines.model import build_augmentation, build_model, units_by_output

if TYPE_CHECKING:
    from collections.abc import Mapping

    import keras

    from dlrun.data import LabelScaler
    from dlrun.engines.engine import Engine
    from dlrun.engines.units import OutputUnits
    from dlrun.experiment import Experiment

_kept: dict[str, tuple[Engine, keras.Model, Mapping[str, OutputUnits]]] = {}
"""The engine, the model and the units of the last runs, by what a graph depends on;
what was used last stands last."""
_MOST_GRAPHS = 8
_MOST_PARAMETERS = 1_000_000
"""All that are kept have no more together, unless it is one alone."""


def build_engine(
    experiment: Experiment,
    *,
    jit: bool,
    jit_evaluation: bool = False,
    scalers: Mapping[str, LabelScaler] | None = None,
) -> tuple[Engine, keras.Model]:
    """The engine of a run, and its compiled `keras.Model` as the seed draws it.

    Args:
        experiment: whose model it is.
        jit: compile the train steps.
        jit_evaluation: compile what evaluates and predicts, too.
        scalers: of the outputs whose labels are scaled.

    Raises:
        BuildError: when Keras refuses a layer that the spec let through.
    """
    spec, key = experiment.spec, _key(experiment, jit, jit_evaluation)
    units = units_by_output(experiment, scalers or {})
    model = build_model(experiment, units)
    if key in _kept:
        engine, shared, others = _kept[key] = _kept.pop(key)
        engine.adopt(model)
        for name, own in others.items():
            own.take(units[name])
        return engine, shared
    _make_room(model)
    augmentation = build_augmentation(experiment)
    engine = current_backend().make_engine(
        model,
        batch_size=spec.fit.batch_size,
        augmentation=augmentation,
        jit=jit,
        jit_evaluation=jit_evaluation,
    )
    _kept[key] = engine, model, units
    return engine, model


def _make_room(model: keras.Model) -> None:
    """Let go of what was not used for the longest time: memory is dear."""
    sizes = {key: each.count_params() for key, (_, each, _) in _kept.items()}
    room = _MOST_PARAMETERS - model.count_params()
    for key in [*sizes]:
        if len(sizes) < _MOST_GRAPHS and sum(sizes.values()) <= room:
            return
        del sizes[key], _kept[key]


def _key(experiment: Experiment, *modes: bool) -> str:
    """What the graph depends on: all but the values of variables.

    A learning rate that is a number is a variable; one of a schedule is not.
    """
    spec = experiment.spec
    values = spec.values()
    for arguments in values["compile"]["optimizer"].values():
        if isinstance(arguments, dict) and isinstance(
            arguments.get("learning_rate"), (int, float)
        ):
            del arguments["learning_rate"]
    data = values["data"]
    parts = [values["model"], values["compile"], data.get("augment")]
    parts.append(data.get("scale_labels"))
    code = None if experiment.code is None else experiment.code.sha256
    return json.dumps(
        [code, spec.name, experiment.input_shapes, spec.fit.batch_size, *modes, *parts]
    )
