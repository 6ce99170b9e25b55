"""The type of a verdict: everything that dlrun knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from dlrun.diagnosis.case import Case
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.remedy import Remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a training may be called, when, in which words, and what helps."""

    name: str
    """As files and people read it: `DYING_RELU`; in a config in small letters."""
    tag: str
    """A short word, as tables show it."""
    meaning: str
    """What it means, in a plain sentence."""
    rule: Callable[[Evidence], Iterator[Case]]
    """The ways in which it can be reached; one that holds is enough."""
    standing: Literal["fault", "doubt", "fine"] = "fault"
    """A fault is found beside others. A doubt stands beside the faults as a modifier,
    and is the verdict where there are none. What is fine is a verdict alone."""
    colour: Literal["fine", "unknown", "warned", "broken"] = "warned"
    """The class of its tag on the page."""
    is_early: bool = False
    """It may be said before there are five epochs."""
    rests_on_validation: bool = False
    """Too few validation rows make it less certain."""
    has_onset: bool = False
    """Its epoch is the one since when it is so, which its tag names."""
    harms: bool = True
    """It is a fault. What does no harm is shown, but ends no run."""
    may_pass: bool = False
    """More epochs may cure it, so it is not said before the end."""
    is_of_newest_probe: bool = False
    """It is true of the weights that were probed last, and may be over since then."""
    remedies: tuple[Remedy, ...] = ()
    """What helps, the best bet first; what comes again is tried once."""
    references: tuple[str, ...] = ("longer", "wider")
    """The changes whose gains tell whether it holds, or what else does: the simplest
    explanation first, since of two that gain alike the first one is to blame."""

    @property
    def is_fine(self) -> bool:
        """Whether it reports no fault, nor a doubt."""
        return self.standing == "fine"

    @property
    def may_stop(self) -> bool:
        """Whether it can be given before the end, and `fit.stop_on` may name it."""
        return self.standing == "fault" and self.harms and not self.may_pass


@dataclass(frozen=True, slots=True)
class Asked:
    """A verdict at its place in the order, and the later ones that it explains."""

    verdict: Verdict
    explains: tuple[Verdict, ...] = ()
    """What follows from it, and is not reported beside it."""
    rule: Callable[[Evidence], Iterator[Case]] | None = None
    """The part of its rule that is asked here; None: all of it."""

    def cases(self, evidence: Evidence) -> Iterator[Case]:
        """The ways in which the verdict can be reached here."""
        return (self.rule or self.verdict.rule)(evidence)
