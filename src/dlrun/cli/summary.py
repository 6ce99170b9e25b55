"""`dlrun summary`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
    from dlrun.report import render_summary, summary_values

    models = [read_config_or_run(text, runs, overrides, deletions) for text in configs]
    if json:
        values = [summary_values(name, experiment) for name, experiment in models]
        answer_json(values if len(values) > 1 else values[0])
    else:
        answer(render_summary(models, explain=explain))
