"""`dlrun compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from dlrun.cli.arguments import Json, Page, RunNames, RunsDirectory
from dlrun.cli.output import answer, remark, write_page
from dlrun.cli.stdout import stdout
from dlrun.writing import command_line

if TYPE_CHECKING:
    from dlrun.comparison import Comparison, Question
    from dlrun.report.sections.section import Style
    from dlrun.runs import RunFolder
    from dlrun.studies.search.result import SearchResult

_Form: TypeAlias = Literal["csv", "json", "md", "text"]

_PAUSE_SECONDS = 2.0
_CHECK_FAILED = 4
_CLEAR = "\x1b[H\x1b[2J"


def compare(
    targets: RunNames,
    metric: Annotated[
        str | None, typer.Option(help="The column to compare; by default the monitor.")
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="RUN|GROUP",
            help="What the others are measured against; by default the config that "
            "most others vary.",
        ),
    ] = None,
    group_by: Annotated[
        str,
        typer.Option(
            metavar="auto|none|KEY,...",
            help="What makes a group: the config but for seed and fold, or these keys.",
        ),
    ] = "auto",
    filter: Annotated[  # noqa: A002 - the word that people type
        str | None,
        typer.Option(
            metavar="CONDITION",
            help='Only runs that meet it: "dropout > 0.2 and val_accuracy < 0.9".',
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column to sort by; best first."),
    ] = None,
    top: Annotated[
        int | None, typer.Option(min=1, help="How many groups the table shows.")
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(min=0, help="Differences below it do not matter to you."),
    ] = None,
    fail_if: Annotated[
        str | None,
        typer.Option(
            metavar="CONDITION", help='Exit with 4 if a group meets it: "gap > 0.1".'
        ),
    ] = None,
    test: Annotated[
        bool,
        typer.Option(
            "--test", help="Show what `evaluate --split test` measured; it is counted."
        ),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Redraw until no run is running.")
    ] = False,
    curves: Annotated[
        bool, typer.Option("--curves", help="Draw curves of more than four groups too.")
    ] = False,
    wide: Annotated[
        bool,
        typer.Option("--wide", help="Show every column, however narrow the terminal."),
    ] = False,
    html: Page = None,
    csv: Annotated[
        bool, typer.Option("--csv", help="Answer in CSV, every run and column.")
    ] = False,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--md", help="Answer in Markdown.")] = False,
    runs: RunsDirectory = Path("runs"),
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="With --html, print no answer.")
    ] = False,
) -> None:
    """Set runs side by side: who is best, how sure that is, what each change did.

    Runs of one config that differ in the seed are a group.
    """
    from dlrun.comparison import Question
    from dlrun.report.sections.section import Style
    from dlrun.writing import can_draw, terminal_width, wants_color

    if csv + json + markdown > 1:
        raise typer.BadParameter("choose one of --csv, --json and --md")
    if quiet and (html is None or csv + json + markdown):
        raise typer.BadParameter("-q leaves --html alone: give it, and no other form")
    if watch and csv + json + markdown:
        raise typer.BadParameter("--watch only draws in the terminal")
    question = Question(
        metric=metric,
        sort=sort,
        group_by=group_by,
        baseline=baseline,
        where=filter,
        margin=margin,
        test=test,
    )

    form: _Form = "csv" if csv else "json" if json else "md" if markdown else "text"
    style = Style(
        width=None if wide else terminal_width(stdout()),
        color=wants_color(stdout()),
        top=top,
        curves=curves,
        ascii=not can_draw(stdout()),
    )
    _say_left_out(targets)
    if test:
        _count_looks(_all_folders(targets, runs))
    comparison, search = _show(
        targets,
        runs,
        question,
        None if quiet else form,
        style,
        fail_if=fail_if,
        again=watch,
    )
    if html is not None:
        write_page(html, comparison, search, quiet=quiet)
    _check(comparison, fail_if)


def _render(
    comparison: Comparison, search: SearchResult | None, form: _Form, style: Style
) -> str:
    from dlrun.report.export import render_csv, render_json
    from dlrun.report.markdown import render_markdown
    from dlrun.report.text import render_text

    if form == "csv":
        return render_csv(comparison)
    if form == "json":
        return render_json(comparison, search)
    if form == "md":
        return render_markdown(comparison, style.top, search)
    return render_text(comparison, style, search)


def _all_folders(targets: list[str], root: Path) -> list[RunFolder]:
    return [folder for target in targets for folder in _folders(target, root)]


def _folders(target: str, root: Path) -> list[RunFolder]:
    """A run, every run below a folder, or those of folds that are told together."""
    from dlrun.runs import (
        RunFolder,
        find_run,
        find_runs,
        folds_named,
        holds_remains,
        search_named,
    )

    if (folds := folds_named(target, root)) is not None:
        return folds.run_folders()
    if (search := search_named(target, root)) is not None:
        return search.runs()
    directory = Path(target)
    if directory.is_dir() and not RunFolder(directory).exists:
        runs = find_runs(directory)
        if runs or not holds_remains(directory):
            return runs
        return [RunFolder(directory)]  # It was damaged; compare says so.
    return [find_run(target, root)]


def _search_of(targets: list[str], root: Path) -> SearchResult | None:
    """The search whose trials are compared; `None`: they are of none, or of several."""
    from dlrun.runs import search_named

    folder = search_named(targets[0], root) if len(targets) == 1 else None
    if folder is None:
        return None
    from dlrun.studies.search.kept import read_result

    return read_result(folder)


def _asked(question: Question, search: SearchResult | None) -> Question:
    """Trials of a search are judged by its goal, unless a person asks otherwise."""
    from dataclasses import replace

    from dlrun.experiment.search import PARAMETERS

    if search is None or question.metric is not None:
        return question
    goals = search.plan.goals
    goal = next(goal for goal in goals if goal.column != PARAMETERS)
    return replace(question, metric=goal.column, mode=goal.mode, is_goal=True)


def _say_left_out(targets: list[str]) -> None:
    """Say of searches below a folder that their trials are compared by themselves."""
    from dlrun.runs import find_searches

    for search in (one for target in targets for one in find_searches(Path(target))):
        count = len(search.runs())
        trials = "1 trial" if count == 1 else f"{count} trials"
        which = f"note: {trials} of {search.path.name} {'is' if count == 1 else 'are'}"
        remark(f"{which} left out: {command_line('compare', search.path)}")


def _count_looks(folders: list[RunFolder]) -> None:
    """Showing a test score is a look at it."""
    from contextlib import suppress

    from dlrun.errors import RunError

    for folder in folders:
        # A damaged or unfinished run has no test score that could be seen.
        with suppress(RunError):
            if folder.metrics().test is not None:
                folder.count_test_look("compare")


def _show(
    targets: list[str],
    root: Path,
    question: Question,
    form: _Form | None,
    style: Style,
    *,
    fail_if: str | None,
    again: bool,
) -> tuple[Comparison, SearchResult | None]:
    """Draw once; or every two seconds, until nothing runs or a person stops it."""
    import gc
    import time

    from dlrun.comparison import compare, judge_groups

    if again:  # Start-up leaves garbage alone, which does for a single answer.
        gc.enable()
    shown: tuple[Comparison, SearchResult | None] | None = None
    while True:
        try:
            search = _search_of(targets, root)
            asked, folders = _asked(question, search), _all_folders(targets, root)
            shown = (comparison := compare(folders, asked)), search
            if fail_if is not None:  # A mistake in it comes before pages of text.
                judge_groups(comparison, fail_if)
            if form is not None:
                text = _render(comparison, search, form, style)
                clear = _CLEAR * (again and stdout().isatty())
                typer.echo(clear, nl=False)
                answer(text)
            if not again or not any(row.status == "running" for row in comparison.rows):
                return shown
            remark("watching; Ctrl-C ends it")
            time.sleep(_PAUSE_SECONDS)
        except KeyboardInterrupt:
            if shown is None or not again:
                raise
            return shown


def _check(comparison: Comparison, condition: str | None) -> None:
    """Exit with 4 if a group is as it must not be, or nobody can tell; name each."""
    from dlrun.comparison import judge_groups

    for run in comparison.unjudged:
        remark(f"filter not judged: {run.run}: {run.reason}")
    has_failed = bool(comparison.unjudged)
    if condition is not None:
        judged = judge_groups(comparison, condition)
        for group in judged.meeting:
            remark(f"check failed: {group.name}: {condition}")
        for unjudged in judged.unknown:
            remark(f"check not judged: {unjudged.name}: {unjudged.reason}")
        has_failed = has_failed or bool(judged.meeting or judged.unknown)
    if has_failed:
        raise typer.Exit(_CHECK_FAILED)
