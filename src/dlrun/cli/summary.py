"""`dlrun summary`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import (
    ConfigsOrRuns,
    Deletions,
    Json,
    Overrides,
    RunsDirectory,
    read_config_or_run,
)
from dlrun.cli.output import answer, answer_json, remark, write_file
from dlrun.cli.stdout import stdout

if TYPE_CHECKING:
    from dlrun.experiment import Experiment


def summary(
    configs: ConfigsOrRuns,
    overrides: Overrides = [],  # noqa: B006 - Typer copies it
    deletions: Deletions = [],  # noqa: B006
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show how each number of parameters comes about."
        ),
    ] = False,
    expand: Annotated[
        bool,
        typer.Option("--expand", help="Show every layer of blocks that are repeated."),
    ] = False,
    graph: Annotated[
        bool, typer.Option("--graph", help="Draw the model: what takes what.")
    ] = False,
    svg: Annotated[
        Path | None, typer.Option("--svg", help="Draw the model into this SVG file.")
    ] = None,
    runs: RunsDirectory = Path("runs"),
    json: Json = False,
) -> None:
    """Show layers, shapes and parameters; several models side by side."""
    from dlrun.describe.summary import render_summary, summary_values

    models = [read_config_or_run(text, runs, overrides, deletions) for text in configs]
    if (graph or svg) and len(models) > 1:
        raise typer.BadParameter("one model is drawn at a time: name one config")
    if graph or svg or len(models) > 1:
        for _, experiment in models:
            _require_shapes(experiment)
    if svg is not None:
        _write_picture(svg, models[0][1], is_folded=not expand)
    if json:
        values = [summary_values(name, experiment) for name, experiment in models]
        answer_json(values if len(values) > 1 else values[0])
    elif graph:
        answer(_drawn(models[0][1], is_folded=not expand))
    else:
        answer(render_summary(_short(models), explain=explain, expand=expand))


def _require_shapes(experiment: Experiment) -> None:
    """Refuse to draw, or to lay side by side, what only code tells.

    Raises:
        CodeNotAllowedError: nobody has allowed to run it.
    """
    if experiment.unknown_from is not None:
        experiment.require_code()


def _drawn(experiment: Experiment, *, is_folded: bool) -> str:
    from dlrun.describe.folding import model_rows
    from dlrun.describe.graph import graph_text
    from dlrun.writing import can_draw

    rows = model_rows(experiment.layers, is_folded=is_folded)
    return graph_text(experiment, rows, is_plain=not can_draw(stdout()))


def _write_picture(file: Path, experiment: Experiment, *, is_folded: bool) -> None:
    from dlrun.describe.folding import model_rows
    from dlrun.describe.graph import graph_svg

    rows = model_rows(experiment.layers, is_folded=is_folded)
    write_file(file, graph_svg(experiment, rows))
    remark(f"the picture is in {file}")


def _short(models: list[tuple[str, Experiment]]) -> list[tuple[str, Experiment]]:
    """Call several models by the names in their configs: paths take too much room."""
    names = {experiment.spec.name for _, experiment in models}
    if 1 < len(models) == len(names):
        return [(experiment.spec.name, experiment) for _, experiment in models]
    return models
