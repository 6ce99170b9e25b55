"""`dlrun validate`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import ConfigFiles, Deletions, Json, Overrides
from dlrun.cli.output import answer, answer_json, print_error, remark, warn
from dlrun.errors import DlrunError, Problem, problem_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlrun.experiment import Experiment


def validate(
    configs: ConfigFiles,
    overrides: Overrides = [],  # noqa: B006 - Typer copies it
    deletions: Deletions = [],  # noqa: B006
    data: Annotated[
        bool,
        typer.Option("--data", help="Read the rows, check them, and say what is odd."),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--warnings-as-errors", help="End with exit code 4 if there are any."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Check that each CONFIG describes a valid experiment."""
    checked: list[_Checked] = []
    for config in configs:
        try:
            warnings = _check(config, overrides, deletions, data)
            checked.append(_Checked(config, tuple(warnings)))
        except DlrunError as error:
            checked.append(_Checked(config, error=error))
        if not json:
            _tell(checked[-1])
    if json:
        answer_json([one.to_values() for one in checked])
    if any(one.error for one in checked):
        raise typer.Exit(3)
    if strict and any(one.warnings for one in checked):
        raise typer.Exit(4)


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was found in a config."""

    config: Path
    warnings: tuple[Problem, ...] = ()
    error: DlrunError | None = None

    def to_values(self) -> dict[str, object]:
        """Plain values, as `--json` prints them."""
        errors = getattr(self.error, "problems", None)
        if self.error is not None and errors is None:
            errors = [Problem((), self.error.message, hint=self.error.hint)]
        return {
            "config": str(self.config),
            "is_valid": self.error is None,
            "errors": [problem_values(one) for one in errors or ()],
            "warnings": [problem_values(one) for one in self.warnings],
        }


def _tell(checked: _Checked) -> None:
    if checked.error is not None:
        print_error(checked.error)
        return
    warn(checked.warnings)
    count = len(checked.warnings)
    words = "" if count == 0 else f", {count} warning{'s' if count > 1 else ''}"
    answer(f"{checked.config}: valid{words}")


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
        if experiment.spec.search is not None:
            _check_search(config, overrides, deletions, experiment)
        if experiment.unknown_from is not None:
            remark(f"note: {unknown_shapes(experiment)}")
        if data:
            from dlrun.describe.class_weights import class_weight_lines
            from dlrun.engines import KerasDoor
            from dlrun.rows.lint import inspect_rows

            experiment, parts, found = inspect_rows(experiment, KerasDoor())
            warnings = (*experiment.warnings, *found)
            for line in class_weight_lines(experiment.spec.fit, parts):
                remark(f"note: {line}")
        elif unread_columns(experiment):
            remark(f"note: {unread_columns(experiment)} of {config}; --data reads them")
        elif experiment.facts.num_rows is None or not experiment.facts.classes:
            remark(f"note: the rows of {config} were not read; --data reads them")
    return locate_problems(node, warnings)


def _check_search(
    config: Path, overrides: list[str], deletions: list[str], experiment: Experiment
) -> None:
    """Validate trials as `dlrun search` does before the first of them.

    Raises:
        ConfigError: A path of the space leads nowhere.
        SpecError: A trial would not be valid.
    """
    from dlrun.experiment.search.check import check_space
    from dlrun.experiment.search.template import Template

    search = experiment.spec.search
    assert search is not None  # noqa: S101 - asked before
    template = Template.read(config, overrides, deletions)
    check_space(template, search, experiment.spec.seed)
