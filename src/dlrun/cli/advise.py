"""`dlrun advise`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import (
    Again,
    Jobs,
    Json,
    Quiet,
    RunName,
    RunsDirectory,
    open_run,
)
from dlrun.cli.output import answer, answer_json, needed, remark
from dlrun.cli.stdout import stdout
from dlrun.cli.trying import MANY_SEEDS, try_advices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dlrun.changes import Advice, Change
    from dlrun.diagnosis import Diagnosis
    from dlrun.runs import RecordedFinding, RunFolder


def advise(
    run: RunName,
    try_all: Annotated[
        bool,
        typer.Option(
            "--run", help="Train them, say what each gained, and keep what helps."
        ),
    ] = False,
    runs: RunsDirectory = Path("runs"),
    jobs: Jobs = 1,
    again: Again = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Say what to change in a run that went wrong, as arguments to train with."""
    from dlrun.cli.checking import Way
    from dlrun.diagnosis import diagnose_run

    if not try_all and (jobs > 1 or again):
        raise typer.BadParameter("--jobs and --again are about what --run trains")
    folder = open_run(run, runs)
    diagnosis, finding = diagnose_run(folder), folder.finding()
    advice = _advice(folder, diagnosis, finding)
    advised = _Advised(folder, diagnosis, finding, advice)
    if not json:
        answer(advised.to_text(), is_prose=True)
    trials = None
    if try_all and advice:
        trials = try_advices(folder, diagnosis, advice, Way(jobs, again, quiet))
    if json:
        answer_json(advised.to_values() | (trials.to_values() if trials else {}))
    elif trials is not None:
        answer(trials.to_text(), is_prose=True)
        trials.say_next()
    else:
        advised.say_next()
    if trials is not None and trials.failed:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Advised:
    """What is said of a run: the suspicion, what was found of it, what to try."""

    folder: RunFolder
    diagnosis: Diagnosis
    finding: RecordedFinding | None
    advice: Sequence[Advice]

    def to_values(self) -> dict[str, object]:
        """Plain values, as `--json` prints them."""
        found = {} if self.finding is None else {"finding": self.finding.to_json()}
        return {
            "run": self.folder.name,
            "diagnosis": self.diagnosis.to_values(),
            **found,
            "advice": [
                piece.to_values() | {"command": _command(self.folder, piece)}
                for piece in self.advice
            ],
        }

    def to_text(self) -> str:
        """The same for people."""
        from dlrun.diagnosis import render_diagnosis
        from dlrun.report.finding import render_finding
        from dlrun.writing import terminal_width

        told: set[str] = set()
        lines = [render_diagnosis(self.diagnosis, self.folder.name)]
        if self.finding is not None:
            lines.append(render_finding(self.finding, terminal_width(stdout())))
        lines += [
            _text(number, piece, self.folder, told)
            for number, piece in enumerate(self.advice, 1)
        ]
        return "\n".join(lines)

    def say_next(self) -> None:
        """Name the next command, and say so where there is nothing to repair."""
        if self.advice:
            again = needed(
                "advise", self.folder.path, "--run", has_code=_has_code(self.folder)
            )
            remark(f"next: {again}")
            return
        if self._is_at_its_limit:
            remark("nothing that was tried helps")
        elif self.diagnosis.is_fine:
            remark(
                "nothing to repair; several seeds tell how much of the score is luck"
            )
        else:
            remark("no change of this config is known to help")
            return
        config = self.folder.path / "config.yaml"
        remark(f"next: {needed('train', config, '--seeds', MANY_SEEDS)}")

    @property
    def _is_at_its_limit(self) -> bool:
        """Whether references have shown that nothing helps."""
        finding = self.finding
        if finding is None or finding.suspicion != self.diagnosis.verdict:
            return False
        return finding.standing in {"refuted", "not shown"}


def _advice(
    folder: RunFolder, diagnosis: Diagnosis, finding: RecordedFinding | None
) -> tuple[Advice, ...]:
    from dlrun.changes import advise_checked
    from dlrun.studies.outcome import facts_of

    config, facts, accepts = folder.config(), facts_of(folder), _acceptance(folder)
    return advise_checked(finding, diagnosis, config, facts, accepts)


def _acceptance(folder: RunFolder) -> Callable[[Change], bool]:
    """Whether the config of a run takes a change; the config itself must be valid."""
    from dlrun.config import located
    from dlrun.errors import ProblemsError
    from dlrun.experiment import parse_spec, read_config

    folder.hashes.require_config()
    file = folder.path / "config.yaml"
    node = read_config(file)
    with located(node):
        parse_spec(node)

    def accepts(change: Change) -> bool:
        try:
            parse_spec(read_config(file, list(change.patch)))
        except ProblemsError:
            return False
        return True

    return accepts


def _text(number: int, advice: Advice, folder: RunFolder, told: set[str]) -> str:
    """One piece of advice: what to change, why, and how to; no reason is told twice."""
    reasons = [reason for reason in advice.evidence if reason not in told]
    told.update(reasons)
    lines = [
        f"\n{number}. {advice.category}: {advice.change.sentence}",
        *(f"   because: {reason}" for reason in reasons),
        f"   {_command(folder, advice)}",
    ]
    return "\n".join(lines)


def _command(folder: RunFolder, advice: Advice) -> str:
    """The command that trains the run with the change; it can be pasted as it is."""
    words = ["train", str(folder.path / "config.yaml")]
    for argument in advice.change.patch:
        words += ["-s", argument]
    words += ["--name", advice.run_name(str(folder.config()["name"]))]
    if folder.path.parent != Path("runs"):
        words += ["--runs", str(folder.path.parent)]
    return needed(*words, has_code=_has_code(folder))


def _has_code(folder: RunFolder) -> bool:
    """Whether a run has code of its own."""
    from dlrun.config import CUSTOM

    return folder.config().get(*CUSTOM) is not None
