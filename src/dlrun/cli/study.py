"""`dlrun study`."""

from __future__ import annotations

import shlex
import sys
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import Deletions, Json, Overrides, Quiet, RunsDirectory
from dlrun.cli.output import answer, answer_json, remark, warn, write_page

if TYPE_CHECKING:
    from dlrun.runs import RunFolder
    from dlrun.studies import Lesson
    from dlrun.studies.ladder import Member, Plan


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
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the comparison as one page."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the variants, train nothing.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train the classic variants of CONFIG, and say what each change did."""
    from dlrun.config import locate_problems
    from dlrun.report import render_lesson
    from dlrun.studies import learn
    from dlrun.studies.ladder import plan_study
    from dlrun.writing import terminal_width

    names = [name.strip() for name in only.split(",") if name.strip()]
    plan = plan_study(config, seeds, names, overrides, deletions)
    first = plan.members[0]
    warn(locate_problems(first.node, first.experiment.warnings))
    if dry_run:
        answer(_plan_text(plan, seeds))
        return
    found, failed = _train(plan, runs, quiet=quiet)
    lesson = learn(plan.name, found, plan.sentences, plan.left_out)
    if json:
        answer_json(lesson.to_values())
    else:
        answer(render_lesson(lesson, terminal_width(sys.stdout)))
    if lesson.rows:
        _say_how_to_compare(lesson, found, runs, html)
    if failed:
        remark(f"{failed} of {len(plan.members)} runs failed")
        raise typer.Exit(1)


def _say_how_to_compare(
    lesson: Lesson,
    found: dict[str, dict[int, RunFolder]],
    root: Path,
    html: Path | None,
) -> None:
    """Write the page if it is wanted, and name the command that shows more."""
    from dlrun.comparison import Question, compare

    base = next(iter(found[lesson.rows[0].variant].values())).name
    if html is not None:
        folders = [one for runs in found.values() for one in runs.values()]
        question = Question(metric=lesson.metric, baseline=base)
        write_page(html, compare(folders, question))
    pattern = f"{shlex.quote(str(root / lesson.name))}-*"
    remark(f"next: dlrun compare {pattern} --baseline {shlex.quote(base)}")


def _train(
    plan: Plan, root: Path, *, quiet: bool
) -> tuple[dict[str, dict[int, RunFolder]], int]:
    """The runs of each variant by seed, and how many failed."""
    from dlrun.studies.ladder import find_done

    done = find_done(plan, root)
    found: dict[str, dict[int, RunFolder]] = {name: {} for name in plan.patches}
    for (variant, seed), folder in done.items():
        found[variant][seed] = folder
    todo = [one for one in plan.members if (one.variant, one.seed) not in done]
    if done:
        remark(f"{len(done)} of {len(plan.members)} runs are there already, in {root}")
    failed = 0
    if todo:
        from dlrun.studies.execute import run_study
        from dlrun.training import Progress

        tell = (lambda _: None) if quiet else remark
        for one in run_study(todo, root, Progress(), tell):
            if one.folder is None or one.failure is not None:
                failed += 1
            else:
                found[one.member.variant][one.member.seed] = one.folder
    return found, failed


def _plan_text(plan: Plan, seeds: int) -> str:
    """Every variant with its arguments and its steps."""
    from dlrun.writing import Column, layout

    of_seed = plan.members[: len(plan.patches)]
    steps = [_steps(member) for member in of_seed]
    table = layout(
        [
            Column("variant", tuple(member.variant for member in of_seed)),
            Column("steps", tuple(f"{one:,}" for one in steps), is_number=True),
            Column("changes", tuple(plan.sentences.values())),
        ]
    )
    lines = [*table, ""]
    for name, patch in plan.patches.items():
        if patch:
            lines.append(
                f"{name}: " + " ".join(f"-s {shlex.quote(one)}" for one in patch)
            )
    lines += [f"left out: {name}: {why}" for name, why in plan.left_out.items()]
    total = f"{seeds * sum(steps):,} steps"
    lines.append(f"{len(plan.members)} runs, {seeds} of each variant, at most {total}")
    return "\n".join(lines)


def _steps(member: Member) -> int:
    """The steps of a run, if nothing stops it early."""
    from dlrun.config import located
    from dlrun.engines import image_decoder
    from dlrun.rows import read_rows

    experiment = member.experiment
    with located(member.node):
        experiment, parts = read_rows(experiment, image_decoder(experiment.spec))
    fit = experiment.spec.fit
    return fit.epochs * ceil(len(parts.train) / fit.batch_size)
