"""Units of a ReLU layer give 0 for every sample."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.remedy import SCALED, SLOWER, Remedy, Signs
from dlrun.diagnosis.verdicts.verdict import Verdict

_NARROW = 4
"""Units of a hidden layer that is likely too narrow."""


def dying(evidence: Evidence) -> Iterator[Case]:
    """Most ReLU units of a layer are 0 for every sample of the probe."""
    measured = [probe for probe in evidence.probes if probe.dead_shares]
    last = measured[-1] if measured else None
    if last is None:
        return
    share = max(last.dead_shares)
    layer = last.dead_shares.index(share) + 1
    names = last.dead_layers
    name = names[layer - 1] if len(names) == len(last.dead_shares) else ""
    safe = name.replace("{", "{{").replace("}", "}}")
    where = f"`{safe}`" if name else "ReLU layer {relu_layer:.0f}"
    text = f"{{dead_share:.0%}} of the units of {where} give 0 for every sample "
    text += "{when}."
    more = {"relu_layer": layer}
    dead = (Condition("dead_share", share, 0.9), *evidence.learned_little)
    yield Case(dead, text, last.epoch, more)
    if evidence.poor:
        dead = (Condition("dead_share", share, 0.7), *evidence.poor)
        yield Case(dead, text, last.epoch, more)


def _is_narrow(signs: Signs) -> bool:
    """A layer of so few units dies as a whole."""
    return signs.narrowest_width <= _NARROW


DYING_RELU = Verdict(
    name="DYING_RELU",
    tag="dying-relu",
    meaning="Most ReLU units of a layer give 0 for every sample, so nothing is "
    "learned through them any more.",
    rule=dying,
    is_early=True,
    is_of_newest_probe=True,
    remedies=(
        SLOWER,
        SCALED,
        Remedy(("zero_bias", "more_complexity"), _is_narrow),
        Remedy(("zero_bias", "scaled_init", "learning_rate_down", "he_init")),
        Remedy(("leaky_relu", "batch_norm", "scale_inputs")),
    ),
    references=(
        "scale_inputs",
        "scale_targets",
        "leaky_relu",
        "learning_rate_third",
        "longer",
    ),
)
