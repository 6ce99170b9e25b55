"""Next to no gradient reaches the first layer."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.recording import Snapshot
from dlrun.diagnosis.verdicts.remedy import SCALED, SLOWER, Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict


def vanishing(evidence: Evidence) -> Iterator[Case]:
    """In most early probes, next to no gradient reaches the first layer."""
    early = evidence.probes[: (len(evidence.probes) + 1) // 2]
    if not early or not evidence.poor:
        return
    gone = [probe for probe in early if _is_vanished(probe)]
    seen = gone[-1] if gone else early[-1]
    yield Case(
        (Condition("share_of_probes", len(gone) / len(early), 0.5), *evidence.poor),
        "The gradient of the first layer is {first_to_last_gradient:.2g} times that "
        "of the last {when}, and as small as {first_gradient:.2g}.",
        seen.epoch,
        {
            "first_to_last_gradient": seen.first_to_last or 0.0,
            "first_gradient": seen.ends[0] or 0.0,
        },
    )


def _is_vanished(probe: Snapshot) -> bool:
    first, last = probe.ends
    if first is None or not last:
        return False
    return first < 1e-4 and first < 1e-3 * last  # noqa: PLR2004 - the rule's own numbers


VANISHING_GRADIENT = Verdict(
    name="VANISHING_GRADIENT",
    tag="vanishing",
    meaning="Almost no gradient reaches the first layer, so the first layers do not "
    "learn.",
    rule=vanishing,
    is_early=True,
    remedies=(
        SLOWER,
        SCALED,
        Remedy(("scaled_init", "relu", "lstm", "he_init", "batch_norm", "gru")),
        Remedy(("leaky_relu", "scale_inputs")),
    ),
    references=("relu", "batch_norm", "longer"),
)
