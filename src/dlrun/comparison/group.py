"""Runs -> groups: what differs between them, and which of them share a config."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from dlrun.comparison.column import RESERVED
from dlrun.comparison.comparison import ComparedRun, Skipped
from dlrun.comparison.condition import Unknown
from dlrun.comparison.gate import judge_runs
from dlrun.comparison.query import setting_names, unknown
from dlrun.comparison.settings.columns import by_column
from dlrun.comparison.settings.difference import Setting, find_settings
from dlrun.errors import RunError, UnjudgedError
from dlrun.writing import listing, one_line

if TYPE_CHECKING:
    from dlrun.comparison.read import Question, Runs
    from dlrun.comparison.reading import Reading
    from dlrun.comparison.settings.difference import Factor
    from dlrun.config import Scalar

SettingColumns: TypeAlias = Mapping[Setting, "tuple[Scalar, ...]"]
"""Keys that differ, each with a value per run."""


_NAMES_SHOWN = 5
FOLD = "data.split.fold"
"""The path of what tells folds apart, as seeds are told."""


@dataclass(frozen=True, slots=True)
class RunGroup:
    """The runs of one config, by seed."""

    runs: tuple[ComparedRun, ...]
    settings: Mapping[str, Scalar]
    """What tells it from other groups, by path."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """All groups, in the order of their first runs."""

    runs: Runs
    """Those that are asked for."""
    settings: SettingColumns
    group_settings: SettingColumns
    """Those that tell groups apart."""
    groups: tuple[RunGroup, ...]


def group_runs(runs: Runs, question: Question) -> Grouped:
    """Put the runs of one config together; what is not asked for is left out.

    Args:
        runs: All that were read.
        question: Which runs, and what tells groups apart.

    Raises:
        RunError: No run meets the condition.
        QueryError: The condition or the grouping names what there is not.
    """
    if question.where is not None:
        runs = _meeting(runs, question, question.where)
    settings = find_settings(_configs_by_column(runs.readings), RESERVED)
    chosen = _group_settings(settings, question)
    members: dict[tuple[object, ...], list[ComparedRun]] = {}
    for index, run in enumerate(_compared(runs, settings, question)):
        key: tuple[object, ...] = (run.experiment,)
        key += tuple(run.settings[setting.path] for setting in chosen)
        key += (index,) if question.group_by == "none" else ()
        members.setdefault(key, []).append(run)
    groups = tuple(
        RunGroup(
            tuple(sorted(alike, key=_by_seed)),
            {setting.path: alike[0].settings[setting.path] for setting in chosen},
        )
        for alike in members.values()
    )
    return Grouped(runs, settings, chosen, groups)


def _by_seed(run: ComparedRun) -> tuple[bool, int, int]:
    return run.seed is None, run.seed or 0, run.fold or 0


def name_groups(groups: Sequence[RunGroup], factors: Sequence[Factor]) -> list[str]:
    """Call each group by what people call it, or by what it alone is.

    A run that stands alone keeps its name; configs of different names go by these, and
    those that share one by what differs between them, too; all others by that alone.
    """
    if all(len(group.runs) == 1 for group in groups):
        return [group.runs[0].run for group in groups]
    # What always goes together tells groups apart by its first key alone.
    leading = [factor.settings[0] for factor in factors]
    names = [{run.config_name for run in group.runs} for group in groups]
    single = [texts.copy().pop() for texts in names if len(texts) == 1]
    counts = Counter(single)
    if len(single) < len(groups) or not all(single) or len(counts) == 1 < len(groups):
        return [_differing(group.settings, leading) or "all runs" for group in groups]
    titles = []
    for name, group in zip(single, groups, strict=True):
        values = group.settings
        alike = [
            other.settings
            for other, shared in zip(groups, single, strict=True)
            if shared == name
        ]
        own = [
            setting
            for setting in leading
            if any(other[setting.path] != values[setting.path] for other in alike)
        ]
        titles.append(f"{name} ({_differing(values, own)})" if own else name)
    return titles


def _differing(values: Mapping[str, Scalar], settings: Sequence[Setting]) -> str:
    return ", ".join(
        f"{setting.head}={one_line(values[setting.path])}" for setting in settings
    )


def _configs_by_column(readings: Sequence[Reading]) -> Sequence[Mapping[str, object]]:
    configs = _configs(readings)
    sections = [config.get("data") for config in configs]
    encode = [isinstance(one, Mapping) and "columns" in one for one in sections]
    return by_column(readings, configs) if any(encode) else configs


def _configs(readings: Sequence[Reading]) -> list[Mapping[str, object]]:
    """The configs in what may differ: the variables stand for what follows from them.

    A section that all have written alike differs by variables alone, and these by
    those that are not computed from others.
    """
    known = [reading.variables for reading in readings]
    if not known or any(variables is None for variables in known):
        return [reading.config for reading in readings]
    given = [variables for variables in known if variables is not None]
    names = _shared(
        {name for name in one.values if name not in one.computed} for one in given
    )
    alike = {
        section
        for section in readings[0].config
        if len({one.sections.get(section) for one in given}) == 1
    }
    return [
        {
            "vars": {name: one.values[name] for name in one.values if name in names},
            **{key: reading.config[key] for key in reading.config if key not in alike},
        }
        for one, reading in zip(given, readings, strict=True)
    ]


def _shared(names: Iterable[set[str]]) -> set[str]:
    return set.intersection(*names)


def _meeting(runs: Runs, question: Question, condition: str) -> Runs:
    """Keep the runs that meet the condition."""
    settings = find_settings(_configs_by_column(runs.readings), RESERVED)
    compared = _compared(runs, settings, question)
    answers = judge_runs(condition, compared, runs.metric, runs.metrics, settings)
    kept = tuple(
        scored
        for scored, answer in zip(runs.scored, answers, strict=True)
        if answer is True
    )
    unjudged = tuple(
        Skipped(run.run, f"{condition!r} cannot be judged: {answer.reason}")
        for run, answer in zip(compared, answers, strict=True)
        if isinstance(answer, Unknown)
    )
    if not kept:
        raise _nothing_meets(condition, len(compared), unjudged)
    return replace(
        runs,
        scored=kept,
        skipped=(*runs.skipped, *unjudged),
        unjudged=(*runs.unjudged, *unjudged),
    )


def _nothing_meets(condition: str, asked: int, unjudged: Sequence[Skipped]) -> RunError:
    message = f"none of the {asked} runs meets {condition!r}"
    if not unjudged:
        return RunError(message, hint="ask for less, or compare without --filter")
    names = listing((run.run for run in unjudged), _NAMES_SHOWN)
    message += f"; it cannot be judged of {names}: {unjudged[0].reason}"
    return UnjudgedError(message, hint="ask for what they have, such as status")


def _compared(
    runs: Runs, settings: SettingColumns, question: Question
) -> list[ComparedRun]:
    """What is compared of each run, in the order they came."""
    experiments = _experiments(
        [reading.measures(runs.metric) for reading in runs.readings]
    )
    chosen = _group_settings(settings, question)
    free = {setting.path for setting in settings if setting not in chosen}
    free -= {"seed", FOLD}
    pairs: dict[tuple[object, ...], int] = {}
    compared = []
    for index, scored in enumerate(runs.scored):
        reading = scored.reading
        values = {setting.path: column[index] for setting, column in settings.items()}
        seed, fold = reading.partition_seed, reading.fold
        key = (seed, fold, reading.validation_hash, *(values[path] for path in free))
        run = ComparedRun(
            run=reading.name,
            status=reading.status.state,
            reason=reading.status.reason,
            seed=reading.seed,
            pair=pairs.setdefault(key, len(pairs)),
            settings=values,
            score=scored.score,
            epochs_planned=reading.epochs_planned,
            parameters=reading.summary.parameters,
            validation_rows=reading.summary.num_validation,
            experiment=experiments[index],
            config_name=reading.config_name,
            test=reading.test if question.test else {},
            baselines=reading.metrics.baselines,
            gain=reading.gain,
            finding=reading.finding,
            fold=fold,
            partition_seed=seed,
            overlap=reading.overlap,
        )
        compared.append(run)
    return compared


def _group_settings(settings: SettingColumns, question: Question) -> SettingColumns:
    """What tells groups apart: all but seed and fold, or what was asked for."""
    if question.group_by in {"auto", "none"}:
        paths = {setting.path for setting in settings} - {"seed", FOLD}
    else:
        # Of settings that are always equal, the first gives the group its name.
        listed = reversed([*setting_names(settings)])
        owners = {name: setting.path for setting, names in listed for name in names}
        keys = [key.strip() for key in question.group_by.split(",")]
        for key in keys:
            if key not in owners:
                raise unknown("setting that differs", key, list(owners))
        paths = {owners[key] for key in keys}
    return {
        setting: values for setting, values in settings.items() if setting.path in paths
    }


def _experiments(keys: Sequence[tuple[str | None, ...]]) -> list[int]:
    """Number the things that are measured: 1 is what most runs measure.

    Args:
        keys: What must agree, per run; what is unknown agrees with the most usual.
    """
    counts = Counter(key for key in keys if None not in key)
    order = {key: rank for rank, (key, _) in enumerate(counts.most_common(), 1)}
    return [
        next((rank for other, rank in order.items() if _agree(key, other)), 1)
        for key in keys
    ]


def _agree(key: Sequence[str | None], other: Sequence[str | None]) -> bool:
    return all(
        part is None or part == usual for part, usual in zip(key, other, strict=True)
    )
