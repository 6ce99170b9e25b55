"""Run folders -> a comparison: read, group, estimate, contrast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from dlrun.comparison.claims.caveat import find_caveats
from dlrun.comparison.claims.disagreement import describe_disagreement
from dlrun.comparison.claims.verdict import verdict
from dlrun.comparison.column import (
    RESERVED,
    group_columns,
    metric_names,
    run_columns,
    setting_names,
    unknown,
)
from dlrun.comparison.comparison import Comparison, Group, Row, Skipped
from dlrun.comparison.contrast import Measured
from dlrun.comparison.expression import parse_condition
from dlrun.comparison.gather import Gathered, Question, gather
from dlrun.comparison.grouping import build_group, experiments, name_groups
from dlrun.comparison.inference import Inference, infer, samples
from dlrun.comparison.marginal import find_marginals
from dlrun.comparison.provenance import find_provenance
from dlrun.comparison.recommendation import find_recommendations
from dlrun.comparison.settings.difference import Setting, find_settings
from dlrun.comparison.settings.factor import find_factors
from dlrun.comparison.settings.text import Scalar
from dlrun.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlrun.runs import RunFolder

Settings: TypeAlias = Mapping[Setting, tuple[Scalar, ...]]
"""Keys that differ, each with a value per run."""

_HIGH_FIRST = frozenset({"val_accuracy_at_best", "val_accuracy"})
"""Columns of which high values are good; of the others low ones stand first."""


def compare(
    folders: Sequence[RunFolder], question: Question | None = None
) -> Comparison:
    """Put runs side by side; damaged ones are listed with the reason.

    Args:
        folders: The runs, one or more.
        question: What is asked of them; None: the usual.

    Raises:
        RunError: No run can be read.
        QueryError: The question names what there is not.
    """
    asked = question or Question()
    skipped: list[Skipped] = []
    read = gather(folders, asked, skipped)
    if asked.where is not None:
        read = _filtered(read, asked)
    settings = find_settings([one.config for one in read.readings], RESERVED)
    rows = _rows(read, settings, asked)
    chosen = _group_settings(settings, asked)
    drafts = _drafts(rows, chosen, asked, read.metric)
    drafts = _ordered(drafts, chosen, asked, read)
    values = [group.settings for group, _ in drafts]
    factors = find_factors([*chosen], values)
    titles = name_groups([members for _, members in drafts], values, factors)
    groups = [
        replace(group, number=number, name=title)
        for number, ((group, _), title) in enumerate(
            zip(drafts, titles, strict=True), 1
        )
    ]
    members = [many for _, many in drafts]
    measured = Measured(
        scores=samples(members, lambda row: row.score.best),
        gaps=samples(members, lambda row: row.score.gap_at_best),
        settings=values,
        experiments=[group.experiment for group in groups],
        highest_is_best=read.mode == "max",
        margin=asked.margin,
    )
    found = infer(groups, measured, factors, asked.baseline)
    return _comparison(read, settings, chosen, members, skipped, found)


def _comparison(
    read: Gathered,
    settings: Settings,
    group_settings: Settings,
    members: Sequence[Sequence[Row]],
    skipped: Sequence[Skipped],
    found: Inference,
) -> Comparison:
    groups = found.groups
    rows = tuple(
        replace(row, group=group.number)
        for group, many in zip(groups, members, strict=True)
        for row in many
    )
    best = [one for one in groups if one.experiment == 1]
    comparison = Comparison(
        metric=read.metric,
        mode=read.mode,
        rows=rows,
        groups=groups,
        settings=tuple(settings),
        group_settings=tuple(group_settings),
        verdict=(),
        caveats=tuple(find_caveats(read.readings, rows, found, read.metric)),
        skipped=tuple(skipped),
        baseline=found.baseline,
        baseline_is_chosen=found.baseline_is_chosen,
        effects=tuple(found.effects),
        marginals=find_marginals(best, found.factors),
        recommendations=find_recommendations(groups, read.readings, found.baseline),
        provenance=find_provenance(read.readings),
    )
    more = describe_disagreement(groups, read.readings, read.metric)
    return replace(comparison, verdict=(*verdict(comparison), *more))


def _filtered(read: Gathered, asked: Question) -> Gathered:
    """Keep the runs that meet the condition."""
    settings = find_settings([one.config for one in read.readings], RESERVED)
    rows = _rows(read, settings, asked)
    metrics = metric_names([score.columns for score in read.scores])
    columns = run_columns(read.metric, metrics, settings)
    condition = parse_condition(asked.where or "", columns)
    kept = [
        place
        for place, row in enumerate(rows)
        if condition(lambda name, row=row: columns[name](row))  # type: ignore[misc]
    ]
    if not kept:
        message = f"none of the {len(rows)} runs meets {asked.where!r}"
        raise RunError(message, hint="ask for less, or compare without --filter")
    return replace(
        read,
        readings=[read.readings[place] for place in kept],
        scores=[read.scores[place] for place in kept],
    )


def _rows(read: Gathered, settings: Settings, asked: Question) -> list[Row]:
    chosen = experiments([one.measures(read.metric) for one in read.readings])
    tied = _group_settings(settings, asked)
    free = [setting.path for setting in settings if setting not in tied]
    pairs: dict[tuple[object, ...], int] = {}
    rows: list[Row] = []
    for index, (reading, score) in enumerate(
        zip(read.readings, read.scores, strict=True)
    ):
        values = {setting.path: column[index] for setting, column in settings.items()}
        key = (reading.seed, reading.validation_hash, *(values[path] for path in free))
        row = Row(
            run=reading.name,
            status=reading.status.state,
            reason=reading.status.reason,
            seed=reading.seed,
            pair=pairs.setdefault(key, len(pairs)),
            settings=values,
            score=score,
            epochs_planned=reading.epochs_planned,
            parameters=reading.count("parameters"),
            validation_rows=reading.count("num_validation"),
            group=0,
            experiment=chosen[index],
            config_name=reading.config_name,
            test=reading.test if asked.test else {},
            gain=reading.gain,
        )
        rows.append(row)
    return rows


def _group_settings(settings: Settings, asked: Question) -> Settings:
    """What tells groups apart: all that differs but the seed, or what was asked for."""
    if asked.group_by in {"auto", "none"}:
        paths = {setting.path for setting in settings} - {"seed"}
    else:
        # Of settings that are always equal, the first gives the group its name.
        listed = reversed([*setting_names(settings)])
        owners = {name: setting.path for setting, names in listed for name in names}
        keys = [key.strip() for key in asked.group_by.split(",")]
        for key in keys:
            if key not in owners:
                raise unknown("setting that differs", key, list(owners))
        paths = {owners[key] for key in keys}
    return {
        setting: values for setting, values in settings.items() if setting.path in paths
    }


def _drafts(
    rows: Sequence[Row], settings: Settings, asked: Question, metric: str
) -> list[tuple[Group, list[Row]]]:
    """Put the runs of one config together, by seed."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for index, row in enumerate(rows):
        key: tuple[object, ...] = (row.experiment,)
        key += tuple(row.settings[setting.path] for setting in settings)
        key += (index,) if asked.group_by == "none" else ()
        found.setdefault(key, []).append(row)
    drafts = []
    for many in found.values():
        members = sorted(many, key=lambda row: (row.seed is None, row.seed or 0))
        values = {
            setting.path: members[0].settings[setting.path] for setting in settings
        }
        drafts.append((build_group(members, values, metric), members))
    return drafts


def _ordered(
    drafts: list[tuple[Group, list[Row]]],
    settings: Settings,
    asked: Question,
    read: Gathered,
) -> list[tuple[Group, list[Row]]]:
    """Put the best first, or sort by a column; the larger experiment comes first."""
    numbered = [
        (replace(group, number=at), members)
        for at, (group, members) in enumerate(drafts)
    ]
    members = {group.number: many for group, many in numbered}
    metrics = metric_names([score.columns for score in read.scores])
    columns = group_columns(read.metric, metrics, settings, members)
    name = asked.sort or "best"
    if name not in columns:
        raise unknown("column", name, list(columns))
    high_first = name in _HIGH_FIRST
    if name in {"best", read.metric, "train_at_best"}:
        high_first = read.mode == "max"
    key = _sort_key(columns[name], highest_first=high_first)
    if asked.sort is None:
        return sorted(numbered, key=lambda one: (one[0].experiment, *key(one[0])))
    return sorted(numbered, key=lambda one: key(one[0]))


def _sort_key(
    column: Callable[[Group], Scalar], *, highest_first: bool
) -> Callable[[Group], tuple[bool, bool, float, str]]:
    """Numbers stand before texts, and what is missing stands last."""

    def key(group: Group) -> tuple[bool, bool, float, str]:
        value = column(group)
        number = float(value) if isinstance(value, int | float) else 0.0
        text = value if isinstance(value, str) else ""
        signed = -number if highest_first else number
        return value is None, isinstance(value, str), signed, text

    return key
