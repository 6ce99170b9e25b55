"""The settings of the next trial, and what they follow from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dlrun.experiment.search import Chosen
    from dlrun.studies.search.pause import Known
    from dlrun.studies.search.trial import SearchTrials


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The settings of a trial."""

    chosen: Chosen
    knew: tuple[int, ...] | None = None
    """The trials whose ends they follow from; `None`: from none."""
    knew_rungs: Mapping[int, int] = field(default_factory=dict)
    """Those of which it knew what they had come to after an epoch, and that epoch."""


class Sampler(Protocol):
    """Chooses settings; what it answers follows from its arguments alone."""

    def suggest(self, number: int, trials: SearchTrials) -> Suggestion:
        """The settings of a trial.

        Args:
            number: Of the trial, from 1.
            trials: All that were made before it, and what came of them so far.
        """


def marks_of(known: Mapping[int, Known]) -> tuple[tuple[int, ...], dict[int, int]]:
    """What a suggestion knew: the trials at their ends, and the epochs of others."""
    ended = tuple(sorted(number for number, one in known.items() if one.rung is None))
    pausing = {
        number: one.rung for number, one in known.items() if one.rung is not None
    }
    return ended, pausing


def seed_of(seed: int, number: int) -> int:
    """A seed for a trial, of 32 bits."""
    digest = hashlib.sha256(f"{seed}:{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big")
