"""From what references gained to a finding: does the suspicion hold, or what does?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dlrun.diagnosis.verdicts.diverged import DIVERGED
from dlrun.diagnosis.verdicts.good_fit import GOOD_FIT
from dlrun.estimates import Difference, adjust, difference
from dlrun.runs import RecordedFinding, RecordedReference, RowGain
from dlrun.studies.references import REFERENCES
from dlrun.writing import number

if TYPE_CHECKING:
    from dlrun.runs import Standing

_MATTERS = 0.1
"""A gain below this share of what the run loses does not matter (ours)."""
_MATTERS_OF_CONSTANT = 0.02
"""Nor does one below this share of what a constant prediction loses (ours)."""
_RISE = 0.05
"""The rise that is called overfitting: that of the rule (Prechelt, 1998)."""
_RISE_OF_CONSTANT = 0.01
_EASIER = 0.3
"""Validation rows on which so much less is lost are no fair sample: as in the rule."""
_FEWEST_ROWS = 2
_OVER = frozenset({"finished", "diverged"})
"""How references end that say something; to break down is no gain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A reference that was trained, and what it loses on each validation row."""

    name: str
    sentence: str
    run: str | None
    state: str
    rows: Sequence[float] | None = None
    """A figure per validation row, in their order; None: it has no model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """The losses per validation row before and after what may have done harm."""

    saved: Sequence[float]
    """With the weights that the run has saved."""
    at_end: Sequence[float]
    """After its last epoch."""
    constant: float | None = None
    """The loss of the best constant prediction; None: not known."""

    @property
    def level(self) -> float:
        """The mean loss with the saved weights."""
        return sum(self.saved) / len(self.saved)

    @property
    def gain(self) -> RowGain:
        """How much more is lost at the end."""
        return _row_gain(_paired(self.at_end, self.saved))

    @property
    def is_shown(self) -> bool:
        """Whether it is what the rule calls a rise, beyond the choice of rows."""
        shares = (_RISE, _RISE_OF_CONSTANT)
        return _is_shown(self.gain, _share(self.level, self.constant, shares))

    def to_text(self) -> str:
        """`After the last epoch the loss is 17 % above that of the saved weights`."""
        share = 100 * self.gain.mean / abs(self.level) if self.level else math.inf
        words = f"After the last epoch the validation loss is {share:.0f} % above that "
        return words + "of the saved weights, more than the choice of rows explains"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspected:
    """A run that is under a suspicion, and what it loses on each row."""

    suspicion: str
    """The verdict of its diagnosis."""
    figure: str
    """`val_loss`, or `val_error`."""
    rows: Sequence[float] | None
    """Per validation row, with the weights it has saved; None: it has no model."""
    rise: Rise | None = None
    """None: not asked for, or the last weights are gone or were put back."""
    train: Sequence[float] | None = None
    """Per train row, with the weights it has saved; None: not asked for."""
    constant: float | None = None
    """What the best constant prediction loses; None: not known."""
    known: Sequence[bool] | None = None
    """Of each validation row, whether it is a train row, too; None: not asked for."""
    untold: str = ""
    """Why no gain would tell; empty: one does."""
    repeated: Sequence[bool] | None = None
    """Of each train row, whether it stands elsewhere, too; None: none does."""
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Case:
    """A run and its references, once the gains are known."""

    run: Suspected
    trials: Sequence[Trial]
    references: Sequence[RecordedReference]
    value: float | None
    is_easier: bool
    matters: float

    @property
    def helping(self) -> list[RecordedReference]:
        return [reference for reference in self.references if reference.helps]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What some trainings gained over a run, by row."""

    references: tuple[RecordedReference, ...]
    rows: int
    """So many validation rows were compared."""
    matters: float
    """A gain below it does not matter."""


def _finite(rows: Sequence[float] | None) -> Sequence[float] | None:
    """Losses that can be compared; None: one of them is no number."""
    return rows if rows and all(map(math.isfinite, rows)) else None


def weigh(run: Suspected, trials: Sequence[Trial]) -> Weighed:
    """Measure what each training gains by row; the intervals hold for all at once.

    Args:
        run: What the others are held against.
        trials: The trainings.
    """
    base = _finite(run.rows)
    if base is None and run.constant is not None:
        count = next((len(trial.rows) for trial in trials if trial.rows), 0)
        base = [run.constant] * count
    matters = _share(_mean(base), run.constant, (_MATTERS, _MATTERS_OF_CONSTANT))
    gains = _gains(base, trials)
    references = tuple(_reference(trial, gains, matters) for trial in trials)
    return Weighed(references, len(base or ()), matters)


def conclude(run: Suspected, trials: Sequence[Trial]) -> RecordedFinding:
    """Say whether a suspicion holds, what is at fault, or that nothing helps.

    Args:
        run: What is suspected, and what it loses by row.
        trials: Its references, the simplest explanation first.
    """
    weighed = weigh(run, trials)
    case = _Case(
        run=run,
        trials=trials,
        references=weighed.references,
        value=_mean(_finite(run.rows)),
        is_easier=_is_easier(run),
        matters=weighed.matters,
    )
    return replace(
        _finding(case, None, "open", run.untold) if run.untold else _verdict(case),
        figure=run.figure,
        rows=weighed.rows,
        value=case.value,
        matters=weighed.matters,
        rise=None if run.rise is None else run.rise.gain,
        references=weighed.references,
        left_out=dict(run.left_out),
    )


def _share(
    value: float | None, constant: float | None, shares: tuple[float, float]
) -> float:
    return max(shares[0] * abs(value or 0.0), shares[1] * (constant or 0.0))


def _mean(rows: Sequence[float] | None) -> float | None:
    return sum(rows) / len(rows) if rows else None


def _gains(base: Sequence[float] | None, trials: Sequence[Trial]) -> dict[str, RowGain]:
    """What each reference gains by row; the intervals hold for all of them at once."""
    compared = {trial.name: _finite(trial.rows) for trial in trials}
    changes = {
        name: _paired(base, rows)
        for name, rows in compared.items()
        if base and rows and len(base) == len(rows)
    }
    adjusted = adjust([*changes.values()], highest_is_best=True)
    return {
        name: _row_gain(change) for name, change in zip(changes, adjusted, strict=True)
    }


def _paired(worse: Sequence[float], better: Sequence[float]) -> Difference:
    """How much less is lost on the same rows."""
    lost, less = dict(enumerate(worse)), dict(enumerate(better))
    return difference(less, lost, highest_is_best=True)


def _row_gain(change: Difference) -> RowGain:
    return RowGain(change.mean, change.low, change.high)


def _reference(
    trial: Trial, gains: Mapping[str, RowGain], matters: float
) -> RecordedReference:
    gain = gains.get(trial.name)
    return RecordedReference(
        name=trial.name,
        sentence=trial.sentence,
        run=trial.run,
        state=trial.state,
        value=_mean(_finite(trial.rows)),
        gain=gain,
        helps=gain is not None and _is_shown(gain, matters),
    )


def _is_shown(gain: RowGain, least: float) -> bool:
    return gain.low is not None and gain.low > 0 and gain.mean >= least


def _is_easier(run: Suspected) -> bool:
    """Whether less is lost on validation rows than on train rows, beyond chance."""
    rows, train = run.rows, run.train
    if rows is None or train is None or min(len(rows), len(train)) < _FEWEST_ROWS:
        return False
    lost = {-1 - index: value for index, value in enumerate(train)}
    # No row is shared, so the two samples are compared as they come.
    change = difference(dict(enumerate(rows)), lost, highest_is_best=True)
    return _is_shown(_row_gain(change), _EASIER * abs(_mean(train) or 0.0))


def _flattery(run: Suspected) -> RowGain | None:
    """How much less is lost at most, because train rows are validation rows as well.

    On these the model may do as well as on train rows, where on others it would not;
    None: there are none, or nothing else to hold them against.
    """
    rows, train, known = run.rows, run.train, run.known
    if rows is None or train is None or known is None or not any(known):
        return None
    others = [row for row, seen in zip(rows, known, strict=True) if not seen]
    # What stands there twice is easy; others are held against their like.
    again = run.repeated or [False] * len(train)
    once = [row for row, twice in zip(train, again, strict=True) if not twice]
    if min(len(others), len(once)) < _FEWEST_ROWS:
        return None
    lost = {-1 - index: value for index, value in enumerate(once)}
    gap = _row_gain(difference(lost, dict(enumerate(others)), highest_is_best=True))
    share = sum(known) / len(known)
    low, high = (None if end is None else share * end for end in (gap.low, gap.high))
    return RowGain(share * gap.mean, low, high)


def _flattery_text(case: _Case, flattery: RowGain) -> str:
    known = case.run.known or ()
    words = f"{sum(known):,} of {len(known):,} validation rows are train rows as well, "
    words += f"which flatters {case.run.figure} by up to "
    if flattery.high is None:
        return f"{words}{number(flattery.mean)}."
    return (
        f"{words}{number(flattery.mean)} [{number(flattery.low)}, "
        f"{number(flattery.high)}]."
    )


def _verdict(case: _Case) -> RecordedFinding:
    """The verdict that follows, and why."""
    suspicion = case.run.suspicion
    if case.is_easier:
        sentence = "Less is lost on the validation rows than on the train rows, by "
        sentence += "more than the choice of rows explains: they are easier, or known."
        return _finding(case, suspicion, "confirmed", sentence)
    flattery = _flattery(case.run)
    if flattery is not None and _is_shown(flattery, case.matters):
        return _finding(case, suspicion, "confirmed", _flattery_text(case, flattery))
    rise = case.run.rise
    if rise is not None and rise.is_shown:
        return _risen(case, rise)
    if case.helping:
        return _caused(case, _decisive(case))
    return _without_gain(case)


def _without_gain(case: _Case) -> RecordedFinding:
    """No reference is shown to help; some suspicions stand without."""
    suspicion = case.run.suspicion
    if suspicion == DIVERGED.name and case.run.rows is None:
        sentence = "It broke down, and no reference is shown to learn more than a "
        sentence += "constant prediction."
        return _finding(case, suspicion, "confirmed", sentence)
    flattery = _flattery(case.run)
    if flattery is not None and (flattery.high or 0.0) >= case.matters:
        return _finding(case, None, "open", _flattery_text(case, flattery))
    return _nothing_helps(case)


def _finding(
    case: _Case,
    verdict: str | None,
    standing: Standing,
    sentence: str,
    cause: str | None = None,
) -> RecordedFinding:
    return RecordedFinding(
        suspicion=case.run.suspicion,
        verdict=verdict,
        standing=standing,
        cause=cause,
        sentence=sentence,
    )


def _shows(case: _Case, reference: RecordedReference) -> str:
    return REFERENCES[reference.name].verdict(case.run.suspicion)


def _decisive(case: _Case) -> RecordedReference:
    """The simplest explanation that no other beats by as much as matters."""
    rows = {trial.name: trial.rows or () for trial in case.trials}
    for first in case.helping:
        others = [item for item in case.helping if item is not first]
        least = _share(first.value, case.run.constant, (_MATTERS, _MATTERS_OF_CONSTANT))
        beaten = adjust(
            [_paired(rows[first.name], rows[other.name]) for other in others],
            highest_is_best=True,
        )
        if not any(_is_shown(_row_gain(change), least) for change in beaten):
            return first
    return max(case.helping, key=lambda item: item.gain.mean if item.gain else 0.0)


def _caused(case: _Case, reference: RecordedReference) -> RecordedFinding:
    verdict = _shows(case, reference)
    standing: Standing = "confirmed" if verdict == case.run.suspicion else "changed"
    cause = REFERENCES[reference.name].cause
    sentence = f"{_gain_text(case, reference)}: {cause}."
    return _finding(case, verdict, standing, sentence, reference.name)


def _gain_text(case: _Case, reference: RecordedReference) -> str:
    """`With 20 -> 80 epochs, val_loss falls by 42 % (0.61 to 0.35)`."""
    before = "a constant prediction's" if case.value is None else number(case.value)
    words = f"With {reference.sentence}, {case.run.figure} falls "
    if case.value and reference.gain:
        words += f"by {100 * reference.gain.mean / abs(case.value):.0f} % "
    return f"{words}({before} to {number(reference.value)})"


def _risen(case: _Case, rise: Rise) -> RecordedFinding:
    """It overfits, whether a reference cures it or not."""
    suspicion = case.run.suspicion
    cure = next(
        (item for item in case.helping if _shows(case, item) == suspicion), None
    )
    if cure is None:
        sentence = f"{rise.to_text()}; no reference does better than these."
        return _finding(case, suspicion, "confirmed", sentence)
    sentence = f"{rise.to_text()}. {_gain_text(case, cure)}: "
    sentence += f"{REFERENCES[cure.name].cause}."
    return _finding(case, suspicion, "confirmed", sentence, cure.name)


def _nothing_helps(case: _Case) -> RecordedFinding:
    """No reference is shown to help: is there room, or are the data the limit?"""
    gains = {item.name: item.gain for item in case.references if item.gain is not None}
    if not gains:
        return _finding(case, None, "open", "No reference could be measured.")
    none = f"None of {len(gains)} references helps"
    if len(gains) == 1:
        none = f"The reference, {next(iter(gains))}, does not help"
    missing = [item.name for item in case.references if item.state not in _OVER]
    if missing:
        sentence = f"{none}, but {', '.join(missing)} could not be measured."
        return _finding(case, GOOD_FIT.name, "not shown", sentence)
    highs = [gain.high for gain in gains.values() if gain.high is not None]
    room = max(highs, default=math.inf)
    if room < case.matters:
        sentence = f"{none}, and there is no room for a gain that matters "
        sentence += f"({number(case.matters)}): the data are the limit."
        is_good = case.run.suspicion == GOOD_FIT.name
        standing: Standing = "confirmed" if is_good else "refuted"
        return _finding(case, GOOD_FIT.name, standing, sentence)
    sentence = f"{none} beyond doubt; {len(case.run.rows or ()):,} validation rows "
    share = f" ({100 * room / abs(case.value):.0f} %)" if case.value else ""
    sentence += f"leave room for a gain of up to {number(room)}{share}."
    return _finding(case, GOOD_FIT.name, "not shown", sentence)
