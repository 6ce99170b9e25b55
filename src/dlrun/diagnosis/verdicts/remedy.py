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


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the run, its config and its data show beside the verdict."""

    rate_over_usual: float
    """The highest learning rate over the optimizer's default."""
    strongest_dropout: float
    """The highest rate of a dropout layer; 0: there is none."""
    narrowest_width: float
    """The units or filters of the narrowest hidden layer; infinite without any."""
    is_unscaled: bool
    """The features are large, or far from each other in size."""
    has_large_labels: bool
    """The targets are far from 0, or far from each other."""
    remarks: tuple[str, ...] = ()
    """The names of the diagnosis' remarks."""
    has_rare_categories: bool = False
    """Many of the numbers of a row are categories that few train rows have."""

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
JOINED = Remedy(("join_rare",), lambda signs: signs.has_rare_categories)
"""Categories whose weights are learned of next to nothing."""
SMALL_TARGETS = Remedy(("scale_targets",), lambda signs: signs.has_large_labels)
"""Numbers that usual learning rates cannot reach."""
TELLING_WEAK = (
    "scale_inputs",
    "scale_targets",
    "longer",
    "learning_rate_triple",
    "learning_rate_third",
    "unregularised",
    "wider",
)
"""The references that tell why too little is learned: a verdict of either kind."""
ODD_STARTS = ("scaled_init", "zero_bias")
"""They apply only to initial weights and biases that nobody recommends."""
