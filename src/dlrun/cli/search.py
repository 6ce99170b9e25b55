"""`dlrun search`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import (
    Deletions,
    Jobs,
    Json,
    Overrides,
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
from dlrun.cli.output import answer, answer_json, remark, typed_command, warn

if TYPE_CHECKING:
    from dlrun.runs import SearchFolder
    from dlrun.studies.cluster.cluster import Cluster
    from dlrun.studies.search.plan import SearchPlan

_FIRST = 5
"""So many trials are shown by --dry-run."""


def search(
    target: Annotated[
        str,
        typer.Argument(
            metavar="FILE|FOLDER", help="A YAML file, or the folder of a search."
        ),
    ],
    overrides: Overrides = [],  # noqa: B006 - Typer copies it
    deletions: Deletions = [],  # noqa: B006
    grid: Annotated[
        list[str],
        typer.Option(
            "-g",
            "--grid",
            metavar="PATH=VALUES",
            help="Search a path, too: -g 'fit.batch_size=[16, 32]'. May be repeated.",
        ),
    ] = [],  # noqa: B006
    runs: RunsDirectory = Path("runs"),
    jobs: Jobs = 1,
    on: On = None,
    address: Address = None,
    cpus_per_run: CpusPerRun = None,
    gpus_per_run: GpusPerRun = None,
    confirm: Annotated[
        int | None,
        typer.Option(
            min=2,
            metavar="N",
            help="Train the best three trials, or three of a front, and the config as "
            "it stands, with N fresh seeds each, and say how much of the gain remains.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would be tried, train nothing."),
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Search the settings of a config that reach the best score, a run for each trial.

    The same command goes on where it was stopped, and shares the trials with others
    that run at the same time.
    """
    from dlrun.runs import SearchFolder
    from dlrun.studies.search.whole import begin_search

    cluster = cluster_of(on, address, jobs, cpus_per_run, gpus_per_run)
    folder = _folder(target, runs)
    if folder is None:
        plan = _read(target, overrides, deletions, grid)
        folder = SearchFolder.of(runs, plan.name)
    else:
        plan = _resumed(folder, overrides, deletions, grid)
    if dry_run:
        _answer_space(plan, folder)
        return
    if confirm is not None:
        from dlrun.cli.confirming import confirm_search

        where = cluster or jobs
        confirm_search(plan, folder, confirm, where, quiet=quiet, json=json)
        return
    warn(begin_search(plan, folder))
    _work(plan, folder, cluster or jobs, quiet=quiet, json=json)


def _folder(target: str, root: Path) -> SearchFolder | None:
    """The folder of a search that a person has named; `None`: it is a file.

    Raises:
        RunError: It is the folder of something else.
    """
    from dlrun.errors import RunError
    from dlrun.runs import SearchFolder, find_searches, search_named
    from dlrun.writing import listing

    path = Path(target)
    if not path.is_dir():
        path = root / target
        if not path.exists() and not Path(target).exists():
            named = search_named(f"{target}.search", root)  # As `dlrun.open_search`.
            path = path if named is None else named.path
        if path.suffix in {".yaml", ".yml"} or not path.is_dir():
            return None
    folder = SearchFolder(path)
    if folder.exists:
        return folder
    known = [str(one.path) for one in find_searches(root)]
    hint = f"there is {listing(known)}" if known else "name a YAML file with `search`"
    raise RunError(f"{target} is the folder of no search", hint=hint)


def _read(
    target: str, overrides: list[str], deletions: list[str], grid: list[str]
) -> SearchPlan:
    from dlrun.experiment.search.template import with_grid
    from dlrun.studies.search.plan import SearchPlan

    file = Path(target)
    given = with_grid(file, overrides, deletions, grid)
    return SearchPlan.read(file, given, deletions, typed_command())


def _resumed(
    folder: SearchFolder, overrides: list[str], deletions: list[str], grid: list[str]
) -> SearchPlan:
    """The plan that a folder keeps, perhaps with more trials."""
    from dlrun.studies.search.plan import SearchPlan

    if deletions or grid:
        message = "a search that was begun takes neither -u nor -g"
        raise typer.BadParameter(message)
    plan = SearchPlan.of_folder(folder, overrides)
    plan.require_same(folder)
    return plan


def _work(
    plan: SearchPlan,
    folder: SearchFolder,
    where: Cluster | int,
    *,
    quiet: bool,
    json: bool,
) -> None:
    """Train, tell of each trial, and answer with what was found.

    Raises:
        Exit: No trial has finished, or a signal has stopped it.
    """
    from dlrun.cli.searching import SearchAudience, stoppable_search
    from dlrun.cli.stdout import stdout
    from dlrun.report.search import render_search
    from dlrun.studies.search.result import SearchResult
    from dlrun.studies.search.trial import SearchTrials
    from dlrun.studies.search.whole import work_on_search
    from dlrun.writing import terminal_width, wants_color

    shown = SearchAudience(plan, folder, quiet=quiet)
    trials = SearchTrials(folder, plan.space)
    with stoppable_search(plan.command, shown):
        shown.begin()
        for number in work_on_search(plan, folder, where, shown):
            trials.refresh()
            shown.trial_is_over(SearchResult.of(plan, trials), number)
    trials.refresh()
    result = SearchResult.of(plan, trials)
    if json:
        answer_json(result.to_values())
    else:
        width, color = terminal_width(stdout()), wants_color(stdout())
        answer(render_search(result, width, color=color))
    if not result.front:
        raise typer.Exit(1)


def _answer_space(plan: SearchPlan, folder: SearchFolder) -> None:
    """Show the space, the largest model and the first trials."""
    from dlrun.config import locate_problems
    from dlrun.experiment.search.check import check_space
    from dlrun.report.search import settings_lines, space_lines

    warn(locate_problems(plan.template.node, plan.experiment.warnings))
    most = plan.spec.max_params
    tried = check_space(plan.template, plan.spec, plan.seed)
    if folder.exists:
        plan.require_same(folder)
        remark(f"{folder.path} is there already; the same command goes on with it")
    for line in space_lines(plan):
        answer(line)
    answer(f"the largest model that was found has {tried.parameters:,} parameters")
    if most is not None:
        answer(
            f"{tried.beyond} of {tried.points} points that were tried have more than "
            f"{most:,}, and would not be trained"
        )
    for line in settings_lines(plan, _FIRST):
        answer(line)
