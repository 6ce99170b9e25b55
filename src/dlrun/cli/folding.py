"""What the folds of a config say together, as `dlrun train` tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.cli.output import answer, remark

if TYPE_CHECKING:
    from dlrun.runs import FoldsFolder
    from dlrun.studies.folds import FoldedRuns
    from dlrun.studies.plan import Member
    from dlrun.studies.task import Ending

_COLUMNS_SHOWN = 3
"""Metrics beside the folds; the others are in the folder."""


@dataclass(frozen=True, slots=True)
class _Told:
    """Folds, and where they are kept."""

    folds: FoldedRuns
    folder: FoldsFolder | None = None
    """None: not every fold has results."""
    pooled: Mapping[str, object] = field(default_factory=dict)
    missing: tuple[Ending, ...] = ()
    """What became of the others."""

    def to_values(self) -> dict[str, object]:
        """Plain values, as `--json` prints them."""
        return {
            **self.folds.to_values(),
            "pooled": self.pooled,
            "path": None if self.folder is None else str(self.folder.path),
            "missing": [
                {
                    "seed": ending.member.seed,
                    "fold": ending.member.fold,
                    "run": None if ending.folder is None else ending.folder.name,
                    "state": _state(ending),
                }
                for ending in self.missing
            ],
        }


@dataclass
class Folding:
    """The folds of a plan; each config is told once all of its folds are finished.

    Where some fail or diverge, the others are told at the end, and that these lack.
    """

    members: Sequence[Member]
    root: Path
    """Where the runs are."""
    _told: dict[tuple[int, ...], _Told] = field(default_factory=dict)
    _endings: dict[int, Ending] = field(default_factory=dict)
    """What became of each member, by its number."""
    _why_not: dict[str, str] = field(default_factory=dict)
    """Why folds that are all finished have no mean, by the name of their config."""

    @cached_property
    def _sets(self) -> list[tuple[int, ...]]:
        from dlrun.studies.folds import find_fold_sets

        return find_fold_sets(self.members)

    def take(self, ending: Ending) -> None:
        """Keep what is complete now, while the plan is still there.

        Raises:
            RunError: A file is damaged, or the disk refuses.
        """
        self._endings[ending.number] = ending
        self._keep_complete()

    def _keep_complete(self) -> None:
        for numbers in self._sets:
            if numbers in self._told or self._without_results(numbers):
                continue
            folds = self._read(numbers)
            if folds is not None:
                self._told[numbers] = _Told(folds, *folds.keep(self.root))

    def take_the_rest(self) -> None:
        """Nothing more is trained: what is not complete now is told as it is.

        What another process has trained meanwhile counts: of several commands on the
        same folds the last one to end finds them all.

        Raises:
            RunError: A file is damaged, or the disk refuses.
        """
        self._keep_complete()
        for numbers in self._sets:
            lacking = self._without_results(numbers)
            present = [number for number in numbers if number not in lacking]
            known = [self._endings[one] for one in lacking if one in self._endings]
            are_some = len(present) > 1 and len(known) == len(lacking)
            folds = self._read(present) if lacking and are_some else None
            if folds is not None:
                self._told[numbers] = _Told(folds, missing=tuple(known))

    def _without_results(self, numbers: Sequence[int]) -> list[int]:
        return [
            number
            for number in numbers
            if number not in self._endings or not self._endings[number].is_finished
        ]

    def _read(self, numbers: Sequence[int]) -> FoldedRuns | None:
        """The folds of some members; `None`: the data have changed between them.

        Raises:
            RunError: A file is damaged.
        """
        from dlrun.studies.folds import FoldedRuns

        folders = [self._endings[number].folder for number in numbers]
        folds = FoldedRuns.read(
            [self.members[number - 1] for number in numbers],
            [folder for folder in folders if folder is not None],
        )
        other = folds.other_data()
        if other is None:
            return folds
        words = f"the data had changed when {other.name} was trained, so folds are no"
        self._why_not[folds.name] = f"{words} longer parts of one whole"
        return None

    def to_values(self) -> list[dict[str, object]]:
        """Plain values, as `--json` prints them; empty: there are no folds."""
        return [told.to_values() for told in self._told.values()]

    def kept_in(self) -> dict[str, Path]:
        """Where finished folds are kept, by the name of each of their runs."""
        return {
            run.folder.name: told.folder.path
            for told in self._told.values()
            if told.folder is not None
            for run in told.folds.runs
        }

    def tell(self) -> None:
        """A line per fold, the mean, and what all predictions say together."""
        for told in self._told.values():
            answer("\n".join(["", *_lines(told)]))

    def tell_missing(self) -> bool:
        """Say of which configs there is no mean; whether training anew gives one."""
        for numbers in self._sets:
            if numbers not in self._told:
                name = self.members[numbers[0] - 1].name
                why = self._why_not.get(name, "not every fold has results")
                remark(f"{name}: no mean over folds: {why}")
        return bool(self._why_not)


def _state(ending: Ending) -> str:
    """What became of a member without results, in a word."""
    return ending.state if ending.folder is None else ending.folder.status().state


def _lines(told: _Told) -> list[str]:
    from dlrun.estimates import mean_text, places_of
    from dlrun.runs import in_unit
    from dlrun.studies.folds import VARIANCE
    from dlrun.writing import Column, layout, number

    folds = told.folds
    runs, columns = folds.runs, folds.columns[:_COLUMNS_SHOWN]
    seeds = {run.seed for run in runs}
    shown = [Column("fold", tuple(f"{run.fold}" for run in runs), is_number=True)]
    if len(seeds) > 1:
        cells = tuple(f"{run.seed}" for run in runs)
        shown.append(Column("seed", cells, is_number=True))
    shown.append(Column("run", tuple(run.folder.name for run in runs)))
    shown.append(Column("rows", tuple(f"{run.validation:,}" for run in runs), True))
    for name in columns:
        cells = tuple(number(run.metrics.best[name]) for run in runs)
        shown.append(Column(name, cells, is_number=True))
    lines = [f"{folds.name}: {_what(told)}, each at its best epoch", *layout(shown)]
    lines += _lacking(told)
    for name in columns:
        mean = folds.mean(name)
        text = mean_text(mean, places_of([mean]))
        lines.append(f"{in_unit(folds.config, name, text)} ({mean.n} folds)")
    lines += _naive(told)
    lines.append(f"95 % intervals by the {VARIANCE}: folds share train rows")
    for name, figures in told.pooled.items():
        lines += _pooled(f" of {name}" if len(told.pooled) > 1 else "", figures)
    if told.folder is not None:
        lines.append(f"kept in {told.folder.path}")
    return lines


def _naive(told: _Told) -> list[str]:
    """What those reach who predict a series without a model; none of other rows."""
    from dlrun.report.baselines import baselines_text, mean_baselines

    runs = told.folds.runs
    means = mean_baselines([run.metrics.baselines for run in runs])
    rows = sum(run.validation for run in runs)
    return baselines_text(told.folds.config, means, rows)


def _what(told: _Told) -> str:
    runs = told.folds.runs
    if told.missing:
        return f"{len(runs)} of {len(runs) + len(told.missing)} folds"
    seeds = len({run.seed for run in runs})
    each = len(runs) // seeds
    return f"{each} folds" + (f" at each of {seeds} seeds" if seeds > 1 else "")


def _pooled(whose: str, figures: object) -> list[str]:
    """What the predictions of all folds for the rows they have not seen say.

    Args:
        whose: of which label and output they are, as ` of load+2`.
        figures: of an output; of several labels or steps, those of each.
    """
    from dlrun.writing import number

    if not isinstance(figures, Mapping):
        return []
    labels = figures.get("labels")
    if isinstance(labels, Mapping):
        return [
            line
            for name, one in labels.items()
            for line in _pooled(f" of {name}{whose}", one)
        ]
    measured = [
        f"{name} {number(figures[name])}"
        for name in ("accuracy", "mae", "rmse", "r2")
        if isinstance(figures.get(name), int | float)
    ]
    head = f"predictions{whose} out of fold, {figures['rows']:,} rows: "
    lines = [head + ", ".join(measured)]
    table = figures.get("confusion")
    return [*lines, *_confusion(figures)] if isinstance(table, list) else lines


def _lacking(told: _Told) -> list[str]:
    """Which folds have no results; a mean of the others is too good, if anything."""
    if not told.missing:
        return []
    seeds = {run.seed for run in told.folds.runs}
    named = [
        f"fold {ending.member.fold}"
        + (f" at seed {ending.member.seed}" if len(seeds) > 1 else "")
        + f" {_state(ending)}"
        for ending in told.missing
    ]
    return [f"without {', '.join(named)}: nothing below counts what is missing"]


_MOST_CLASSES = 12
"""A larger confusion is in the folder alone."""


def _confusion(figures: Mapping[str, object]) -> list[str]:
    from dlrun.writing import Column, layout

    classes, table = figures["classes"], figures["confusion"]
    if not isinstance(classes, list) or not isinstance(table, list):
        return []
    if len(classes) > _MOST_CLASSES:
        return []
    columns = [Column("true \\ predicted", tuple(classes))]
    columns += [
        Column(name, tuple(f"{row[place]:,}" for row in table), True)
        for place, name in enumerate(classes)
    ]
    return layout(columns)
