"""The training of a study, whatever it studies, and its plan in words."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import typer

from dlrun.cli.output import remark, typed_command

if TYPE_CHECKING:
    from pathlib import Path

    from dlrun.cli.execution import TerminalAudience
    from dlrun.runs import RunFolder
    from dlrun.studies.cluster.cluster import Cluster
    from dlrun.studies.ladder import Ladder
    from dlrun.studies.plan import Member
    from dlrun.studies.task import Ending


class Studied:
    """The runs of a study, as far as they are there."""

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder
        self._runs: dict[int, RunFolder] = {}
        """Those that are finished, by the number of the member."""
        self._failed = 0
        self._can_be_retried = False

    def runs(self) -> dict[str, dict[int, RunFolder]]:
        """The finished runs of each variant by the number of its draw."""
        by_variant: dict[str, dict[int, RunFolder]] = {
            variant: {} for variant in self._ladder.patches
        }
        places = {draw: place for place, draw in enumerate(self._ladder.draws)}
        for number in sorted(self._runs):
            member = self._ladder.members[number - 1]
            by_variant[member.variant][places[member.draw]] = self._runs[number]
        return by_variant

    def train(
        self, root: Path, jobs: Cluster | int, *, anew: bool, quiet: bool
    ) -> None:
        """Train what is missing.

        Raises:
            Exit: A signal has stopped it.
        """
        from dlrun.cli.execution import StudyAudience, stoppable
        from dlrun.studies.execute import execute
        from dlrun.studies.ladder import find_done
        from dlrun.studies.plan import Plan

        members = self._ladder.members
        done = find_done(self._ladder, root)
        plan = Plan(self._ladder.name, members, typed_command())
        at_once = jobs if isinstance(jobs, int) else len(members)
        shown = StudyAudience(root, len(members), at_once, quiet=quiet)
        with stoppable(plan, shown, root):
            for ending in execute(
                plan, root, shown, jobs=jobs, anew=anew, finished=done
            ):
                self._take(ending, shown)

    def _take(self, ending: Ending, shown: TerminalAudience) -> None:
        """Note what became of a run, and tell why it failed."""
        from dlrun.cli.execution import tell_ending

        member = self._ladder.members[ending.number - 1]
        if ending.is_finished and ending.folder is not None:
            self._runs[ending.number] = ending.folder
        elif ending.state in {"elsewhere", "stopped"}:
            tell_ending(ending, shown, alone=False)
        else:
            self._failed += 1
            self._can_be_retried |= not ending.is_over
            shown.tells(f"{member.label} failed: {ending.error or 'it has diverged'}")
        shown.one_is_over()

    def conclude(self) -> None:
        """Say how many runs failed.

        Raises:
            Exit: At least one has.
        """
        if self._failed:
            remark(f"{self._failed} of {len(self._ladder.members)} runs failed")
            if self._can_be_retried:
                remark(f"resume: {typed_command()}")
            raise typer.Exit(1)


def plan_text(ladder: Ladder) -> str:
    """Every variant with its arguments and its steps."""
    from dlrun.writing import Column, layout

    of_seed = ladder.members[: len(ladder.patches)]
    steps = [_steps(member) for member in of_seed]
    table = layout(
        [
            Column("variant", tuple(member.variant for member in of_seed)),
            Column("steps", tuple(f"{number:,}" for number in steps), is_number=True),
            Column("changes", tuple(ladder.sentences.values())),
        ]
    )
    lines = [*table, ""]
    for name, patch in ladder.patches.items():
        if patch:
            lines.append(
                f"{name}: "
                + " ".join(f"-s {shlex.quote(argument)}" for argument in patch)
            )
    lines += [f"left out: {name}: {why}" for name, why in ladder.left_out.items()]
    runs = len(ladder.draws)
    total = f"{'about' if ladder.folds else 'at most'} {runs * sum(steps):,} steps"
    lines.append(f"{len(ladder.members)} runs, {runs} of each variant, {total}")
    return "\n".join(lines)


def _steps(member: Member) -> int:
    """The steps of a run, if nothing stops it early."""
    from dlrun.data import num_batches
    from dlrun.engines import KerasDoor

    experiment, parts, _ = member.read_rows(KerasDoor(member.experiment.spec))
    fit = experiment.spec.fit
    return fit.epochs * num_batches(len(parts.train), fit.batch_size)
