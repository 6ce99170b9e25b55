"""Lines of a search that are damaged or gone, made again.

What a trial was given follows from its number and from the lines above, as it did when
it was made; its run, where it has one, must be of that config. What came of it is in
its run: without such a line it counts as unfinished, and is concluded again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from dlrun.errors import Problem, RunError
from dlrun.runs import Journal, LineError, SearchFolder
from dlrun.studies.membership import has_config
from dlrun.studies.plan import config_key
from dlrun.studies.search.end import End
from dlrun.studies.search.making import TrialMaker
from dlrun.studies.search.trial import SearchTrials
from dlrun.writing import command_line, listing

_Line: TypeAlias = "Mapping[str, object] | None"
"""`None`: it is damaged."""
_FEW = 2
"""More trials in a row are told by the first and the last."""

if TYPE_CHECKING:
    from pathlib import Path

    from dlrun.studies.search.plan import SearchPlan, TrialMember


def mend(plan: SearchPlan, folder: SearchFolder) -> list[Problem]:
    """Make the lines of a search again that cannot be used, if there are any.

    Returns:
        What was done; empty: nothing had to be.

    Raises:
        RunError: Others train its trials now, or a trial cannot be made again.
        SpecError: The data of the config have gone.
    """
    try:
        _read(plan, folder)
    except LineError as error:
        damage = error
    else:
        return []
    with folder.alone():
        if folder.has_worker():
            hint = "others train its trials now: end them first, then the same command"
            raise RunError(damage.message, hint=hint) from damage
        journal = Journal(folder)
        mended = _Mending(plan, folder, _in_order(journal.all_lines()))
        mended.work()
        kept = journal.rewrite(mended.entries)
    return [mended.told(damage, kept)]


def require_own_trials(plan: SearchPlan, folder: SearchFolder) -> None:
    """Refuse a plan for trials that were made by another: theirs has gone.

    Raises:
        RunError: The first or the last of them would have another config.
        SpecError: The data of the config have gone.
    """
    trials = SearchTrials(folder, plan.space)
    with suppress(LineError):  # What is damaged is made again, by this plan.
        trials.refresh()
    made = [one for one in trials.by_number.values() if one.config_sha256]
    maker = TrialMaker(plan)
    for one in [*made[:1], *made[-1:]]:
        found = maker.member_of(one)
        if isinstance(found, End) or _has_other_key(found, one.config_sha256):
            message = (
                f"{folder.path} has no plan, and trial {one.number} of it was made "
            )
            hint = "go on with the config that it was; or give this one a name of its "
            hint += f"own: -s name={plan.name}-2"
            raise RunError(f"{message}from another config", hint=hint)


def _has_other_key(member: TrialMember, key: str) -> bool:
    """Whether a config is not the one of a hash."""
    return config_key(member.experiment.spec.values()) != key


def _read(plan: SearchPlan, folder: SearchFolder) -> None:
    """Read all lines.

    Raises:
        LineError: One cannot be used, or the last ones are gone.
    """
    there = _numbers(plan, folder)  # Before its line no trial has a folder.
    trials = SearchTrials(folder, plan.space)
    trials.refresh()
    missing = [one for one in there if one not in trials.by_number]
    if missing:
        raise Journal(folder).damage(f"it says nothing of trial {missing[0]}")


def _numbers(plan: SearchPlan, folder: SearchFolder) -> list[int]:
    """The trials that have folders of runs."""
    most = plan.trials
    return [one for one in folder.numbers() if most is None or one <= most]


def _is_first(line: _Line) -> bool:
    """Whether it says what a trial was given."""
    return line is not None and "chosen" in line


def _number(line: _Line) -> int:
    """Of its trial; 0: it is damaged."""
    return 0 if line is None else int(str(line["trial"]))


def _in_order(lines: Sequence[_Line]) -> list[_Line]:
    """The lines without first ones whose numbers do not grow: they are damaged."""
    firsts = [place for place, line in enumerate(lines) if _is_first(line)]
    numbers = [_number(lines[place]) for place in firsts]
    longest = _growing(numbers, most=len(lines))
    damaged = {*firsts} - {firsts[place] for place in longest}
    return [None if place in damaged else line for place, line in enumerate(lines)]


def _growing(numbers: Sequence[int], most: int) -> list[int]:
    """The places of the longest series of numbers that grow.

    Args:
        numbers: From 1 on, but for those that are damaged.
        most: Larger ones are damaged.
    """
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for place, number in enumerate(numbers):
        if not 1 <= number <= most:
            continue
        at = bisect_left(ends, number, key=numbers.__getitem__)
        before[place] = ends[at - 1] if at else None
        ends[at : at + 1] = [place]
    found: list[int] = []
    last = ends[-1] if ends else None
    while last is not None:
        found.append(last)
        last = before[last]
    return found[::-1]


@dataclass
class _Mending:
    """The lines as they become whole."""

    plan: SearchPlan
    folder: SearchFolder
    lines: Sequence[_Line]
    """`None`: it is damaged."""
    entries: list[Mapping[str, object]] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    """The trials whose first line was made again."""
    dropped: int = 0

    def work(self) -> None:
        """Go through all lines, and make those again that are missing.

        Raises:
            RunError: A trial cannot be made again.
        """
        self._trials = SearchTrials(self.folder, self.plan.space)
        self._maker = TrialMaker(self.plan)
        self._missing = self._missing_numbers()
        for line in self.lines:
            self._make_up_to(_number(line) - _is_first(line))
            if line is not None and self._is_taken(line):
                continue
            self.dropped += 1
            if self._missing[:1] == [len(self._trials.by_number) + 1]:
                self._make_again()  # It must have been this one.
        self._make_up_to(max(self._missing, default=0))

    def _missing_numbers(self) -> list[int]:
        """The trials that have been made, and have no line that says so."""
        there = {_number(line) for line in self.lines if _is_first(line)}
        last = max([*there, *_numbers(self.plan, self.folder)], default=0)
        return [one for one in range(1, last + 1) if one not in there]

    def _make_up_to(self, number: int) -> None:
        while self._missing and self._missing[0] <= number:
            self._make_again()

    def _make_again(self) -> None:
        """The next trial, from the lines above.

        Raises:
            RunError: Its run has other settings.
        """
        number = self._missing.pop(0)
        made = self._maker.make(number, self._trials)
        if made.member is not None:
            key = made.trial.config_sha256
            run = self.folder.run(number, self.plan.place(1))
            if run.exists and not has_config(run, made.member, key):
                message = (
                    f"the line of trial {number} cannot be made again: {run.path} "
                )
                message += "has other settings than follow from the lines above it"
                again = command_line("compare", self.folder.path)
                hint = f"the runs are whole: {again}; begin another search with "
                hint += (
                    f"-s name={self.plan.name}-2, and the best of these as its start"
                )
                raise RunError(message, hint=hint)
        at = self.entries[-1].get("at") if self.entries else None
        entry = self._trials.entry_of(made.trial)
        self._take(entry if at is None else {**entry, "at": at})
        self.made.append(number)

    def _is_taken(self, line: Mapping[str, object]) -> bool:
        """Whether a line fits what came before it."""
        try:
            self._take(line)
        except LineError:
            return False
        return True

    def _take(self, line: Mapping[str, object]) -> None:
        self._trials.take(line)
        self.entries.append(line)

    def told(self, damage: LineError, kept: Path) -> Problem:
        """What was done, for people."""
        message = damage.message
        if self.made:
            first, last = self.made[0], self.made[-1]
            names = listing(str(number) for number in self.made)
            if len(self.made) == last - first + 1 > _FEW:
                names = f"{first} to {last}"
            which = f"trial{'s' * (len(self.made) > 1)} {names}"
            message += f"; what {which} had was made again from the lines above"
            runs = [run for one in self.made for run in self.folder.runs_of(one)]
            if runs:
                message += f", as in {listing(str(run.path) for run in runs)}"
        others = self.dropped - len(self.made)
        if others > 0:
            message += (
                f"; {others} line{'s' * (others > 1)} left out, of which the runs "
            )
            message += "say the same"
        hint = f"nothing is to be done; what was there is in {kept}"
        return Problem((), message, code="damaged-line", hint=hint, severity="warning")
