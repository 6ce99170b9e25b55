"""A search as its folder tells it: enough to read its trials, and nothing is trained.

The config is not validated again: its data may be elsewhere by now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from dlrun.experiment.search import Goal, Goals, SearchSpec, Space
from dlrun.studies.search.result import SearchResult
from dlrun.studies.search.trial import SearchTrials

if TYPE_CHECKING:
    from dlrun.runs import SearchFolder


@dataclass(frozen=True, slots=True)
class KeptSearch:
    """What a search was begun with."""

    name: str
    spec: SearchSpec
    """What the section says."""
    goals: Goals
    """What is searched for."""
    trials: int | None
    """How many settings are tried; `None`: nobody has said."""
    runs: int
    """How many runs a trial is."""
    folds: int
    """Into how many folds the rows of each trial are divided; 0: into none."""
    seed: int
    """That of the config."""

    @property
    def space(self) -> Space:
        """What is searched."""
        return self.spec.space

    @property
    def goal(self) -> Goal:
        """The goal, or the first of several."""
        return self.goals[0]

    @classmethod
    def of_folder(cls, folder: SearchFolder) -> KeptSearch:
        """Read it.

        Raises:
            RunError: The plan is damaged, or of another version.
        """
        values = folder.plan()
        config = values.mapping("config")
        try:
            spec = SearchSpec.model_validate(config.get("search"))
        except ValidationError as error:
            raise values.damage("config", "the config of a search") from error
        texts = values.texts("goals") or (values.text("goal") or "",)
        if not all(text.startswith(("max ", "min ")) for text in texts):
            raise values.damage("goal", "max or min of a column")
        return cls(
            folder.name,
            spec,
            Goals.read(texts),
            values.whole("trials"),
            values.whole("runs") or 1,
            values.whole("folds") or 0,
            int(str(config.get("seed") or 0)),
        )


def read_result(folder: SearchFolder) -> SearchResult:
    """All trials of a search so far, whoever trains them.

    Raises:
        RunError: The folder is damaged.
    """
    kept = KeptSearch.of_folder(folder)
    trials = SearchTrials(folder, kept.space)
    trials.refresh()
    return SearchResult.of(kept, trials)
