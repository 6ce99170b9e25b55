"""The verdicts, a module each, in the order in which they are asked."""

from __future__ import annotations

from dlrun.diagnosis.verdicts.below_baseline import BELOW_BASELINE, below_on_easier_rows
from dlrun.diagnosis.verdicts.constant_prediction import CONSTANT_PREDICTION
from dlrun.diagnosis.verdicts.diverged import DIVERGED
from dlrun.diagnosis.verdicts.dying_relu import DYING_RELU
from dlrun.diagnosis.verdicts.exploding_gradient import EXPLODING_GRADIENT
from dlrun.diagnosis.verdicts.generalization_gap import GENERALIZATION_GAP
from dlrun.diagnosis.verdicts.good_fit import GOOD_FIT
from dlrun.diagnosis.verdicts.noisy_validation import NOISY_VALIDATION
from dlrun.diagnosis.verdicts.not_judged import NOT_JUDGED
from dlrun.diagnosis.verdicts.oscillating_loss import OSCILLATING_LOSS, thrown
from dlrun.diagnosis.verdicts.overfitting import OVERFITTING
from dlrun.diagnosis.verdicts.slow_convergence import SLOW_CONVERGENCE, hindered
from dlrun.diagnosis.verdicts.too_short import TOO_SHORT
from dlrun.diagnosis.verdicts.underfitting import UNDERFITTING, crushed
from dlrun.diagnosis.verdicts.validation_better import VALIDATION_BETTER
from dlrun.diagnosis.verdicts.vanishing_gradient import VANISHING_GRADIENT
from dlrun.diagnosis.verdicts.verdict import Asked, Verdict

_WEAK = (SLOW_CONVERGENCE, UNDERFITTING)
_DULL = (VANISHING_GRADIENT, CONSTANT_PREDICTION, *_WEAK)

_APART = (OVERFITTING, GENERALIZATION_GAP)
_THROWN = (EXPLODING_GRADIENT, DYING_RELU, OSCILLATING_LOSS, *_DULL, *_APART)

ORDER: tuple[Asked, ...] = (
    Asked(DIVERGED, explains=(*_DULL, OSCILLATING_LOSS)),
    Asked(UNDERFITTING, (*_DULL, *_APART, EXPLODING_GRADIENT, DYING_RELU), crushed),
    Asked(SLOW_CONVERGENCE, _THROWN, hindered),
    Asked(EXPLODING_GRADIENT),
    Asked(DYING_RELU, explains=_DULL),
    Asked(OSCILLATING_LOSS, (*_DULL, OSCILLATING_LOSS), thrown),
    Asked(VANISHING_GRADIENT, explains=(CONSTANT_PREDICTION, OSCILLATING_LOSS, *_WEAK)),
    Asked(CONSTANT_PREDICTION, explains=(*_APART, *_WEAK)),
    Asked(OSCILLATING_LOSS),
    Asked(BELOW_BASELINE, rule=below_on_easier_rows),
    Asked(VALIDATION_BETTER),
    Asked(OVERFITTING, explains=(GENERALIZATION_GAP, *_WEAK)),
    Asked(SLOW_CONVERGENCE, explains=(UNDERFITTING,)),
    Asked(UNDERFITTING),
    Asked(BELOW_BASELINE),
    Asked(GENERALIZATION_GAP),
    Asked(TOO_SHORT),
    Asked(NOT_JUDGED),
    Asked(NOISY_VALIDATION),
    Asked(GOOD_FIT),
)
"""A cause before what follows from it; then what is said where nothing is wrong.

Four verdicts are asked twice, for what makes them a cause of others and at their own
place. What explains what stands here, since no verdict knows the others.
"""


def all_verdicts() -> tuple[Verdict, ...]:
    """Every verdict once, in the order in which it is first asked."""
    return tuple({asked.verdict.name: asked.verdict for asked in ORDER}.values())


def find_verdict(name: str | None) -> Verdict | None:
    """The verdict of a name; None for one that this version does not know."""
    named = (asked.verdict for asked in ORDER if asked.verdict.name == name)
    return next(named, None)


def tag_of(name: str) -> str:
    """The short word for a verdict; of one that is not known, its name."""
    verdict = find_verdict(name)
    return name.lower() if verdict is None else verdict.tag


def stopping_names() -> tuple[str, ...]:
    """What `fit.stop_on` may name: the faults that can be given before the end."""
    return tuple(
        sorted(verdict.name.lower() for verdict in all_verdicts() if verdict.may_stop)
    )
