"""What may be asked of the columns: names to sort by, to filter by and to check."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dlrun.comparison.column import FIELDS, GROUP_FIELDS, SEEN_AS
from dlrun.comparison.expression import hint_of
from dlrun.comparison.score import metric_names
from dlrun.errors import QueryError

if TYPE_CHECKING:
    from dlrun.comparison.comparison import (
        ComparedRun,
        GroupEstimates,
    )
    from dlrun.comparison.settings.difference import Setting
    from dlrun.config import Scalar


def run_columns(
    metric: str,
    metrics: Sequence[str],
    settings: Mapping[Setting, tuple[Scalar, ...]],
) -> dict[str, Callable[[ComparedRun], Scalar]]:
    """Every name that a condition on runs may use, with what it stands for.

    Args:
        metric: What is compared; its name stands for its value.
        metrics: What the histories measure.
        settings: What differs, and the value of each run; each goes by its path and
            every ending of it.
    """
    columns: dict[str, Callable[[ComparedRun], Scalar]] = {
        name: _at_best(name) for name in metrics
    }
    columns |= FIELDS | {seen: FIELDS[name] for seen, name in SEEN_AS.items()}
    del columns["group"]  # There are none before it is known which runs are left out.
    columns[metric] = FIELDS["best"]
    for setting, names in setting_names(settings):
        columns |= {name: _setting(setting) for name in names if name not in columns}
    return columns


def group_columns(
    metric: str,
    settings: Mapping[Setting, tuple[Scalar, ...]],
    runs: Iterable[ComparedRun],
) -> dict[str, Callable[[GroupEstimates], Scalar]]:
    """Every name that a condition on groups, or their order, may use.

    Args:
        metric: What is compared; its name stands for the mean.
        settings: What the groups differ in, and the value of each run.
        runs: Those of all groups; what they measure stands for its mean.
    """
    by_name = {run.run: run for run in runs}
    metrics = metric_names({run.score.columns for run in by_name.values()})
    columns: dict[str, Callable[[GroupEstimates], Scalar]] = {
        name: _mean_at_best(name, by_name) for name in metrics
    }
    columns["val_accuracy_at_best"] = _mean_at_best("val_accuracy", by_name)
    columns |= GROUP_FIELDS
    columns |= {seen: columns[name] for seen, name in SEEN_AS.items()}
    columns |= {metric: GROUP_FIELDS["best"], "run": GROUP_FIELDS["runs"]}
    for setting, names in setting_names(settings):
        columns |= {
            name: _group_setting(setting) for name in names if name not in columns
        }
    return columns


def setting_names(
    settings: Mapping[Setting, tuple[Scalar, ...]],
) -> Iterator[tuple[Setting, list[str]]]:
    """Each setting with its path, its head, and the endings that mean no other one.

    Args:
        settings: What differs, and the value of each run.
    """
    owners: dict[str, set[tuple[Scalar, ...]]] = {}
    for setting, values in settings.items():
        for ending in _endings(setting.path):
            owners.setdefault(ending, set()).add(values)
    for setting in settings:
        endings = _endings(setting.path)
        clear = [ending for ending in endings if len(owners[ending]) == 1]
        yield setting, [setting.path, setting.head, *clear]


def unknown(kind: str, name: str, names: Collection[str]) -> QueryError:
    """An error that tells the nearest name, or all there are."""
    return QueryError(f"no run has the {kind} {name!r}", hint=hint_of(name, names))


def _endings(path: str) -> list[str]:
    """`model.layers[0].Dense.units` -> itself without its first words, one by one."""
    words = path.split(".")
    return [".".join(words[start:]) for start in range(1, len(words))]


def _at_best(name: str) -> Callable[[ComparedRun], Scalar]:
    return lambda row: row.score.at_best(name)


def _setting(setting: Setting) -> Callable[[ComparedRun], Scalar]:
    return lambda row: row.settings[setting.path]


def _group_setting(setting: Setting) -> Callable[[GroupEstimates], Scalar]:
    return lambda group: group.settings[setting.path]


def _mean_at_best(
    name: str, runs: Mapping[str, ComparedRun]
) -> Callable[[GroupEstimates], Scalar]:
    def mean(group: GroupEstimates) -> Scalar:
        values = [runs[run].score.at_best(name) for run in group.runs]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known else None

    return mean
