"""Why a run cannot have learned: too few rows and steps for features of that size."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dlrun.diagnosis.facts import LARGE_FEATURES, read_facts
from dlrun.diagnosis.recording import number_of, whole_of

_FEW_ROWS = 50
_FEW_STEPS = 200
"""Adam moves a weight by at most its rate in a step (Kingma and Ba, 2015): so few small
steps leave a model near its initial weights. Both limits are ours."""


def scarcity(
    facts: Mapping[str, object], epochs: int | None, train_loss: float | None
) -> str:
    """Say why a model that has learned nothing had little to learn from.

    Args:
        facts: What is known of the run, as `diagnose` takes it.
        epochs: How many were trained.
        train_loss: At the best epoch.

    Returns:
        A sentence; empty where rows or steps are many, features are scaled, or the
        loss is below that of a constant prediction.
    """
    rows, size = whole_of(facts.get("n_train")), number_of(facts.get("feature_size"))
    batch, level = whole_of(facts.get("batch_size")), read_facts(facts, False)
    if not rows or not size or not batch or not epochs or train_loss is None:
        return ""
    steps = epochs * math.ceil(rows / batch)
    is_large = size >= LARGE_FEATURES
    if rows > _FEW_ROWS or steps > _FEW_STEPS or not is_large:
        return ""
    if level.constant_loss is None or train_loss < level.constant_loss:
        return ""
    return (
        f"It has learned nothing yet, and could hardly: {rows} train rows, {steps} "
        f"steps and features as large as {size:.3g} that nothing scales are too little."
    )
