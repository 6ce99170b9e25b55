"""Cross-validation: a run for each fold, and what they say together."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.config import located
from dlrun.estimates import Estimate, estimate
from dlrun.estimates.pooled import pooled_figures
from dlrun.experiment import parse_spec
from dlrun.experiment.folding import folding
from dlrun.runs import FoldsFolder, RunFolder, csv_line, keep_folds
from dlrun.studies.plan import Member, config_key

if TYPE_CHECKING:
    from dlrun.config import Node
    from dlrun.runs import Metrics, Summary

VARIANCE = "corrected variance of Nadeau and Bengio, 2003"
"""How intervals over folds are made, as people are told."""


def with_folds(values: object, folds: int) -> tuple[list[str], str]:
    """The `-s` arguments that divide the rows of a config into folds.

    Folds stand in the place of a share that validates.

    Args:
        values: Of the config, as it was written.
        folds: So many.

    Returns:
        The arguments, and what they replace; empty: nothing.
    """
    changes, replaced = folding(values, folds)
    return [f"{path}={json.dumps(value)}" for path, value in changes.items()], replaced


def _section(values: object, *path: str) -> Mapping[str, object]:
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values if isinstance(values, Mapping) else {}


def members_of_folds(
    member: Member, read: Callable[[Sequence[str]], Node]
) -> Iterator[Member]:
    """A member for each fold of a config that names none, else the member.

    Args:
        member: The config, validated.
        read: Reads it with more `-s` arguments.
    """
    split = member.experiment.spec.data.split
    if split is None or not split.lacks_fold:
        yield member
        return
    for fold in range(1, split.all_folds + 1):
        node = read([f"data.split.fold={fold}"])
        with located(node):
            yield Member(node, parse_spec(node))


def find_fold_sets(members: Sequence[Member]) -> list[tuple[int, ...]]:
    """The members that are all folds of a config, by their numbers in the plan.

    Those that differ in fold and seed alone belong together; of a config that is there
    twice the first of each, and the second of each.
    """
    found: dict[tuple[str, int], dict[int, list[int]]] = {}
    wanted: dict[str, int] = {}
    seen: Counter[tuple[str, int, int | None]] = Counter()
    for number, member in enumerate(members, 1):
        split = member.experiment.spec.data.split
        if split is None or split.fold is None:
            continue
        key = _key(member)
        wanted[key] = split.all_folds
        same = (key, member.seed, member.fold)
        by_seed = found.setdefault((key, seen[same]), {})
        by_seed.setdefault(member.seed, []).append(number)
        seen[same] += 1
    return [
        tuple(number for numbers in by_seed.values() for number in numbers)
        for (key, _), by_seed in found.items()
        if all(len(numbers) == wanted[key] for numbers in by_seed.values())
    ]


def _key(member: Member) -> str:
    """A hash of its config but for seed and fold."""
    values = dict(member.experiment.spec.values())
    data = dict(_section(values, "data"))
    split = {**_section(data, "split"), "fold": None}
    return config_key({**values, "seed": None, "data": {**data, "split": split}})


@dataclass(frozen=True, slots=True)
class FoldRun:
    """A finished run of a fold."""

    folder: RunFolder
    seed: int
    fold: int
    summary: Summary
    metrics: Metrics

    @property
    def train(self) -> int:
        """How many rows train."""
        return self.summary.num_train or 0

    @property
    def validation(self) -> int:
        """How many rows validate."""
        return self.summary.num_validation or 0


@dataclass(frozen=True, slots=True)
class FoldedRuns:
    """The runs of all folds of a config, for one seed or several."""

    name: str
    """Of the config."""
    config: Mapping[str, object]
    """Of the first run."""
    runs: tuple[FoldRun, ...]

    @classmethod
    def read(
        cls, members: Sequence[Member], folders: Sequence[RunFolder]
    ) -> FoldedRuns:
        """Read the runs of members, in their order.

        Raises:
            RunError: A file is missing or damaged.
        """
        runs = tuple(
            FoldRun(one, member.seed, member.fold or 1, one.summary(), one.metrics())
            for member, one in zip(members, folders, strict=True)
        )
        return cls(members[0].name, folders[0].config(), runs)

    def other_data(self) -> RunFolder | None:
        """The first run that was trained on other rows than those before it.

        Raises:
            RunError: A file is missing or damaged.
        """
        first, *others = (run.folder.split().data_sha256 for run in self.runs)
        differs = (place for place, one in enumerate(others, 1) if one != first)
        place = next(differs, None)
        return None if place is None else self.runs[place].folder

    @property
    def monitor(self) -> str:
        """What the runs are judged by."""
        return self.runs[0].metrics.monitor or "val_loss"

    @property
    def columns(self) -> list[str]:
        """What all runs have measured on the rows that validate; the monitor first."""
        names = [name for name in self.runs[0].metrics.best if name.startswith("val_")]
        known = [
            name
            for name in names
            if all(math.isfinite(_at_best(run, name)) for run in self.runs)
        ]
        return sorted(known, key=lambda name: name != self.monitor)

    @property
    def overlap(self) -> float:
        """Rows that validate over rows that train, on average."""
        shares = [run.validation / run.train for run in self.runs if run.train]
        return math.fsum(shares) / len(shares) if shares else 0.0

    def mean(self, column: str) -> Estimate:
        """The mean over folds with its interval, by the corrected variance.

        Runs of several seeds that validate on the same rows, as folds in time do, are a
        single value.
        """
        by_rows: dict[object, list[float]] = {}
        for run in self.runs:
            rows = run.summary.validation_hash or (run.seed, run.fold)
            by_rows.setdefault(rows, []).append(_at_best(run, column))
        values = [math.fsum(one) / len(one) for one in by_rows.values()]
        return estimate(values, self.overlap)

    def keep(self, root: Path) -> tuple[FoldsFolder, Mapping[str, object]]:
        """Write the folder of these runs; return it and the pooled figures by output.

        Raises:
            RunError: The disk refuses, or predictions are damaged.
        """
        rows = [*self._rows()]
        pooled = self._pooled(rows) if rows else {}
        table = None
        if rows:
            table = [*rows[0]], [[*row.values()] for row in rows]
        record = {**self.to_values(), "pooled": pooled}
        names = [run.folder.name for run in self.runs]
        return keep_folds(root, self.name, names, record, table), pooled

    def _rows(self) -> Iterator[dict[str, str]]:
        """Out-of-fold predictions; runs that keep no table of them have none."""
        if not all(run.folder.predictions_file.is_file() for run in self.runs):
            return
        for run in self.runs:
            for row in run.folder.predictions():
                first, *others = row
                place = {"seed": f"{run.seed}", "fold": f"{run.fold}"}
                yield {first: row[first], **place, **{key: row[key] for key in others}}

    def _pooled(self, rows: Sequence[Mapping[str, str]]) -> dict[str, object]:
        outputs = self.runs[0].folder.preprocessing().outputs
        alone = len(outputs) == 1
        return {
            name: pooled_figures(
                rows,
                "" if alone else f"{name}_",
                # As the tables have them, where a spreadsheet takes none for a formula.
                output.classes and [_cell(one) for one in output.classes],
            )
            for name, output in outputs.items()
        }

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        means = {name: self.mean(name) for name in self.columns}
        return {
            "name": self.name,
            "overlap": self.overlap,
            "variance": VARIANCE,
            "runs": [
                {
                    "run": run.folder.name,
                    "seed": run.seed,
                    "fold": run.fold,
                    "train": run.train,
                    "validation": run.validation,
                    "metrics": {name: _at_best(run, name) for name in self.columns},
                }
                for run in self.runs
            ],
            "mean": {
                name: {
                    "mean": mean.mean,
                    "low": mean.low,
                    "high": mean.high,
                    "n": mean.n,
                }
                for name, mean in means.items()
            },
        }


def _cell(name: str) -> str:
    return next(csv.reader([csv_line([name])]))[0]


def _at_best(run: FoldRun, column: str) -> float:
    return run.metrics.best.get(column, math.nan)
