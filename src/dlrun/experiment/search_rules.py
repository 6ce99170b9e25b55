"""Rules between `search` and the other sections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from dlrun.components.splits import HoldoutSplit
from dlrun.components.words import choices, nearest, shown
from dlrun.config.path import parse_path
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.data import DataSpec
from dlrun.experiment.experiment import LimitsSpec, has_validation
from dlrun.experiment.fit import FitSpec
from dlrun.experiment.monitor import history_columns, known_mode
from dlrun.experiment.pseudo_label import PseudoLabelSpec
from dlrun.experiment.search import PARAMETERS, Choice, Goal, Range, SearchSpec

_FEWEST_RANGES = 2
_LARGEST_SEED = 2**32 - 1


def search_has_an_end(search: SearchSpec | None) -> Iterator[Problem]:
    """Only a grid ends by itself, and only where its points can be counted."""
    if search is None:
        return
    if search.method != "grid":
        if not (search.trials or search.hours or search.patience):
            message = f"a {search.method} search has no end of its own"
            hint = "say how many settings are tried: trials: 50; or when to stop: "
            hint += "hours: 2, or patience: 20"
            path = ("search", "trials")
            yield Problem(path, message, code="missing-key", hint=hint)
        return
    for one in search.space.all_parameters():
        if not isinstance(one, Range) or (one.count is not None and not one.log):
            continue
        hint = "give it a step, write a list, or write method: random"
        if one.log:
            hint = f"write a list, as in {_powers(one)}, or write method: random"
        message = "a grid needs values that can be counted"
        at = ("search", "space", *one.place)
        yield Problem(at, message, code="not-countable", hint=hint)


def search_goal_is_measured(
    search: SearchSpec | None,
    data: DataSpec,
    fit: FitSpec,
    compile: CompileSpec,  # noqa: A002
) -> Iterator[Problem]:
    """The score of a trial is a column of its history, of rows that did not train."""
    if search is None:
        return
    data = _in_trials(search, data)
    columns = history_columns(data, fit, compile)
    goals, is_measured = search.goal or (), True
    if len(goals) > 1:
        columns.append(PARAMETERS)
    for place, goal in enumerate(goals):
        path: ConfigPath = ("search", "goal", *([place] if len(goals) > 1 else []))
        if goal.column in columns:
            yield from _doubts(path, goal, columns, known_mode(compile, goal.column))
            continue
        is_measured = False
        yield _unmeasured(path, goal, columns, is_held=has_validation(data, fit))
    if is_measured and not has_validation(data, fit):
        message = "no rows are kept for validation: the best setting is the one that "
        message += "learns its train rows by heart"
        hint = "add `split: {validation: 0.2}` under `data`"
        yield Problem(
            ("search",),
            message,
            code="no-validation",
            hint=hint,
            severity="warning",
            on_key=True,
        )


def _doubts(
    path: ConfigPath, goal: Goal, columns: Sequence[str], mode: str | None
) -> Iterator[Problem]:
    """What a goal does that is measured, and that hardly anybody wants."""
    name, held_out = goal.column, f"val_{goal.column.removeprefix('train_')}"
    if name == PARAMETERS:
        return
    if mode not in {None, goal.mode}:
        message = f"{goal.mode} {name} looks for the worst: "
        message += f"{'large' if mode == 'max' else 'small'} values of it are better"
        yield Problem(
            path,
            message,
            code="inverted-goal",
            hint=f"write {mode} {name}",
            severity="warning",
        )
    if held_out in columns:
        message = f"{name} is of the train rows: the best setting is the one that "
        message += "learns them by heart"
        yield Problem(
            path,
            message,
            code="goal-of-train-rows",
            hint=f"write {goal.mode} {held_out}",
            severity="warning",
        )


def _unmeasured(
    path: ConfigPath, goal: Goal, columns: Sequence[str], *, is_held: bool
) -> Problem:
    """What to say of a goal that is no column."""
    name = goal.column
    meant = nearest(name, columns)
    hint = f"the columns are {choices(columns)}"
    if meant is not None:
        hint = f"write {goal.mode} {meant}"
    if name == PARAMETERS:
        hint = "alone it would choose the smallest model; name what it shall be good "
        hint += "at, too: goal: [max val_accuracy, min parameters]"
    if name.startswith("val_") and not is_held:
        hint = "add `split: {validation: 0.2}` under `data`"
    message = f"no trial measures {shown(name)}"
    return Problem(path, message, code="unknown-goal", hint=hint)


def search_limits_can_bind(
    search: SearchSpec | None,
    limits: LimitsSpec,
    pseudo_label: PseudoLabelSpec | None,
) -> Iterator[Problem]:
    """A limit that no trial can reach, or whose end would not be one, is no limit."""
    if search is None or search.limits is None:
        return
    path: ConfigPath = ("search", "limits")
    given = search.limits
    if given.max_params is None and given.seconds is None:
        message = "`limits` of a search says neither max_params nor seconds"
        hint = "write limits: {max_params: 200000}, or remove it"
        yield Problem(path, message, code="missing-key", hint=hint, on_key=True)
    if given.max_params is not None and given.max_params >= limits.max_params:
        message = f"no trial may have more than {limits.max_params:,} parameters as "
        message += "it is, by limits.max_params of the config"
        hint = f"write a number below {limits.max_params}, or remove it"
        at = (*path, "max_params")
        yield Problem(at, message, code="out-of-range", hint=hint)
    if given.seconds is not None and pseudo_label is not None:
        message = "a trial with pseudo-labels trains in rounds, which compare only "
        message += "where none of them is cut short"
        hint = "remove seconds, or write fewer fit.epochs"
        yield Problem((*path, "seconds"), message, code="exclusive-keys", hint=hint)


def search_repeats_are_of_one_kind(
    search: SearchSpec | None, data: DataSpec, seed: int
) -> Iterator[Problem]:
    """The runs of a trial differ in their seed, or in their fold."""
    if search is None:
        return
    split, seeds = data.split, search.seeds or 1
    in_folds = search.folds or (split is not None and split.lacks_fold)
    if seeds > 1 and in_folds:
        message = "`seeds` and folds exclude each other: a trial is runs of one kind"
        hint = "remove seeds; to divide the rows anew several times, write "
        hint += "data.split: {folds: 5, repeats: 2}"
        path = ("search", "seeds")
        yield Problem(path, message, code="exclusive-keys", hint=hint, on_key=True)
    if seed + seeds - 1 > _LARGEST_SEED:
        message = f"{seeds} seeds from {seed} on end above {_LARGEST_SEED:,}"
        path = ("search", "seeds")
        yield Problem(path, message, code="out-of-range", hint="write seed: 1")
    if search.folds is None or split is None or split.folds is None:
        return
    if split.folds != search.folds or not split.lacks_fold:
        message = f"the rows are divided into {split.folds} folds already"
        if split.fold is not None:
            message = f"fold {split.fold} of {split.folds} is chosen already"
        path = ("search", "folds")
        hint = "remove folds here, or in data.split"
        yield Problem(path, message, code="two-splits", hint=hint, on_key=True)


def search_starts_with_what_it_searches(
    search: SearchSpec | None,
) -> Iterator[Problem]:
    """The settings of the first trials are of paths that are searched."""
    if search is None or not search.start:
        return
    if search.trials is not None and len(search.start) > search.trials:
        message = f"a search of {search.trials} trials cannot begin with "
        message += f"{len(search.start)}"
        hint = f"write trials: {len(search.start)} or more, or remove some of them"
        yield Problem(("search", "start"), message, code="out-of-range", hint=hint)
    paths = [*search.space.entries]
    for place, settings in enumerate(search.start):
        for key in settings.keys() - set(paths):
            meant = nearest(key, paths)
            hint = f"add it to the space, as in space: {{{key}: [...]}}, or remove it"
            if meant is not None:
                hint = f"write {meant}, as in the space"
            yield Problem(
                ("search", "start", place, key),
                f"`{key}` is not searched",
                code="not-in-space",
                hint=hint,
                on_key=True,
            )


def _in_trials(search: SearchSpec, data: DataSpec) -> DataSpec:
    """The data of a trial, which may have folds that the config has not."""
    if search.folds is None:
        return data
    return data.model_copy(update={"split": HoldoutSplit(folds=search.folds)})


def _powers(one: Range) -> str:
    """The ends of a range, and one value between that is as far from both."""
    middle = one.nearest((one.low * one.high) ** 0.5)
    return f"[{one.low}, {middle}, {one.high}]"


def search_halving_compares(
    search: SearchSpec | None, pseudo_label: PseudoLabelSpec | None
) -> Iterator[Problem]:
    """Trials are compared half-way: each has one score, and an epoch to pause at."""
    if search is None or search.halving is None:
        return
    path: ConfigPath = ("search", "halving")
    if search.goal is not None and search.goal.are_several:
        message = "halving needs one score, to tell who goes on, and there are "
        message += f"{len(search.goal)} goals"
        hint = f"write goal: {search.goal[0].text}, or remove halving"
        yield Problem(path, message, code="exclusive-keys", hint=hint, on_key=True)
    if pseudo_label is not None:
        message = "a trial with pseudo-labels trains in rounds, each from its first "
        message += "epoch: there is no epoch at which it could pause"
        hint = "remove halving, or pseudo_label"
        yield Problem(path, message, code="exclusive-keys", hint=hint, on_key=True)


def search_halving_has_epochs(
    search: SearchSpec | None, fit: FitSpec
) -> Iterator[Problem]:
    """All trials have as far to go, and pause on the way."""
    if search is None or search.halving is None:
        return
    first, epochs = search.halving.from_, fit.epochs
    for key in search.space.entries:
        if [segment.key for segment in parse_path(key)] == ["fit", "epochs"]:
            message = "`fit.epochs` cannot be searched beside halving, which decides "
            message += "how long each trial is trained"
            hint = f"remove it; fit.epochs, {epochs} now, is how long the best are"
            at: ConfigPath = ("search", "space", key)
            yield Problem(at, message, code="invalid-path", hint=hint, on_key=True)
    if first >= epochs:
        message = f"no trial would pause: each is over after {epochs} epochs"
        less = max(1, epochs // search.halving.factor**2)
        hint = f"write from: {less}" if epochs > 1 else "remove halving"
        at = ("search", "halving", "from")
        yield Problem(at, message, code="out-of-range", hint=hint)


def search_has_room_for_cmaes(search: SearchSpec | None) -> Iterator[Problem]:
    """CMA-ES learns how ranges go together, of one score, and they are always there."""
    if search is None or search.method != "cmaes":
        return
    instead = "write method: tpe"
    path: ConfigPath = ("search", "method")
    if search.goal is not None and search.goal.are_several:
        message = f"cmaes needs one score, and there are {len(search.goal)} goals"
        yield Problem(path, message, code="exclusive-keys", hint=instead)
    for one in search.space.parameters:
        if isinstance(one, Choice) and any(item.parameters for item in one.options):
            message = "cmaes knows no range that is there only where it is chosen"
            at = ("search", "space", *one.place)
            yield Problem(at, message, code="conditional-space", hint=instead)
    ranges = sum(isinstance(one, Range) for one in search.space.parameters)
    if ranges < _FEWEST_RANGES:
        message = (
            "cmaes needs two ranges or more, whose values it learns together, and "
        )
        message += f"there {'is 1' if ranges == 1 else 'are none'}"
        yield Problem(path, message, code="too-few-ranges", hint=instead)


SEARCH_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    search_has_an_end,
    search_goal_is_measured,
    search_limits_can_bind,
    search_repeats_are_of_one_kind,
    search_starts_with_what_it_searches,
    search_halving_compares,
    search_halving_has_epochs,
    search_has_room_for_cmaes,
)
