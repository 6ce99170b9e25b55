"""`dlrun runs`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dlrun.cli.arguments import Json, RunsDirectory
from dlrun.cli.output import answer, answer_json
from dlrun.cli.stdout import stdout


def runs(
    directory: Annotated[
        Path | None,
        typer.Argument(help="Where the run folders are.", show_default="runs"),
    ] = None,
    root: RunsDirectory = Path("runs"),
    folds: Annotated[
        bool,
        typer.Option("--folds", help="A line for each fold, not one for all of them."),
    ] = False,
    json: Json = False,
) -> None:
    """List the runs, the newest last: how each one stands, and its best value.

    Folds that are all finished have one line, with their mean.
    """
    from dlrun.report.fold_list import told_together
    from dlrun.report.run_list import list_runs, list_searches, render_run_list
    from dlrun.runs import find_all_folds, find_runs, find_searches
    from dlrun.writing import terminal_width, wants_color

    where = root if directory is None else directory
    entries = [*list_runs(find_runs(where)), *list_searches(find_searches(where))]
    if json:
        answer_json([asdict(entry) for entry in entries])
    else:
        if not folds:
            entries = told_together(entries, find_all_folds(where))
        width = terminal_width(stdout())
        answer(render_run_list(entries, width, color=wants_color(stdout())))
