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
from dlrun.cli.output import answer, answer_json

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
    runs: RunsDirectory = Path("runs"),
    json: Json = False,
) -> None:
    """Show layers, shapes and parameters; several models side by side."""
    from dlrun.describe.summary import render_summary, summary_values

    models = [read_config_or_run(text, runs, overrides, deletions) for text in configs]
    if json:
        values = [summary_values(name, experiment) for name, experiment in models]
        answer_json(values if len(values) > 1 else values[0])
    else:
        answer(render_summary(_short(models), explain=explain))


def _short(models: list[tuple[str, Experiment]]) -> list[tuple[str, Experiment]]:
    """Call several models by the names in their configs: paths take too much room."""
    names = {experiment.spec.name for _, experiment in models}
    if 1 < len(models) == len(names):
        return [(experiment.spec.name, experiment) for _, experiment in models]
    return models
