"""Folds in the list of runs: a line for all of a config, with their mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.estimates import Estimate, mean_text, places_of
from dlrun.report.run_list import FoldsEntry, RunEntry

if TYPE_CHECKING:
    from dlrun.runs import FoldsFolder


def told_together(
    entries: Sequence[RunEntry], folders: Iterable[FoldsFolder]
) -> list[RunEntry]:
    """Put a line in the place of the folds of a config, where the first of them stood.

    Folds stay apart where one of them is not finished or not there, or where the file
    that tells of them is damaged. A fold of several folders is told in the last.

    Args:
        entries: The runs, in their order.
        folders: What folds say together.
    """
    by_name = {entry.run: entry for entry in entries}
    told: dict[str, RunEntry | None] = {}
    for folder in folders:
        with suppress(RunError):
            names = folder.runs()
            own = [by_name[name] for name in names if name in by_name]
            if not names or len(own) < len(names) or not all(map(_is_whole, own)):
                continue
            told |= dict.fromkeys(names)
            told[names[0]] = _together(folder, own)
    lines = [told.get(entry.run, entry) for entry in entries]
    return [entry for entry in lines if entry is not None]


def _is_whole(entry: RunEntry) -> bool:
    return entry.state == "finished" and entry.best is not None


def _together(folder: FoldsFolder, own: Sequence[RunEntry]) -> FoldsEntry:
    first = own[0]
    mean = folder.values().object("mean").object(str(first.metric))
    low, high = mean.number("low"), mean.number("high")
    values = [entry.best for entry in own if entry.best is not None]
    estimate = Estimate(
        n=mean.whole("n") or len(own),
        mean=mean.measure("mean"),
        sd=None,
        half_width=None if low is None or high is None else (high - low) / 2,
        minimum=min(values),
        maximum=max(values),
    )
    return FoldsEntry(
        run=folder.name,
        state=first.state,
        epochs_done=max(entry.epochs_done or 0 for entry in own),
        epochs_planned=first.epochs_planned,
        fold=f"1-{len(own)}",
        metric=first.metric,
        best=estimate.mean,
        unit=first.unit,
        started=first.started,
        training_seconds=sum(entry.training_seconds or 0.0 for entry in own),
        mean=mean_text(estimate, places_of([estimate])),
    )
