"""Whom the loop lets look at a run while it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlrun.data import Array
    from dlrun.training.result import Result


class Watch:
    """Looks at a run while it trains, and changes nothing; this one does not look."""

    def look(self, epoch: int, weights: list[Array], result: Result) -> None:
        """An epoch has been trained; 0: training begins."""

    def judge(self, result: Result) -> str:  # noqa: ARG002
        """An epoch is over, its row is in the history: what goes wrong, if anything.

        A reason to stop is noted in the result.
        """
        return ""

    def end(self, result: Result) -> None:
        """Training has ended as planned; the model is still that of the last epoch."""
