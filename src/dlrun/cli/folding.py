"""What the folds of a config say together, as `dlrun train` tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.cli.output import answer, remark

if TYPE_CHECKING:
    from dlrun.runs import FoldsFolder, RunFolder
    from dlrun.studies.folds import Folds
    from dlrun.studies.plan import Member

_COLUMNS_SHOWN = 3
"""Metrics beside the folds; the others are in the folder."""


@dataclass(frozen=True, slots=True)
class _Told:
    """Folds that are all finished, and where they are kept."""

    folds: Folds
    folder: FoldsFolder
    pooled: Mapping[str, object]


@dataclass
class Folding:
    """The folds of a plan; each config is told once all of its folds are finished."""

    members: Sequence[Member]
    root: Path
    """Where the runs are."""
    _told: dict[tuple[int, ...], _Told] = field(default_factory=dict)

    @cached_property
    def _sets(self) -> list[tuple[int, ...]]:
        from dlrun.studies.folds import find_fold_sets

        return find_fold_sets(self.members)

    def take(self, finished: Mapping[int, RunFolder]) -> None:
        """Keep what is complete now, while the plan is still there.

        Args:
            finished: Runs by the numbers of their members.

        Raises:
            RunError: A file is damaged, or the disk refuses.
        """
        from dlrun.studies.folds import Folds

        for numbers in self._sets:
            if numbers in self._told or not finished.keys() >= {*numbers}:
                continue
            members = [self.members[number - 1] for number in numbers]
            folds = Folds.read(members, [finished[number] for number in numbers])
            self._told[numbers] = _Told(folds, *folds.keep(self.root))

    def to_values(self) -> list[dict[str, object]]:
        """Plain values, as `--json` prints them; empty: there are no folds."""
        return [
            {
                **told.folds.to_values(),
                "pooled": told.pooled,
                "path": str(told.folder.path),
            }
            for told in self._told.values()
        ]

    def tell(self) -> None:
        """A line per fold, the mean, and what all predictions say together."""
        for told in self._told.values():
            answer("\n".join(["", *_lines(told)]))

    def tell_missing(self) -> None:
        """Say of which configs not every fold has results."""
        for numbers in self._sets:
            if numbers not in self._told:
                name = self.members[numbers[0] - 1].name
                remark(f"{name}: no mean over folds: not every fold has results")


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
    lines = [f"{folds.name}: {_what(folds)}, each at its best epoch", *layout(shown)]
    for name in columns:
        mean = folds.mean(name)
        text = mean_text(mean, places_of([mean]))
        lines.append(f"{in_unit(folds.config, name, text)} ({mean.n} folds)")
    lines.append(f"95 % intervals by the {VARIANCE}: folds share train rows")
    lines += [line for one in told.pooled.items() for line in _pooled(told, *one)]
    return [*lines, f"kept in {told.folder.path}"]


def _what(folds: Folds) -> str:
    seeds = len({run.seed for run in folds.runs})
    each = len(folds.runs) // seeds
    return f"{each} folds" + (f" at each of {seeds} seeds" if seeds > 1 else "")


def _pooled(told: _Told, output: str, figures: object) -> list[str]:
    """What the predictions of all folds for the rows they have not seen say."""
    from dlrun.writing import number

    if not isinstance(figures, Mapping):
        return []
    whose = f" of {output}" if len(told.pooled) > 1 else ""
    labels = figures.get("labels")
    if isinstance(labels, Mapping):
        return [
            line
            for name, one in labels.items()
            for line in _pooled(told, f"{name}{whose}", one)
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
