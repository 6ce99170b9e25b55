"""`dlrun diagnose`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import Again, Jobs, Json, Quiet, RunsDirectory, open_run
from dlrun.cli.output import answer, answer_json, print_error, remark
from dlrun.cli.stdout import stdout
from dlrun.errors import DlrunError, RunError

if TYPE_CHECKING:
    from dlrun.cli.checking import Way
    from dlrun.diagnosis import Diagnosis
    from dlrun.runs import RecordedFinding, RunFolder

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
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Train references of each run, and say whether the verdict holds.",
        ),
    ] = False,
    runs: RunsDirectory = Path("runs"),
    jobs: Jobs = 1,
    again: Again = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Say what a training history shows: whether it fits, overfits or broke down."""
    from dlrun.cli.checking import Way

    if not check and (jobs > 1 or again):
        raise typer.BadParameter("--jobs and --again are about what --check trains")
    way = Way(jobs, again, quiet) if check else None
    answers: dict[str, _Answer] = {}
    code = 0
    for name in [name for target in targets for name in _names(target, way)]:
        try:
            answers[name] = _answer(name, runs, way)
        except DlrunError as error:
            print_error(error)
            code = DlrunError.exit_code
    if json:
        values = [{"name": name} | found.to_values() for name, found in answers.items()]
        answer_json(values if len(targets) > 1 or len(values) != 1 else values[0])
    elif answers:
        texts = [found.to_text(name) for name, found in answers.items()]
        answer("\n\n".join(texts), is_prose=True)
    failed = sum(found.failed for found in answers.values())
    if failed:
        remark(f"{failed} references failed; the others have been compared")
    if code or failed:
        raise typer.Exit(code or 1)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is said of one history: the suspicion, and what was found of it."""

    diagnosis: Diagnosis
    finding: RecordedFinding | None = None
    failed: int = 0
    """How many references failed."""

    def to_values(self) -> dict[str, object]:
        values = self.diagnosis.to_values()
        if self.finding is not None:
            values["finding"] = self.finding.to_json()
        return values

    def to_text(self, name: str) -> str:
        from dlrun.diagnosis import render_diagnosis
        from dlrun.report.finding import render_finding
        from dlrun.writing import terminal_width

        text = render_diagnosis(self.diagnosis, name)
        if self.finding is None:
            return text
        found = render_finding(self.finding, terminal_width(stdout()))
        return f"{text}\n{found}"


def _names(target: str, way: Way | None) -> list[str]:
    """A file or a run, or every run below a folder.

    Raises:
        RunError: Every run below a folder shall be checked, references included.
    """
    from dlrun.runs import RunFolder, find_runs

    directory = Path(target)
    if directory.is_dir() and not RunFolder(directory).exists:
        if way is not None:
            message = f"{target} is a folder of runs, and a check trains some for each"
            raise RunError(message, hint=f"name a run: {directory / 'RUN'} --check")
        return [str(run.path) for run in find_runs(directory)] or [target]
    return [target]


def _answer(name: str, root: Path, way: Way | None) -> _Answer:
    from dlrun import diagnosis

    if Path(name).suffix.lower() in _FILES and not Path(name).is_dir():
        if way is not None:
            _refuse(name)
        recorded = diagnosis.read_recorded(Path(name))
        return _Answer(
            diagnosis.diagnose(recorded.history, recorded.probe, recorded.facts)
        )
    folder = open_run(name, root)
    found = diagnosis.diagnose_run(folder)
    if way is None:
        return _Answer(found, folder.finding())
    return _checked(folder, found, way)


def _checked(folder: RunFolder, diagnosis: Diagnosis, way: Way) -> _Answer:
    from dlrun.cli.checking import check_run

    checked = check_run(folder, diagnosis, way)
    return _Answer(diagnosis, checked.finding, checked.failed)


def _refuse(name: str) -> None:
    hint = "give a run, whose config can be trained again; or leave out --check"
    raise RunError(f"{name} is a history, of which nothing can be trained", hint=hint)
