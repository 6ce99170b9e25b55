"""Whether XLA compiles the train steps: a rule on what the config fixes.

It knows neither epochs nor a clock, so that a run that goes on keeps its bits. The
figures behind it are in `docs/decisions/0008-when-xla.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlrun.spec import Experiment

_STEPS = 200
"""Steps per epoch from which compiling pays within some twenty epochs."""
_STEPS_OF_HEAVY = 100
"""The same where a step is heavier, and gains more."""
_HEAVY_PARAMETERS = 100_000


@dataclass(frozen=True, slots=True)
class Jit:
    """The decision, and why."""

    on: bool
    reason: str

    @property
    def word(self) -> str:
        """`on` or `off`, as the config says it."""
        return "on" if self.on else "off"


def decide_jit(experiment: Experiment, num_rows: int, device: str) -> Jit:
    """Decide on XLA for the train steps of a run.

    Args:
        experiment: whose layers and `fit.jit` count.
        num_rows: train rows.
        device: `cpu`, or another kind, where nothing was measured.
    """
    fit = experiment.spec.fit
    if fit.jit != "auto":
        return Jit(fit.jit == "on", f"the config says jit: {fit.jit}")
    against = _against(experiment, device)
    if against is not None:
        return Jit(on=False, reason=against)
    # A smaller last batch is never compiled.
    steps, needed = num_rows // fit.batch_size, _needed(experiment)
    words = f"{steps:,} whole batches per epoch"
    if steps < needed:
        return Jit(on=False, reason=f"{words}, compiling pays from {needed}")
    return Jit(on=True, reason=f"{words}, nothing that XLA slows down")


def _against(experiment: Experiment, device: str) -> str | None:
    """What rules XLA out, however many steps there are."""
    if device != "cpu":
        return f"not measured on a {device}"
    spec = experiment.spec
    for layer in (*spec.model.layers, *spec.data.augment):
        verdict = layer.under_xla() if layer.enabled else "fast"
        if verdict == "impossible":
            return f"XLA cannot compile the training of {layer.key}"
        if verdict == "slow":
            return f"XLA slows {layer.key} down on a CPU"
    return None


def _needed(experiment: Experiment) -> int:
    """How many steps per epoch make up for compiling."""
    layers = [layer for layer in experiment.spec.model.layers if layer.enabled]
    recurrent = any(layer.under_xla() == "faster" for layer in layers)
    heavy = recurrent or experiment.parameters >= _HEAVY_PARAMETERS
    return _STEPS_OF_HEAVY if heavy else _STEPS
