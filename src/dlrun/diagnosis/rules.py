"""The table of rules, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dlrun.diagnosis import verdict as words
from dlrun.diagnosis.case import Case
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.fit_rules import noisy_validation, overfitting, validation_better
from dlrun.diagnosis.gradient_rules import constant, dying, exploding, vanishing
from dlrun.diagnosis.training_rules import (
    crushed,
    diverged,
    oscillating,
    slow,
    thrown,
    underfitting,
)
from dlrun.diagnosis.verdict import Finding

MIN_EPOCHS = 5
"""Fewer epochs are too short to judge a fit."""
_SHORT = 20
_TRUST_SHORT = 0.8
_TRUST_NOISY = 0.7


@dataclass(frozen=True, slots=True)
class Rule:
    """A verdict, how it is reached, and which later ones it explains."""

    verdict: str
    cases: Callable[[Evidence], Iterator[Case]]
    suppresses: frozenset[str] = frozenset()
    is_early: bool = False
    """It may be asked before there are five epochs."""
    is_noisy: bool = False
    """Too few validation rows make it less certain."""


_WEAK = frozenset({words.SLOW_CONVERGENCE, words.UNDERFITTING})

RULES = (
    Rule(
        words.DIVERGED,
        diverged,
        _WEAK
        | {
            words.VANISHING_GRADIENT,
            words.CONSTANT_PREDICTION,
            words.OSCILLATING_LOSS,
        },
        is_early=True,
    ),
    Rule(
        words.UNDERFITTING,
        crushed,
        _WEAK
        | {
            words.EXPLODING_GRADIENT,
            words.DYING_RELU,
            words.VANISHING_GRADIENT,
            words.CONSTANT_PREDICTION,
        },
    ),
    Rule(words.EXPLODING_GRADIENT, exploding, is_early=True),
    Rule(
        words.DYING_RELU,
        dying,
        _WEAK | {words.VANISHING_GRADIENT, words.CONSTANT_PREDICTION},
        is_early=True,
    ),
    Rule(
        words.OSCILLATING_LOSS,
        thrown,
        _WEAK
        | {
            words.VANISHING_GRADIENT,
            words.CONSTANT_PREDICTION,
            words.OSCILLATING_LOSS,
        },
    ),
    Rule(
        words.VANISHING_GRADIENT,
        vanishing,
        _WEAK | {words.CONSTANT_PREDICTION, words.OSCILLATING_LOSS},
        is_early=True,
    ),
    Rule(
        words.CONSTANT_PREDICTION,
        constant,
        _WEAK | {words.OVERFITTING},
        is_early=True,
    ),
    Rule(words.OSCILLATING_LOSS, oscillating),
    Rule(words.VALIDATION_BETTER, validation_better, is_noisy=True),
    Rule(words.OVERFITTING, overfitting, is_noisy=True),
    Rule(words.SLOW_CONVERGENCE, slow, frozenset({words.UNDERFITTING})),
    Rule(words.UNDERFITTING, underfitting),
)
"""In the order of their verdicts: a cause before what follows from it."""

NOISE = Rule(words.NOISY_VALIDATION, noisy_validation)
"""The modifier: a verdict only where there is no other."""


def apply_rules(evidence: Evidence, *, is_noisy: bool) -> tuple[list[Finding], float]:
    """Ask every rule that may be asked.

    Args:
        evidence: What the recording shows.
        is_noisy: There are too few validation rows to be certain.

    Returns:
        What was found, and how far the nearest rule was from firing where none did, as
        a margin in powers of two.
    """
    suppressed: set[str] = set()
    findings: list[Finding] = []
    nearest = float("inf")
    for rule in RULES:
        if rule.verdict in suppressed or not _is_asked(rule, evidence):
            continue
        cases = list(rule.cases(evidence))
        made = [case for case in cases if case.holds]
        nearest = min([nearest, *(-case.margin for case in cases)])
        if made:
            case = max(made, key=lambda case: case.margin)
            findings.append(_finding(rule, case, evidence, is_noisy=is_noisy))
            suppressed |= rule.suppresses
    return findings, max(0.0, nearest)


def find(rule: Rule, evidence: Evidence) -> Finding | None:
    """What one rule finds, whatever the others say."""
    made = [case for case in rule.cases(evidence) if case.holds]
    if not made or evidence.num_epochs < MIN_EPOCHS:
        return None
    strongest = max(made, key=lambda case: case.margin)
    return _finding(rule, strongest, evidence, is_noisy=False)


def trust(margin: float, evidence: Evidence, *, is_noisy: bool) -> float:
    """The confidence in a verdict whose weakest condition has this margin.

    From 0.5 at the threshold to 1 at twice its value; less with few validation rows
    or fewer than 20 epochs. What is certain, such as a NaN, stays so.
    """
    sure = 0.5 + 0.5 * min(1.0, max(0.0, margin))
    if is_noisy:
        sure *= _TRUST_NOISY
    return sure * _TRUST_SHORT if evidence.num_epochs < _SHORT else sure


def _is_asked(rule: Rule, evidence: Evidence) -> bool:
    return rule.is_early or evidence.num_epochs >= MIN_EPOCHS


def _finding(rule: Rule, case: Case, evidence: Evidence, *, is_noisy: bool) -> Finding:
    confidence = (
        trust(case.margin, evidence, is_noisy=is_noisy and rule.is_noisy)
        if case.conditions
        else 1.0
    )
    return Finding(
        rule.verdict, case.epoch, confidence, case.evidence(), case.describe()
    )
