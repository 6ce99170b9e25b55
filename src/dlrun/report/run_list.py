"""The list of runs: how each stands, and how far it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlrun.comparison.reading import read_run, read_scores
from dlrun.diagnosis import finding_tag
from dlrun.errors import RunError
from dlrun.runs import (
    NewerFormatError,
    RunFolder,
    SearchFolder,
    training_seconds,
)
from dlrun.writing import (
    Column,
    bold,
    cut,
    duration,
    fit,
    layout,
    number,
    one_line,
    table_width,
)

_DAMAGED = "damaged"
_NEWER = "newer"
_UNVOUCHED = "no hashes vouch for its files: it is of an older dlrun"
_LONGEST_REASON = 60
_SHORT_REASON = 20
_REASON = "reason"
_BEST = "best (epoch)"


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run of a list; one that cannot be read has only a name and a reason."""

    run: str
    state: str
    """The state of the run, or `damaged`, or `newer`: of an unknown format."""
    reason: str | None = None
    epochs_done: int | None = None
    epochs_planned: int | None = None
    finding: str | None = None
    """What its check has found of it, in a word; None: it was not checked."""
    fold: str | None = None
    """Which fold validates, as in `2/5`; None: its rows are divided once."""
    metric: str | None = None
    best: float | None = None
    best_epoch: int | None = None
    unit: str | None = None
    """What the best value is in, where that is not the unit of the file: `scaled`."""
    started: str | None = None
    """ISO-8601, UTC."""
    training_seconds: float | None = None
    """All epochs together, those of every round included; as `metrics.json` has it."""
    duration_seconds: float | None = None
    """From the start to the end, or to the last sign of life, with every pause."""
    vouched: bool | None = None
    """Whether hashes vouch for its files; an older dlrun has kept none."""


@dataclass(frozen=True, slots=True)
class FoldsEntry(RunEntry):
    """All folds of a config in one line."""

    mean: str = ""
    """The mean of the best values with its interval: `0.93 ± 0.02`."""


def list_runs(folders: Sequence[RunFolder]) -> list[RunEntry]:
    """Read how each run stands, the newest last; damaged ones are listed, too.

    Runs that do not say when they began stand first; of equals, the order stays.
    """
    return sorted(map(_entry, folders), key=lambda entry: entry.started or "")


def list_searches(folders: Sequence[SearchFolder]) -> list[RunEntry]:
    """Read how each search stands, by name."""
    return [_search_entry(folder) for folder in folders]


def render_run_list(
    entries: Sequence[RunEntry], width: int | None = None, *, color: bool = False
) -> str:
    """Write a line per run.

    Args:
        entries: What to write.
        width: Terminal columns that the table must fit; None: all, however wide.
        color: Emphasize with terminal codes.
    """
    if not entries:
        return "There are no runs yet.\n"
    columns = [
        (0, Column("run", tuple(one_line(entry.run) for entry in entries))),
        (0, Column("state", tuple(entry.state for entry in entries))),
        (1, Column("epochs", tuple(map(_epochs, entries)), is_number=True)),
        (1, Column(_BEST, tuple(map(_best, entries)))),
        (4, Column("started (UTC)", tuple(map(_started, entries)))),
        (2, Column("trained", tuple(map(_trained, entries)), is_number=True)),
    ]
    if any(entry.fold for entry in entries):
        folds = tuple(entry.fold or "-" for entry in entries)
        columns.append((2, Column("fold", folds)))
    if any(entry.finding for entry in entries):
        found = tuple(entry.finding or "-" for entry in entries)
        columns.append((2, Column("checked", found)))
    if any(entry.reason for entry in entries):
        columns.append((3, _reasons(entries, _SHORT_REASON)))
    kept, dropped = fit(columns, width)
    if dropped and _BEST not in {column.head for column in kept}:
        # The best value is what people look for: without its epoch it is shorter.
        columns[3] = (0, _narrow_best(entries))
        kept, _ = fit(columns, width)
    if kept[-1].head == _REASON:
        # A reason that is cut says little: it gets what the others leave.
        room = _LONGEST_REASON if width is None else width - table_width(kept)
        kept[-1] = _reasons(entries, min(_LONGEST_REASON, kept[-1].width + room))
    head, *body = layout(kept)
    return "\n".join([bold(head, color=color), *body]) + "\n"


def _narrow_best(entries: Sequence[RunEntry]) -> Column:
    """The best values alone; where all runs have one monitor, it is the head."""
    metrics = {_heading(entry) for entry in entries if entry.best is not None}
    cells = [
        "-"
        if entry.best is None
        else _value(entry)
        if len(metrics) == 1
        else f"{_heading(entry)} {_value(entry)}"
        for entry in entries
    ]
    head = next(iter(metrics)) if len(metrics) == 1 else "best"
    return Column(head, tuple(cells), is_number=len(metrics) == 1)


def _reasons(entries: Sequence[RunEntry], longest: int) -> Column:
    cells = tuple(cut(one_line(entry.reason or ""), longest) for entry in entries)
    return Column(_REASON, cells)


def _entry(folder: RunFolder) -> RunEntry:
    try:
        reading = read_run(folder, folder.name)
        damages = folder.damages()
        if damages:
            return RunEntry(folder.name, _DAMAGED, "; ".join(damages))
        metric = reading.monitor or "val_loss"
        score = read_scores(reading, {metric: reading.mode(metric)})[metric]
        # Of an unfinished run, the sum of its epochs so far.
        seconds = reading.metrics.seconds
        seconds = training_seconds(folder) if seconds is None else seconds
    except NewerFormatError as error:
        return RunEntry(folder.name, _NEWER, error.message)
    except RunError as error:
        return RunEntry(folder.name, _DAMAGED, error.message)
    return RunEntry(
        run=folder.name,
        state=reading.status.state,
        reason=reading.status.reason or (None if reading.is_vouched else _UNVOUCHED),
        epochs_done=score.epochs,
        epochs_planned=reading.epochs_planned,
        finding=None if reading.finding is None else finding_tag(reading.finding),
        fold=f"{reading.fold}/{reading.all_folds}" if reading.fold else None,
        metric=metric,
        best=score.best,
        best_epoch=score.best_epoch,
        unit=None if reading.label_scales_of(metric) is None else "scaled",
        started=reading.status.started or None,
        training_seconds=seconds,
        duration_seconds=reading.status.seconds,
        vouched=reading.is_vouched,
    )


def _search_entry(folder: SearchFolder) -> RunEntry:
    """A search in one line: its trials are in a folder of their own."""
    from dlrun.experiment.search import Goals
    from dlrun.studies.search.front import costs, front

    name = folder.path.name
    try:
        plan, standing = folder.plan(), folder.standing()
    except RunError as error:
        return RunEntry(name, _DAMAGED, error.message)
    trials, ended = plan.whole("trials"), folder.end()
    texts = plan.texts("goals") or (plan.text("goal") or "",)
    goals = Goals.read(texts)
    first = front({at: costs(goals, one) for at, one in enumerate(standing.scores)})
    several = goals.are_several
    best = standing.scores[first[0]][0] if first and not several else None
    words = f", {len(first)} in the front" if several else ""
    are_enough = trials is not None and standing.over >= trials
    state = "finished" if are_enough or ended is not None else "interrupted"
    of = "" if trials is None else f" of {trials}"
    words += "" if ended is None else f"; {ended}"
    return RunEntry(
        run=name,
        state="running" if folder.has_worker() else state,
        reason=f"{standing.over}{of} trials are over{words}",
        metric=", ".join(goal.column for goal in goals),
        best=best,
    )


def _epochs(entry: RunEntry) -> str:
    if entry.epochs_done is None:
        return "-"
    planned = "" if entry.epochs_planned is None else f"/{entry.epochs_planned}"
    return f"{entry.epochs_done}{planned}"


def _best(entry: RunEntry) -> str:
    if entry.best is None:
        return "-"
    epoch = "" if entry.best_epoch is None else f" ({entry.best_epoch})"
    return f"{_heading(entry)} {_value(entry)}{epoch}"


def _value(entry: RunEntry) -> str:
    return entry.mean if isinstance(entry, FoldsEntry) else number(entry.best)


def _heading(entry: RunEntry) -> str:
    """What was measured: `val_loss (scaled)`."""
    unit = "" if entry.unit is None else f" ({entry.unit})"
    return f"{one_line(entry.metric)}{unit}"


def _started(entry: RunEntry) -> str:
    return one_line(entry.started)[:16].replace("T", " ") if entry.started else "-"


def _trained(entry: RunEntry) -> str:
    return duration(entry.training_seconds)
