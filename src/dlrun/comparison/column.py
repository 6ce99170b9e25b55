"""The columns that can be sorted, filtered, checked and exported, by their names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from dlrun.comparison.comparison import ComparedRun, Group, GroupEstimates, Row
from dlrun.comparison.expression import hint_of, parse_condition
from dlrun.errors import QueryError

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Comparison
    from dlrun.comparison.settings.difference import Setting
    from dlrun.comparison.settings.text import Scalar


def _grouped(value: Callable[[Row], Scalar]) -> Callable[[ComparedRun], Scalar]:
    """A column of runs that is known once they have a group; before, None."""
    return lambda row: value(row) if isinstance(row, Row) else None


def _ranked(value: Callable[[Group], Scalar]) -> Callable[[GroupEstimates], Scalar]:
    """A column of groups that is known once they are in order; before, None."""
    return lambda group: value(group) if isinstance(group, Group) else None


FIELDS: Final[dict[str, Callable[[ComparedRun], Scalar]]] = {
    "run": lambda row: row.run,
    "group": _grouped(lambda row: row.group),
    "status": lambda row: row.status,
    "reason": lambda row: row.reason,
    "epochs_done": lambda row: row.score.epochs,
    "epochs_planned": lambda row: row.epochs_planned,
    "best": lambda row: row.score.best,
    "best_epoch": lambda row: row.score.best_epoch,
    "train_at_best": lambda row: row.score.train_at_best,
    "gap_at_best": lambda row: row.score.gap_at_best,
    "gap_at_end": lambda row: row.score.gap_at_end,
    "val_accuracy_at_best": lambda row: row.score.at_best("val_accuracy"),
    "verdict": lambda row: _part(row.score.judgement, "verdict"),
    "onset_epoch": lambda row: _part(row.score.judgement, "onset"),
    "wasted_epochs": lambda row: row.score.wasted_epochs,
    "parameters": lambda row: row.parameters,
    "seconds_per_epoch": lambda row: row.score.seconds_per_epoch,
}
"""Every column of a run but its settings: the name, which holds the unit, and value."""

GROUP_FIELDS: Final[dict[str, Callable[[GroupEstimates], Scalar]]] = {
    "group": _ranked(lambda group: group.number),
    "name": _ranked(lambda group: group.name),
    "n": lambda group: group.n,
    "runs": lambda group: " ".join(group.runs),
    "status": lambda group: status(group),  # noqa: PLW0108 - defined below
    "experiment": lambda group: group.experiment,
    "epochs_done": lambda group: group.epochs,
    "best": lambda group: _part(group.score, "mean"),
    "best_sd": lambda group: _part(group.score, "sd"),
    "best_low": lambda group: _part(group.score, "low"),
    "best_high": lambda group: _part(group.score, "high"),
    "best_min": lambda group: _part(group.score, "minimum"),
    "best_max": lambda group: _part(group.score, "maximum"),
    "best_iqm": lambda group: _part(group.score, "iqm"),
    "best_epoch": lambda group: group.best_epoch,
    "train_at_best": lambda group: _part(group.train, "mean"),
    "gap_at_best": lambda group: _part(group.gap, "mean"),
    "gap_at_best_low": lambda group: _part(group.gap, "low"),
    "gap_at_best_high": lambda group: _part(group.gap, "high"),
    "gap_at_end": lambda group: _part(group.gap_at_end, "mean"),
    "difference": _ranked(lambda group: _part(group.difference, "mean")),
    "difference_low": _ranked(lambda group: _part(group.difference, "low")),
    "difference_high": _ranked(lambda group: _part(group.difference, "high")),
    "difference_p": _ranked(lambda group: _part(group.difference, "p_adjusted")),
    "difference_pairs": _ranked(lambda group: _part(group.difference, "n")),
    "share_better": _ranked(lambda group: _part(group.difference, "share")),
    "word": _ranked(lambda group: _part(group.difference, "word")),
    "is_tied_with_best": _ranked(lambda group: group.is_tied),
    "verdict": lambda group: group.verdict,
    "verdict_runs": lambda group: group.verdict_runs,
    "onset_epoch": lambda group: group.onset,
    "wasted_epochs": lambda group: group.wasted_epochs,
    "parameters": lambda group: group.parameters,
    "seconds_per_epoch": lambda group: group.seconds_per_epoch,
}
"""Every column of a group but its settings."""

SEEN_AS: Final = {
    "epoch": "best_epoch",
    "gap": "gap_at_best",
    "end_gap": "gap_at_end",
    "end gap": "gap_at_end",
    "onset": "onset_epoch",
    "wasted": "wasted_epochs",
    "val_accuracy": "val_accuracy_at_best",
    "s/epoch": "seconds_per_epoch",
}
"""The heads that people see, where they are not the names of the columns."""

RESERVED: Final = frozenset(
    {*FIELDS, *GROUP_FIELDS, *SEEN_AS, "train", "validation", "test"}
)
"""Heads that no setting may have."""

_NO_METRIC: Final = frozenset({"epoch", "seconds", "learning_rate", "weights_sha256"})


def metric_names(rows: Collection[Sequence[str]]) -> list[str]:
    """The columns of histories that measure something.

    Args:
        rows: The columns of each history.
    """
    return sorted({name for columns in rows for name in columns} - _NO_METRIC)


def status(group: GroupEstimates) -> str:
    """How the runs of a group stand: what is not finished comes first."""
    states = sorted(group.states.items(), key=lambda item: item[0] == "finished")
    if len(states) == 1:
        return states[0][0]
    return ", ".join(f"{many} {state}" for state, many in states)


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
    found: dict[str, Callable[[ComparedRun], Scalar]] = {
        name: _at_best(name) for name in metrics
    }
    found |= FIELDS | {seen: FIELDS[name] for seen, name in SEEN_AS.items()}
    found[metric] = FIELDS["best"]
    for setting, names in setting_names(settings):
        found |= {name: _setting(setting) for name in names if name not in found}
    return found


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
    found: dict[str, Callable[[GroupEstimates], Scalar]] = {
        name: _mean_at_best(name, by_name) for name in metrics
    }
    found["val_accuracy_at_best"] = _mean_at_best("val_accuracy", by_name)
    found |= GROUP_FIELDS
    found |= {seen: found[name] for seen, name in SEEN_AS.items()}
    found |= {metric: GROUP_FIELDS["best"], "run": GROUP_FIELDS["runs"]}
    for setting, names in setting_names(settings):
        found |= {name: _group_setting(setting) for name in names if name not in found}
    return found


def groups_that(comparison: Comparison, condition: str) -> list[Group]:
    """The groups that meet a condition on their means, such as `gap > 0.1`.

    Raises:
        QueryError: The condition cannot be read, or names what there is not.
    """
    settings = {
        setting: tuple(row.settings[setting.path] for row in comparison.rows)
        for setting in comparison.group_settings
    }
    columns = group_columns(comparison.metric, settings, comparison.rows)
    holds = parse_condition(condition, columns)

    def meets(group: Group) -> bool:
        return holds(lambda name: columns[name](group))

    return [group for group in comparison.groups if meets(group)]


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


def unknown(kind: str, name: str, known: Collection[str]) -> QueryError:
    """An error that tells the nearest name, or all there are."""
    return QueryError(f"no run has the {kind} {name!r}", hint=hint_of(name, known))


def _endings(path: str) -> list[str]:
    """`model.layers[0].Dense.units` -> itself without its first words, one by one."""
    words = path.split(".")
    return [".".join(words[at:]) for at in range(1, len(words))]


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


def _part(whole: object, name: str) -> Scalar:
    """One number of an estimate or a difference; None where there is none."""
    value: Scalar = None if whole is None else getattr(whole, name)
    return value
