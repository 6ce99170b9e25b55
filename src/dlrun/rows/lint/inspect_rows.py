"""The rows of an experiment, read and looked at: in all folds, where there are some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from dlrun.rows.lint import label_order
from dlrun.rows.lint.both_sides import watching
from dlrun.rows.lint.linter import Linter
from dlrun.rows.rows import read_rows

if TYPE_CHECKING:
    from dlrun.errors import ConfigPath, Problem
    from dlrun.experiment import Experiment
    from dlrun.experiment.data import DataSpec
    from dlrun.rows.dataset import Parts
    from dlrun.rows.door import Door


def inspect_rows(
    experiment: Experiment, door: Door
) -> tuple[Experiment, Parts, list[Problem]]:
    """Read the rows of an experiment, and say what is odd about them.

    Of folds each is read as its run would, since another one trains and validates.

    Args:
        experiment: the validated config.
        door: to Keras, for images, and for columns that it encodes.

    Returns:
        The experiment, now checked against its rows; the rows, of folds those of the
        first; and the warnings about them.

    Raises:
        DataError: when rows cannot be read, or are not what they should be.
        SpecError: when the config does not fit them.
    """
    look = Linter(experiment.spec)
    found = [_read(one, door, look) for one in _of_each_fold(experiment)]
    checked, parts = found[0]
    warnings = _of_folds([one.warnings for _, one in found])
    warnings = _unexplained(warnings, experiment.spec.data)
    return checked, parts, list(warnings)


def _of_each_fold(experiment: Experiment) -> Iterator[Experiment]:
    """The experiment of each fold; the only one where there are none, or one is meant.

    Repeats divide the same rows again, and show little that is new.
    """
    spec = experiment.spec
    split = spec.data.split
    if split is None or split.folds is None or split.fold is not None:
        yield experiment
        return
    for fold in range(1, split.folds + 1):
        own = split.model_copy(update={"fold": fold})
        data = spec.data.model_copy(update={"split": own})
        yield replace(experiment, spec=spec.model_copy(update={"data": data}))


def _read(experiment: Experiment, door: Door, look: Linter) -> tuple[Experiment, Parts]:
    spec, data = experiment.spec, experiment.spec.data
    stated = {"source": data.source, "validation": data.validation}
    able = {
        key: watching(data, source)
        for key, source in stated.items()
        if source is not None
    }
    watched = spec.model_copy(update={"data": data.model_copy(update=able)})
    checked, parts = read_rows(replace(experiment, spec=watched), door, look)
    return replace(checked, spec=spec), parts


def _of_folds(found: list[tuple[Problem, ...]]) -> Iterator[Problem]:
    """What was found in any fold, once, with how many folds it is about."""
    if len(found) == 1:
        yield from found[0]
        return
    folds: dict[tuple[str, ConfigPath], list[int]] = {}
    first: dict[tuple[str, ConfigPath], Problem] = {}
    for fold, warnings in enumerate(found, 1):
        for one in warnings:
            key = (one.code, one.path)
            first.setdefault(key, one)
            if folds.setdefault(key, [fold])[-1] != fold:
                folds[key].append(fold)
    for key, about in folds.items():
        told = f"in {len(about)} of {len(found)} folds, as in fold {about[0]}"
        yield replace(first[key], message=f"{first[key].message} ({told})")


def _unexplained(warnings: Iterable[Problem], data: DataSpec) -> Iterator[Problem]:
    """The warnings, without those of which another one, or the config, says the reason.

    A category that no train row has is what `unknown` says, where that is stated.
    """
    listed = list(warnings)
    is_in_order = any(
        one.code == label_order.RULE.code and "validation_split" in one.path
        for one in listed
    )
    for one in listed:
        entry = (data.columns or {}).get(str(one.path[-1] if one.path else ""), ())
        is_stated = any(getattr(each, "unknown", "error") != "error" for each in entry)
        is_answered = one.code == "unseen-category" and is_stated
        is_explained = one.code == "not-representative" and is_in_order
        if not is_answered and not is_explained:
            yield one
