"""`search:`: a search for the settings of a config that reach the best score."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, NamedTuple, TypeAlias

from pydantic import Field, PlainValidator
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import override

from dlrun.components.component import raise_errors
from dlrun.components.fields import PositiveFloat, PositiveInt
from dlrun.components.words import flow, invalid, shown
from dlrun.config import ANY, Names
from dlrun.experiment.search.reading import read_space
from dlrun.experiment.search.space import Space
from dlrun.experiment.section import Section

_GOAL = re.compile(r"(max|min)\s+(\S+)")
_MODES = {
    **dict.fromkeys(("max", "maximize", "maximise", "maximum"), "max"),
    **dict.fromkeys(("min", "minimize", "minimise", "minimum"), "min"),
}
"""What other programs call which values are better."""
_SEVERAL = 2
PARAMETERS = "parameters"
"""As one of several goals: how many the model of a trial has."""


class Goal(NamedTuple):
    """The column of the history that is the score, and which values are better."""

    mode: Literal["max", "min"]
    column: str

    @property
    def text(self) -> str:
        """As it is written."""
        return f"{self.mode} {self.column}"

    @classmethod
    def read(cls, text: str) -> Goal:
        """A goal from its text, which was valid once."""
        mode, _, column = text.partition(" ")
        return cls("max" if mode == "max" else "min", column.strip())


class Goals(tuple[Goal, ...]):
    """What is searched for: one goal, or several that a front answers."""

    __slots__ = ()

    @property
    def are_several(self) -> bool:
        """Whether the answer is a front, and no trial is the best."""
        return len(self) > 1

    @property
    def text(self) -> str:
        """As people read them."""
        return ", ".join(goal.text for goal in self)

    @classmethod
    def read(cls, texts: Iterable[str]) -> Goals:
        """Goals from their texts, which were valid once."""
        return cls(map(Goal.read, texts))


def _goals(value: object) -> Goals:
    """One goal, or a list of them; every mistake at its place.

    Raises:
        ValidationError: with all of them.
    """
    if not isinstance(value, list):
        return Goals([_goal(value)])
    if len(value) < _SEVERAL:
        message = f"`goal` is a list of {len(value)}"
        hint = "write goal: max val_accuracy, or a list of several goals"
        raise invalid("wrong-type", message, hint=hint)
    errors: list[InitErrorDetails] = []
    goals: list[Goal] = []
    for place, one in enumerate(value):
        try:
            goals.append(_goal(one))
        except PydanticCustomError as error:
            errors.append(InitErrorDetails(type=error, loc=(place,), input=one))
            continue
        if goals[-1].column in {goal.column for goal in goals[:-1]}:
            message = f"`{goals[-1].column}` is a goal already"
            wrong = invalid("duplicate-item", message, hint="remove one of them")
            errors.append(InitErrorDetails(type=wrong, loc=(place,), input=one))
    if errors:
        raise_errors("goal", errors)
    return Goals(goals)


def _goal(value: object) -> Goal:
    match = _GOAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is not None:
        return Goal("max" if match[1] == "max" else "min", match[2])
    message = f"`goal` must say max or min of what, found {shown(value)}"
    raise invalid("wrong-type", message, hint=f"write goal: {_meant(value)}")


def _meant(value: object) -> str:
    """The goal that a person means by `maximize val_accuracy` or `{max: val_loss}`."""
    words = re.findall(r"[\w.-]+", flow(value))
    given = [_MODES[word.lower()] for word in words if word.lower() in _MODES]
    columns = [word for word in words if word.lower() not in _MODES]
    if len(columns) != 1 or len(given) > 1 or not columns[0].isidentifier():
        return "max val_accuracy"
    usual = "max" if "acc" in columns[0] or "auc" in columns[0] else "min"
    return f"{given[0] if given else usual} {columns[0]}"


WrittenGoals: TypeAlias = Annotated[Goals, PlainValidator(_goals)]
"""`max val_accuracy`, or a list of them."""


def _start(value: object) -> tuple[dict[str, object], ...]:
    """A list of settings by path; every mistake at its place.

    Raises:
        ValidationError: with all of them.
    """
    example = "write start: [{}] to begin with the config as it stands"
    if not isinstance(value, list):
        message = f"`start` must be a list of settings, found {shown(value)}"
        raise invalid("wrong-type", message, hint=example)
    errors = [
        InitErrorDetails(
            type=invalid(
                "wrong-type",
                f"settings must be a mapping of paths to values, found {shown(one)}",
                hint="write {fit.batch_size: 16}, or {} for the config as it stands",
            ),
            loc=(place,),
            input=one,
        )
        for place, one in enumerate(value)
        if not isinstance(one, dict)
    ]
    if errors:
        raise_errors("start", errors)
    return tuple({str(key): one for key, one in item.items()} for item in value)


SearchStart: TypeAlias = Annotated[
    tuple[dict[str, object], ...], PlainValidator(_start)
]
"""Settings by path, of the first trials."""

SearchSpace: TypeAlias = Annotated[Space, PlainValidator(read_space)]
"""What may stand at each path."""


class SearchLimitsSpec(Section):
    """What a trial of a search must not exceed."""

    owner: ClassVar[str] = "search.limits"
    cures: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("max_parameters", "params"), "write max_params: 200000"),
        **dict.fromkeys(("time", "timeout", "minutes"), "write seconds: 120"),
        "hours": "write seconds: 120; how long the whole search takes is another limit",
    }

    max_params: PositiveInt | None = None
    """Parameters of the model of a trial. One that has more is not trained; it counts,
    with that as its reason. `tpe` looks where there are fewer."""
    seconds: PositiveFloat | None = None
    """Of training, by the clock, over all epochs of a trial: it ends with the epoch in
    which they are over, keeps its score, and is marked."""


class HalvingSpec(Section):
    """Trials pause, and the best of those that got as far go on.

    Source: Li et al. (2020), A system for massively parallel hyperparameter tuning.
    """

    owner: ClassVar[str] = "halving"
    cures: ClassVar[dict[str, str]] = {
        **dict.fromkeys(
            ("min_resource", "grace_period", "min_epochs"), "write from: 4"
        ),
        **dict.fromkeys(("reduction_factor", "eta"), "write factor: 3"),
        **dict.fromkeys(
            ("max_epochs", "max_resource", "to"),
            "remove it; the last rung is the end of each trial, fit.epochs",
        ),
    }

    from_: Annotated[PositiveInt, Field(alias="from")]
    """The epoch after which a trial pauses first."""
    factor: Annotated[int, Field(ge=2)] = 3
    """One of so many goes on, and pauses after so many times the epochs: with 3 from 4
    after 12, 36, ... until `fit.epochs` are over."""


class SearchSpec(Section):
    """A search for the settings of a config that reach the best score."""

    owner: ClassVar[str] = "search"
    names = (
        Names(("space",), of_objects=False, are_whole=True),
        Names(("start", ANY), of_objects=False),
    )
    cures: ClassVar[dict[str, str]] = {
        **dict.fromkeys(
            ("n_trials", "max_trials", "num_trials", "num_samples", "budget"),
            "write trials: 50",
        ),
        **dict.fromkeys(("objective", "metric"), "write goal: max val_accuracy"),
        **dict.fromkeys(("algorithm", "sampler", "tuner"), "write method: random"),
        **dict.fromkeys(
            ("parameters", "params", "hyperparameters"),
            "write space: {fit.batch_size: [16, 32]}",
        ),
        **dict.fromkeys(
            ("timeout", "time_budget", "time_budget_s", "max_hours"), "write hours: 2"
        ),
        **dict.fromkeys(("early_stopping", "no_improvement"), "write patience: 20"),
        **dict.fromkeys(("repeats", "executions_per_trial"), "write seeds: 3"),
        "seed": "remove it; the seed of the config drives the search, too",
    }

    goal: WrittenGoals | None = None
    """What is searched for, `max` or `min` of a column of the history, at the epoch
    that `fit.monitor` chooses. By default the monitor itself. Of a list of goals the
    answer is the Pareto front; there `parameters`, those of the model, may be one."""
    trials: PositiveInt | None = None
    """How many settings are tried, those that fail and those that were tried before
    included. A grid ends by itself; other methods need this, `hours` or `patience`."""
    hours: PositiveFloat | None = None
    """After so many hours of work no further trial begins; by default time is no end.
    Time counts by the clock while a trial is in the hands of a worker, however many
    there are."""
    patience: PositiveInt | None = None
    """After so many trials in a row without a better score no further one begins; by
    default scores are no end."""
    method: Literal["grid", "random", "tpe", "cmaes"] = "random"
    """How settings are chosen: `grid`: all there are, in the order of the config;
    `random`: by chance; `tpe`: near those that did well, by the tree-structured Parzen
    estimator of Optuna (Bergstra et al., 2011); `cmaes`: ranges by a normal
    distribution that learns from each generation (Hansen, 2016), choices by chance. The
    extra `search` installs what the last two need."""
    limits: SearchLimitsSpec | None = None
    """What a trial must not exceed; by default only what the config itself must not."""
    seeds: PositiveInt | None = None
    """How many runs a trial is, each with the next seed; its score is their mean. By
    default one."""
    folds: Annotated[int, Field(ge=2)] | None = None
    """Cross-validation in every trial: a run for each of so many folds, in place of a
    share that validates; the score of the trial is their mean. `data.split` may say the
    same, with groups, times and repeats."""
    start: SearchStart | None = None
    """The settings of the first trials, as in `[{}, {fit.batch_size: 16}]`: values by
    path, each in the space; what is left out is as the config has it. By default the
    method chooses from the first trial on."""
    halving: HalvingSpec | None = None
    """Asynchronous successive halving: a trial pauses at epochs that grow by a factor,
    and goes on, bit for bit, when it is among the best that got there. By default every
    trial is trained to its end."""
    space: SearchSpace
    """What is searched, by its path as for `-s`: a list to choose from, or a range,
    `{int: [16, 512]}`, `{float: [0.0001, 0.1]}`, with `log: true` or `step`. Inside an
    object a choice is `{choice: [3, 5]}`; a choice of objects may hold ranges."""

    @property
    def max_params(self) -> int | None:
        """The most parameters that a trial may have; `None`: what the config allows."""
        return None if self.limits is None else self.limits.max_params

    @property
    def seconds(self) -> float | None:
        """After so much training a trial ends; `None`: as its config says."""
        return None if self.limits is None else self.limits.seconds

    @override
    def written(self) -> dict[str, object]:
        """The values as a config writes them, without what is nothing by default."""
        texts = [goal.text for goal in self.goal or ()]
        goal = {"goal": texts if len(texts) > 1 else texts[0]} if texts else {}
        return super().written() | goal | {"space": self.space.written}
