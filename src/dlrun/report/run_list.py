"""The list of runs: how each stands, and how far it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dlrun.comparison.reading import Reading, read_run, read_scores
from dlrun.errors import RunError
from dlrun.runs import NewerFormatError, RunFolder, Status
from dlrun.writing import (
    Column,
    bold,
    cut,
    fit,
    layout,
    number,
    one_line,
)

_DAMAGED = "damaged"
_NEWER = "newer"
_MINUTE = 60
_HOUR = 3600
_ROOMY = 120
_LONGEST_REASON = 60
_SHORT_REASON = 20


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run of a list; one that cannot be read has only a name and a reason."""

    run: str
    state: str
    """The state of the run, or `damaged`, or `newer`: of an unknown format."""
    reason: str | None = None
    epochs_done: int | None = None
    epochs_planned: int | None = None
    metric: str | None = None
    best: float | None = None
    best_epoch: int | None = None
    started: str | None = None
    """ISO-8601, UTC."""
    duration_seconds: float | None = None
    """Up to the end, or to the last sign of life."""


def list_runs(folders: Sequence[RunFolder]) -> list[RunEntry]:
    """Read how each run stands, the newest last; damaged ones are listed, too.

    Runs that do not say when they began stand first; of equals, the order stays.
    """
    return sorted(map(_entry, folders), key=lambda entry: entry.started or "")


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
        (1, Column("best (epoch)", tuple(map(_best, entries)))),
        (4, Column("started (UTC)", tuple(map(_started, entries)))),
        (2, Column("took", tuple(map(_took, entries)), is_number=True)),
    ]
    if any(entry.reason for entry in entries):
        longest = _LONGEST_REASON if width is None or width >= _ROOMY else _SHORT_REASON
        reasons = tuple(cut(one_line(entry.reason or ""), longest) for entry in entries)
        columns.append((3, Column("reason", reasons)))
    head, *body = layout(fit(columns, width)[0])
    return "\n".join([bold(head, color=color), *body]) + "\n"


def _entry(folder: RunFolder) -> RunEntry:
    try:
        reading = read_run(folder, folder.name)
        damages = folder.damages()
        if damages:
            return RunEntry(folder.name, _DAMAGED, "; ".join(damages))
        metric = reading.monitor or "val_loss"
        score = read_scores(reading, {metric: reading.mode(metric)})[metric]
    except NewerFormatError as error:
        return RunEntry(folder.name, _NEWER, error.message)
    except RunError as error:
        return RunEntry(folder.name, _DAMAGED, error.message)
    return RunEntry(
        run=folder.name,
        state=reading.status.state,
        reason=reading.status.reason,
        epochs_done=score.epochs,
        epochs_planned=reading.epochs_planned,
        metric=metric,
        best=score.best,
        best_epoch=score.best_epoch,
        started=reading.status.started or None,
        duration_seconds=_seconds(reading),
    )


def _seconds(reading: Reading) -> float | None:
    status: Status = reading.status
    try:
        end = datetime.fromisoformat(status.finished or status.heartbeat)
        return (end - datetime.fromisoformat(status.started)).total_seconds()
    except (ValueError, TypeError):
        return None


def _epochs(entry: RunEntry) -> str:
    if entry.epochs_done is None:
        return "-"
    planned = "" if entry.epochs_planned is None else f"/{entry.epochs_planned}"
    return f"{entry.epochs_done}{planned}"


def _best(entry: RunEntry) -> str:
    if entry.best is None:
        return "-"
    return f"{one_line(entry.metric)} {number(entry.best)} ({entry.best_epoch})"


def _started(entry: RunEntry) -> str:
    return one_line(entry.started)[:16].replace("T", " ") if entry.started else "-"


def _took(entry: RunEntry) -> str:
    seconds = entry.duration_seconds
    if seconds is None:
        return "-"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.1f} min"
    return f"{seconds / _HOUR:.1f} h"
