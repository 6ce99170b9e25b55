"""What a learning curve goes over: rows that train, the width of layers, or epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, get_args

from dlrun.changes.change import rounded
from dlrun.changes.layer_changes import width_patch
from dlrun.changes.setup import Setup
from dlrun.errors import ConfigPath, Problem, SpecError
from dlrun.experiment import Experiment
from dlrun.experiment.counts import waiting_schedule
from dlrun.studies.ladder import AS_GIVEN

CurveAxis: TypeAlias = Literal["rows", "width", "epochs"]
AXES: tuple[CurveAxis, ...] = get_args(CurveAxis)
_SPAN = 16.0
"""The largest point over the smallest."""


@dataclass(frozen=True, slots=True)
class CurveStep:
    """One point of a curve before it is measured."""

    variant: str
    """What its runs are called."""
    size: float
    """The share of rows, the factor of the widths, or the epochs."""
    patch: tuple[str, ...]
    """The `-s` arguments that make it; none: the config as it is."""
    sentence: str


def steps_over(
    axis: CurveAxis, experiment: Experiment, points: int
) -> tuple[CurveStep, ...]:
    """The points of a curve, the smallest first, on a logarithmic scale.

    Rows and epochs go from a sixteenth up to what the config has; widths go from a
    quarter to four times the config's own.

    Args:
        axis: What differs.
        experiment: The config as given.
        points: How many; fewer where two would be the same.

    Raises:
        SpecError: The config has nothing of it that could differ, with the cure.
    """
    ratio = _SPAN ** (1 / (points - 1))
    above = (points - 1) // 2 if axis == "width" else 0
    factors = [ratio ** (place - points + 1 + above) for place in range(points)]
    steps: dict[tuple[str, ...], CurveStep] = {}
    for step in _MAKERS[axis](experiment, factors):
        steps.setdefault(step.patch, step)
    return tuple(steps.values())


def needs_own_runs(axis: CurveAxis, experiment: Experiment) -> bool:
    """Whether each point is trained; else the history of a longer run holds it.

    A run of fewer epochs has the same first epochs to the bit, unless its learning rate
    depends on how many there will be, or rounds follow, or code of the config may ask.
    """
    spec = experiment.spec
    has_end = waiting_schedule(spec.compile) is not None
    others = (spec.pseudo_label, spec.custom)
    return axis != "epochs" or has_end or any(one is not None for one in others)


def _rows(experiment: Experiment, factors: list[float]) -> Iterator[CurveStep]:
    """Shares of the rows that train; `split.train` changes no other part."""
    _require_shares(experiment)
    split = experiment.spec.data.split
    whole = 1.0 if split is None else split.train_share
    for factor in factors[:-1]:
        share = rounded(whole * factor)
        patch = (f"data.split.train={share}",)
        yield CurveStep(f"rows-{share:g}", share, patch, f"{share:g} of all rows train")
    yield CurveStep(AS_GIVEN, whole, (), "the config as it is")


def _require_shares(experiment: Experiment) -> None:
    """Refuse validation rows that do not stay the same while fewer rows train.

    Raises:
        SpecError: With the cure.
    """
    data, fit = experiment.spec.data, experiment.spec.fit
    split = data.split
    path: ConfigPath = ("data", "split")
    fold = ""
    if fit.validation_split is not None:
        path, share = ("fit", "validation_split"), fit.validation_split
        hint = f"-u fit.validation_split -s data.split.validation={share:g}"
    elif split is not None and split.folds:
        path, hint = (*path, "folds"), "-u data.split.folds"
        hint += " -u data.split.fold" if split.fold else ""
        hint += " -u data.split.repeats" if split.repeats else ""
        hint += " -s data.split.validation=0.2"
        fold = "" if split.fold else " of one fold: -s data.split.fold=1"
    elif split is not None and split.column:
        path = (*path, "column")
        hint = "-u data.split.column -s data.split.validation=0.2"
    elif split is None or not split.validation:
        path = ("data", "validation")
        hint = "-u data.validation -s data.split.validation=0.2"
    else:
        return
    message = (
        "rows are taken in shares only where `data.split` has a share that validates"
    )
    raise SpecError(
        Problem(
            path,
            message,
            hint=f"give {hint}; or go --over width or --over epochs{fold}",
            code="no-share",
            on_key=True,
        )
    )


def _width(experiment: Experiment, factors: list[float]) -> Iterator[CurveStep]:
    """Factors of the widths of all hidden layers; the last layer stays."""
    setup = Setup(experiment.spec.values())
    found = False
    for factor in factors:
        number = rounded(factor)
        patch = width_patch(setup, partial(_widened, factor))
        found |= bool(patch)
        if number == 1:
            yield CurveStep(AS_GIVEN, 1.0, (), "the config as it is")
        elif patch:
            sentence = f"hidden layers {number:g} times as wide"
            yield CurveStep(f"width-{number:g}", number, tuple(patch), sentence)
    if not found:
        raise SpecError(_no_width(setup))


def _widened(factor: float, width: int) -> int:
    return max(1, round(factor * width))


def _no_width(setup: Setup) -> Problem:
    message = "no hidden layer has a width that could change"
    hint = "add one before the last layer, as in - Dense: {units: 32, activation: relu}"
    if setup.layers.hidden:
        message = "a layer adds others up, or fixes a size: no width can change alone"
        hint = "go --over rows or --over epochs, or change the widths by hand"
    return Problem(
        ("model", "layers"), message, hint=hint, code="no-width", on_key=True
    )


def _epochs(experiment: Experiment, factors: list[float]) -> Iterator[CurveStep]:
    """Fewer epochs than the config has, and these."""
    planned = experiment.spec.fit.epochs
    if planned <= 1:
        message = f"{planned} epoch{'s' * (planned != 1)}: there is no curve over fewer"
        hint = "give more of them: -s fit.epochs=20"
        raise SpecError(
            Problem(("fit", "epochs"), message, hint=hint, code="too-few-epochs")
        )
    for factor in factors:
        epochs = max(1, round(planned * factor))
        if epochs < planned:
            patch = (f"fit.epochs={epochs}",)
            yield CurveStep(f"epochs-{epochs}", epochs, patch, f"{epochs} epochs")
    yield CurveStep(AS_GIVEN, planned, (), "the config as it is")


_MAKERS: dict[CurveAxis, Callable[[Experiment, list[float]], Iterator[CurveStep]]] = {
    "rows": _rows,
    "width": _width,
    "epochs": _epochs,
}
