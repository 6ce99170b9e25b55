"""Runs side by side: what differs in their configs, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from dlrun.errors import RunError
from dlrun.report.caveat import find_caveats
from dlrun.report.curve import Mode
from dlrun.report.difference import Scalar, Setting, find_settings
from dlrun.report.reading import Reading, Score, read_run, read_score
from dlrun.runs import RunFolder, State

if TYPE_CHECKING:
    import pandas as pd

_BEST_IS_HIGH = frozenset({"val_accuracy_at_best"})
"""Columns of which high values are good; of the others low ones stand first."""
_REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One run of a comparison."""

    run: str
    status: State
    reason: str | None
    settings: tuple[Scalar, ...]
    """The values of the comparison's settings, in their order."""
    score: Score
    epochs_planned: int | None
    parameters: int | None
    group: int
    """Runs of one number have the same config but for seed, name and tags."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A run that cannot be compared, and why."""

    run: str
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs compared by one metric; the best comes first unless sorted otherwise."""

    metric: str
    mode: Mode
    rows: tuple[Row, ...]
    settings: tuple[Setting, ...]
    caveats: tuple[str, ...]
    """What to know before any number is trusted."""
    skipped: tuple[Skipped, ...]

    @override
    def __str__(self) -> str:
        """What `dlrun compare` prints into a pipe."""
        from dlrun.report.text import render_text

        return render_text(self)

    def to_frame(self) -> pd.DataFrame:
        """A row per run: every number, and the settings that differ by their paths."""
        import pandas as pd

        names = [*FIELDS, *(setting.path for setting in self.settings)]
        rows = [
            [*(field(row) for field in FIELDS.values()), *row.settings]
            for row in self.rows
        ]
        return pd.DataFrame(rows, columns=names)

    def winner(self) -> Row | None:
        """The run with the best value; None if no run has one yet."""
        rated = [row for row in self.rows if row.score.best is not None]
        return min(rated, key=lambda row: _goodness(row, self.mode), default=None)


FIELDS: Final[dict[str, Callable[[Row], Scalar]]] = {
    "run": lambda row: row.run,
    "status": lambda row: row.status,
    "reason": lambda row: row.reason,
    "epochs_done": lambda row: row.score.epochs,
    "epochs_planned": lambda row: row.epochs_planned,
    "best": lambda row: row.score.best,
    "best_epoch": lambda row: row.score.best_epoch,
    "train_at_best": lambda row: row.score.train_at_best,
    "gap_at_best": lambda row: row.score.gap_at_best,
    "gap_at_end": lambda row: row.score.gap_at_end,
    "val_accuracy_at_best": lambda row: row.score.val_accuracy,
    "parameters": lambda row: row.parameters,
    "seconds_per_epoch": lambda row: row.score.seconds_per_epoch,
}
"""Every column but the settings: its name, which holds its unit, and its value."""

_SEEN_AS: Final = {
    "epoch": "best_epoch",
    "gap": "gap_at_best",
    "end gap": "gap_at_end",
    "val_accuracy": "val_accuracy_at_best",
    "s/epoch": "seconds_per_epoch",
}
"""The heads that people see, where they are not the names in `FIELDS`."""
_NO_METRIC: Final = frozenset({"epoch", "seconds", "learning_rate", "weights_sha256"})


def compare(
    folders: Sequence[RunFolder], *, metric: str | None = None, sort: str | None = None
) -> Comparison:
    """Put runs side by side; damaged ones are listed with the reason.

    Args:
        folders: The runs, one or more.
        metric: A column of the histories; None: what most of the runs monitor.
        sort: A column of `FIELDS`, or the path or head of a setting; None: best first.

    Raises:
        RunError: No run can be read, or there is no such metric or column.
    """
    skipped: list[Skipped] = []
    readings = _read_all(folders, skipped)
    chosen = metric or _usual_metric(readings)
    mode = _mode(readings, chosen)
    scores: list[Score] = []
    whole: list[Reading] = []
    for reading in readings:
        try:
            scores.append(read_score(reading.folder, chosen, mode))
            whole.append(reading)
        except RunError as error:
            skipped.append(Skipped(reading.name, error.message))
    if not whole:
        raise _nothing_to_compare(skipped)
    columns = {name for score in scores for name in score.columns} - _NO_METRIC
    if metric and metric not in columns:
        raise _unknown("metric", metric, sorted(columns))
    if not metric and chosen not in columns and "train_loss" in columns:
        return compare(folders, metric="train_loss", sort=sort)
    settings = find_settings(
        [one.config for one in whole], frozenset({*FIELDS, *_SEEN_AS})
    )
    order = _order("best" if sort is None or sort == chosen else sort, settings, mode)
    rows = _rows(whole, scores, settings)
    return Comparison(
        metric=chosen,
        mode=mode,
        rows=tuple(sorted(rows, key=order)),
        settings=tuple(settings),
        caveats=tuple(find_caveats(whole, chosen)),
        skipped=tuple(skipped),
    )


def _read_all(folders: Sequence[RunFolder], skipped: list[Skipped]) -> list[Reading]:
    """Read each run once; of two with one name, each shows its directory as well."""
    unique = list(dict.fromkeys(folders))
    names = Counter(folder.name for folder in unique)
    readings: list[Reading] = []
    for folder in unique:
        name = folder.name if names[folder.name] == 1 else str(folder.path)
        try:
            readings.append(read_run(folder, name))
        except RunError as error:
            skipped.append(Skipped(name, error.message))
    return readings


def _usual_metric(readings: Sequence[Reading]) -> str:
    monitors = Counter(one.monitor for one in readings if one.monitor)
    return monitors.most_common(1)[0][0] if monitors else "val_loss"


def _mode(readings: Sequence[Reading], metric: str) -> Mode:
    modes = Counter(reading.mode(metric) for reading in readings)
    return modes.most_common(1)[0][0] if modes else "min"


def _rows(
    readings: Sequence[Reading], scores: Sequence[Score], settings: Sequence[Setting]
) -> list[Row]:
    groups: dict[tuple[Scalar, ...], int] = {}
    columns = [setting.values for setting in settings]
    tied = [setting.values for setting in settings if setting.path != "seed"]
    rows: list[Row] = []
    for index, (reading, score) in enumerate(zip(readings, scores, strict=True)):
        config = tuple(values[index] for values in tied)
        parameters = reading.summary.get("parameters")
        row = Row(
            run=reading.name,
            status=reading.status.state,
            reason=reading.status.reason,
            settings=tuple(values[index] for values in columns),
            score=score,
            epochs_planned=reading.epochs_planned,
            parameters=parameters if isinstance(parameters, int) else None,
            group=groups.setdefault(config, len(groups)),
        )
        rows.append(row)
    return rows


def _goodness(row: Row, mode: Mode) -> tuple[bool, float]:
    """Sorts the best value first, and a run without one last."""
    best = row.score.best
    return best is None, (best or 0.0) * (-1.0 if mode == "max" else 1.0)


def _order(
    sort: str, settings: Sequence[Setting], mode: Mode
) -> Callable[[Row], tuple[object, ...]]:
    if sort == "best":
        return lambda row: _goodness(row, mode)
    name = _SEEN_AS.get(sort, sort)
    field = FIELDS.get(name)
    if field:
        best_first = mode == "max" if name == "train_at_best" else name in _BEST_IS_HIGH
        return lambda row: _sortable(field(row), highest_first=best_first)
    ends = [setting for setting in settings if setting.path.endswith(f".{sort}")]
    exact = [setting for setting in settings if sort in {setting.path, setting.head}]
    if exact or len({setting.values for setting in ends}) == 1:
        place = settings.index((exact or ends)[0])
        return lambda row: _sortable(row.settings[place])
    raise _unknown("column", sort, [*(one.head for one in settings), *FIELDS])


def _sortable(
    value: Scalar, *, highest_first: bool = False
) -> tuple[bool, bool, float, str]:
    """Numbers stand before texts, and what is missing stands last."""
    number = float(value) if isinstance(value, int | float) else 0.0
    number = -number if highest_first else number
    text = value if isinstance(value, str) else ""
    return value is None, isinstance(value, str), number, text


def _unknown(kind: str, name: str, known: Sequence[str]) -> RunError:
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    hint += f"there are {', '.join(known)}" if known else "no run has finished an epoch"
    return RunError(f"no run has the {kind} {name!r}", hint=hint)


def _nothing_to_compare(skipped: Sequence[Skipped]) -> RunError:
    hint = "train first, or name a directory with runs"
    if not skipped:
        return RunError("there is no run to compare", hint=hint)
    rest = len(skipped) - _REASONS_SHOWN
    lines = "\n".join(f"  {one.run}: {one.reason}" for one in skipped[:_REASONS_SHOWN])
    more = f"\n  and {rest} more" if rest > 0 else ""
    return RunError(f"no run can be compared:\n{lines}{more}", hint=hint)
