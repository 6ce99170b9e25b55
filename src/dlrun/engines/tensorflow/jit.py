"""Whether XLA compiles the steps: a rule on what the config fixes.

It knows neither epochs nor a clock, so that a run that goes on keeps its bits. The
figures behind it are in `docs/decisions/0008-when-xla.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.engines.engine import Jit

if TYPE_CHECKING:
    from dlrun.experiment import Experiment

_STEPS = 200
"""Steps per epoch from which compiling pays within some twenty epochs."""
_STEPS_OF_HEAVY = 100
"""The same where a step is heavier, and gains more."""
_HEAVY_PARAMETERS = 100_000


def decide_jit(experiment: Experiment, num_rows: int, device: str) -> Jit:
    """Decide on XLA for the steps of a run.

    Args:
        experiment: whose layers and `fit.jit` count.
        num_rows: train rows.
        device: `cpu`, or another kind, where nothing was measured.
    """
    fit, recurrent = experiment.spec.fit, _is_recurrent(experiment)
    if fit.jit != "auto":
        is_on = fit.jit == "on"
        reason = f"the config says jit: {fit.jit}"
        return Jit(is_on, reason, evaluation=is_on and recurrent)
    against = _against(experiment, device)
    if against is not None:
        return Jit(on=False, reason=against)
    # A smaller last batch is never compiled.
    steps, needed = num_rows // fit.batch_size, _needed(experiment)
    words = f"{steps:,} whole batches per epoch"
    if steps < needed:
        return Jit(on=False, reason=f"{words}, compiling pays from {needed}")
    reason = f"{words}, nothing that XLA slows down"
    return Jit(on=True, reason=reason, evaluation=recurrent)


def _against(experiment: Experiment, device: str) -> str | None:
    """What rules XLA out, however many steps there are."""
    if device != "cpu":
        return f"not measured on a {device}"
    spec = experiment.spec
    if experiment.code is not None:
        return f"nobody knows whether XLA can compile {experiment.code.name}"
    for layer in (*spec.model.layers, *spec.data.augment_layers):
        verdict = layer.under_xla() if layer.enabled else "fast"
        if verdict == "impossible":
            return f"XLA cannot compile the training of {layer.key}"
        if verdict == "slow":
            return f"XLA slows {layer.key} down on a CPU"
    return None


def _needed(experiment: Experiment) -> int:
    """How many steps per epoch make up for compiling."""
    heavy = _is_recurrent(experiment) or experiment.parameters >= _HEAVY_PARAMETERS
    return _STEPS_OF_HEAVY if heavy else _STEPS


def _is_recurrent(experiment: Experiment) -> bool:
    """Whether a layer goes through time, where XLA gains in evaluation as well."""
    layers = [layer for layer in experiment.spec.model.layers if layer.enabled]
    return any(layer.under_xla() == "faster" for layer in layers)
