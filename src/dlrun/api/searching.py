"""A search in a notebook: its trials in a table, and its best run."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.api.run import Run, code, data_frame
from dlrun.errors import RunError, render_problems
from dlrun.runs import SearchFolder, find_searches, search_named
from dlrun.studies.audience import Audience
from dlrun.studies.search.kept import read_result
from dlrun.writing import command_line, listing

if TYPE_CHECKING:
    import pandas as pd

    from dlrun.errors import Problem
    from dlrun.studies.search.result import SearchResult, TrialResult


class Search:
    """The trials of a search, whoever trains them; each look reads them anew."""

    def __init__(self, folder: SearchFolder, *, allow_code: bool = False) -> None:
        self.folder = folder
        self._may_run_code = allow_code

    @override
    def __repr__(self) -> str:
        """The name, and how many trials there are."""
        return f"<Search {self.name}: {len(self.result.trials)} trials>"

    @property
    def name(self) -> str:
        """The name of its config."""
        return self.folder.name

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return self.folder.path

    @property
    def result(self) -> SearchResult:
        """All its trials so far.

        Raises:
            RunError: the folder is damaged.
        """
        return read_result(self.folder)

    @property
    def trials(self) -> pd.DataFrame:
        """A row per trial: its state, its score by each goal, and its settings by path.

        A setting that is an object, such as an optimizer, is one; `NaN` is the score of
        a trial that has none. One that pauses has the score at its last pause, after
        the epochs that `rung` says. Of several seeds or folds `val_loss_spread` is the
        standard deviation of `val_loss`.
        """
        result = self.result
        goals = [goal.column for goal in result.plan.goals]
        paths = [*result.plan.space.entries]
        spreads = [f"{goal}_spread" for goal in goals] if result.plan.runs > 1 else []
        columns = [
            "trial",
            "state",
            *goals,
            *spreads,
            *(["rung"] if result.plan.spec.halving is not None else []),
            *paths,
            "epoch",
            "seconds",
            "same_as",
            "run",
        ]
        rows = [_row(one) for one in result.trials]
        return data_frame(rows, columns).set_index("trial")

    @property
    def best(self) -> Run:
        """The run of the best trial; of several goals the best in the first.

        Raises:
            RunError: no trial has a score, or its run is gone.
        """
        best = self._best_trial()
        if best.run is None:
            message = f"the run of trial {best.number} of {self.name} is gone"
            raise RunError(message, hint="its settings are in `trials`")
        return Run(best.run, allow_code=self._may_run_code)

    @property
    def settings(self) -> dict[str, object]:
        """The settings of the best trial, by path.

        Raises:
            RunError: no trial has a score.
        """
        return dict(self._best_trial().settings)

    def _best_trial(self) -> TrialResult:
        """The best trial; of several goals the best in the first.

        Raises:
            RunError: no trial has a score.
        """
        front = self.result.front
        if not front:
            message = f"{self.name} has no trial with a score"
            raise RunError(message, hint=command_line("search", self.path))
        return front[0]

    @property
    def importances(self) -> pd.DataFrame:
        """A row per setting: the share of the score that it explains, and its p value.

        Empty: there are too few trials to tell. See docs/search.md.
        """
        from dlrun.studies.search.importance import importances

        found = importances(self.result).settings
        rows = [[one.name, one.share, one.p, one.trials] for one in found]
        columns = ["setting", "share", "p", "trials"]
        return data_frame(rows, columns).set_index("setting")


def _row(one: TrialResult) -> list[object]:
    plan, run, end = one.plan, one.run, one.end or one.pause
    nothing = [None] * len(plan.goals)
    spreads = [] if one.end is None else one.end.spreads
    return [
        one.number,
        one.state,
        *((end.scores if end is not None else ()) or nothing),
        *((spreads or nothing) if plan.runs > 1 else ()),
        *([one.pause and one.pause.epochs] if plan.spec.halving is not None else ()),
        *(one.settings[path] for path in plan.space.entries),
        None if end is None else end.epoch,
        None if end is None else end.seconds,
        one.trial.same_as,
        None if run is None else run.name,
    ]


def search(  # noqa: PLR0913 - what a person may ask for
    config: str | Path,
    *,
    set: Mapping[str, object] | None = None,  # noqa: A002 - the word of the config
    unset: Sequence[str] = (),
    runs: str | Path = "runs",
    jobs: int = 1,
    verbose: bool = True,
    allow_code: bool = False,
) -> Search:
    """Search the settings of a config that reach the best score.

    What was stopped goes on, as with `dlrun search`.

    Args:
        config: a YAML file with `search`, or the folder of a search that was begun,
            which goes on whatever became of its file.
        set: values by path, as in `{"search.trials": 20}`.
        unset: paths of values to remove, before `set`; of a file alone.
        runs: where the search of a file is kept.
        jobs: so many trials are trained at once, each in a process.
        verbose: print a line per trial.
        allow_code: run the code that the config names.

    Raises:
        DlrunError: with what is wrong and how to cure it.
    """
    from dlrun.studies.search.plan import SearchPlan
    from dlrun.studies.search.whole import begin_search, work_on_search

    overrides = [f"{path}={json.dumps(value)}" for path, value in (set or {}).items()]
    with code(allowed=allow_code):
        folder = _begun(Path(config), unset)
        if folder is None:
            plan = SearchPlan.read(Path(config), overrides, unset)
            folder = SearchFolder.of(Path(runs), plan.name)
        else:
            plan = SearchPlan.of_folder(folder, overrides)
        audience = _Shown(verbose=verbose)
        audience.warns(begin_search(plan, folder))
        for number in work_on_search(plan, folder, jobs, audience):
            if verbose:
                _tell(read_result(folder), number)
    return Search(folder, allow_code=allow_code)


def _begun(path: Path, unset: Sequence[str]) -> SearchFolder | None:
    """The folder of a search that was begun; None: it is a file.

    Raises:
        RunError: it is another folder, or values shall be removed.
    """
    if not path.is_dir():
        return None
    folder = SearchFolder(path)
    if not folder.exists:
        message = f"{path} is the folder of no search"
        raise RunError(message, hint="give a YAML file with `search`")
    if unset:
        message = f"{path} was begun: nothing can be removed from its config"
        raise RunError(message, hint="leave out `unset`, or begin another search")
    return folder


def _tell(result: SearchResult, number: int) -> None:
    from dlrun.report.search import trial_line

    one = result.trials[number - 1]
    sys.stdout.write(f"{trial_line(result.plan, one, result.front)}\n")


class _Shown(Audience):
    """Warns as Python does, and prints what is told where that is wanted."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._warned: list[str] = []

    @override
    def warns(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            text = render_problems([problem])
            if text not in self._warned:  # Trials have the same rows.
                self._warned.append(text)
                warnings.warn(text, UserWarning, stacklevel=2)

    @override
    def tells(self, sentence: str) -> None:
        if self._verbose:
            sys.stdout.write(f"{sentence}\n")


def open_search(
    name: str | Path, runs: str | Path = "runs", *, allow_code: bool = False
) -> Search:
    """A search that was begun, by the name of its folder or its config.

    Args:
        name: `digits-search`, `digits-search.search`, or the path of the folder.
        runs: where it is kept.
        allow_code: run the code of its runs, where they have some, for what needs it.

    Raises:
        RunError: there is none.
    """
    text, root = str(name), Path(runs)
    folder = search_named(text, root) or search_named(f"{text}.search", root)
    if folder is None:
        known = [one.name for one in find_searches(root)]
        hint = f"there is {listing(known)}" if known else "dlrun.search begins one"
        raise RunError(f"there is no search {text!r} in {root}", hint=hint)
    return Search(folder, allow_code=allow_code)
