"""`dlrun search --confirm`: the best trials once more, with fresh seeds."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer
from typing_extensions import override

from dlrun.cli.execution import TerminalAudience, tell_ending
from dlrun.cli.output import answer, answer_json, remark, typed_command
from dlrun.progress import Progress

if TYPE_CHECKING:
    from dlrun.runs import SearchFolder
    from dlrun.studies.search.plan import SearchPlan
    from dlrun.studies.search.result import SearchResult


class _Audience(TerminalAudience):
    """Says which run is trained; how far it is only where that takes no lines."""

    @override
    def begins(self, label: str, number: int, members: int) -> None:
        self.tells(f"{number} of {members}: {label}")

    @override
    def progress(self, run: str) -> Progress:
        moves = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        return super().progress(run) if moves else Progress()


def confirm_search(
    plan: SearchPlan, folder: SearchFolder, seeds: int, *, quiet: bool, json: bool
) -> None:
    """Train what is missing of the repetitions, and answer with what is left.

    Raises:
        RunError: There is nothing to confirm.
        Exit: A run has failed, or a signal has stopped it.
    """
    from dlrun.cli.searching import stoppable_search
    from dlrun.studies.search.kept import read_result
    from dlrun.studies.search.repeats import (
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
    shown, code = _Audience(1, quiet=quiet), 0
    with stoppable_search(typed_command(), shown):
        for ending in train_repeats(plan, folder, repeats, shown):
            if not ending.is_finished:
                code = max(code, tell_ending(ending, shown, alone=False))
    _answer(folder, result, json=json)
    if code:
        raise typer.Exit(1)


def _answer(folder: SearchFolder, result: SearchResult, *, json: bool) -> None:
    """Say what is left of the gain."""
    from dlrun.studies.search.confirmation import read_confirmation

    found = read_confirmation(folder, result)
    assert found is not None  # noqa: S101 - noted before the runs
    if json:
        answer_json({**result.to_values(), "confirmation": found.to_values()})
        return
    from dlrun.report.trials.confirmation import confirmation_lines

    for line in confirmation_lines(result, found):
        answer(line)
    remark(f"the runs are in {folder.confirmed.run(0, 0).path.parent}")


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
