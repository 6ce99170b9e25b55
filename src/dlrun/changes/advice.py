"""From a diagnosis to what to change: at most three changes, the best bet first."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from dlrun.changes.change import Change, Values
from dlrun.changes.changes import CHANGES
from dlrun.changes.layers import DROPOUTS
from dlrun.changes.setup import Setup
from dlrun.diagnosis import Diagnosis, Finding, find_verdict
from dlrun.diagnosis.facts import read_facts
from dlrun.diagnosis.verdicts.remedy import Signs

MOST = 3
_LONGEST_NAME = 100
_OPPOSED = (
    (
        {"learning_rate_third", "learning_rate_down"},
        {"learning_rate_triple", "learning_rate_up"},
    ),
    ({"more_complexity", "deeper"}, {"less_complexity"}),
    ({"dropout_up"}, {"dropout_down"}),
    ({"l2_up"}, {"l2_down"}),
    ({"augmentation"}, {"less_augmentation"}),
    ({"train_longer"}, {"early_stop"}),
)
"""Changes that nobody would advise at once: the one against the cause stays."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One change to try, and why."""

    verdict: str
    """What it is against."""
    category: str
    """The name of the change, such as `dropout_up`."""
    evidence: tuple[str, ...]
    """What was seen in the run, and what the config says about it: sentences."""
    change: Change

    def run_name(self, name: str) -> str:
        """What a run with the change is called, for the name of the config."""
        ending = self.category.replace("_", "-")
        return f"{name[: _LONGEST_NAME - len(ending) - 1]}-{ending}"

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        return {
            "verdict": self.verdict,
            "category": self.category,
            "evidence": list(self.evidence),
            "sentence": self.change.sentence,
            "overrides": list(self.change.patch),
        }


def advise(
    diagnosis: Diagnosis,
    config: Values,
    facts: Values | None = None,
    accepts: Callable[[Change], bool] = lambda _: True,
) -> tuple[Advice, ...]:
    """At most three changes against what was found; none where nothing is wrong.

    Args:
        diagnosis: What a run showed.
        config: Its resolved config.
        facts: What is known of its data, as `diagnose` takes it.
        accepts: Whether a change is possible for whoever asks.
    """
    setup = Setup(config, facts or {}, diagnosis.epochs)
    signs = _signs(diagnosis, setup)
    advices: dict[str, Advice] = {}
    for finding in diagnosis.findings:
        for name in _candidates(finding, signs):
            is_out = name in advices or _is_opposed(name, advices)
            change = None if is_out else CHANGES[name](setup)
            if change is not None and accepts(change):
                own = (change.because,) if change.because else ()
                evidence = tuple(dict.fromkeys((finding.sentence, *own)))
                advices[name] = Advice(finding.verdict, name, evidence, change)
            if len(advices) == MOST:
                return tuple(advices.values())
    return tuple(advices.values())


def _is_opposed(name: str, others: Collection[str]) -> bool:
    """Whether a change undoes one that is advised already."""
    return any(
        name in undoing and not done.isdisjoint(others)
        for pair in _OPPOSED
        for undoing, done in (pair, pair[::-1])
    )


def _candidates(finding: Finding, signs: Signs) -> Iterator[str]:
    """The names of the changes against one finding, the best bet first."""
    verdict = find_verdict(finding.verdict)
    for remedy in verdict.remedies if verdict else ():
        if remedy.where(signs):
            yield from remedy.changes


def _signs(diagnosis: Diagnosis, setup: Setup) -> Signs:
    dropouts = [layer for layer in setup.layers.all if layer.kind in DROPOUTS]
    rates = [layer.number("rate") for layer in dropouts if layer.enabled]
    widths = [layer.width for layer in setup.layers.hidden]
    facts = read_facts(setup.facts, has_accuracy=False)
    return Signs(
        rate_over_usual=setup.highest_rate / setup.usual_rate,
        strongest_dropout=max(rates, default=0.0),
        narrowest_width=min(widths, default=math.inf),
        is_unscaled=facts.is_unscaled,
        has_large_labels=setup.has_large_labels,
        remarks=diagnosis.remarks,
        has_rare_categories=bool(facts.rare_categories),
    )
