"""`dlrun study`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import (
    Again,
    Deletions,
    Jobs,
    Json,
    Overrides,
    Page,
    Quiet,
    RunsDirectory,
)
from dlrun.cli.output import (
    answer,
    answer_json,
    remark,
    typed_command,
    warn,
    write_page,
)
from dlrun.cli.stdout import stdout
from dlrun.writing import command_line

if TYPE_CHECKING:
    from dlrun.cli.execution import TerminalAudience
    from dlrun.runs import RunFolder
    from dlrun.studies import Lesson
    from dlrun.studies.ladder import Ladder
    from dlrun.studies.plan import Member
    from dlrun.studies.task import Ending


def study(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML file.")],
    seeds: Annotated[
        int, typer.Option(metavar="N", min=1, help="A run of each variant per seed.")
    ] = 5,
    only: Annotated[
        str,
        typer.Option(metavar="NAMES", help="These variants alone: --only l2,dropout."),
    ] = "",
    runs: RunsDirectory = Path("runs"),
    overrides: Overrides = [],  # noqa: B006 - Typer copies it
    deletions: Deletions = [],  # noqa: B006
    html: Page = None,
    jobs: Jobs = 1,
    again: Again = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the variants, train nothing.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train the classic variants of CONFIG, and say what each change did."""
    from dlrun.config import locate_problems
    from dlrun.report.lesson import render_lesson
    from dlrun.studies import learn
    from dlrun.studies.ladder import plan_study
    from dlrun.writing import terminal_width

    names = [name.strip() for name in only.split(",") if name.strip()]
    ladder = plan_study(config, seeds, names, overrides, deletions)
    first = ladder.members[0]
    warn(locate_problems(first.node, first.experiment.warnings))
    if dry_run:
        answer(_plan_text(ladder, seeds))
        return
    studied = _Studied(ladder)
    studied.train(runs, jobs, anew=again, quiet=quiet)
    by_variant = studied.runs()
    lesson = learn(ladder.name, by_variant, ladder.sentences, ladder.left_out)
    if json:
        answer_json(lesson.to_values())
    else:
        answer(render_lesson(lesson, terminal_width(stdout())))
    if lesson.rows:
        _say_how_to_compare(lesson, by_variant, runs, html)
    studied.conclude()


def _say_how_to_compare(
    lesson: Lesson,
    by_variant: dict[str, dict[int, RunFolder]],
    root: Path,
    html: Path | None,
) -> None:
    """Write the page if it is wanted, and name the command that shows more."""
    from dlrun.comparison import Question, compare

    base = next(iter(by_variant[lesson.rows[0].variant].values())).name
    if html is not None:
        folders = [run for runs in by_variant.values() for run in runs.values()]
        question = Question(metric=lesson.metric, baseline=base)
        write_page(html, compare(folders, question))
    runs = command_line("compare", root / lesson.name)
    remark(f"next: {runs}-* --baseline {shlex.quote(base)}")


class _Studied:
    """The runs of a study, as far as they are there."""

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder
        self._runs: dict[int, RunFolder] = {}
        """Those that are finished, by the number of the member."""
        self._failed = 0
        self._can_be_retried = False

    def runs(self) -> dict[str, dict[int, RunFolder]]:
        """The finished runs of each variant by seed."""
        by_variant: dict[str, dict[int, RunFolder]] = {
            variant: {} for variant in self._ladder.patches
        }
        for number in sorted(self._runs):
            member = self._ladder.members[number - 1]
            by_variant[member.variant][member.seed] = self._runs[number]
        return by_variant

    def train(self, root: Path, jobs: int, *, anew: bool, quiet: bool) -> None:
        """Train what is missing.

        Raises:
            Exit: A signal has stopped it.
        """
        from dlrun.cli.execution import StudyAudience, stoppable
        from dlrun.studies.execute import execute
        from dlrun.studies.ladder import find_done
        from dlrun.studies.plan import Plan

        members = self._ladder.members
        places = {
            (member.variant, member.seed): number
            for number, member in enumerate(members, 1)
        }
        done = {places[key]: run for key, run in find_done(self._ladder, root).items()}
        plan = Plan(self._ladder.name, members, typed_command())
        shown = StudyAudience(root, len(members), jobs, quiet=quiet)
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


def _plan_text(ladder: Ladder, seeds: int) -> str:
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
    total = f"{seeds * sum(steps):,} steps"
    lines.append(
        f"{len(ladder.members)} runs, {seeds} of each variant, at most {total}"
    )
    return "\n".join(lines)


def _steps(member: Member) -> int:
    """The steps of a run, if nothing stops it early."""
    from dlrun.data import num_batches
    from dlrun.engines import KerasDoor

    experiment, parts, _ = member.read_rows(KerasDoor(member.experiment.spec))
    fit = experiment.spec.fit
    return fit.epochs * num_batches(len(parts.train), fit.batch_size)
