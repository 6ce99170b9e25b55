"""A learning curve: the score against rows, width or epochs, and what more would do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

from dlrun.errors import DlrunError
from dlrun.estimates import Difference, Estimate
from dlrun.estimates.power_law import FEWEST_POINTS, Extrapolation, Telling, extrapolate
from dlrun.runs import RunFolder
from dlrun.studies.axis import CurveAxis, CurveStep
from dlrun.studies.curve_plan import CurvePlan
from dlrun.studies.ladder import AS_GIVEN
from dlrun.studies.lesson import (
    changes_to,
    estimate_of,
    has_scaled_loss,
    median_epoch,
)
from dlrun.studies.outcome import Outcome, read_outcome

_CUT = (
    "most runs of the last point were best in their last epoch, and may have learned "
    "too little"
)
"""Such runs score by their steps, so that a flat curve may fall at the next point."""
_POINTS = "--points 5 gives them"
TWICE = 2.0
"""What is told of more: what twice as many rows, units or epochs would bring."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of a learning curve, over its seeds."""

    variant: str
    size: float
    """Rows that train, the factor of the widths, or epochs."""
    n: int
    """How many of its runs have a score."""
    score: Estimate
    train: Estimate | None
    """The same on train rows."""
    change: Difference | None
    """Against the config as given; None for that itself."""
    parameters: int | None
    best_epoch: float | None
    """The median."""
    unsettled: int
    """So many of its runs were best in their last epoch."""

    @property
    def is_unsettled(self) -> bool:
        """Whether most of its runs ended while they got better."""
        return 2 * self.unsettled > self.n


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """What a study over rows, width or epochs shows; the smallest point first."""

    name: str
    axis: CurveAxis
    metric: str
    highest_is_best: bool
    seeds: int
    points: tuple[CurvePoint, ...]
    left_out: Mapping[str, str]
    """Points that cannot be, or have no run, with the reason."""
    more: Extrapolation | None
    """What larger points would score; None: `unknown` says why not."""
    unknown: str
    is_scaled: bool = False
    """Whether losses are those of scaled labels."""

    @property
    def heading(self) -> str:
        """What the metric is called above its numbers: `val_loss (scaled)`."""
        is_scaled = self.is_scaled and self.metric.endswith("loss")
        return f"{self.metric} (scaled)" if is_scaled else self.metric

    @property
    def telling(self) -> Telling:
        """What may be said of twice as much."""
        return "unknown" if self.more is None else self.more.telling(TWICE)

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        return {
            "name": self.name,
            "over": self.axis,
            "metric": self.metric,
            "highest_is_best": self.highest_is_best,
            "seeds": self.seeds,
            "points": [asdict(point) for point in self.points],
            "left_out": dict(self.left_out),
            "telling": self.telling,
            "twice": None if self.more is None else _more_values(self.more),
            "unknown": self.unknown,
        }


def read_curve(
    plan: CurvePlan, runs: Mapping[str, Mapping[int, RunFolder]]
) -> LearningCurve:
    """Measure each point over its seeds, and fit what more would bring.

    Args:
        plan: The points.
        runs: The finished runs of each variant by seed.
    """
    missing = dict(plan.ladder.left_out)
    outcomes: dict[str, dict[int, Outcome]] = {}
    for step in plan.steps:
        folders = runs[AS_GIVEN if plan.is_of_histories else step.variant]
        epochs = round(step.size) if plan.is_of_histories else None
        outcomes[step.variant] = dict(_outcomes(folders, epochs))
        if not outcomes[step.variant]:
            missing[step.variant] = "none of its runs has a score"
    shown = {variant: by_seed for variant, by_seed in outcomes.items() if by_seed}
    read = (outcome for by_seed in shown.values() for outcome in by_seed.values())
    first = next(read, None)
    highest = first is None or first.highest_is_best
    sizes = {
        step.variant: _size(plan, step, runs)
        for step in plan.steps
        if step.variant in shown
    }
    for variant in _doubled(sizes):
        missing[variant] = f"the same {plan.axis} as the next point"
        del shown[variant], sizes[variant]
    base = outcomes.get(AS_GIVEN, {})
    changes = changes_to(base, shown, "score", highest_is_best=highest)
    points = tuple(
        replace(
            _point(variant, sizes[variant], by_seed),
            change=changes.get(variant),
            parameters=_parameters(runs.get(variant, runs[AS_GIVEN])),
        )
        for variant, by_seed in shown.items()
    )
    if len(plan.steps) + len(plan.ladder.left_out) < FEWEST_POINTS:
        more: Extrapolation | str = f"a law needs {FEWEST_POINTS} points, as {_POINTS}"
    elif plan.axis != "epochs" and points and points[-1].is_unsettled:
        more = _CUT
    else:
        more = _extrapolated(sizes, shown, highest_is_best=highest)
    return LearningCurve(
        name=plan.ladder.name,
        axis=plan.axis,
        metric="val_loss" if first is None else first.metric,
        highest_is_best=highest,
        seeds=len({seed for by_seed in shown.values() for seed in by_seed}),
        points=points,
        left_out=missing,
        more=None if isinstance(more, str) else more,
        unknown=more if isinstance(more, str) else "",
        is_scaled=any(map(has_scaled_loss, runs.get(AS_GIVEN, {}).values())),
    )


def _outcomes(
    folders: Mapping[int, RunFolder], epochs: int | None
) -> Iterator[tuple[int, Outcome]]:
    """The outcomes that have a score, by seed; what is damaged counts as missing."""
    for seed, folder in folders.items():
        with suppress(DlrunError):
            outcome = read_outcome(folder, epochs=epochs)
            if outcome.score is not None:
                yield seed, outcome


def _size(
    plan: CurvePlan, step: CurveStep, runs: Mapping[str, Mapping[int, RunFolder]]
) -> float:
    """The rows that trained on average; the factor of the widths; the epochs."""
    if plan.axis != "rows":
        return step.size
    summaries = [folder.summary() for folder in runs[step.variant].values()]
    counts = [one.num_train for one in summaries if one.num_train is not None]
    return math.fsum(counts) / len(counts) if counts else step.size


def _doubled(sizes: Mapping[str, float]) -> list[str]:
    """Points whose rows are those of the next: groups cannot be divided further."""
    return [
        variant
        for (variant, size), (_, more) in pairwise(sizes.items())
        if size >= more
    ]


def _parameters(folders: Mapping[int, RunFolder]) -> int | None:
    first = next(iter(folders.values()), None)
    return None if first is None else first.summary().parameters


def _point(variant: str, size: float, outcomes: Mapping[int, Outcome]) -> CurvePoint:
    score = estimate_of(outcomes, "score")
    assert score is not None  # noqa: S101 - outcomes without a score were left out
    ends = [one.best_epoch == one.epochs for one in outcomes.values()]
    return CurvePoint(
        variant=variant,
        size=size,
        n=len(outcomes),
        score=score,
        train=estimate_of(outcomes, "train"),
        change=None,
        parameters=None,
        best_epoch=median_epoch(outcomes),
        unsettled=sum(ends),
    )


def _extrapolated(
    sizes: Mapping[str, float],
    shown: Mapping[str, Mapping[int, Outcome]],
    *,
    highest_is_best: bool,
) -> Extrapolation | str:
    """What more would bring, by the seeds that have a score at each point."""
    shared = sorted(set.intersection(*map(set, shown.values()))) if shown else []
    series = [
        [score for one in shown.values() if (score := one[seed].score) is not None]
        for seed in shared
    ]
    return extrapolate([*sizes.values()], series, highest_is_best=highest_is_best)


def _more_values(more: Extrapolation) -> dict[str, object]:
    size = TWICE * more.largest
    return {
        "size": size,
        "score": more.score(size)._asdict(),
        "gain": more.gain(TWICE)._asdict(),
        "measured_gain": more.measured(TWICE)._asdict(),
        "exponent": more.exponent._asdict(),
        "limit": more.limit._asdict(),
        "margin": more.margin,
    }
