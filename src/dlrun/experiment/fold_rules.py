"""Rules about folds: they alone say which rows validate, and one of them is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dlrun.components.splits import HoldoutSplit
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.data import DataSpec
from dlrun.experiment.fit import FitSpec
from dlrun.experiment.pseudo_label import PseudoLabelSpec

_SPLIT: ConfigPath = ("data", "split")


def folds_are_several(data: DataSpec) -> Iterator[Problem]:
    """A single fold would leave no row to train on."""
    split = data.split
    if split is not None and split.folds == 1:
        yield Problem(
            (*_SPLIT, "folds"),
            "a single fold would leave no row to train on",
            code="one-fold",
            hint="write folds: 5; or validation: 0.2 for one division of the rows",
        )


def fold_is_one_of_folds(data: DataSpec) -> Iterator[Problem]:
    """A fold has a number from 1 to that of all folds."""
    split = data.split
    if split is None:
        return
    stated = {
        "fold": split.fold is not None,
        "repeats": (split.repeats or 1) > 1,
        "refit": split.refit is not None,
    }
    for key, is_stated in stated.items():
        if is_stated and split.folds is None:
            yield Problem(
                (*_SPLIT, key),
                f"`{key}` is for rows that are divided into folds",
                code="unused-key",
                hint=f"add folds: 5, or remove {key}",
                on_key=True,
            )
    if split.folds and split.fold and split.fold > split.all_folds:
        many = f"{split.folds} folds"
        if split.repeats is not None and split.repeats > 1:
            many = f"{many}, repeated {split.repeats} times, are {split.all_folds}"
        yield Problem(
            (*_SPLIT, "fold"),
            f"there is no fold {split.fold}: {many}",
            code="no-such-fold",
            hint=f"write a number from 1 to {split.all_folds}",
        )
    if split.fold and split.refit is not None:
        yield Problem(
            (*_SPLIT, "fold"),
            "after a refit no fold validates: all rows train",
            code="two-validations",
            hint="remove fold, or refit",
            on_key=True,
        )
    if split.folds and split.time and (split.repeats or 1) > 1:
        yield Problem(
            (*_SPLIT, "repeats"),
            "rows have one order in time: another repeat would divide them alike",
            code="unused-key",
            hint="remove repeats",
            on_key=True,
        )


def folds_alone_validate(data: DataSpec, fit: FitSpec) -> Iterator[Problem]:
    """Beside folds no other rows validate, and all others train."""
    split = data.split
    if split is None or split.folds is None:
        return
    others: dict[ConfigPath, bool] = {
        (*_SPLIT, "validation"): split.validation > 0,
        (*_SPLIT, "column"): split.column is not None,
        ("data", "validation"): data.validation is not None,
        ("fit", "validation_split"): fit.validation_split is not None,
    }
    for path, is_there in others.items():
        if is_there:
            yield Problem(
                path,
                "each fold validates in its turn: no other rows can",
                code="two-validations",
                hint=f"remove {path[-1]}, or data.split.folds",
                on_key=True,
            )
    if split.train is not None:
        yield Problem(
            (*_SPLIT, "train"),
            "all rows of the other folds train",
            code="two-splits",
            hint="remove train, or data.split.folds",
            on_key=True,
        )


def pseudo_labels_have_one_division(
    pseudo_label: PseudoLabelSpec | None, data: DataSpec
) -> Iterator[Problem]:
    """What is learned from labels that other folds gave is not validated by them."""
    if pseudo_label is not None and _has_folds(data.split):
        shares = "validation: 0.2"
        shares += ", train: 0.1" if pseudo_label.unlabelled == "rest" else ""
        yield Problem(
            ("pseudo_label",),
            "labels that a model gives come from rows that validate in another fold: "
            "folds would be too good",
            code="pseudo-labels-with-folds",
            hint=f"remove pseudo_label, or write split: {{{shares}}}",
            on_key=True,
        )


def _has_folds(split: HoldoutSplit | None) -> bool:
    return split is not None and split.folds is not None


FOLD_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    folds_are_several,
    fold_is_one_of_folds,
    folds_alone_validate,
    pseudo_labels_have_one_division,
)
