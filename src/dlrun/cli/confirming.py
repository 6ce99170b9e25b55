"""`dlrun search --confirm`: the best trials once more, with fresh seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dlrun.cli.execution import TerminalAudience, tell_ending
from dlrun.cli.output import answer, answer_json, remark, typed_command

if TYPE_CHECKING:
    from dlrun.runs import SearchFolder
    from dlrun.studies.search.plan import SearchPlan


def confirm_search(
    plan: SearchPlan, folder: SearchFolder, seeds: int, *, quiet: bool, json: bool
) -> None:
    """Train what is missing of the repetitions, and answer with what is left.

    Raises:
        RunError: There is nothing to confirm.
        Exit: A run has failed, or a signal has stopped it.
    """
    from dlrun.cli.searching import stoppable_search
    from dlrun.studies.search.confirmation import read_confirmation
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
    shown, code = TerminalAudience(len(repeats), quiet=quiet), 0
    with stoppable_search(typed_command(), shown):
        for ending in train_repeats(plan, folder, repeats, shown):
            code = max(code, tell_ending(ending, shown, alone=False))
    found = read_confirmation(folder, result)
    assert found is not None  # noqa: S101 - noted above
    if json:
        answer_json({**result.to_values(), "confirmation": found.to_values()})
    else:
        from dlrun.report.trials.confirmation import confirmation_lines

        for line in confirmation_lines(result, found):
            answer(line)
        remark(f"the runs are in {folder.confirmed.run(0, 0).path.parent}")
    if code:
        raise typer.Exit(1)


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
