"""What pseudo-labels have gained over their baselines, over the seeds of a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.estimates import estimate, mean_text
from dlrun.writing import Column, layout, one_line

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Comparison, Group

_MEASURES = ("test_accuracy", "val_accuracy")
"""What a gain is told of: the first that all runs have."""

_PLACES = 3
"""Decimals of an accuracy."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What the rounds of a run have brought."""

    baseline: Mapping[str, float]
    """Accuracies of round 0, by their names."""
    gain: Mapping[str, float]
    """Accuracies of the kept round minus those of round 0."""
    round: int
    """The round that is kept; 0: pseudo-labels did not help."""


def read_gain(metrics: Mapping[str, object]) -> Gain | None:
    """The gain that `metrics.json` tells; None: the run has no rounds, or is not over.

    Args:
        metrics: all that the file holds.
    """
    baseline, gain = metrics.get("baseline"), metrics.get("gain")
    number = metrics.get("round")
    if not (isinstance(baseline, dict) and isinstance(gain, dict)):
        return None
    known = [name for name in _MEASURES if {name} <= baseline.keys() & gain.keys()]
    return Gain(
        {name: float(baseline[name]) for name in known},
        {name: float(gain[name]) for name in known},
        number if isinstance(number, int) else 0,
    )


def gain_lines(comparison: Comparison) -> list[str]:
    """A table of the groups with pseudo-labels: baseline, gain, seeds won, in lines.

    Returns:
        Nothing where no run has a baseline of its own.
    """
    groups: dict[int, list[Gain]] = {}
    for row in comparison.rows:
        if row.gain is not None and row.gain.gain:
            groups.setdefault(row.group, []).append(row.gain)
    gains = [gain for members in groups.values() for gain in members]
    if not gains:
        return []
    measure = next(
        (name for name in _MEASURES if all(name in one.gain for one in gains)),
        _MEASURES[-1],
    )
    chosen = "" if measure == _MEASURES[0] else ", by which rounds were chosen"
    return [f"{measure}{chosen}", *layout(_columns(comparison.groups, groups, measure))]


def _columns(
    groups: Sequence[Group], gains: Mapping[int, Sequence[Gain]], measure: str
) -> list[Column]:
    shown = [group for group in groups if group.number in gains]
    members = [gains[group.number] for group in shown]
    base = [estimate([one.baseline[measure] for one in runs]) for runs in members]
    gain = [estimate([one.gain[measure] for one in runs]) for runs in members]
    won = [sum(one.gain[measure] > 0 for one in runs) for runs in members]
    unhelped = [sum(one.round == 0 for one in runs) for runs in members]

    def shares(counts: Sequence[int]) -> tuple[str, ...]:
        pairs = zip(counts, members, strict=True)
        return tuple(f"{count}/{len(runs)}" for count, runs in pairs)

    return [
        Column("group", tuple(one_line(group.name) for group in shown)),
        Column("baseline", tuple(mean_text(one, _PLACES) for one in base)),
        Column(
            "gain",
            tuple(mean_text(one, _PLACES, signed=True) for one in gain),
        ),
        Column("won", shares(won), is_number=True),
        Column("baseline kept", shares(unhelped), is_number=True),
    ]
