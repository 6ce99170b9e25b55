"""A run that can begin: what is trained, on which rows, into which folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.experiment.bounds import UNBOUND, Bounds

if TYPE_CHECKING:
    from dlrun.experiment import Experiment, ExperimentSpec
    from dlrun.progress import Progress
    from dlrun.rows import Parts
    from dlrun.runs import RunFolder


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """All that a training needs, and what it leaves its results in."""

    experiment: Experiment
    """The validated config."""
    parts: Parts
    """Its rows, scaled and encoded."""
    folder: RunFolder
    progress: Progress
    """Hears how far it is."""
    bounds: Bounds = UNBOUND
    """Where it ends before the last epoch."""

    @property
    def spec(self) -> ExperimentSpec:
        """The sections of the config."""
        return self.experiment.spec
