"""Estimates and contrasts -> a comparison: what they say, and what to try next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from dlrun.comparison.claims.caveat import find_caveats
from dlrun.comparison.claims.disagreement import describe_disagreement
from dlrun.comparison.claims.recommendation import GroupEvidence
from dlrun.comparison.claims.verdict import Standings, verdict
from dlrun.comparison.comparison import (
    Comparison,
    Group,
    Provenance,
    Row,
)
from dlrun.comparison.estimate import find_marginals

if TYPE_CHECKING:
    from dlrun.comparison.contrast import Contrast, Contrasts
    from dlrun.comparison.estimate import EstimatedGroup
    from dlrun.comparison.group import Grouped
    from dlrun.comparison.read import ScoredRun
    from dlrun.comparison.reading import Reading

_SEEN_IN_PREDICTIONS = "val_accuracy"
"""The metric that the stored predictions of two runs can be compared by."""


def conclude(
    grouped: Grouped, estimated: Sequence[EstimatedGroup], contrasts: Contrasts
) -> Comparison:
    """Number the groups and say in words what their numbers allow to say.

    Args:
        grouped: The runs, and what they differ in.
        estimated: The groups in their order.
        contrasts: How each stands against the others, in the same order.
    """
    runs = grouped.runs
    groups = tuple(
        _group(number, group, contrast)
        for number, (group, contrast) in enumerate(
            zip(estimated, contrasts.groups, strict=True), 1
        )
    )
    rows = tuple(_rows(estimated))
    standings = Standings(runs.metric, runs.mode, groups, contrasts.baseline)
    return Comparison(
        metric=runs.metric,
        mode=runs.mode,
        rows=rows,
        groups=groups,
        settings=tuple(grouped.settings),
        group_settings=tuple(grouped.group_settings),
        verdict=tuple(_sentences(standings, runs.readings)),
        caveats=tuple(
            find_caveats(runs.readings, rows, groups, contrasts.factors, runs.metric)
        ),
        skipped=runs.skipped,
        baseline=contrasts.baseline,
        baseline_is_chosen=contrasts.baseline_is_chosen,
        effects=contrasts.effects,
        marginals=find_marginals(
            [group for group in groups if group.experiment == 1], contrasts.factors
        ),
        evidence=tuple(_evidence(groups, runs.scored, contrasts.baseline)),
        provenance=_provenance(runs.readings),
    )


def _group(number: int, group: EstimatedGroup, contrast: Contrast) -> Group:
    estimates = group.estimates
    return Group(
        **{field.name: getattr(estimates, field.name) for field in fields(estimates)},
        number=number,
        name=contrast.name,
        difference=contrast.difference,
        changes=contrast.changes,
        is_tied=contrast.is_tied,
    )


def _rows(groups: Sequence[EstimatedGroup]) -> Iterator[Row]:
    for number, group in enumerate(groups, 1):
        for run in group.group.runs:
            known = {field.name: getattr(run, field.name) for field in fields(run)}
            yield Row(**known, group=number)


def _sentences(standings: Standings, readings: Sequence[Reading]) -> Iterator[str]:
    yield from verdict(standings)
    if standings.metric == _SEEN_IN_PREDICTIONS:
        yield from describe_disagreement(standings.groups, readings)


def _evidence(
    groups: Sequence[Group], runs: Sequence[ScoredRun], baseline: int | None
) -> Iterator[GroupEvidence]:
    """What can be advised on: the best group first, then the baseline."""
    by_name = {run.reading.name: run for run in runs}
    rated = [group for group in groups if group.score]
    for group in rated[:1] + [other for other in rated[1:] if other.number == baseline]:
        run = by_name[group.runs[0]]
        reading, judgement = run.reading, run.score.judgement
        if judgement is not None and reading.facts is not None:
            yield GroupEvidence(
                group=group.number,
                name=group.name,
                verdict=group.verdict,
                folder=reading.folder,
                config=reading.config,
                facts=reading.facts,
                diagnosis=judgement,
            )


def _provenance(readings: Sequence[Reading]) -> Provenance:
    """Gather directories, versions, commits and data; the most usual come first."""
    libraries = {name for reading in readings for name in reading.versions}
    prints = [reading.summary.data_fingerprint for reading in readings]
    return Provenance(
        directories=_usual(str(reading.folder.path.parent) for reading in readings),
        versions={
            name: _usual(
                str(reading.versions[name])
                for reading in readings
                if name in reading.versions
            )
            for name in sorted(libraries)
        },
        commits=_usual(reading.commit for reading in readings if reading.commit),
        data=_usual(text for text in prints if isinstance(text, str)),
        test_looks=sum(reading.test_looks for reading in readings),
    )


def _usual(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(value for value, _ in Counter(values).most_common())
