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
from dlrun.cli.clustering import (
    Address,
    CpusPerRun,
    GpusPerRun,
    On,
    cluster_of,
)
from dlrun.cli.output import answer, answer_json, remark, warn, write_file, write_page
from dlrun.cli.stdout import stdout
from dlrun.cli.studying import Studied, plan_text
from dlrun.writing import command_line

if TYPE_CHECKING:
    from dlrun.runs import RunFolder
    from dlrun.studies.axis import CurveAxis
    from dlrun.studies.curve_plan import CurvePlan
    from dlrun.studies.ladder import Ladder

_POINTS = 5
_SEEDS = 5


def study(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML file.")],
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="A run of each variant per seed: 5, or 1 with folds.",
            show_default=False,
        ),
    ] = None,
    only: Annotated[
        str,
        typer.Option(metavar="NAMES", help="These variants alone: --only l2,dropout."),
    ] = "",
    over: Annotated[
        str,
        typer.Option(
            metavar="AXIS",
            help="A learning curve over rows, width or epochs, and what more would do.",
        ),
    ] = "",
    points: Annotated[
        int | None,
        typer.Option(metavar="N", min=2, help="Points of the curve of --over; or 5."),
    ] = None,
    runs: RunsDirectory = Path("runs"),
    overrides: Overrides = [],  # noqa: B006 - Typer copies it
    deletions: Deletions = [],  # noqa: B006
    html: Page = None,
    jobs: Jobs = 1,
    on: On = None,
    address: Address = None,
    cpus_per_run: CpusPerRun = None,
    gpus_per_run: GpusPerRun = None,
    again: Again = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the variants, train nothing.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train the classic variants of CONFIG, and say what each change did.

    With --over, train it with fewer rows, other widths or fewer epochs instead.
    """
    from dlrun.config import locate_problems
    from dlrun.studies.curve_plan import plan_curve
    from dlrun.studies.ladder import plan_study

    cluster = cluster_of(on, address, jobs, cpus_per_run, gpus_per_run)
    axis = _axis(over, only, points)
    plan: CurvePlan | None = None
    if axis is None:
        names = [name.strip() for name in only.split(",") if name.strip()]
        ladder = plan_study(config, seeds, names, overrides, deletions)
    else:
        sizes = points or _POINTS, seeds or _SEEDS
        plan = plan_curve(config, axis, sizes, overrides, deletions)
        ladder = plan.ladder
    first = ladder.members[0]
    warn(locate_problems(first.node, first.experiment.warnings))
    if dry_run:
        answer(plan_text(ladder))
        return
    studied = Studied(ladder)
    studied.train(runs, cluster or jobs, anew=again, quiet=quiet)
    if plan is None:
        _answer_lesson(ladder, studied.runs(), runs, html, is_json=json)
    else:
        _answer_curve(plan, studied.runs(), runs, html, is_json=json)
    studied.conclude()


def _axis(over: str, only: str, points: int | None) -> CurveAxis | None:
    """What a curve goes over; None: none is wanted.

    Raises:
        BadParameter: There is no such axis, or options contradict each other.
    """
    from dlrun.studies.axis import AXES
    from dlrun.writing import did_you_mean, nearest

    if not over and points is not None:
        raise typer.BadParameter("--points is for a curve: --over rows --points 9")
    if over and only:
        raise typer.BadParameter(
            "--only names variants, and a curve of --over has none"
        )
    for axis in AXES:
        if over == axis:
            return axis
    if over:
        meant = did_you_mean([nearest(over, AXES)])
        message = f"a curve goes over {', '.join(AXES)}, not over {over!r}; {meant}"
        raise typer.BadParameter(message.rstrip("; "))
    return None


def _answer_lesson(
    ladder: Ladder,
    runs: dict[str, dict[int, RunFolder]],
    root: Path,
    html: Path | None,
    *,
    is_json: bool,
) -> None:
    """Say what each change did, and how to see more."""
    from dlrun.comparison import Question, compare
    from dlrun.report.lesson import render_lesson
    from dlrun.studies import learn
    from dlrun.writing import terminal_width

    lesson = learn(ladder.name, runs, ladder.sentences, ladder.left_out, ladder.draws)
    if is_json:
        answer_json(lesson.to_values())
    else:
        answer(render_lesson(lesson, terminal_width(stdout())))
    if not lesson.rows:
        return
    base = next(iter(runs[lesson.rows[0].variant].values())).name
    if html is not None:
        folders = [run for by_seed in runs.values() for run in by_seed.values()]
        question = Question(metric=lesson.metric, baseline=base)
        write_page(html, compare(folders, question))
    _say_how_to_compare(root / lesson.name, base)


def _answer_curve(
    plan: CurvePlan,
    runs: dict[str, dict[int, RunFolder]],
    root: Path,
    html: Path | None,
    *,
    is_json: bool,
) -> None:
    """Say what the curve shows, and how to see more."""
    from dlrun.report.learning_curve import render_learning_curve
    from dlrun.report.page.learning_curve import render_curve_page
    from dlrun.studies.ladder import AS_GIVEN
    from dlrun.studies.learning_curve import read_curve
    from dlrun.writing import terminal_width

    curve = read_curve(plan, runs)
    if is_json:
        answer_json(curve.to_values())
    else:
        answer(render_learning_curve(curve, terminal_width(stdout())))
    if html is not None:
        write_file(html, render_curve_page(curve))
        remark(f"the page is in {html}")
    base = next(iter(runs[AS_GIVEN].values()), None)
    if curve.points and base is not None:
        _say_how_to_compare(root / curve.name, base.name)


def _say_how_to_compare(runs: Path, base: str) -> None:
    """Name the command that shows more."""
    command = command_line("compare", runs)
    remark(f"next: {command}-* --baseline {shlex.quote(base)}")
