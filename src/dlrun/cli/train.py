"""`dlrun train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlrun.cli.arguments import ConfigFiles, Deletions, Json, Overrides, RunsDirectory
from dlrun.cli.output import answer, answer_json, print_error, remark, warn

if TYPE_CHECKING:
    from dlrun.config import Node
    from dlrun.runs import RunFolder
    from dlrun.spec import Experiment


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
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show the result alone.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the layers and every figure.")
    ] = False,
    json: Json = False,
) -> None:
    """Train a run per CONFIG and seed, each into its own folder below runs/."""
    from dlrun.errors import DlrunError

    if name is not None:
        overrides = [*overrides, f"name={name}"]
    # Every config is checked before the first run starts: a typo in the last one must not
    # be found an hour later.
    prepared = [
        item
        for config in configs
        for item in _prepare(config, overrides, deletions, seeds)
    ]
    results: list[dict[str, Any]] = []
    errors: list[DlrunError] = []
    for node, experiment in prepared:
        try:
            if verbose:
                _show_layers(experiment)
            results.append(_run(node, experiment, runs, dry_run, quiet, verbose))
        except DlrunError as error:
            if len(prepared) == 1:
                raise
            print_error(error)
            errors.append(error)
        else:
            if not json:
                answer(results[-1]["text"])
    if json:
        listed = [{key: item[key] for key in item if key != "text"} for item in results]
        answer_json(listed if len(prepared) > 1 else listed[0])
    if results and not dry_run:
        _next_step(results)
    if errors:
        remark(f"{len(errors)} of {len(prepared)} runs failed")
        raise typer.Exit(1 if results else max(error.exit_code for error in errors))


def _prepare(
    config: Path, overrides: list[str], deletions: list[str], seeds: int
) -> list[tuple[Node, Experiment]]:
    """The config once per seed, validated; warnings are printed once."""
    from dlrun.config import load_config, locate_problems, located
    from dlrun.spec import parse_spec

    found: list[tuple[Node, Experiment]] = []
    for offset in range(seeds):
        given = list(overrides)
        if found:
            given.append(f"seed={found[0][1].spec.seed + offset}")
        node = load_config(config, given, deletions)
        with located(node):
            experiment = parse_spec(node)
        if not found:
            warn(locate_problems(node, experiment.warnings))
        found.append((node, experiment))
    return found


def _run(
    node: Node,
    experiment: Experiment,
    root: Path,
    dry_run: bool,
    quiet: bool,
    verbose: bool,
) -> dict[str, Any]:
    """Read the rows, check them, train."""
    from dlrun.build import read_rows
    from dlrun.config import locate_problems, located
    from dlrun.errors import DlrunError

    known = experiment.warnings
    with located(node):
        experiment, parts = read_rows(experiment)
        found = [item for item in experiment.warnings if item not in known]
        warn(locate_problems(node, [*found, *parts.warnings]))
        sizes = _sizes(parts)
        if dry_run:
            text = f"{experiment.spec.name}: ready to train on {sizes}"
            return {"name": experiment.spec.name, "dry_run": True, "text": text}
        from dlrun.training import Progress, make_display, start_run
        from dlrun.training import train as train_into

        folder = start_run(node, experiment, root)
        if verbose:
            remark(f"{folder.name}: {sizes}")
        progress = Progress() if quiet else make_display(verbose=verbose)
        try:
            metrics = train_into(experiment, parts, folder, progress)
        except KeyboardInterrupt:
            epochs = len(folder.history().get("epoch", []))
            remark(f"{folder.path}: stopped after {epochs} epochs; the history is kept")
            raise
        except DlrunError:
            remark(f"{folder.path}: {folder.status().state}; the history is kept")
            raise
    return {
        "run": folder.name,
        "path": str(folder.path),
        "parameters": sum(layer.parameters for layer in experiment.layers),
        **metrics,
        "text": _result(folder, experiment, metrics),
    }


def _sizes(parts: Any) -> str:
    named = (
        ("train", parts.train),
        ("validation", parts.validation),
        ("test", parts.test),
    )
    return ", ".join(
        f"{len(part):,} {name} rows" for name, part in named if part is not None
    )


def _result(folder: RunFolder, experiment: Experiment, metrics: Any) -> str:
    """The outcome in two lines: the best epoch, and where everything is."""
    best, monitor = metrics["best"], metrics["monitor"]
    shown = [
        monitor,
        *(name for name in best if name.startswith("val_") and name != monitor),
    ]
    if len(shown) == 1:
        shown += [
            name for name in best if name.startswith("train_") and name != monitor
        ]
    figures = ", ".join(f"{name} {best[name]:.4f}" for name in shown)
    parameters = sum(layer.parameters for layer in experiment.layers)
    return (
        f"{folder.name}: best epoch {metrics['best_epoch']} of {metrics['epochs']}: {figures}\n"
        f"  {parameters:,} parameters, {metrics['seconds']:.1f} s, in {folder.path}"
    )


def _show_layers(experiment: Experiment) -> None:
    from dlrun.report import render_summary

    remark(render_summary([(experiment.spec.name, experiment)]))


def _next_step(results: list[dict[str, Any]]) -> None:
    """Name the command that people mostly want next."""
    if len(results) > 1:
        names = " ".join(item["path"] for item in results[:6])
        remark(f"next: dlrun compare {names}{' ...' if len(results) > 6 else ''}")
    else:
        remark(f"next: dlrun predict {results[0]['path']}")
