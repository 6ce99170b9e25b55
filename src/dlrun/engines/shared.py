"""Runs of one architecture in one process share a model and its traced functions.

Tracing and compiling take longer than many a small training. Runs that differ in seed,
learning rate, epochs or rows have the same graph: the second takes the model of the
first, after every variable has been set to what it would be in a model of its own.
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
"""The engine, the model and the units of the last run, by what its graph depends on."""


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
        engine, shared, others = _kept[key]
        engine.adopt(model)
        for name, own in others.items():
            own.take(units[name])
        return engine, shared
    _kept.clear()  # one is enough for seeds and learning rates, and memory is dear
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
