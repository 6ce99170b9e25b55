"""Whom the loop tells how far it is."""

from __future__ import annotations

from collections.abc import Mapping


class Progress:
    """Hears what happens in a run, and says nothing; a display derives from it."""

    def note(self, words: str) -> None:
        """Something about the run that is not asked for by most people."""

    def round(self, number: int, rounds: int, words: str) -> None:
        """A round of several starts, the next `begin` is its own; 0 is the baseline."""

    def begin(
        self, name: str, epochs: int, steps: int, monitor: str = "", unit: str = ""
    ) -> None:
        """A run starts: `steps` per epoch; its monitor is what people watch.

        The unit is that of losses, where it is not that of the file.
        """

    def step(self, epoch: int, step: int, running: Mapping[str, float]) -> None:
        """So many steps are done; `running` is Keras' running loss and metrics."""

    def remark(self, words: str) -> None:
        """What goes wrong in the run so far; empty: nothing.

        Said before `epoch`, and again when the run has been judged as a whole.
        """

    def epoch(self, row: Mapping[str, object]) -> None:
        """An epoch is over; `row` is its row of the history."""

    def kept(self) -> None:
        """What is on the disk now is enough to go on from the last epoch."""

    def end(self) -> None:
        """The run is over, however it went."""
