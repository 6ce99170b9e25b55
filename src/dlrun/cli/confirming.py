"""`dlrun search --confirm`: the best trials once more, with fresh seeds."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer
from typing_extensions import override

from dlrun.cli.execution import StudyAudience, TerminalAudience, tell_ending
from dlrun.cli.output import answer, answer_json, remark, typed_command
from dlrun.progress import Progress

if TYPE_CHECKING:
    from dlrun.runs import SearchFolder
    from dlrun.studies.cluster.cluster import Cluster
    from dlrun.studies.search.plan import SearchPlan
    from dlrun.studies.search.result import SearchResult


class _Audience(StudyAudience):
    """Says which run is trained; how far it is only where that takes no lines."""

    @override
    def progress(self, run: str) -> Progress:
        moves = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        if self._board is None and moves:
            return TerminalAudience.progress(self, run)
        return super().progress(run)


def confirm_search(
    plan: SearchPlan,
    folder: SearchFolder,
    seeds: int,
    where: Cluster | int,
    *,
    quiet: bool,
    json: bool,
) -> None:
    """Train what is missing of the repetitions, and answer with what is left.

    Raises:
        RunError: There is nothing to confirm.
        Exit: A run has failed, or a signal has stopped it.
    """
    from dlrun.cli.searching import stoppable_search
    from dlrun.studies.search.kept import read_result
    from dlrun.studies.search.repeats import (
        missing_tasks,
        note_repeats,
        require_confirmable,
        train_repeats,
        wanted_repeats,
    )

    _require_begun(folder)
    plan.require_same(folder)
    plan.experiment.require_code()
    result = read_result(folder)
    require_confirmable(result)
    repeats = wanted_repeats(plan, result, seeds)
    note_repeats(plan, folder, result, seeds)
    tasks = missing_tasks(plan, folder, repeats)
    at_once = where if isinstance(where, int) else len(tasks)
    root = folder.confirmed.root
    shown, code = _Audience(root, len(tasks), at_once, quiet=quiet), 0
    with stoppable_search(typed_command(), shown):
        shown.begin()
        for ending in train_repeats(folder, repeats, tasks, where, shown):
            shown.one_is_over()
            if not ending.is_finished:
                code = max(code, tell_ending(ending, shown, alone=False))
    _answer(folder, result, json=json)
    if code:
        raise typer.Exit(1)


def _answer(folder: SearchFolder, result: SearchResult, *, json: bool) -> None:
    """Say what is left of the gain."""
    from dlrun.studies.search.confirmation import read_confirmations

    found = read_confirmations(folder, result)
    if json:
        values = [one.to_values() for one in found]
        answer_json({**result.to_values(), "confirmation": values})
        return
    from dlrun.report.trials.confirmation import confirmation_lines

    for line in confirmation_lines(result, found):
        answer(line)
    remark(f"the runs are in {folder.confirmed.root}")


def _require_begun(folder: SearchFolder) -> None:
    """Refuse to confirm a search that nobody has begun.

    Raises:
        RunError: It was not.
    """
    from dlrun.errors import RunError
    from dlrun.writing import command_line

    if not folder.exists:
        message = f"{folder.path} is not there: there is nothing to confirm"
        hint = "search first, without --confirm; then "
        hint += command_line("search", folder.path, "--confirm", 5)
        raise RunError(message, hint=hint)
