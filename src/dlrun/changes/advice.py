"""From a diagnosis to what to change: at most three changes, the best bet first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlrun.changes.change import Change, Values, value_at
from dlrun.changes.changes import find_change
from dlrun.changes.fit_changes import SHORTEST_PATIENCE, highest_rate, usual_rate
from dlrun.changes.layers import DROPOUTS, read_layers
from dlrun.diagnosis import verdict as words
from dlrun.diagnosis.recording import number_of
from dlrun.diagnosis.verdict import Diagnosis, Finding

MOST = 3
_LONGEST_NAME = 100
_STRONG_DROPOUT = 0.6
_LARGE_LABELS = 100.0
"""The variance from which numbers as labels are large: a deviation of ten."""
_LARGE_FEATURES = 3.0
"""The root mean square from which features are unscaled: scaled ones have 1 or less."""
_FAR = 10
"""So many times the usual learning rate is a likely cause of whatever breaks down."""
_NARROW = 4
"""Units of a hidden layer that is likely too narrow."""
_BROKEN = frozenset(
    {
        words.CONSTANT_PREDICTION,
        words.DIVERGED,
        words.DYING_RELU,
        words.EXPLODING_GRADIENT,
        words.OSCILLATING_LOSS,
        words.VANISHING_GRADIENT,
    }
)

_ODD_STARTS = ("scaled_init", "zero_bias")
"""They apply only to initial weights and biases that nobody recommends."""
TABLE: Mapping[str, tuple[str, ...]] = {
    words.OVERFITTING: (
        *("more_data", "augmentation", "dropout_up", "l2_up", "less_complexity"),
        *("early_stop", "label_smoothing"),
    ),
    words.UNDERFITTING: (
        *("more_complexity", "dropout_down", "l2_down", "relu", "train_longer"),
        *("less_augmentation", "scale_inputs", "adam", "learning_rate_triple"),
    ),
    words.VANISHING_GRADIENT: (
        *("scaled_init", "relu", "lstm", "he_init", "batch_norm", "gru"),
        *("leaky_relu", "scale_inputs"),
    ),
    words.EXPLODING_GRADIENT: (
        *_ODD_STARTS,
        *("clip", "learning_rate_down", "scale_inputs", "batch_norm", "lstm"),
    ),
    words.DYING_RELU: (
        *("zero_bias", "scaled_init", "learning_rate_down", "he_init"),
        *("leaky_relu", "batch_norm", "scale_inputs"),
    ),
    words.OSCILLATING_LOSS: (
        *("learning_rate_down", "plateau", "larger_batch", "less_momentum"),
        *("adam", "clip", "scale_inputs"),
    ),
    words.SLOW_CONVERGENCE: (
        *("train_longer", "learning_rate_triple", "adam", "scale_inputs"),
        *("scaled_init", "he_init"),
    ),
    words.DIVERGED: ("learning_rate_down", "clip", *_ODD_STARTS, "scale_inputs"),
    words.VALIDATION_BETTER: (
        *("seeded_split", "larger_validation", "dropout_down", "less_augmentation"),
    ),
    words.NOISY_VALIDATION: ("seeded_split", "larger_validation"),
    words.CONSTANT_PREDICTION: (
        *("class_weight", "scaled_init", "zero_bias", "learning_rate_down"),
        *("scale_inputs", "batch_norm", "relu"),
    ),
}
"""What helps against each verdict, the best bet first; what does not apply is left
out. Source: the repair orders of AUTOTRAINER (Zhang et al., 2021) and the Deep Learning
Tuning Playbook (Godbole et al., 2023)."""


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

    def to_values(self) -> dict[str, Any]:
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
    found: dict[str, Advice] = {}
    for finding in diagnosis.findings:
        for name in _candidates(finding, diagnosis, config, facts or {}):
            made = None if name in found else find_change(name, config, facts)
            if made is not None and accepts(made):
                evidence = _evidence(finding, made, config, facts or {})
                found[name] = Advice(finding.verdict, name, evidence, made)
            if len(found) == MOST:
                return tuple(found.values())
    return tuple(found.values())


def _candidates(
    finding: Finding, diagnosis: Diagnosis, config: Values, facts: Values
) -> Sequence[str]:
    """The names of the changes against one finding, the best bet first."""
    names = TABLE.get(finding.verdict, ())
    first = list(_first(finding, diagnosis, config, facts))
    return [*first, *(name for name in names if name not in first)]


def _first(
    finding: Finding, diagnosis: Diagnosis, config: Values, facts: Values
) -> Iterator[str]:
    """What the config or the evidence itself points at."""
    ratio = highest_rate(config) / usual_rate(config)
    verdict = finding.verdict
    yield from _too_large(verdict, ratio, facts)
    if verdict == words.OVERFITTING:
        yield from _against_overfitting(diagnosis)
    elif verdict == words.UNDERFITTING:
        yield from _restrictions(diagnosis, config)
    elif verdict == words.SLOW_CONVERGENCE and ratio <= 1 / _FAR:
        yield "learning_rate_up"
    elif verdict == words.OSCILLATING_LOSS and ratio <= 1:
        yield "learning_rate_third"
    elif verdict == words.DIVERGED:
        yield from _against_divergence(ratio, facts)
    elif verdict == words.DYING_RELU and _narrowest(config) <= _NARROW:
        # A layer of so few units dies as a whole.
        yield from ("zero_bias", "more_complexity")


def _too_large(verdict: str, ratio: float, facts: Values) -> Iterator[str]:
    """The learning rate, or the features."""
    if verdict in _BROKEN and ratio >= _FAR:
        yield "learning_rate_down"
    if "scale_inputs" in TABLE.get(verdict, ()) and _size(facts) > _LARGE_FEATURES:
        yield "scale_inputs"


def _against_overfitting(diagnosis: Diagnosis) -> Iterator[str]:
    if words.LOSS_ONLY in diagnosis.remarks:
        # Too sure of itself, but no less right: fewer weights are not the cure.
        yield from ("more_data", "label_smoothing", "early_stop", "l2_up")
    elif (diagnosis.best_epoch or 0) > SHORTEST_PATIENCE and 2 * (
        diagnosis.wasted_epochs or 0
    ) > diagnosis.epochs:
        # More than half of the epochs came after the best one, which came not so soon
        # that patience would outlast all that is good.
        yield from ("more_data", "augmentation", "early_stop")


def _against_divergence(ratio: float, facts: Values) -> Iterator[str]:
    if (number_of(facts.get("label_variance")) or 0) > _LARGE_LABELS:
        # The steps of a plain optimizer grow with the labels, those of Adam do not.
        yield "adam"
    if ratio <= 1:
        # The rate is a usual one, so what it meets is more likely at fault.
        yield from (*_ODD_STARTS, "scale_inputs")


def _restrictions(diagnosis: Diagnosis, config: Values) -> Iterator[str]:
    """What holds a model back that does not even fit its train rows."""
    if words.OVER_REGULARISED in diagnosis.remarks:
        yield "l2_down"
    rates = [
        layer.argument("rate")
        for layer in read_layers(config).all
        if layer.kind in DROPOUTS and layer.enabled
    ]
    if max(rates, default=0) >= _STRONG_DROPOUT:
        yield "dropout_down"


def _narrowest(config: Values) -> float:
    return min((layer.width for layer in read_layers(config).hidden), default=math.inf)


def _size(facts: Values) -> float:
    return number_of(facts.get("feature_size")) or 0.0


def _evidence(
    finding: Finding, made: Change, config: Values, facts: Values
) -> tuple[str, ...]:
    """What fired, and the value of the config that the change would replace."""
    about = {
        "more_data": f"Only {value_at(config, 'data', 'split', 'train')} of all rows "
        "train.",
        "train_longer": f"It trained for {value_at(config, 'fit', 'epochs')} epochs.",
        "scale_inputs": "Nothing scales the features.",
    }
    if size := _size(facts):
        about["scale_inputs"] += f" Their root mean square is {size:.3g}."
    rate, usual = highest_rate(config), usual_rate(config)
    if made.name.startswith("learning_rate") and (
        rate > usual if "up" not in made.name else rate < usual
    ):
        about[made.name] = f"The learning rate is {rate:g}; {usual:g} is usual."
    own = about.get(made.name)
    return (finding.sentence, *([own] if own else []))
