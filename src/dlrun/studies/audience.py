"""Whom the executor of a plan tells what happens, whichever process it happens in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from dlrun.errors import Problem
from dlrun.progress import Progress

Detail: TypeAlias = Literal["nothing", "the newest", "every epoch"]
"""How much of the progress of a run is wanted from another process."""


class Audience:
    """Hears how a plan gets on; this one says nothing."""

    is_verbose = False
    """Whether layers and sizes are wanted."""
    detail: Detail = "nothing"

    def joins(
        self, over: int, members: int, others: Sequence[str], *, resumed: bool
    ) -> None:
        """Work on a plan of several runs begins.

        Args:
            over: So many of its members need no training.
            members: All there are.
            others: The processes that train others of them.
            resumed: Whether it was begun before, and was not finished.
        """

    def begins(self, label: str, number: int, members: int) -> None:
        """A member is begun or gone on with: the `number`th of those to be trained."""

    def warns(self, problems: Sequence[Problem]) -> None:
        """What the rows of a member make doubtful."""

    def tells(self, sentence: str) -> None:
        """Something about the run of a member."""

    def progress(self, run: str) -> Progress:  # noqa: ARG002
        """Who hears how far a run is, by its name."""
        return Progress()
