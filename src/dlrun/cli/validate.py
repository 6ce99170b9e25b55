"""`dlrun validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import ConfigFiles, Deletions, Overrides
from dlrun.cli.output import answer, print_error, remark, warn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dlrun.errors import Problem


def validate(
    configs: ConfigFiles,
    overrides: Overrides = [],  # noqa: B006 - Typer copies it
    deletions: Deletions = [],  # noqa: B006
    data: Annotated[
        bool, typer.Option("--data", help="Read and check the rows, too.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--warnings-as-errors", help="End with exit code 4 if there are any."
        ),
    ] = False,
) -> None:
    """Check that each CONFIG describes a valid experiment."""
    from dlrun.errors import DlrunError

    failed, warned = False, False
    for config in configs:
        try:
            warnings = _check(config, overrides, deletions, data)
        except DlrunError as error:
            print_error(error)
            failed = True
            continue
        warn(warnings)
        count = len(warnings)
        words = "" if count == 0 else f", {count} warning{'s' if count > 1 else ''}"
        answer(f"{config}: valid{words}")
        warned = warned or count > 0
    if failed:
        raise typer.Exit(3)
    if strict and warned:
        raise typer.Exit(4)


def _check(
    config: Path, overrides: list[str], deletions: list[str], data: bool
) -> Sequence[Problem]:
    from dlrun.config import locate_problems, located
    from dlrun.describe.unknown import unknown_shapes, unread_columns
    from dlrun.experiment import parse_spec, read_config

    node = read_config(config, overrides, deletions)
    with located(node):
        experiment = parse_spec(node)
        warnings = experiment.warnings
        if experiment.unknown_from is not None:
            remark(f"note: {unknown_shapes(experiment)}")
        if data:
            from dlrun.describe.class_weights import class_weight_lines
            from dlrun.engines import KerasDoor
            from dlrun.rows import read_rows
            from dlrun.rows.lint import Linter

            look = Linter(experiment.spec)
            experiment, parts = read_rows(experiment, KerasDoor(), look)
            warnings = (*experiment.warnings, *parts.warnings)
            for line in class_weight_lines(experiment.spec.fit, parts):
                remark(f"note: {line}")
        elif unread_columns(experiment):
            remark(f"note: {unread_columns(experiment)} of {config}; --data reads them")
        elif experiment.facts.num_rows is None or not experiment.facts.classes:
            remark(f"note: the rows of {config} were not read; --data reads them")
    return locate_problems(node, warnings)
