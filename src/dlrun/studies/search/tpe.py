"""Samplers of Optuna: in memory, asked once per trial, each time with its own seed.

Optuna stores nothing and knows no process. Every trial is entered in the order of the
numbers, with its end if that is known and as running if not: so a suggestion follows
from seed, number and `knew` alone, whichever process asks and however often.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import TPESampler
from optuna.trial import TrialState, create_trial
from typing_extensions import override

from dlrun.experiment.search import Choice, Searched
from dlrun.experiment.search.space import parameter_name
from dlrun.studies.search.suggestion import Sampler, Suggestion, marks_of, seed_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optuna.samplers import BaseSampler

    from dlrun.experiment.search import Goal, Space
    from dlrun.studies.search.pause import Known
    from dlrun.studies.search.trial import SearchTrial, SearchTrials


class OptunaSampler(Sampler):
    """Asks a sampler of Optuna."""

    def __init__(
        self,
        space: Space,
        goals: Sequence[Goal],
        seed: int,
        max_params: int | None = None,
    ) -> None:
        """Get ready.

        Args:
            space: What is searched.
            goals: Which scores are better.
            seed: Drives every suggestion, together with the number of its trial.
            max_params: Larger models are not trained; `None`: there is no such limit.
        """
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = space
        self._seed = seed
        self._max_params = max_params
        self._directions: list[Literal["minimize", "maximize"]] = [
            "maximize" if goal.mode == "max" else "minimize" for goal in goals
        ]
        self._distributions = {
            parameter_name(one.place): _distribution(one)
            for one in space.all_parameters()
        }
        self._has_conditions = len(self._distributions) > len(space.parameters)
        self._begin()

    def _begin(self) -> None:
        """Know of no trial."""
        self._study = optuna.create_study(directions=self._directions)
        self._places: dict[int, int] = {}
        """The number in the study of each trial, from 0."""
        self._entered = 0
        self._told: dict[int, Known] = {}
        """What the study has been told of each trial."""

    @override
    def suggest(self, number: int, trials: SearchTrials) -> Suggestion:
        known = {
            trial.number: known
            for trial in trials.by_number.values()
            if trial.number < number and (known := trials.known_of(trial)) is not None
        }
        if not self._told.items() <= known.items() or len(self._places) >= number:
            self._begin()
        for earlier in range(len(self._places) + 1, number):
            self._places[earlier] = self._enter(trials.by_number[earlier])
        for earlier in sorted(known.keys() - self._told.keys()):
            self._tell(earlier, known[earlier])
        self._study.sampler = self._sampler(number)
        asked = self._study.ask()
        self._entered += 1
        chosen = self._space.choose(lambda one: self._suggested(asked, one))
        # What is kept is shorter than what Optuna drew: it is entered as it is kept.
        self._study.tell(asked, state=TrialState.FAIL)
        return Suggestion(chosen, *marks_of(known))

    def _sampler(self, number: int) -> BaseSampler:
        """A sampler whose chance follows from the seed and the number of a trial."""
        with warnings.catch_warnings():  # That `group` may change; it is pinned.
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return TPESampler(
                seed=seed_of(self._seed, number),
                multivariate=True,
                group=self._has_conditions,
                constant_liar=True,
            )

    def _enter(self, trial: SearchTrial) -> int:
        """Enter a trial as one that runs; return its number in the study."""
        excess = self._excess(trial)
        bound = {} if excess is None else {"constraints:max_params": excess}
        values = {parameter_name(place): value for place, value in trial.chosen.items()}
        distributions = {name: self._distributions[name] for name in values}
        entered = create_trial(
            state=TrialState.RUNNING,
            params=values,
            distributions=distributions,
            system_attrs=bound,
        )
        self._study.add_trial(entered)
        self._entered += 1
        return self._entered - 1

    def _excess(self, trial: SearchTrial) -> int | None:
        """By how many parameters a trial is too large, for Optuna: above 0 it is."""
        if self._max_params is None:
            return None
        if trial.parameters is None:  # So many that nobody has counted them.
            return self._max_params if trial.is_refused else 0
        return trial.parameters - self._max_params

    def _tell(self, number: int, known: Known) -> None:
        """Tell of a score; what has none counts as worse than all that have one."""
        self._told[number] = known
        place = self._places[number]
        if not known.scores:
            self._study.tell(place, state=TrialState.PRUNED)
        else:
            self._study.tell(place, list(known.scores))

    def _suggested(self, asked: optuna.Trial, one: Searched) -> int | float:
        name = parameter_name(one.place)
        if isinstance(one, Choice):
            return asked.suggest_categorical(name, range(len(one.options)))
        step = one.step
        if one.is_whole:
            whole = 1 if step is None else int(step)
            return asked.suggest_int(
                name, int(one.low), int(one.high), step=whole, log=one.log
            )
        return one.nearest(
            asked.suggest_float(name, one.low, one.high, step=step, log=one.log)
        )


def _distribution(one: Searched) -> BaseDistribution:
    """What may be chosen, in the words of Optuna."""
    if isinstance(one, Choice):
        return CategoricalDistribution(range(len(one.options)))
    if one.is_whole:
        step = 1 if one.step is None else int(one.step)
        return IntDistribution(int(one.low), int(one.high), one.log, step)
    return FloatDistribution(one.low, one.high, one.log, one.step)
