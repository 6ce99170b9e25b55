"""`dlrun train`."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlrun.cli.arguments import (
    ConfigFiles,
    Deletions,
    Json,
    Overrides,
    Quiet,
    RunsDirectory,
)
from dlrun.cli.output import answer, answer_json, print_error, remark, warn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlrun.config import Node
    from dlrun.experiment import Experiment
    from dlrun.rows import Parts
    from dlrun.runs import RunFolder

_NAMED_RUNS = 6
"""More runs than these are not listed one by one in the next step."""


def train(
    configs: ConfigFiles,
    overrides: Overrides = [],  # noqa: B006 - Typer copies it
    deletions: Deletions = [],  # noqa: B006
    seeds: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="A run for each of N seeds, counted up."),
    ] = 1,
    name: Annotated[
        str | None, typer.Option(help="Name the runs; by default as the config.")
    ] = None,
    runs: RunsDirectory = Path("runs"),
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Read and check everything, train nothing."),
    ] = False,
    quiet: Quiet = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the layers and every figure.")
    ] = False,
    json: Json = False,
) -> None:
    """Train a run per CONFIG and seed, each into its own folder below runs/."""
    named = overrides if name is None else [*overrides, f"name={name}"]
    # Every config is checked before the first run starts: a typo in the last one must
    # not be found an hour later.
    prepared = [
        item for config in configs for item in _prepare(config, named, deletions, seeds)
    ]
    if dry_run:
        for node, experiment in prepared:
            _, parts = _read(node, experiment)
            answer(f"{experiment.spec.name}: ready to train on {_sizes(parts)}")
        return
    if len(prepared) > 1:
        _check_rows(prepared[::seeds])
    done: list[dict[str, Any]] = []
    codes: list[int] = []
    for node, experiment in prepared:
        with _others_go_on(codes, alone=len(prepared) == 1):
            values = _run(node, experiment, runs, quiet=quiet, verbose=verbose)
            done.append(values)
            if not json:
                answer(outcome_text(values))
    if json:
        answer_json(done[0] if len(prepared) == 1 else done)
    _next_step(done)
    if codes:
        remark(f"{len(codes)} of {len(prepared)} runs failed")
        raise typer.Exit(1 if done else max(codes))


def _prepare(
    config: Path, overrides: list[str], deletions: list[str], seeds: int
) -> Iterator[tuple[Node, Experiment]]:
    """The config once per seed, validated; its warnings are printed once."""
    from dlrun.config import locate_problems, located
    from dlrun.experiment import parse_spec, read_config

    first = 0
    for offset in range(seeds):
        seed = [f"seed={first + offset}"] if offset else []
        node = read_config(config, [*overrides, *seed], deletions)
        with located(node):
            experiment = parse_spec(node)
        if not offset:
            first = experiment.spec.seed
            warn(locate_problems(node, experiment.warnings))
            for note in experiment.facts.notes:
                remark(f"note: {note}")
        yield node, experiment


def _check_rows(prepared: list[tuple[Node, Experiment]]) -> None:
    """Find a config that does not fit its rows before the first of several starts."""
    for node, experiment in prepared:
        _read(node, experiment, quiet=True)


def _read(
    node: Node, experiment: Experiment, *, quiet: bool = False
) -> tuple[Experiment, Parts]:
    """Read the rows; what they make doubtful is printed, unless a later call will."""
    from dlrun.config import locate_problems, located
    from dlrun.engines import image_decoder
    from dlrun.rows import read_rows

    known = experiment.warnings
    with located(node):
        experiment, parts = read_rows(experiment, image_decoder(experiment.spec))
    if not quiet:
        found = [item for item in experiment.warnings if item not in known]
        warn(locate_problems(node, [*found, *parts.warnings]))
    return experiment, parts


def _run(
    node: Node, experiment: Experiment, root: Path, *, quiet: bool, verbose: bool
) -> dict[str, Any]:
    """One run, from the rows to its metrics."""
    experiment, parts = _read(node, experiment)
    if verbose:
        from dlrun.describe import render_summary

        remark(render_summary([(experiment.spec.name, experiment)]))
        remark(_sizes(parts))
    from dlrun.training import Progress, make_display, start_run
    from dlrun.training import train as train_into

    folder = start_run(node, experiment, root)
    progress = Progress() if quiet else make_display(verbose=verbose)
    with told_where(folder):
        metrics: Mapping[str, Any] = train_into(experiment, parts, folder, progress)
    facts = {"path": str(folder.path), "parameters": experiment.parameters}
    return {"run": folder.name, **facts, **metrics, **verdict_of(folder)}


@contextmanager
def _others_go_on(codes: list[int], *, alone: bool) -> Iterator[None]:
    """Print what went wrong in a run and note its exit code; a run alone raises it."""
    from dlrun.errors import DlrunError

    try:
        yield
    except DlrunError as error:
        if alone:
            raise
        print_error(error)
        codes.append(error.exit_code)


@contextmanager
def told_where(folder: RunFolder) -> Iterator[None]:
    """When a run does not end well, say where to find what it left.

    Raises:
        Exit: with its exit code, if a signal has stopped the run.
    """
    from dlrun.errors import RunError
    from dlrun.runs import RoundFolder, training_folder
    from dlrun.training import Interrupted

    try:
        yield
    except RunError:  # Refused: nothing was started, and nothing has changed.
        raise
    except BaseException as error:
        newest = training_folder(folder)
        epochs = len(newest.history().get("epoch", []))
        state = folder.status().state
        words = f"its history holds {epochs} epoch{'' if epochs == 1 else 's'}"
        if isinstance(newest, RoundFolder):
            words = f"{words} of round {newest.number}"
        remark(f"{folder.path}: {state}; {words}")
        _say_how_to_go_on(folder, state)
        if isinstance(error, Interrupted):
            raise typer.Exit(error.exit_code) from error
        raise


def _say_how_to_go_on(folder: RunFolder, state: str) -> None:
    """Name the command that takes up a run that has stopped."""
    from dlrun.runs import RoundFolder, training_folder

    newest = training_folder(folder)
    kept = newest.find_checkpoint().checkpoint
    if state == "diverged":
        again = f"dlrun train {folder.path / 'config.yaml'}"
        if kept is not None:
            remark(
                f"the checkpoint of epoch {kept.epoch} is kept; its weights are finite"
            )
        remark(f"next: {again} -s compile.optimizer.learning_rate=...")
    elif state != "finished" and (kept is not None or isinstance(newest, RoundFolder)):
        remark(f"resume: dlrun resume {folder.path}")


def _sizes(parts: Parts) -> str:
    named = (
        ("train", parts.train),
        ("validation", parts.validation),
        ("test", parts.test),
    )
    sizes = [f"{len(part):,} {name} rows" for name, part in named if part]
    if parts.unlabelled is not None:
        sizes.append(f"{len(parts.unlabelled.rows):,} unlabelled rows")
    return ", ".join(sizes)


def verdict_of(folder: RunFolder) -> dict[str, Any]:
    """The verdict on a run and its evidence in a sentence; empty if there is none."""
    from dlrun.diagnosis import Diagnosis
    from dlrun.errors import RunError

    try:
        diagnosis = Diagnosis.from_values(folder.diagnosis())
    except RunError:
        return {}
    first = diagnosis.findings[0].sentence if diagnosis.findings else diagnosis.meaning
    return {"verdict": diagnosis.verdict, "evidence": first}


def outcome_text(values: Mapping[str, Any]) -> str:
    """The outcome: the best epoch, the verdict, and where everything is."""
    from dlrun.report.rounds import rounds_text
    from dlrun.writing import number

    best, monitor = values["best"], values["monitor"]
    prefix = "val_" if monitor.startswith("val_") else "train_"
    shown = [
        monitor,
        *(name for name in best if name.startswith(prefix) and name != monitor),
    ]
    figures = ", ".join(f"{name} {number(best[name])}" for name in shown)
    epoch = f"best epoch {values['best_epoch']} of {values['epochs']}"
    size = f"{values['parameters']:,} parameters, {values['seconds']:.1f} s"
    lines = [f"{values['run']}: {epoch}: {figures}"]
    if "stopped" in values:
        lines.append(f"  stopped: {values['stopped']}")
    if "verdict" in values:
        lines.append(f"  {values['verdict']}: {values['evidence']}")
    lines += [f"  {line}" for line in rounds_text(values)]
    return "\n".join([*lines, f"  {size}, in {values['path']}"])


def _next_step(done: list[dict[str, Any]]) -> None:
    """Name the command that people mostly want next."""
    if len(done) == 1:
        remark(f"next: dlrun predict {done[0]['path']}")
    elif done:
        paths = " ".join(values["path"] for values in done[:_NAMED_RUNS])
        remark(
            f"next: dlrun compare {paths}{' ...' if len(done) > _NAMED_RUNS else ''}"
        )
