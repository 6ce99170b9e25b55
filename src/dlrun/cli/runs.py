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
    json: Json = False,
) -> None:
    """List the runs, the newest last: how each one stands, and its best value."""
    from dlrun.report.run_list import list_runs, list_searches, render_run_list
    from dlrun.runs import find_runs, find_searches
    from dlrun.writing import terminal_width, wants_color

    place = root if directory is None else directory
    entries = [*list_runs(find_runs(place)), *list_searches(find_searches(place))]
    if json:
        answer_json([asdict(entry) for entry in entries])
    else:
        width = terminal_width(stdout())
        answer(render_run_list(entries, width, color=wants_color(stdout())))
