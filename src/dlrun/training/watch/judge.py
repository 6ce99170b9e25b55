"""What the curves and probes of a run say while it trains, and whether it goes on.

A judgement is a function of the history and the probes, made after epochs that are
chosen by their number: a run that is stopped and resumed ends where one would that was
not. It grows with the history, so the longer that is, the fewer are made.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.diagnosis import diagnose, diagnose_run, find_verdict
from dlrun.diagnosis.evidence import FEWEST_EPOCHS
from dlrun.diagnosis.recording import whole_of
from dlrun.diagnosis.run import facts_at_end
from dlrun.errors import DlrunError
from dlrun.training.watch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.data import Array
    from dlrun.diagnosis import Finding
    from dlrun.runs import Metrics, RunFolder, State
    from dlrun.training.result import HistoryRow, Result

OF_FAULT = ", as fit.stop_on says"
"""How the reason ends for which a fault has stopped a run."""
_PER_DOUBLING = 8
"""A history of twice the length is judged so many times more."""
_CONFIRMED = 3
"""A fault stands, and may end a run, when so many judgements in a row have found it."""


class Judge(Watch):
    """Tells what goes wrong in a run, and ends it where `fit.stop_on` says so."""

    def __init__(
        self,
        probing: Watch,
        folder: RunFolder,
        facts: Mapping[str, object],
        stop_on: Sequence[str],
    ) -> None:
        """Get ready.

        Args:
            probing: looks into the model.
            folder: has the probes.
            facts: what is known beside curves and probes.
            stop_on: the faults that end the run, as the config names them.
        """
        self._probing = probing
        self._folder = folder
        self._facts = facts
        self._stop_on = stop_on
        self._found: dict[int, list[Finding]] = {}
        """The newest judgements, by the epochs after which they were made."""
        self._verdict = self._words = ""

    @override
    def look(self, epoch: int, weights: list[Array], result: Result) -> None:
        self._probing.look(epoch, weights, result)

    @override
    def end(self, result: Result) -> None:
        self._probing.end(result)

    @override
    def judge(self, result: Result) -> str:
        epoch = len(result.history)
        if is_judged(epoch):
            standing = self._standing(result, epoch)
            self._name(standing[0] if standing else None)
            stopping = next(filter(self._stops, standing), None)
            if stopping is not None:
                result.stop_reason = f"{words(stopping)}{OF_FAULT}"
        return self._words

    def conclude(self, result: Result, metrics: Metrics) -> str:
        """What is still said of a run that has ended, judged as a whole.

        What looked wrong on the way may have passed, or be explained by something else.
        """
        if self._verdict:
            known = {**self._facts, **facts_at_end(metrics)}
            found = self._diagnosed(result.history, self._probes(), known)
            if self._verdict not in {finding.verdict for finding in found}:
                self._name(None)
        return self._words

    def _name(self, finding: Finding | None) -> None:
        """Keep the epoch since when a fault is said to be there, as long as it stands.

        An onset moves by an epoch or two with each new value: that is no news.
        """
        name = "" if finding is None else finding.verdict
        if name != self._verdict:
            self._words = "" if finding is None else words(finding)
        self._verdict = name

    def _stops(self, finding: Finding) -> bool:
        return finding.verdict.lower() in self._stop_on

    def _probes(self) -> list[dict[str, object]]:
        """Every probe so far; tables that somebody damaged stop no training."""
        with suppress(DlrunError):
            return self._folder.probes()
        return []

    def _standing(self, result: Result, epoch: int) -> list[Finding]:
        """The faults that the newest judgements agree on, the cause first.

        A short run shows too little to tell causes from what follows from them.
        """
        if epoch < FEWEST_EPOCHS:
            return []
        past = [*islice(filter(is_judged, range(epoch, 0, -1)), _CONFIRMED)]
        self._found = {one: self._findings(result, one) for one in past}
        agreed = set.intersection(
            *({finding.verdict for finding in found} for found in self._found.values())
        )
        newest, first = self._found[past[0]], self._found[past[-1]]
        since = {finding.verdict: finding for finding in first}
        return [
            finding if _has_onset(finding) else since[finding.verdict]
            for finding in newest
            if finding.verdict in agreed
        ]

    def _findings(self, result: Result, epoch: int) -> list[Finding]:
        """What is wrong after an epoch, as far as it can be told before the end."""
        if epoch in self._found:
            return self._found[epoch]
        rows = result.history[:epoch]
        last = int(rows[-1]["epoch"])
        seen = [probe for probe in self._probes() if _epoch(probe) <= last]
        newest = max(map(_epoch, seen), default=0)
        is_old = 2 * newest <= last
        return [
            finding
            for finding in self._diagnosed(rows, seen, self._facts)
            if _may_be_said(finding.verdict, is_old_probe=is_old)
        ]

    @staticmethod
    def _diagnosed(
        rows: Sequence[HistoryRow],
        probes: Sequence[Mapping[str, object]],
        facts: Mapping[str, object],
    ) -> Sequence[Finding]:
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        with suppress(DlrunError):  # Nothing that can be judged stops no training.
            return diagnose(columns, probes, facts).findings
        return ()


def _epoch(probe: Mapping[str, object]) -> int:
    return whole_of(probe.get("epoch")) or 0


def _has_onset(finding: Finding) -> bool:
    verdict = find_verdict(finding.verdict)
    return verdict is not None and verdict.has_onset


def _may_be_said(name: str, *, is_old_probe: bool) -> bool:
    """Whether a verdict may be given before the end, if it may stop a run at all."""
    verdict = find_verdict(name)
    if verdict is None or (verdict.is_of_newest_probe and is_old_probe):
        return False
    return verdict.may_stop


def is_judged(epoch: int) -> bool:
    """Whether a run is judged after an epoch: each of the first, then ever fewer."""
    return epoch % (1 << max(0, (epoch // _PER_DOUBLING).bit_length() - 1)) == 0


def words(finding: Finding) -> str:
    """A fault in a few words: `overfitting since epoch 9`."""
    name = finding.verdict.lower().replace("_", " ")
    return name if finding.epoch is None else f"{name} since epoch {finding.epoch}"


def write_diagnosis(folder: RunFolder, state: State) -> None:
    """Keep what can be said of a run that has ended, in whatever state."""
    with suppress(DlrunError):  # There is no epoch to judge, or the disk refuses.
        folder.write_diagnosis(diagnose_run(folder, state).to_record())
