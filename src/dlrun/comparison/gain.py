"""What pseudo-labels have gained over their baselines, over the seeds of a config."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dlrun.comparison.reading import GAIN_MEASURES, Gain
from dlrun.estimates import Estimate, estimate


@dataclass(frozen=True, slots=True)
class GroupGain:
    """What pseudo-labels have gained over the runs of one group."""

    group: int
    """Its number."""
    measure: str
    """`test_accuracy` where all runs have it; else `val_accuracy`, which chose them."""
    runs: int
    """How many of its runs have rounds of pseudo-labels."""
    baseline: Estimate
    """The measure after round 0, without pseudo-labels."""
    gain: Estimate
    """The measure of the kept round minus that of round 0, run by run."""
    won: int
    """How many of these runs gained."""
    baseline_kept: int
    """How many of these runs kept round 0."""


def find_gains(runs: Iterable[tuple[int, Gain | None]]) -> tuple[GroupGain, ...]:
    """Sum up the gains of each group by the first measure that all runs have.

    Args:
        runs: For each the number of its group and its gain, in the order of the groups.

    Returns:
        Nothing where no run has a baseline of its own.
    """
    known = [(group, run) for group, run in runs if run is not None and run.gain]
    measure = next(
        (name for name in GAIN_MEASURES if all(name in run.gain for _, run in known)),
        GAIN_MEASURES[-1],
    )
    groups: dict[int, list[Gain]] = {}
    for group, run in known:
        if measure in run.gain:
            groups.setdefault(group, []).append(run)
    return tuple(
        _group_gain(group, members, measure) for group, members in groups.items()
    )


def _group_gain(group: int, members: Sequence[Gain], measure: str) -> GroupGain:
    return GroupGain(
        group=group,
        measure=measure,
        runs=len(members),
        baseline=estimate([run.baseline[measure] for run in members]),
        gain=estimate([run.gain[measure] for run in members]),
        won=sum(run.gain[measure] > 0 for run in members),
        baseline_kept=sum(run.round == 0 for run in members),
    )
