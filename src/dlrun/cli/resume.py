"""`dlrun resume`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlrun.cli.arguments import (
    DataFolder,
    Json,
    Quiet,
    RunName,
    RunsDirectory,
    open_run,
)
from dlrun.cli.output import answer, answer_json, needed, remark


def resume(
    run: RunName,
    epochs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Epochs in all; extends a finished run."),
    ] = None,
    data_root: DataFolder = None,
    runs: RunsDirectory = Path("runs"),
    quiet: Quiet = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every figure.")
    ] = False,
    json: Json = False,
) -> None:
    """Continue RUN from its newest complete checkpoint, as if it had not stopped."""
    folder = open_run(run, runs)
    from dlrun.cli.execution import read_finished, told_where
    from dlrun.progress import Progress, make_display
    from dlrun.training import reading_data
    from dlrun.training import resume as resume_run

    progress = Progress() if quiet else make_display(verbose=verbose)
    with told_where(folder), reading_data(folder, data_root):
        resume_run(folder, progress, remark, epochs)
    finished = read_finished(folder)
    if json:
        answer_json(finished.to_values())
    else:
        answer(finished.to_text(), is_prose=True)
        remark(f"next: {needed('predict', folder.path)}")
