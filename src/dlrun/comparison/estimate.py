"""Groups -> estimates: what each config gives over its seeds, the best first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from dlrun.comparison.column import GROUP_COLUMNS
from dlrun.comparison.comparison import (
    ComparedRun,
    GroupEstimates,
    Level,
    Marginal,
)
from dlrun.comparison.query import group_columns, unknown
from dlrun.diagnosis import finding_tag, tag_of
from dlrun.estimates import Estimate, Sample, estimate, quantile
from dlrun.writing import number, one_line

if TYPE_CHECKING:
    from dlrun.comparison.group import Grouped, RunGroup
    from dlrun.comparison.read import Question
    from dlrun.comparison.settings.difference import Factor
    from dlrun.config import Scalar

_Run = TypeVar("_Run", bound=ComparedRun)
_Value = Callable[[ComparedRun], float | None]

_ACCURACY = frozenset({"val_accuracy_at_best", "val_accuracy"})
"""Known of every run, whatever is compared; high values are good."""
_FEWEST_GROUPS = 9
_MOST_LEVELS = 6
_RANGES = 4


@dataclass(frozen=True, slots=True)
class EstimatedGroup:
    """A group, its estimates, and the numbers that it is held against others by."""

    group: RunGroup
    estimates: GroupEstimates
    scores: Sample
    """The metric, a number per pair of runs."""
    gaps: Sample
    overlap: float = 0.0
    """Of folds, the rows that validate over those that train; 0: of other runs."""


def estimate_groups(grouped: Grouped, question: Question) -> tuple[EstimatedGroup, ...]:
    """Sum up each group; the best stands first, or they are sorted by a column.

    Args:
        grouped: All groups.
        question: Names the column; of None, the larger experiment comes first.

    Raises:
        QueryError: There is no such column.
    """
    groups = [_estimated(group, grouped.runs.metric) for group in grouped.groups]
    if question.sort is not None:
        key = _column_key(grouped, question.sort)
    else:
        best = _sort_key(_score, highest_first=grouped.runs.mode == "max")

        def key(group: GroupEstimates) -> tuple[object, ...]:
            return group.experiment, *best(group)

    return tuple(sorted(groups, key=lambda group: key(group.estimates)))


def _column_key(
    grouped: Grouped, name: str
) -> Callable[[GroupEstimates], tuple[object, ...]]:
    """By what a column of the groups is sorted; of most, low values stand first."""
    metric = grouped.runs.metric
    runs = [run for group in grouped.groups for run in group.runs]
    columns = group_columns(metric, grouped.group_settings, runs)
    if name not in columns:
        raise unknown("column", name, list(columns))
    orders = {column.name: column.highest_first for column in GROUP_COLUMNS}
    orders |= {metric: None} | dict.fromkeys(_ACCURACY - {metric}, True)
    highest_first = orders.get(name, False)
    if highest_first is None:
        highest_first = grouped.runs.mode == "max"
    return _sort_key(columns[name], highest_first=highest_first)


def _score(group: GroupEstimates) -> float | None:
    return group.score.mean if group.score else None


def _sort_key(
    column: Callable[[GroupEstimates], Scalar], *, highest_first: bool
) -> Callable[[GroupEstimates], tuple[bool, bool, float, str]]:
    """Numbers stand before texts, and what is missing stands last."""

    def key(group: GroupEstimates) -> tuple[bool, bool, float, str]:
        value = column(group)
        size = float(value) if isinstance(value, int | float) else 0.0
        text = value if isinstance(value, str) else ""
        signed = -size if highest_first else size
        return value is None, isinstance(value, str), signed, text

    return key


def _estimated(group: RunGroup, metric: str) -> EstimatedGroup:
    runs = group.runs
    rated = [run for run in runs if run.score.best is not None]
    bare = metric.removeprefix("val_")
    judged = [run.score.judgement for run in runs if run.score.judgement]
    verdicts = Counter(judgement.verdict for judgement in judged).most_common(1)
    verdict, verdict_runs = verdicts[0] if verdicts else (None, 0)
    onsets = [
        float(judgement.onset) for judgement in judged if judgement.onset is not None
    ]
    overlap = overlap_of(runs)
    scores = sample_of(runs, lambda run: run.score.best)
    gaps = sample_of(runs, lambda run: run.score.gap_at_best)
    estimates = GroupEstimates(
        runs=tuple(run.run for run in runs),
        seeds=_seeds(rated, once=overlap > 0),
        settings=group.settings,
        states=Counter(run.status for run in runs),
        experiment=runs[0].experiment,
        score=_estimate(scores, overlap),
        train=_estimate(sample_of(runs, lambda run: run.score.train_at_best), overlap),
        gap=_estimate(gaps, overlap),
        gap_at_end=_estimate(
            sample_of(runs, lambda run: run.score.gap_at_end), overlap
        ),
        best_epoch=_median(runs, lambda run: run.score.best_epoch),
        epochs=max(run.score.epochs for run in runs),
        test=_estimate(sample_of(runs, lambda run: run.test.get(bare)), overlap),
        baselines=_baselines(runs, bare, overlap),
        verdict=verdict,
        verdict_runs=verdict_runs,
        judged_runs=len(judged),
        onset=quantile(onsets, 0.5) if 2 * len(onsets) > len(judged) else None,
        wasted_epochs=_median(runs, lambda run: run.score.wasted_epochs),
        tag=_tag(runs, verdict, verdict_runs, len(judged)),
        validation_rows=next(
            (run.validation_rows for run in runs if run.validation_rows is not None),
            None,
        ),
        parameters=next((run.parameters for run in runs if run.parameters), None),
        seconds_per_epoch=_median(runs, lambda run: run.score.seconds_per_epoch),
    )
    return EstimatedGroup(group, estimates, scores, gaps, overlap)


def _baselines(
    runs: Sequence[ComparedRun], metric: str, overlap: float
) -> dict[str, Estimate]:
    """A metric of those who predict without a model, over the runs of a group."""

    def estimate_of(name: str) -> Estimate | None:
        sample = sample_of(runs, lambda run: run.baselines.get(name, {}).get(metric))
        return _estimate(sample, overlap)

    names = dict.fromkeys(name for run in runs for name in run.baselines)
    found = {name: estimate_of(name) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def _seeds(runs: Sequence[ComparedRun], *, once: bool) -> tuple[int, ...]:
    seeds = [run.seed for run in runs if run.seed is not None]
    return tuple(dict.fromkeys(seeds) if once else seeds)


def overlap_of(runs: Sequence[ComparedRun]) -> float:
    """Of folds the mean of rows that validate over rows that train; 0 without folds."""
    shares = [run.overlap for run in runs if run.overlap]
    return math.fsum(shares) / len(shares) if shares else 0.0


def sample_of(runs: Sequence[_Run], value: Callable[[_Run], float | None]) -> Sample:
    """A value per seed; runs that repeat a seed add nothing, so their mean counts once.

    Args:
        runs: The runs of a group.
        value: What to take of each; runs without it are left out.
    """
    values: dict[int, list[float]] = {}
    for run in runs:
        measured = value(run)
        if measured is not None:
            values.setdefault(run.pair, []).append(measured)
    return {pair: math.fsum(repeats) / len(repeats) for pair, repeats in values.items()}


def _estimate(sample: Sample, overlap: float) -> Estimate | None:
    return estimate([*sample.values()], overlap) if sample else None


def _median(runs: Sequence[ComparedRun], value: _Value) -> float | None:
    values = [measured for run in runs if (measured := value(run)) is not None]
    return quantile(values, 0.5) if values else None


def _tag(
    runs: Sequence[ComparedRun], verdict: str | None, verdict_runs: int, judged: int
) -> str:
    """`overfit@9 5/5`: the word, the median onset, and how many of the seeds agree.

    What the check of a run has found follows: `underfit; checked: slow`.
    """
    checked = Counter(finding_tag(run.finding) for run in runs if run.finding)
    agreeing = [
        judgement
        for run in runs
        if (judgement := run.score.judgement) is not None
        and judgement.verdict == verdict
    ]
    if not agreeing:
        return ""
    words = {judgement.tag.partition("@")[0] for judgement in agreeing}
    word = words.pop() if len(words) == 1 else tag_of(str(verdict))
    onsets = [judgement.onset for judgement in agreeing if judgement.onset is not None]
    onset = f"@{quantile(onsets, 0.5):.0f}" if onsets and "@" in agreeing[0].tag else ""
    tag = f"{word}{onset}" + (f" {verdict_runs}/{judged}" if judged > 1 else "")
    if not checked:
        return tag
    counts = (
        f"{found} {count}" if judged > 1 else found
        for found, count in checked.most_common()
    )
    return f"{tag}; checked: {', '.join(counts)}"


def find_marginals(
    groups: Sequence[GroupEstimates], factors: Sequence[Factor]
) -> tuple[Marginal, ...]:
    """Sum the groups up by each value of each setting; numbers of many values by range.

    Args:
        groups: The groups of one experiment.
        factors: What they differ in.
    """
    rated = [group for group in groups if group.score]
    if len(rated) < _FEWEST_GROUPS:
        return ()
    marginals = []
    for factor in factors:
        setting = factor.settings[0]
        levels = tuple(_levels(rated, setting.path))
        if len(levels) > 1:
            marginals.append(Marginal(setting.path, setting.head, levels))
    return tuple(marginals)


def _levels(groups: Sequence[GroupEstimates], path: str) -> Iterator[Level]:
    values = sorted({group.settings[path] for group in groups}, key=_order)
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(values) <= _MOST_LEVELS:
        for value in values:
            alike = [group for group in groups if group.settings[path] == value]
            yield _level(one_line(value), alike)
    elif len(numbers) == len(values):
        yield from _ranges(groups, path)


def _ranges(groups: Sequence[GroupEstimates], path: str) -> Iterator[Level]:
    """Four ranges with about as many groups in each."""
    ordered = sorted(groups, key=lambda group: _order(group.settings[path]))
    numbers = [_order(group.settings[path])[1] for group in ordered]
    ends = sorted({quantile(numbers, part / _RANGES) for part in range(1, _RANGES + 1)})
    for start, end in pairwise([-math.inf, *ends]):
        within = [
            group
            for group, size in zip(ordered, numbers, strict=True)
            if start < size <= end
        ]
        if within:
            low, high = (
                _order(group.settings[path])[1] for group in (within[0], within[-1])
            )
            yield _level(f"{number(low)} to {number(high)}", within)


def _level(text: str, groups: Sequence[GroupEstimates]) -> Level:
    gaps = [group.gap.mean for group in groups if group.gap]
    return Level(
        value=text,
        groups=len(groups),
        score=estimate([group.score.mean for group in groups if group.score]),
        gap=estimate(gaps) if gaps else None,
    )


def _order(value: Scalar) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return 1, float(value), ""
    return (0, 0.0, "") if value is None else (2, 0.0, str(value))


def sampling_error(
    metric: str, groups: Sequence[GroupEstimates], best: GroupEstimates
) -> float | None:
    """The larger of two: the sampling error of a difference, and the spread of seeds.

    Args:
        metric: Of an accuracy the first is known.
        groups: The second is known where one of them has seeds.
        best: Whose accuracy it is.
    """
    spreads = [group.score.sd for group in groups if group.score and group.score.sd]
    rows = best.validation_rows
    if metric.endswith("accuracy") and rows and best.score:
        # Two more rights and wrongs keep a perfect score on few rows from being sure.
        share = (best.score.mean * rows + 2) / (rows + 4)
        spreads.append(math.sqrt(2 * share * (1 - share) / (rows + 4)))
    return max(spreads, default=None)
