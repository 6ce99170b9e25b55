"""Conditions asked of runs (`--filter`) and of groups (`--fail-if`); both fail closed.

Whoever has no value is not said to meet a condition, nor not to: it is named with the
reason. So a run that diverged cannot pass a gate on its loss.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, get_args

from dlrun.comparison.column import FIELDS, GROUP_FIELDS, SEEN_AS
from dlrun.comparison.condition import Answer, ColumnValue, Domain, Unknown
from dlrun.comparison.expression import parse_condition
from dlrun.comparison.query import group_columns, run_columns
from dlrun.comparison.score import metric_names
from dlrun.components.index import kinds, listed
from dlrun.diagnosis import all_verdicts
from dlrun.estimates import Word
from dlrun.runs import State

if TYPE_CHECKING:
    from dlrun.comparison.comparison import (
        ComparedRun,
        Comparison,
        Group,
        GroupEstimates,
    )
    from dlrun.comparison.settings.difference import Setting
    from dlrun.config import Scalar

_Row = TypeVar("_Row")
_Cells: TypeAlias = Mapping[str, Callable[[_Row], ColumnValue]]

_TEXTS: Final = frozenset(
    {"run", "reason", "name", "runs", "status", "verdict", "finding", "word"}
)
_FLAGS: Final = frozenset({"is_tied_with_best"})
_AGAINST_ANOTHER: Final = frozenset(
    {
        "difference",
        "difference_low",
        "difference_high",
        "difference_p",
        "difference_pairs",
        "share_better",
        "word",
    }
)
"""What the group that others are measured against does not have."""
_OF_EACH_RUN: Final[Mapping[str, str]] = {
    **dict.fromkeys(("best_low", "best_high", "best_min", "best_max"), "best"),
    **dict.fromkeys(("best_iqm", "best_sd"), "best"),
    **dict.fromkeys(("gap_at_best_low", "gap_at_best_high"), "gap_at_best"),
}
"""Columns of groups that rest on a column of their runs of another name."""
_SHARE = re.compile(
    r"(train_|val_)?(\w+_)?(accuracy|auc|precision|recall|f1_score)(_\d+)?"
)
"""Metrics between 0 and 1."""
_COUNTS: Final = frozenset(
    {
        "best_epoch",
        "best_sd",
        "epochs_done",
        "epochs_planned",
        "n",
        "parameters",
        "seconds_per_epoch",
        "verdict_runs",
        "wasted_epochs",
    }
)
"""Columns that are never below 0."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A run or group of which nobody can tell whether it meets a condition."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Which groups meet a condition, and of which nobody can tell."""

    meeting: tuple[Group, ...]
    unknown: tuple[Unjudged, ...]


def judge_runs(
    text: str,
    runs: Sequence[ComparedRun],
    metric: str,
    metrics: Sequence[str],
    settings: Mapping[Setting, tuple[Scalar, ...]],
) -> list[Answer]:
    """Ask each run whether it meets a condition such as `val_loss < 0.5`.

    Args:
        text: The condition.
        runs: Those to ask.
        metric: What is compared.
        metrics: What the histories measure.
        settings: What differs, and the value of each run.

    Raises:
        QueryError: It cannot be read, names what there is not, or can never hold.
    """
    columns = run_columns(metric, metrics, settings)
    measured = FIELDS.keys() | {metric, *metrics}
    cells = {
        name: _run_cell(name, value) if _field(name) in measured else value
        for name, value in columns.items()
    }
    holds = parse_condition(
        text, cells, lambda name: _domain(name, metric, measured, cells, runs)
    )
    return [holds(lambda name, run=run: cells[name](run)) for run in runs]  # type: ignore[misc]


def judge_groups(comparison: Comparison, text: str) -> Judged:
    """Ask each group whether it meets a condition on its means, such as `gap > 0.1`.

    A run without the value leaves its group unknown, since the mean of the others
    would hide it, and so does one that could not be read.

    Raises:
        QueryError: It cannot be read, names what there is not, or can never hold.
    """
    metric = comparison.metric
    metrics = metric_names({row.score.columns for row in comparison.rows})
    settings = {
        setting: tuple(row.settings[setting.path] for row in comparison.rows)
        for setting in comparison.group_settings
    }
    columns = group_columns(metric, settings, comparison.rows)
    measured = FIELDS.keys() | GROUP_FIELDS.keys() | {metric, *metrics}
    groups = _Groups(comparison, run_columns(metric, metrics, {}))
    cells: dict[str, Callable[[Group], ColumnValue]] = {
        name: groups.cell(name, value) if _field(name) in measured else value
        for name, value in columns.items()
    }
    holds = parse_condition(
        text,
        cells,
        lambda name: _domain(name, metric, measured, cells, comparison.groups),
    )
    meeting: list[Group] = []
    unknown = [Unjudged(run.run, run.reason) for run in comparison.skipped]
    for group in comparison.groups:
        answer = holds(lambda name, group=group: cells[name](group))  # type: ignore[misc]
        if isinstance(answer, Unknown):
            unknown.append(Unjudged(group.name, answer.reason))
        elif answer:
            meeting.append(group)
    return Judged(tuple(meeting), tuple(unknown))


def _field(name: str) -> str:
    """The column that people call so."""
    return SEEN_AS.get(name, name)


def _run_cell(
    name: str, value: Callable[[ComparedRun], Scalar]
) -> Callable[[ComparedRun], ColumnValue]:
    """A column of runs that says who has no value, where that is no fact."""
    field = _field(name)

    def cell(run: ComparedRun) -> ColumnValue:
        known = value(run)
        if known is not None or field == "reason":
            return known
        if field in {"verdict", "onset_epoch"}:
            is_judged = run.score.judgement is not None
            # A run that was judged and has no onset does not overfit: a fact.
            return None if is_judged else Unknown(f"{run.run} is not diagnosed")
        return Unknown(f"{run.run} is {run.status} and has no {name}")

    return cell


class _Groups:
    """The columns of groups, unknown where they are unknown of one of their runs."""

    def __init__(
        self,
        comparison: Comparison,
        of_runs: Mapping[str, Callable[[ComparedRun], Scalar]],
    ) -> None:
        self._runs = {row.run: row for row in comparison.rows}
        self._of_runs = of_runs
        best = comparison.best_group
        self._reference = comparison.baseline or (best.number if best else None)

    def cell(
        self, name: str, value: Callable[[GroupEstimates], Scalar]
    ) -> Callable[[Group], ColumnValue]:
        field = _field(name)
        asked = _OF_EACH_RUN.get(field, name)
        of_each = self._of_runs.get(asked) if field not in _TEXTS else None
        run_cell = None if of_each is None else _run_cell(asked, of_each)

        def cell(group: Group) -> ColumnValue:
            if field in {"status", "verdict"} and (
                split := _disagreement(field, group)
            ):
                return Unknown(split)
            of_runs = [] if run_cell is None else map(run_cell, self._members(group))
            for of_run in of_runs:
                if isinstance(of_run, Unknown):
                    return of_run
            known = value(group)
            if known is not None or field == "onset_epoch":
                return known
            if field in _AGAINST_ANOTHER and group.number == self._reference:
                return None
            return Unknown(f"{group.name} has no {name}")

        return cell

    def _members(self, group: Group) -> list[ComparedRun]:
        return [self._runs[run] for run in group.runs]


def _disagreement(field: str, group: Group) -> str | None:
    """Why the runs of a group have no status, or no verdict, that stands for it."""
    if field == "verdict":
        if 2 * group.verdict_runs > len(group.runs):
            return None
        return (
            f"{group.name} has no verdict on most of its runs ({group.tag or 'none'})"
        )
    if len(group.states) == 1:
        return None
    counts = ", ".join(f"{count} {state}" for state, count in group.states.items())
    return f"the runs of {group.name} differ: {counts}"


def _domain(
    name: str,
    metric: str,
    measured: Iterable[str],
    cells: _Cells[_Row],
    rows: Iterable[_Row],
) -> Domain:
    """What may stand in a column of these rows."""
    found = [cells[name](row) for row in rows]
    values: set[Scalar] = {cell for cell in found if not isinstance(cell, Unknown)}
    field = _field(name)
    if field in _TEXTS:
        return _text_domain(field, values)
    if field in _FLAGS or field not in measured:
        return Domain(values=values, others=_class_names())
    what = (
        metric if field in {"best", "best_min", "best_max", "train_at_best"} else field
    )
    if _SHARE.fullmatch(what.removesuffix("_at_best")):
        return Domain("number", values, low=0, high=1)
    return Domain("number", values, low=0 if field in _COUNTS else -math.inf)


def _text_domain(field: str, values: set[Scalar]) -> Domain:
    if field in {"verdict", "finding"}:
        return Domain("text", values, _verdict_words(), undecided=_undecided())
    words = {"status": get_args(State), "word": get_args(Word)}.get(field)
    known = None if words is None else {word: word for word in words if word}
    return Domain("text", values, known)


@cache
def _verdict_words() -> Mapping[str, str]:
    """Every verdict by its spellings: in files, in configs, and in tables."""
    return {
        spelling: verdict.name
        for verdict in all_verdicts()
        for name in [verdict.name.lower()]
        for spelling in (name, name.replace("_", "-"), verdict.tag)
    }


@cache
def _undecided() -> Mapping[str, str]:
    """The verdicts that say that nobody can tell, and why."""
    return {
        verdict.name: f"not diagnosed: {verdict.meaning}"
        for verdict in all_verdicts()
        if verdict.colour == "unknown"
    }


@cache
def _class_names() -> frozenset[str]:
    """What a config may name, whether a run does or not."""
    return frozenset(
        name
        for kind in kinds()
        for key, entry in listed(kind).items()
        for name in (key, *entry["aliases"])
    )
