"""`dlrun diagnose`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import Json, RunsDirectory, open_run
from dlrun.cli.output import answer, answer_json, print_error
from dlrun.errors import DlrunError

if TYPE_CHECKING:
    from dlrun.diagnosis import Diagnosis

_FILES = frozenset({".csv", ".json"})


def diagnose(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="HISTORY",
            help="A history.csv or history.json of any Keras program, a run, or a "
            "folder with runs.",
        ),
    ],
    runs: RunsDirectory = Path("runs"),
    json: Json = False,
) -> None:
    """Say what a training history shows: whether it fits, overfits or broke down."""
    from dlrun.diagnosis import render_diagnosis

    diagnoses: dict[str, Diagnosis] = {}
    is_damaged = False
    for name in [name for target in targets for name in _names(target)]:
        try:
            diagnoses[name] = _diagnose(name, runs)
        except DlrunError as error:
            print_error(error)
            is_damaged = True
    if json:
        values = [
            {"name": name} | diagnosis.to_values()
            for name, diagnosis in diagnoses.items()
        ]
        answer_json(values if len(targets) > 1 or len(values) != 1 else values[0])
    elif diagnoses:
        texts = [
            render_diagnosis(diagnosis, name) for name, diagnosis in diagnoses.items()
        ]
        answer("\n\n".join(texts), is_prose=True)
    if is_damaged:
        raise typer.Exit(DlrunError.exit_code)


def _names(target: str) -> list[str]:
    """A file or a run, or every run below a folder."""
    from dlrun.runs import RunFolder, find_runs

    directory = Path(target)
    if directory.is_dir() and not RunFolder(directory).exists:
        return [str(run.path) for run in find_runs(directory)] or [target]
    return [target]


def _diagnose(name: str, root: Path) -> Diagnosis:
    from dlrun import diagnosis

    if Path(name).suffix.lower() in _FILES and not Path(name).is_dir():
        recorded = diagnosis.read_recorded(Path(name))
        return diagnosis.diagnose(recorded.history, recorded.probe, recorded.facts)
    return diagnosis.diagnose_run(open_run(name, root))
