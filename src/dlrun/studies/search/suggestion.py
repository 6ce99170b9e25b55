"""The settings of the next trial, and what they follow from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dlrun.experiment.search import Chosen
    from dlrun.studies.search.trial import SearchTrials


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The settings of a trial."""

    chosen: Chosen
    knew: tuple[int, ...] | None = None
    """The trials whose ends they follow from; `None`: from none."""


class Sampler(Protocol):
    """Chooses settings; what it answers follows from its arguments alone."""

    def suggest(self, number: int, trials: SearchTrials) -> Suggestion:
        """The settings of a trial.

        Args:
            number: Of the trial, from 1.
            trials: All that were made before it, and what came of them so far.
        """
