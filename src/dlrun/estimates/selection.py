"""What it costs to pick the best of many: the best is also the luckiest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dlrun.estimates.estimate import Estimate, normal_quantile


def expected_best(n: int) -> float:
    """By how many standard deviations the best of `n` exceeds the mean by luck alone.

    Source: G. Blom, Statistical Estimates and Transformed Beta-Variables (1958).
    """
    return normal_quantile((n - 0.375) / (n + 0.25))


def noise_of_means(estimates: Sequence[Estimate]) -> float | None:
    """The standard error of a group's mean, pooled over the groups; None: unknown."""
    known = [(group.sd, group.n) for group in estimates if group.sd is not None]
    if not known:
        return None
    return math.sqrt(math.fsum(sd * sd / n for sd, n in known) / len(known))


def shrink(mean: float, means: Sequence[float], noise: float) -> float:
    """Move the mean of one group towards all, by what noise explains of their spread.

    Source: B. Efron, C. Morris, Stein's Paradox in Statistics (1977).

    Args:
        mean: Of the group that was picked.
        means: Of all groups, at least two.
        noise: The standard error of one of them.
    """
    centre = math.fsum(means) / len(means)
    seen = math.fsum((other - centre) ** 2 for other in means) / (len(means) - 1)
    kept = max(0.0, 1 - noise * noise / seen) if seen else 0.0
    return centre + kept * (mean - centre)
