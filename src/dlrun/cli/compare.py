"""`dlrun compare`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import Json, RunNames, RunsDirectory, open_run
from dlrun.cli.output import answer

if TYPE_CHECKING:
    from dlrun.runs import RunFolder


def compare(
    targets: RunNames,
    metric: Annotated[
        str | None, typer.Option(help="The column to compare; by default the monitor.")
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column to sort by; best first."),
    ] = None,
    runs: RunsDirectory = Path("runs"),
    csv: Annotated[
        bool, typer.Option("--csv", help="Answer in CSV, every column.")
    ] = False,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--md", help="Answer in Markdown.")] = False,
    wide: Annotated[
        bool,
        typer.Option("--wide", help="Show every column, however narrow the terminal."),
    ] = False,
) -> None:
    """Set runs side by side: what differs, what it did, and where the gap opens."""
    from dlrun import report

    if csv + json + markdown > 1:
        raise typer.BadParameter("choose one of --csv, --json and --md")
    folders = [folder for target in targets for folder in _folders(target, runs)]
    comparison = report.compare(folders, metric=metric, sort=sort)
    if csv:
        answer(report.render_csv(comparison))
    elif json:
        answer(report.render_json(comparison))
    elif markdown:
        answer(report.render_markdown(comparison))
    else:
        width = None if wide else report.terminal_width(sys.stdout)
        answer(
            report.render_text(comparison, width, color=report.wants_color(sys.stdout))
        )


def _folders(target: str, root: Path) -> list[RunFolder]:
    """A run, or every run below a folder."""
    from dlrun.runs import RunFolder, find_runs

    directory = Path(target)
    if directory.is_dir() and not RunFolder(directory).exists:
        found = find_runs(directory)
        # A folder without runs may still be a run that was damaged; compare says so.
        return found or [RunFolder(directory)]
    return [open_run(target, root)]
