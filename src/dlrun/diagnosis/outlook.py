"""Whether a curve still falls, and what that promises."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from dlrun.diagnosis.case import Condition
from dlrun.diagnosis.evidence import Evidence, Series

_WORTHWHILE = 0.1
"""The share of the loss from which a gain counts (ours)."""
_VISIBLE = 0.08
"""The same as a share of what a constant prediction loses (ours)."""
_LAST_QUARTER = math.log2(4 / 3)
"""The share of a doubling that the last quarter of the epochs is."""
_DOUBLINGS = 2


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a curve has gained by the last doubling of the epochs."""

    half: float
    """Its smoothed value after half of the epochs, and so on."""
    three_quarters: float
    end: float
    noise: float
    """What noise alone may seem to fall."""

    @property
    def half_fall(self) -> float:
        """What the second half of the epochs gained."""
        return self.half - self.end

    @property
    def gain(self) -> float:
        """What four times the epochs would gain.

        Losses fall by a power of the epochs: each doubling leaves the same share of the
        loss. Where the last quarter fell more slowly than that, so will what follows.
        Source: Hestness et al., 2017, for rows; that epochs are alike is ours.
        """
        if min(self.half, self.three_quarters, self.end) <= 0:
            return 0.0
        pace = math.log(self.half / self.end)
        late = math.log(self.three_quarters / self.end) / _LAST_QUARTER
        return self.end * (1 - math.exp(-_DOUBLINGS * max(0.0, min(pace, late))))

    @property
    def share(self) -> float:
        """The same as a share of the loss."""
        return self.gain / self.end if self.end > 0 else 0.0


def look_ahead(evidence: Evidence) -> Outlook | None:
    """The outlook of the validation loss, or of the train loss without one."""
    validation, train = evidence.validation, evidence.train
    if not evidence.has_ratios or evidence.is_short or train is None:
        return None
    if validation is None:
        return _outlook(train, 0.0)
    return _outlook(validation.loss, math.sqrt(2) * validation.noise_of_rise)


def worth_going_on(evidence: Evidence, outlook: Outlook) -> Iterator[Condition]:
    """What holds where more epochs are worth it: both losses still fall."""
    yield Condition("expected_gain", outlook.share, _WORTHWHILE)
    if evidence.validation is not None:
        train = _outlook(evidence.validation.train, 0.0)
        yield Condition("expected_train_gain", train.share, _WORTHWHILE)
    level = evidence.held_level or evidence.baseline
    if level:
        yield Condition("gain_over_constant", outlook.gain / level, _VISIBLE)
    yield Condition("half_fall", outlook.half_fall, outlook.noise)


def _outlook(curve: Series, noise: float) -> Outlook:
    size = len(curve)
    half, late = (max(0, size * part // 4 - 1) for part in (2, 3))
    return Outlook(curve.smooth[half], curve.smooth[late], curve.smooth[-1], noise)
