"""Estimates and contrasts -> a comparison: what they say, and how far to trust it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from dlrun.comparison.claims.disagreement import describe_disagreement
from dlrun.comparison.claims.folds import fold_caveats, fold_note
from dlrun.comparison.claims.unfinished import unfinished
from dlrun.comparison.claims.verdict import Standings, verdict
from dlrun.comparison.comparison import (
    Comparison,
    Group,
    Provenance,
    Row,
)
from dlrun.comparison.estimate import find_marginals
from dlrun.comparison.reading import GroupEvidence, scaled_runs, unit_of
from dlrun.comparison.settings.difference import find_settings
from dlrun.writing import one_line

if TYPE_CHECKING:
    from dlrun.comparison.contrast import Contrast, Contrasts
    from dlrun.comparison.estimate import EstimatedGroup
    from dlrun.comparison.group import Grouped
    from dlrun.comparison.read import Runs, ScoredRun
    from dlrun.comparison.reading import Reading
    from dlrun.comparison.settings.difference import Factor

_SEEN_IN_PREDICTIONS = "val_accuracy"
"""The metric that the stored predictions of two runs can be compared by."""
_NAMES_SHOWN = 3
_HASH_CHARACTERS = 8


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
    names = scaled_runs(runs.readings, runs.metric)
    scaled = frozenset(row.experiment for row in rows if row.run in names)
    standings = Standings(runs.metric, runs.mode, groups, contrasts.baseline, scaled)
    return Comparison(
        metric=runs.metric,
        mode=runs.mode,
        rows=rows,
        groups=groups,
        settings=tuple(grouped.settings),
        group_settings=tuple(grouped.group_settings),
        verdict=tuple(_sentences(standings, rows, runs.readings)),
        caveats=tuple(_caveats(runs, rows, groups, contrasts.factors)),
        unit=unit_of(runs.readings, runs.metric),
        skipped=runs.skipped,
        unjudged=runs.unjudged,
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
            values = {field.name: getattr(run, field.name) for field in fields(run)}
            yield Row(**values, group=number)


def _sentences(
    standings: Standings, rows: Sequence[Row], readings: Sequence[Reading]
) -> Iterator[str]:
    yield from verdict(standings)
    if any(reading.fold for reading in readings):
        yield from fold_note(standings.groups, rows, readings)
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
                finding=reading.finding,
            )


def _provenance(readings: Sequence[Reading]) -> Provenance:
    """Gather directories, versions, commits and data; the most usual come first."""
    libraries = {name for reading in readings for name in reading.versions}
    prints = [reading.summary.rows_fingerprint for reading in readings]
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


def _caveats(
    runs: Runs,
    rows: Sequence[Row],
    groups: Sequence[Group],
    factors: Sequence[Factor],
) -> Iterator[str]:
    """Say what makes the runs less comparable than their numbers look.

    Args:
        runs: As they were read, and what they are compared by.
        rows: The same runs in their groups.
        groups: In their order.
        factors: What the groups differ in.
    """
    readings = runs.readings
    if any(reading.status.state != "finished" for reading in readings):
        yield from unfinished(readings, is_search=runs.is_goal)
    yield from _unvouched(readings)
    yield from _other_data(readings)
    yield from _other_split(readings)
    if not runs.is_goal:  # Else the monitor chose the epoch, as the search has it.
        yield from _other_monitor(readings, runs.metric)
    yield from _other_losses(readings)
    yield from _penalties(factors, runs.metric)
    yield from _other_versions(readings)
    yield from _confounded(groups, factors)
    yield from _few_seeds(groups)
    if any(reading.fold for reading in readings):
        yield from fold_caveats(groups, rows, readings)
    yield from _repeats(groups, rows)
    yield from _ended_early(groups, rows)
    for reading in readings:
        yield from (f"{reading.name}: {trouble}" for trouble in reading.troubles)


def _unvouched(readings: Sequence[Reading]) -> Iterator[str]:
    names = [reading.name for reading in readings if not reading.is_vouched]
    if names:
        whose = "its" if len(names) == 1 else "their"
        yield f"{_list(names)} no hashes vouch for {whose} files, of an older dlrun"


def _other_data(readings: Sequence[Reading]) -> Iterator[str]:
    prints = [reading.summary.rows_fingerprint for reading in readings]
    for names, value, usual in _deviations(readings, prints):
        here, there = value[:_HASH_CHARACTERS], usual[:_HASH_CHARACTERS]
        yield f"{names} other data: fingerprint {here}, elsewhere {there}"
    table = max(prints, key=prints.count, default=None)  # Other cells, other images.
    same = [one for one in readings if one.summary.rows_fingerprint == table]
    for column in sorted({name for one in same for name in one.summary.images}):
        images = [one.summary.images.get(column) for one in same]
        for names, _, _ in _deviations(same, images):
            yield f"{names} other images in the column {column}"


def _other_split(readings: Sequence[Reading]) -> Iterator[str]:
    """At one seed and on the same data, the validation rows should be the same.

    The train rows may differ where the config asks for more or less of them.
    """
    groups: dict[tuple[str | None, ...], list[Reading]] = {}
    for reading in readings:
        if reading.fold is None:  # Of folds it is said once, for all of them.
            key = (_text(reading.config.get("seed")), reading.summary.rows_fingerprint)
            groups.setdefault(key, []).append(reading)
    for (seed, _), members in groups.items():
        held_out = [reading.validation_hash for reading in members]
        for names, _, _ in _deviations(members, held_out):
            yield f"{names} other validation rows at seed {seed}, so no pair"
    alike: dict[tuple[str | None, ...], list[Reading]] = {}
    for reading in readings:
        seed = _text(reading.config.get("seed"))
        alike.setdefault((seed, _text(reading.config.get("data"))), []).append(reading)
    for (seed, _), members in alike.items():
        splits = [reading.summary.split_hash for reading in members]
        for names, _, _ in _deviations(members, splits):
            yield f"{names} other train and validation rows at seed {seed}"


def _other_monitor(readings: Sequence[Reading], metric: str) -> Iterator[str]:
    others: dict[str, list[str]] = {}
    for reading in readings:
        if reading.monitor is not None and reading.monitor != metric:
            others.setdefault(reading.monitor, []).append(reading.name)
    for monitor, members in others.items():
        is_all = len(members) == len(readings) > 1
        who = "every run" if is_all else _list(members)
        yield f"{who} monitors {monitor}, not {metric}"


def _other_losses(readings: Sequence[Reading]) -> Iterator[str]:
    """Name the very keys: of several outputs, of a class, of a weight."""
    known = [reading for reading in readings if reading.loss]
    made = [
        {"compile": reading.loss, "data": {"scale_labels": reading.label_scales}}
        for reading in known
    ]
    settings = find_settings(made or [{}], frozenset())
    told: list[str] = []
    for setting, values in settings.items():
        # What follows from another class needs no words of its own.
        if any(setting.path.startswith(f"{path}.") for path in told):
            continue
        told.append(setting.path)
        for names, value, usual in _deviations(known, list(map(one_line, values))):
            yield (
                f"{names} another loss: {setting.path} is {value}, elsewhere {usual}; "
                "losses do not compare"
            )


def _penalties(factors: Sequence[Factor], metric: str) -> Iterator[str]:
    """A loss contains the penalty on the weights, so it grows with it."""
    if not any(
        "regularizer" in setting.path
        for factor in factors
        for setting in factor.settings
    ):
        return
    if metric.endswith("loss"):
        yield (
            f"{metric} contains the penalties of regularizers, and they differ: its "
            "values and gaps do not compare; another metric would (--metric)"
        )
    else:
        yield (
            f"the loss contains the penalties of regularizers, and they differ, so "
            f"{metric} is compared, at the epoch that each run chose"
        )


def _confounded(groups: Sequence[Group], factors: Sequence[Factor]) -> Iterator[str]:
    """Keys that never change alone: nobody can say which of them did it."""
    for factor in factors:
        heads = [one.head for one in factor.settings if not one.is_of_rows]
        seen = {
            (group.experiment, code)
            for group, code in zip(groups, factor.codes, strict=True)
        }
        # Between experiments everything may differ: nobody compares there.
        is_within = len(seen) > len({experiment for experiment, _ in seen})
        if len(heads) > 1 and is_within:
            yield (
                f"{_and(heads)} always change together: which of them made a "
                "difference cannot be told"
            )


def _few_seeds(groups: Sequence[Group]) -> Iterator[str]:
    """A single seed beside groups of several says nothing about chance."""
    alone = [group.name for group in groups if group.n == 1 and not group.has_folds]
    most = max((group.n for group in groups if not group.has_folds), default=0)
    if alone and most > 1:
        yield f"{_list(alone)} one seed only, others have up to {most}"


def _repeats(groups: Sequence[Group], rows: Sequence[Row]) -> Iterator[str]:
    """A seed or fold trained twice gives the same numbers twice; it counts once."""
    seen = {(row.group, row.seed, row.pair) for row in rows}
    extra = Counter(row.group for row in rows)
    extra.subtract(group for group, *_ in seen)
    twice = [group for group in groups if extra[group.number] > 0]
    for unit in ("seeds", "folds"):
        names = [one.name for one in twice if one.has_folds == (unit == "folds")]
        if names:
            words = f"some {unit} were trained more than once; each counts once"
            yield f"{_list(names)} {words}"


def _ended_early(groups: Sequence[Group], rows: Sequence[Row]) -> Iterator[str]:
    """Runs that stopped before their last epoch had another budget than the rest."""
    done: dict[int, list[int]] = {}
    planned: dict[int, int] = {}
    for row in rows:
        if row.status == "finished" and row.score.epochs < (row.epochs_planned or 0):
            done.setdefault(row.group, []).append(row.score.epochs)
            planned[row.group] = row.epochs_planned or 0
    texts: dict[str, list[str]] = {}
    for group in groups:
        if epochs_done := done.get(group.number):
            low, high = min(epochs_done), max(epochs_done)
            epochs = f"{low}" if low == high else f"{low} to {high}"
            text = f"stopped early, after {epochs} of {planned[group.number]} epochs"
            texts.setdefault(text, []).append(group.name)
    yield from (f"{_list(names)} {text}" for text, names in texts.items())


def _other_versions(readings: Sequence[Reading]) -> Iterator[str]:
    packages = dict.fromkeys(name for reading in readings for name in reading.versions)
    for package in packages:
        versions = [reading.versions.get(package) for reading in readings]
        for names, value, usual in _deviations(readings, versions):
            yield f"{names} {package} {value}, elsewhere {usual}"
    recorded = [reading.switches for reading in readings]
    for switch in sorted({name for known in recorded for name in known or ()}):
        values = [
            None if known is None else known.get(switch, "not set")
            for known in recorded
        ]
        for names, value, usual in _deviations(readings, values):
            yield f"{names} {switch} {value}, elsewhere {usual}"


def _deviations(
    readings: Sequence[Reading], values: Sequence[str | None]
) -> list[tuple[str, str, str]]:
    """Find the runs unlike most others: their names, their value, the usual value.

    What is unknown deviates from nothing.
    """
    counts = Counter(value for value in values if value is not None)
    usual, *others = [value for value, _ in counts.most_common()] or [""]
    members: dict[str, list[str]] = {other: [] for other in others}
    for reading, value in zip(readings, values, strict=True):
        if value in members:
            members[value].append(reading.name)
    return [(_list(names), value, usual) for value, names in members.items()]


def _list(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    shown = ", ".join(names[:_NAMES_SHOWN])
    return f"{shown} and {more} more:" if more > 0 else f"{shown}:"


def _and(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
