"""The columns of runs and of groups, as people see them and programs read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dlrun.comparison.comparison import ComparedRun, Group, GroupEstimates, Row
from dlrun.comparison.shown import (
    AsBestEpoch,
    AsCount,
    AsCurve,
    AsDifference,
    AsDuration,
    AsEpoch,
    AsMean,
    AsName,
    AsNumber,
    AsScore,
    AsTag,
    AsWords,
    Shown,
)
from dlrun.data import LAST_VALUE, SEASON_AGO

if TYPE_CHECKING:
    from dlrun.config import Scalar


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
    "finding": lambda row: row.finding.verdict if row.finding else None,
    "onset_epoch": lambda row: _part(row.score.judgement, "onset"),
    "wasted_epochs": lambda row: row.score.wasted_epochs,
    "parameters": lambda row: row.parameters,
    "seconds_per_epoch": lambda row: row.score.seconds_per_epoch,
}
"""Every column of a run but its settings: the name, which holds the unit, and value."""


@dataclass(frozen=True, slots=True)
class GroupColumn:
    """A column of the table of groups, as people, programs and questions know it."""

    name: str
    value: Callable[[GroupEstimates], Scalar]
    """What sort, `--filter`, `--fail-if`, CSV and JSON take it for."""
    shown: Shown | None = None
    """None: only programs and questions know it."""
    also: tuple[str, ...] = ()
    """Other names that people may type, such as its head."""
    is_exported: bool = True
    """Whether programs and questions know it."""
    highest_first: bool | None = False
    """Whether high values stand first where it is sorted by; None: as of the metric."""


def status(group: GroupEstimates) -> str:
    """How the runs of a group stand: what is not finished comes first."""
    states = sorted(group.states.items(), key=lambda item: item[0] == "finished")
    if len(states) == 1:
        return states[0][0]
    return ", ".join(f"{runs} {state}" for state, runs in states)


def _difference(part: str) -> Callable[[GroupEstimates], Scalar]:
    """One number of the difference to the baseline."""
    return _ranked(lambda group: _part(group.difference, part))


def _baseline(name: str) -> Callable[[GroupEstimates], Scalar]:
    """What those reach who predict a series without a model."""
    return lambda group: _part(group.baselines.get(name), "mean")


GROUP_COLUMNS: Final[tuple[GroupColumn, ...]] = (
    GroupColumn(
        "group",
        _ranked(lambda group: group.number),
        AsNumber(head="#", in_terminal=10, on_page=10),
    ),
    GroupColumn(
        "name",
        _ranked(lambda group: group.name),
        AsName(head="group", in_terminal=20, on_page=20),
    ),
    GroupColumn("n", lambda group: group.n),
    GroupColumn("runs", lambda group: " ".join(group.runs)),
    GroupColumn(
        "status",
        status,
        AsWords(
            head="status",
            rank=3,
            in_terminal=30,
            on_page=150,
            of=status,
            usual="finished",
        ),
    ),
    GroupColumn("experiment", lambda group: group.experiment),
    GroupColumn("epochs_done", lambda group: group.epochs),
    GroupColumn(
        "best",
        lambda group: _part(group.score, "mean"),
        AsScore(
            head="{metric}",
            title="mean over seeds, and half the width of its 95 % interval",
            in_terminal=40,
            on_page=30,
        ),
        highest_first=None,
    ),
    GroupColumn("best_sd", lambda group: _part(group.score, "sd")),
    GroupColumn("best_low", lambda group: _part(group.score, "low")),
    GroupColumn("best_high", lambda group: _part(group.score, "high")),
    GroupColumn("best_min", lambda group: _part(group.score, "minimum")),
    GroupColumn("best_max", lambda group: _part(group.score, "maximum")),
    GroupColumn("best_iqm", lambda group: _part(group.score, "iqm")),
    GroupColumn(
        "best_epoch",
        lambda group: group.best_epoch,
        AsBestEpoch(
            head="epoch",
            title="the best epoch, the median",
            rank=2,
            in_terminal=60,
            on_page=60,
        ),
        also=("epoch",),
    ),
    GroupColumn(
        "train_at_best",
        lambda group: _part(group.train, "mean"),
        AsMean(
            head="train",
            terminal_head="train_{measure}",
            title="on the train rows",
            rank=5,
            in_terminal=70,
            on_page=70,
            of=lambda group: group.train,
        ),
        highest_first=None,
    ),
    GroupColumn(
        "gap_at_best",
        lambda group: _part(group.gap, "mean"),
        AsMean(
            head="gap",
            title="validation minus train",
            rank=1,
            in_terminal=80,
            on_page=80,
            of=lambda group: group.gap,
            signed=True,
        ),
        also=("gap",),
    ),
    GroupColumn("gap_at_best_low", lambda group: _part(group.gap, "low")),
    GroupColumn("gap_at_best_high", lambda group: _part(group.gap, "high")),
    GroupColumn(
        "gap_at_end",
        lambda group: _part(group.gap_at_end, "mean"),
        AsMean(
            head="end gap",
            title="at the last epoch",
            rank=7,
            in_terminal=90,
            on_page=90,
            of=lambda group: group.gap_at_end,
            signed=True,
        ),
        also=("end_gap", "end gap"),
    ),
    GroupColumn(
        "difference",
        _difference("mean"),
        AsDifference(
            head="difference",
            terminal_head="against baseline",
            rank=2,
            in_terminal=50,
            on_page=40,
        ),
    ),
    GroupColumn("difference_low", _difference("low")),
    GroupColumn("difference_high", _difference("high")),
    GroupColumn("difference_p", _difference("p_adjusted")),
    GroupColumn("difference_pairs", _difference("n")),
    GroupColumn("share_better", _difference("share")),
    GroupColumn("word", _difference("word")),
    GroupColumn("is_tied_with_best", _ranked(lambda group: group.is_tied)),
    GroupColumn(
        "verdict",
        lambda group: group.verdict,
        AsTag(
            head="verdict",
            title="what the curves say; overfit@9 3/5: in 3 of 5 runs, from epoch 9 on",
            rank=1,
            in_terminal=100,
            on_page=50,
        ),
    ),
    GroupColumn("verdict_runs", lambda group: group.verdict_runs),
    GroupColumn(
        "onset_epoch",
        lambda group: group.onset,
        AsEpoch(head="onset", rank=8, in_terminal=110, of=lambda group: group.onset),
        also=("onset",),
    ),
    GroupColumn(
        "wasted_epochs",
        lambda group: group.wasted_epochs,
        AsEpoch(
            head="after best",
            title="epochs after the best",
            rank=8,
            in_terminal=120,
            on_page=100,
            of=lambda group: group.wasted_epochs,
            if_judged=True,
        ),
        also=("wasted", "after best"),
    ),
    GroupColumn(
        "test",
        lambda group: _part(group.test, "mean"),
        AsMean(
            head="test",
            terminal_head="test_{measure}",
            title="on the test rows",
            rank=1,
            in_terminal=130,
            on_page=110,
            of=lambda group: group.test,
        ),
        is_exported=False,  # Each run has all that was measured on its test rows.
    ),
    GroupColumn(
        "last_value",
        _baseline(LAST_VALUE),
        AsMean(
            head="last value",
            title="of who predicts the last known value of the series",
            rank=1,
            in_terminal=55,
            on_page=45,
            of=lambda group: group.baselines.get(LAST_VALUE),
        ),
        highest_first=None,
    ),
    GroupColumn(
        "season_ago",
        _baseline(SEASON_AGO),
        AsMean(
            head="season ago",
            title="of who predicts the value of a season ago",
            rank=1,
            in_terminal=56,
            on_page=46,
            of=lambda group: group.baselines.get(SEASON_AGO),
        ),
        highest_first=None,
    ),
    GroupColumn(
        "parameters",
        lambda group: group.parameters,
        AsCount(
            head="parameters",
            rank=9,
            in_terminal=140,
            on_page=130,
            of=lambda group: group.parameters,
        ),
    ),
    GroupColumn(
        "seconds_per_epoch",
        lambda group: group.seconds_per_epoch,
        AsDuration(
            head="s/epoch",
            title="seconds per epoch, the median",
            rank=10,
            in_terminal=150,
            on_page=140,
            of=lambda group: group.seconds_per_epoch,
        ),
        also=("s/epoch",),
    ),
    GroupColumn(
        "curve",
        lambda _: None,
        AsCurve(
            head="curves",
            terminal_head="{metric} curve",
            title="{curve} solid, train dashed",
            rank=6,
            in_terminal=160,
            on_page=120,
        ),
        is_exported=False,  # A picture has no value.
    ),
)
"""Every column of a group but its settings, in the order in which programs get them."""

GROUP_FIELDS: Final[dict[str, Callable[[GroupEstimates], Scalar]]] = {
    column.name: column.value for column in GROUP_COLUMNS if column.is_exported
}
"""What programs and questions know of a group: the name, which holds the unit."""

SEEN_AS: Final = {
    seen: column.name for column in GROUP_COLUMNS for seen in column.also
} | {"val_accuracy": "val_accuracy_at_best"}
"""What people type, where it is not the name of a column."""

RESERVED: Final = frozenset(
    {*FIELDS, *GROUP_FIELDS, *SEEN_AS, "train", "validation", "test"}
)
"""Heads that no setting may have."""


def _part(whole: object, name: str) -> Scalar:
    """One number of an estimate or a difference; None where there is none."""
    value: Scalar = None if whole is None else getattr(whole, name)
    return value
