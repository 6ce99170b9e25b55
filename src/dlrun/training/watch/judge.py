"""What the curves and probes of a run say while it trains, and whether it goes on.

A judgement is a function of the history and the probes, made after epochs that are
chosen by their number: a run that is stopped and resumed ends where one would that was
not. It grows with the history, so the longer that is, the fewer are made.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.diagnosis import diagnose, diagnose_run, find_verdict
from dlrun.diagnosis.recording import whole_of
from dlrun.errors import DlrunError
from dlrun.training.watch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.data import Array
    from dlrun.diagnosis import Finding
    from dlrun.runs import RunFolder
    from dlrun.training.result import Result

_PER_DOUBLING = 8
"""A history of twice the length is judged so many times more."""
_CONFIRMED = 3
"""A run stops when so many judgements in a row find a fault."""


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
        if not is_judged(epoch):
            return self._words
        probes = self._probes()
        findings = self._findings(result, probes, epoch)
        self._name(findings[0] if findings else None)
        stopping = next(filter(self._stops, findings), None)
        if stopping is not None and self._is_confirmed(stopping, result, probes, epoch):
            result.stop_reason = f"{words(stopping)}, as fit.stop_on says"
        return self._words

    def _name(self, finding: Finding | None) -> None:
        """Keep the epoch in which a fault was first seen, unless it has an onset."""
        name = "" if finding is None else finding.verdict
        verdict = find_verdict(name)
        has_onset = verdict is not None and verdict.has_onset
        if finding is None or name != self._verdict or has_onset:
            self._words = "" if finding is None else words(finding)
        self._verdict = name

    def _stops(self, finding: Finding) -> bool:
        return finding.verdict.lower() in self._stop_on

    def _probes(self) -> list[dict[str, object]]:
        """Every probe so far; tables that somebody damaged stop no training."""
        with suppress(DlrunError):
            return self._folder.probes()
        return []

    def _is_confirmed(
        self,
        finding: Finding,
        result: Result,
        probes: Sequence[Mapping[str, object]],
        epoch: int,
    ) -> bool:
        """Whether the judgements before this one would have found the same."""
        before = [past for past in range(1, epoch) if is_judged(past)]
        return all(
            finding.verdict
            in {earlier.verdict for earlier in self._findings(result, probes, past)}
            for past in before[1 - _CONFIRMED :]
        )

    def _findings(
        self, result: Result, probes: Sequence[Mapping[str, object]], epoch: int
    ) -> list[Finding]:
        """What is wrong after an epoch, as far as it can be told before the end."""
        rows = result.history[:epoch]
        last = int(rows[-1]["epoch"])
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        seen = [probe for probe in probes if _epoch(probe) <= last]
        newest = max(map(_epoch, seen), default=0)
        is_old = 2 * newest <= last
        with suppress(DlrunError):  # Nothing that can be judged stops no training.
            return [
                finding
                for finding in diagnose(columns, seen, self._facts).findings
                if _may_be_said(finding.verdict, is_old_probe=is_old)
            ]
        return []


def _epoch(probe: Mapping[str, object]) -> int:
    return whole_of(probe.get("epoch")) or 0


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


def write_diagnosis(folder: RunFolder) -> None:
    """Keep what can be said of a run that has ended, however it did."""
    with suppress(DlrunError):  # There is no epoch to judge, or the disk refuses.
        folder.write_diagnosis(diagnose_run(folder).to_record())
