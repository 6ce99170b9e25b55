"""`dlrun train`."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import (
    Again,
    ConfigFiles,
    Deletions,
    Jobs,
    Json,
    Overrides,
    Quiet,
    RunsDirectory,
)
from dlrun.cli.clustering import (
    Address,
    CpusPerRun,
    GpusPerRun,
    On,
    cluster_of,
    require_several,
)
from dlrun.cli.folding import Folding
from dlrun.cli.output import (
    answer,
    answer_json,
    needed,
    remark,
    typed_command,
    warn,
)
from dlrun.cli.row_check import answer_sizes, check_rows
from dlrun.errors import RunError
from dlrun.writing import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlrun.cli.execution import FinishedRun, TerminalAudience
    from dlrun.config import Node
    from dlrun.runs import FoldsFolder
    from dlrun.studies.cluster.cluster import Cluster
    from dlrun.studies.plan import Member, Plan
    from dlrun.studies.task import Ending

_NAMED_RUNS = 6
"""More runs than these are not listed one by one in the next step."""
_FEWEST_FOLDS = 2


def _number_of_folds(text: str) -> int:
    """How many folds there are; repeats are a setting of their own."""
    repeated = re.fullmatch(r"\s*(\d+)\s*[x*,]\s*(\d+)\s*", text)
    if repeated is not None:
        first, second = map(int, repeated.groups())
        folds, repeats = max(first, second), min(first, second)
        message = f"expected one number, found {text!r}: {folds} folds that are drawn "
        message += (
            f"{repeats} times are --folds {folds} -s data.split.repeats={repeats}"
        )
        raise typer.BadParameter(message)
    if not text.strip().isdecimal() or int(text) < _FEWEST_FOLDS:
        message = f"expected a whole number of at least {_FEWEST_FOLDS}, found {text!r}"
        raise typer.BadParameter(message)
    return int(text)


def train(
    configs: ConfigFiles,
    overrides: Overrides = [],  # noqa: B006 - Typer copies it
    deletions: Deletions = [],  # noqa: B006
    seeds: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="A run for each of N seeds, counted up."),
    ] = 1,
    folds: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            parser=_number_of_folds,
            help="Cross-validate: a run for each of K folds, in place of a share that "
            "validates.",
        ),
    ] = None,
    refit: Annotated[
        str | None,
        typer.Option(
            metavar="NAME.folds-NNN",
            help="Train one model on all rows, for the epochs that these folds found.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name the runs; by default as the config.")
    ] = None,
    runs: RunsDirectory = Path("runs"),
    jobs: Jobs = 1,
    on: On = None,
    address: Address = None,
    cpus_per_run: CpusPerRun = None,
    gpus_per_run: GpusPerRun = None,
    again: Again = False,
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
    """Train a run per CONFIG, seed and fold, each into its own folder below runs/.

    If several runs were stopped, the same command goes on with them.
    """
    cluster = cluster_of(on, address, jobs, cpus_per_run, gpus_per_run)
    named = overrides if name is None else [*overrides, f"name={name}"]
    if refit is not None:
        named = _refit(configs, named, deletions, _fold_set(refit, runs), folds)
    # Every config is checked before the first run starts: a typo in the last one must
    # not be found an hour later.
    by_config = [
        [*_members(config, named, deletions, seeds, folds)] for config in configs
    ]
    members = [member for those in by_config for member in those]
    from dlrun.studies.plan import Plan

    _check_number(members, cluster or jobs)
    plan = Plan(members[0].name, members, typed_command())
    if dry_run:
        if not again:
            _say_standing(plan, runs)
        answer_sizes(members)
        return
    if len(members) > 1:
        check_rows(
            [those[0] for those in by_config], wakes_backend=jobs == 1 and not on
        )
    from dlrun.cli.execution import TerminalAudience

    at_once = jobs if cluster is None else len(members)
    shown = TerminalAudience(len(members), at_once, quiet=quiet, verbose=verbose)
    results = _Results(plan, shown, runs, json=json)
    _train(plan, runs, cluster or jobs, again, results)
    if refit is not None:
        results.tell_other_data(_fold_set(refit, runs))
    results.conclude()


def _check_number(members: Sequence[Member], jobs: Cluster | int) -> None:
    """Refuse more numbers of threads than one process has, and a cluster for one run.

    Raises:
        RunError: Only several processes could train them.
        BadParameter: A single run needs no cluster.
    """
    from dlrun.studies.plan import check_threads

    if isinstance(jobs, int):
        check_threads(members, jobs)
    else:
        require_several(len(members))


def _train(
    plan: Plan, root: Path, jobs: Cluster | int, again: bool, results: _Results
) -> None:
    """Train what is missing of a plan, and tell what becomes of each run.

    Raises:
        Exit: A signal has stopped it.
        DlrunError: The only run has failed.
    """
    from dlrun.cli.execution import stoppable
    from dlrun.studies.execute import execute

    with stoppable(plan, results.shown, root):
        for ending in execute(plan, root, results.shown, jobs=jobs, anew=again):
            results.take(ending)


def _members(
    config: Path,
    overrides: list[str],
    deletions: list[str],
    seeds: int,
    folds: int | None,
) -> Iterator[Member]:
    """The config per seed and fold, validated; its warnings are printed once."""
    from dlrun.config import locate_problems, located
    from dlrun.experiment import parse_spec, read_config
    from dlrun.studies.folds import members_of_folds, with_folds
    from dlrun.studies.plan import Member

    if folds is not None:
        written = read_config(config, overrides, deletions).value
        patch, replaced = with_folds(written, folds)
        overrides = [*overrides, *patch]
        if replaced:
            remark(f"note: folds validate in place of {replaced}")
    first = 0
    for offset in range(seeds):
        seed = [f"seed={first + offset}"] if offset else []
        node = read_config(config, [*overrides, *seed], deletions)
        with located(node):
            experiment = parse_spec(node)
            experiment.require_no_search()
        experiment.require_code()
        if not offset:
            first = experiment.spec.seed
            warn(locate_problems(node, experiment.warnings))
            for note in experiment.facts.notes:
                remark(f"note: {note}")
        read = partial(_read, config, [*overrides, *seed], deletions)
        yield from members_of_folds(Member(node, experiment), read)


def _read(
    config: Path, overrides: list[str], deletions: list[str], more: Sequence[str]
) -> Node:
    from dlrun.experiment import read_config

    return read_config(config, [*overrides, *more], deletions)


def _fold_set(text: str, root: Path) -> FoldsFolder:
    from dlrun.runs import find_fold_set

    return find_fold_set(text, root)


def _refit(
    configs: Sequence[Path],
    overrides: list[str],
    deletions: list[str],
    folder: FoldsFolder,
    folds: int | None,
) -> list[str]:
    """The `-s` arguments of the model after folds.

    Raises:
        DlrunError: The config is not that of the folds, or cannot be read.
    """
    if len(configs) > 1 or folds is not None:
        wrong = "--folds" if folds is not None else "several configs"
        raise typer.BadParameter(f"--refit trains one model: leave out {wrong}")
    from dlrun.studies.refit import plan_refit

    planned = plan_refit(configs[0], overrides, deletions, folder)
    for note in planned.notes():
        remark(f"note: {note}")
    return [*planned.overrides]


def _say_standing(plan: Plan, root: Path) -> None:
    """Say how far a plan is that this command would go on with.

    Raises:
        RunError: It is damaged, so that the command would be refused.
    """
    from dlrun.cli.execution import say_standing
    from dlrun.studies.membership import is_over

    folder = plan.folder(root)
    if len(plan.members) == 1 or not folder.exists:
        return
    members_runs = folder.runs()
    if any(run is not None for run in members_runs):
        over = sum(map(is_over, members_runs, plan.members, plan.keys))
        say_standing(over, len(plan.members))


class _Results:
    """What becomes of the runs, told as they end."""

    def __init__(
        self, plan: Plan, shown: TerminalAudience, root: Path, *, json: bool
    ) -> None:
        self._plan = plan
        self._folding = Folding(plan.members, root)
        self.shown = shown
        self._json = json
        self._finished: dict[int, FinishedRun] = {}
        """By the numbers of their members."""
        self._codes: list[int] = []
        """The exit codes of the runs that failed."""
        self._can_be_retried = False

    @property
    def _is_alone(self) -> bool:
        return len(self._plan.members) == 1

    def take(self, ending: Ending) -> None:
        """Tell what became of a member.

        Raises:
            DlrunError: The only run has failed.
        """
        from dlrun.cli.execution import read_finished, tell_ending

        if not ending.is_finished or ending.folder is None:
            code = tell_ending(ending, self.shown, alone=self._is_alone)
            self._codes += [code] if code else []
            self._can_be_retried |= bool(code) and not ending.is_over
        else:
            finished = self._finished[ending.number] = read_finished(ending.folder)
            if not self._json:
                with self.shown.aside():
                    answer(finished.to_text(), is_prose=True)
        with self._going_on():
            self._folding.take(ending)
        self.shown.one_is_over()

    def tell_other_data(self, folds: FoldsFolder) -> None:
        """Say where a model after folds has read other rows than these."""
        before = {run.split().data_sha256 for run in folds.run_folders()}
        for finished in self._finished.values():
            if finished.folder.split().data_sha256 not in before:
                remark(
                    f"note: the data have changed since {folds.name}: its epochs were "
                    "found on other rows"
                )

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        """Say how to go on where folds cannot be kept: no run is lost."""
        try:
            yield
        except RunError:
            self.shown.end()
            if self._plan.folder(self._folding.root).exists:
                remark(f"resume: {self._plan.command}")
            raise

    def conclude(self) -> None:
        """Answer for programs, and name the next step.

        Raises:
            Exit: At least one run has failed.
        """
        done = [self._finished[number] for number in sorted(self._finished)]
        with self._going_on():
            self._folding.take_the_rest()
        if self._json:
            values = [finished.to_values() for finished in done]
            if folds := self._folding.to_values():
                answer_json({"runs": values, "folds": folds})
            else:
                answer_json(values[0] if self._is_alone else values)
        else:
            self._folding.tell()
        changes = self._folding.tell_missing()
        if changes:
            remark(f"train all folds anew: {self._plan.command}")
        _next_step(done, self._folding.kept_in())
        if self._codes:
            remark(f"{len(self._codes)} of {len(self._plan.members)} runs failed")
            if self._can_be_retried:
                remark(f"resume: {self._plan.command}")
            raise typer.Exit(1 if done else max(self._codes))
        if changes:
            raise typer.Exit(1)


def _next_step(done: Sequence[FinishedRun], kept: Mapping[str, Path]) -> None:
    """Name the command that people mostly want next.

    Args:
        done: The runs that are finished.
        kept: Where folds are kept, by the names of their runs, which they stand for.
    """
    if len(done) == 1:
        remark(f"next: {needed('predict', done[0].folder.path)}")
    elif done:
        named = [kept.get(run.folder.name, run.folder.path) for run in done]
        paths = list(dict.fromkeys(named))
        more = " ..." if len(paths) > _NAMED_RUNS else ""
        remark(f"next: {command_line('compare', *paths[:_NAMED_RUNS])}{more}")
