"""`dlrun advise`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import Json, Quiet, RunName, RunsDirectory, open_run
from dlrun.cli.output import answer, answer_json, remark

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlrun.changes import Advice, Change
    from dlrun.runs import RunFolder
    from dlrun.studies.attempt import Tried
    from dlrun.studies.outcome import Outcome

_MANY_SEEDS = 5


def advise(
    run: RunName,
    try_first: Annotated[
        bool,
        typer.Option("--run", help="Train the first one, and say what became of it."),
    ] = False,
    runs: RunsDirectory = Path("runs"),
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Say what to change in a run that went wrong, as arguments to train with."""
    from dlrun.changes import advise as advise_on
    from dlrun.diagnosis import diagnose_run, render_diagnosis
    from dlrun.studies.outcome import facts_of

    folder = open_run(run, runs)
    config, facts = folder.config(), facts_of(folder)
    diagnosis = diagnose_run(folder)
    advice = advise_on(diagnosis, config, facts, accepts=_acceptance(folder))
    values: dict[str, object] = {
        "run": folder.name,
        "diagnosis": diagnosis.to_values(),
        "advice": [
            piece.to_values() | {"command": _command(folder, piece)} for piece in advice
        ],
    }
    if not json:
        answer(render_diagnosis(diagnosis, folder.name), is_prose=True)
        told: set[str] = set()
        for number, piece in enumerate(advice, 1):
            answer(_text(number, piece, folder, told), is_prose=True)
    if try_first and advice:
        values["tried"] = _tried_values(_try(folder, advice[0], quiet=quiet, json=json))
    if json:
        answer_json(values)
    elif not advice:
        _nothing_to_repair(folder, is_fine=diagnosis.is_fine)
    elif not try_first:
        remark(f"next: dlrun advise {shlex.quote(str(folder.path))} --run")


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
    words = ["dlrun", "train", str(folder.path / "config.yaml")]
    for argument in advice.change.patch:
        words += ["-s", argument]
    words += ["--name", advice.run_name(str(folder.config()["name"]))]
    if folder.path.parent != Path("runs"):
        words += ["--runs", str(folder.path.parent)]
    return shlex.join(words)


def _nothing_to_repair(folder: RunFolder, *, is_fine: bool) -> None:
    if not is_fine:
        remark("no change of this config is known to help")
        return
    remark("nothing to repair; several seeds tell how much of the score is luck")
    config = shlex.quote(str(folder.path / "config.yaml"))
    remark(f"next: dlrun train {config} --seeds {_MANY_SEEDS}")


def _try(folder: RunFolder, advice: Advice, *, quiet: bool, json: bool) -> Tried:
    """Train the run with the change, beside the run; say what became of it."""
    from dlrun.cli.execution import TerminalAudience, say_where
    from dlrun.errors import TrainingError
    from dlrun.interruption import Interrupted
    from dlrun.runs import RunFolder
    from dlrun.studies.attempt import try_advice

    root = folder.path.parent
    shown = TerminalAudience(1, quiet=quiet)
    try:
        tried = try_advice(folder, advice, root, shown)
    except (Interrupted, TrainingError):
        if shown.run:
            say_where(RunFolder(root / shown.run))
        raise
    if not json:
        answer(_tried_text(tried), is_prose=True)
        both = shlex.join(str(run.path) for run in (folder, tried.run))
        remark(f"next: dlrun compare {both}")
    return tried


def _tried_text(tried: Tried) -> str:
    """Whether the verdict cleared, and what became of the score."""
    after = tried.after.diagnosis
    state = "cleared" if tried.cleared else "not cleared"
    words = [
        "",
        f"{tried.run.name}: {tried.advice.verdict} {state}; now {after.verdict}",
        f"  {_score_text(tried)}",
        "  One run each: " + _doubt(tried),
    ]
    return "\n".join(words)


def _score_text(tried: Tried) -> str:
    from dlrun.writing import number

    before, after = tried.before, tried.after
    kept = "kept" if tried.kept_metric else "lost"
    scores = f"{number(before.score)} -> {number(after.score)}"
    epochs = f"epochs {_epoch(before)} and {_epoch(after)}"
    return f"{after.metric} {scores} at the best {epochs}: {kept}"


def _epoch(outcome: Outcome) -> str:
    return "-" if outcome.best_epoch is None else str(outcome.best_epoch)


def _doubt(tried: Tried) -> str:
    from dlrun.writing import number

    return (
        f"differences below {number(tried.tolerance)} may come from the seed or from "
        f"the choice of rows; --seeds {_MANY_SEEDS} on both tells more."
    )


def _tried_values(tried: Tried) -> dict[str, object]:
    return {
        "run": tried.run.name,
        "path": str(tried.run.path),
        "category": tried.advice.category,
        "cleared": tried.cleared,
        "kept_metric": tried.kept_metric,
        "metric": tried.after.metric,
        "before": tried.before.score,
        "after": tried.after.score,
        "tolerance": tried.tolerance,
        "verdict": tried.after.diagnosis.verdict,
    }
