"""`dlrun verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import (
    DataFolder,
    Json,
    Quiet,
    RunName,
    RunsDirectory,
    open_run,
)
from dlrun.cli.output import answer, answer_json, remark

if TYPE_CHECKING:
    from dlrun.training import Verification

_NOT_VOUCHED = "no hashes vouch for the other files: the run is of an older dlrun"


def verify(
    run: RunName,
    epochs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Check the first N epochs alone."),
    ] = None,
    data_root: DataFolder = None,
    runs: RunsDirectory = Path("runs"),
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train RUN again from its config and data, and compare the weights bit for bit."""
    folder = open_run(run, runs)
    from dlrun.interruption import Interrupted
    from dlrun.progress import Progress, make_display
    from dlrun.runs import DamagedError
    from dlrun.training import DataChangedError, reading_data
    from dlrun.training import verify as verify_run

    progress = Progress() if quiet else make_display()
    try:
        with reading_data(folder, data_root):
            result = verify_run(folder, progress, remark, epochs)
    except Interrupted as error:
        raise typer.Exit(error.exit_code) from error
    except (DamagedError, DataChangedError) as error:
        error.exit_code = 4
        raise
    if json:
        answer_json(
            {
                "run": folder.name,
                "identical": result.is_identical,
                "epochs": result.epochs,
                "first_different": result.first_different,
                "vouched": result.is_vouched,
                "reasons": result.reasons,
            }
        )
    else:
        answer(f"{folder.name}: {_words(result)}", is_prose=True)
        if not result.is_vouched:
            remark(_NOT_VOUCHED)
    if not result.is_identical:
        raise typer.Exit(4)


def _words(result: Verification) -> str:
    count = f"{result.epochs} epoch{'' if result.epochs == 1 else 's'}"
    if result.is_identical:
        return f"bit-identical weights after each of {count}"
    *most, last = result.compared or ("data",)
    same = f"{', '.join(most)} and {last}" if most else last
    unknown = (f"{same} are those of the run; nothing else was compared",)
    reasons = "\n  ".join(result.reasons or unknown)
    return f"other weights from epoch {result.first_different} on\n  {reasons}"
