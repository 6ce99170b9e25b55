"""How much of being best is luck, where many were candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dlrun.estimates import expected_best, noise_of_means, shrink
from dlrun.writing import number, one_line

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Group


def winners_curse(best: Group, groups: Sequence[Group]) -> Iterator[str]:
    """The best of many is partly the luckiest: say by how much.

    Args:
        best: The one with the best mean.
        groups: All candidates.
    """
    scores = [group.score for group in groups if group.score]
    if not best.score:
        return
    noise = noise_of_means(scores)
    if not noise:
        return
    means = [score.mean for score in scores]
    luck = expected_best(len(means)) * noise
    fair = shrink(best.score.mean, means, noise)
    yield (
        f"Picked from {len(means)} groups: luck alone lifts the best of so many by "
        f"about {number(luck)}; {number(fair)} is a fairer guess for "
        f"{one_line(best.name)}."
    )
