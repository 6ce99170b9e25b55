"""Training in a notebook."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, overload

from typing_extensions import override

from dlrun.api.folds import Folds
from dlrun.api.run import Run, code
from dlrun.config import (
    Node,
    apply_overrides,
    locate_problems,
    located,
    plain_values,
)
from dlrun.errors import RunError, render_problems
from dlrun.experiment import config_of, parse_spec, read_config
from dlrun.progress import Progress, make_display
from dlrun.studies.audience import Audience
from dlrun.studies.folds import FoldedRuns, members_of_folds, with_folds
from dlrun.studies.plan import Member, Plan

if TYPE_CHECKING:
    from dlrun.errors import Problem
    from dlrun.runs import FoldsFolder


@overload
def train(
    config: str | Path | Mapping[str, object],
    *,
    set: Mapping[str, object] | None = None,
    unset: Sequence[str] = (),
    runs: str | Path = "runs",
    verbose: bool = True,
    allow_code: bool = False,
    folds: int,
) -> Folds: ...
@overload
def train(
    config: str | Path | Mapping[str, object],
    *,
    set: Mapping[str, object] | None = None,
    unset: Sequence[str] = (),
    runs: str | Path = "runs",
    verbose: bool = True,
    allow_code: bool = False,
    folds: None = None,
) -> Run: ...
def train(  # noqa: PLR0913 - what a person may ask for
    config: str | Path | Mapping[str, object],
    *,
    set: Mapping[str, object] | None = None,  # noqa: A002 - the word of the config
    unset: Sequence[str] = (),
    runs: str | Path = "runs",
    verbose: bool = True,
    allow_code: bool = False,
    folds: int | None = None,
) -> Run | Folds:
    """Train a config into a new run folder, or each of its folds.

    Args:
        config: a YAML file, or the config itself as a mapping.
        set: values by path, as in `{"fit.epochs": 5}`.
        unset: paths of values to remove, before `set`.
        runs: where the run folders are.
        verbose: print a line per epoch.
        allow_code: run the code that the config names.
        folds: cross-validate: a run for each of so many, in place of a share that
            validates. What was stopped goes on.

    Returns:
        The run; of several folds, `Folds`.

    Raises:
        DlrunError: with what is wrong and how to cure it.
    """
    node = _load(config, set or {}, unset)
    if folds is not None:
        patch, _ = with_folds(node.value, folds)
        node = apply_overrides(node, patch)
    with located(node), code(allowed=allow_code):
        experiment = parse_spec(node)
        if folds is not None:
            experiment.require_no_search()
            member = Member(node, experiment)
            told = _train_folds(member, Path(runs), verbose=verbose)
            return Folds(told, allow_code=allow_code)
        experiment.require_one()
        from dlrun.engines import KerasDoor
        from dlrun.rows import read_rows
        from dlrun.training import start_run
        from dlrun.training import train as train_into

        experiment, parts = read_rows(experiment, KerasDoor(experiment.spec))
        problems = locate_problems(node, [*experiment.warnings, *parts.warnings])
        for problem in problems:
            warnings.warn(render_problems([problem]), UserWarning, stacklevel=2)
        folder = start_run(node, experiment, Path(runs))
        progress = make_display(sys.stdout) if verbose else Progress()
        train_into(experiment, parts, folder, progress)
    return Run(folder, allow_code=allow_code)


def _train_folds(member: Member, root: Path, *, verbose: bool) -> FoldsFolder:
    """Train a config's folds; what they say together.

    Raises:
        DlrunError: A fold has failed or diverged; the others are kept.
        Interrupted: A signal came.
    """
    from dlrun.studies.execute import execute

    members = [
        *members_of_folds(member, lambda more: apply_overrides(member.node, more))
    ]
    plan, found = Plan(member.name, members), {}
    for ending in execute(plan, root, _Shown(verbose=verbose)):
        if ending.folder is None or not ending.is_finished:
            state = "has no results" if ending.error is None else "has failed"
            raise ending.error or RunError(f"{ending.member.label} {state}")
        found[ending.number] = ending.folder
    return FoldedRuns.read(members, [found[one] for one in sorted(found)]).keep(root)[0]


class _Shown(Audience):
    """Warns as Python does, and prints a line per epoch where it is wanted."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose

    @override
    def warns(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            warnings.warn(render_problems([problem]), UserWarning, stacklevel=2)

    @override
    def begins(self, label: str, number: int, members: int) -> None:
        if self._verbose:
            sys.stdout.write(f"{number} of {members}: {label}\n")

    @override
    def progress(self, run: str) -> Progress:
        return make_display(sys.stdout) if self._verbose else Progress()


def _load(
    config: str | Path | Mapping[str, object],
    values: Mapping[str, object],
    unset: Sequence[str],
) -> Node:
    """The node of a file or a mapping; values are written as JSON, which is YAML."""
    overrides = [
        f"{path}={json.dumps(plain_values(value, (path,)))}"
        for path, value in values.items()
    ]
    if isinstance(config, Mapping):
        return config_of(config, overrides, unset)
    return read_config(Path(config), overrides, unset)
