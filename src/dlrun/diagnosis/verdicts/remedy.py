"""What helps against a verdict: names of changes, and the signs that speak for them.

The table follows the repair orders of AUTOTRAINER (Zhang et al., 2021) and the Deep
Learning Tuning Playbook (Godbole et al., 2023). What a change does to a config, and
whether it applies, is known to `dlrun.changes` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_FAR = 10
"""So many times the usual learning rate is a likely cause of whatever breaks down."""
LARGE_FEATURES = 3.0
"""The root mean square from which features are unscaled: scaled ones have 1 or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the run, its config and its data show beside the verdict."""

    rate_over_usual: float
    """The highest learning rate over the optimizer's default."""
    strongest_dropout: float
    """The highest rate of a dropout layer; 0: there is none."""
    narrowest_width: float
    """The units or filters of the narrowest hidden layer; infinite without any."""
    feature_size: float
    """The root mean square of the features; 0: not known."""
    label_variance: float
    """0: not known, or the labels are classes."""
    shortest_patience: int
    """The epochs for which an early stop waits, at least."""
    remarks: tuple[str, ...] = ()
    """The names of the diagnosis' remarks."""
    best_epoch: int = 0
    """Counted from 1; 0: not known."""
    wasted_epochs: int = 0
    """Epochs after the best one."""
    epochs: int = 0

    @property
    def is_too_fast(self) -> bool:
        """The learning rate is a likely cause of whatever breaks down."""
        return self.rate_over_usual >= _FAR

    @property
    def is_too_slow(self) -> bool:
        """The learning rate is far below the usual one."""
        return self.rate_over_usual <= 1 / _FAR

    @property
    def is_usual_rate(self) -> bool:
        """The learning rate is no larger than usual: something else is at fault."""
        return self.rate_over_usual <= 1

    @property
    def is_unscaled(self) -> bool:
        """The features are large."""
        return self.feature_size > LARGE_FEATURES


@dataclass(frozen=True, slots=True)
class Remedy:
    """Changes of a config, the best bet first."""

    changes: tuple[str, ...]
    """Their names in `dlrun.changes`; what does not apply to a config is left out."""
    where: Callable[[Signs], bool] = lambda _: True
    """The signs that make them a bet at all."""


SLOWER = Remedy(("learning_rate_down",), lambda signs: signs.is_too_fast)
"""Against whatever breaks down: the learning rate first, where it is far too large."""
SCALED = Remedy(("scale_inputs",), lambda signs: signs.is_unscaled)
"""Large features before anything else."""
TELLING_WEAK = (
    "scale_inputs",
    "longer",
    "learning_rate_triple",
    "learning_rate_third",
    "unregularised",
    "wider",
)
"""The references that tell why too little is learned: a verdict of either kind."""
ODD_STARTS = ("scaled_init", "zero_bias")
"""They apply only to initial weights and biases that nobody recommends."""
