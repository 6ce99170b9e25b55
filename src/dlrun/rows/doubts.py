"""What makes it doubtful that rows, once divided, are what a person means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.components.sources.wanted import WantedLabels, of_output
from dlrun.components.words import choices, shown
from dlrun.data import Dataset, Fold, representative
from dlrun.data.class_names import doubts
from dlrun.errors import ConfigPath, Problem

if TYPE_CHECKING:
    from dlrun.components.splits import HoldoutSplit
    from dlrun.experiment.data import DataSpec


def of_one(rows: Dataset, output: str) -> str:
    """Whose class it is, where there are several outputs."""
    return f" of `{output}`" if len(rows.labels or ()) > 1 else ""


def division_doubts(
    read: Dataset,
    fold: Fold,
    origins: dict[str, ConfigPath],
    data: DataSpec,
) -> Iterator[Problem]:
    """Validation rows that do not stand for the others, and classes without rows."""
    origin = origins["validation"]
    reason = representative(fold, read)
    if reason is not None:
        hint = _representative_cure(data.split, origin)
        message = f"the validation rows are not representative: {reason}"
        yield Problem(
            origin, message, hint=hint, code="not-representative", severity="warning"
        )
    for output in read.labels or ():
        counts = read.class_counts(output)
        absent = [name for name, count in counts.items() if not count]
        if not absent:
            continue
        message = f"class {', '.join(absent)}{of_one(read, output)} has no rows"
        hint = "remove it from classes, or add rows"
        yield Problem(
            ("data", "classes"),
            message,
            hint=hint,
            code="class-without-rows",
            severity="warning",
        )


def _representative_cure(split: HoldoutSplit | None, origin: ConfigPath) -> str:
    """What to do about validation rows that do not stand for the train rows."""
    if split is None or origin != ("data", "split"):
        return "use data.split: it draws at random and keeps the shares of classes"
    if split.column is not None:
        drawn = "split: {validation: 0.2}"
        return f"mark other rows in {shown(split.column)}, or draw them: {drawn}"
    if split.time is not None:
        return "what comes later differs; give validation a larger share, or add rows"
    if split.folds is not None:
        return "write fewer folds, or add rows"
    return "give validation a larger share, or add rows"


def labels_of_none(
    train: Dataset, origin: ConfigPath, wanted: WantedLabels
) -> Iterator[Problem]:
    """Labels that hold for no train row, or for all: nothing can be learned of them."""
    for output, names in train.label_names.items():
        if of_output(wanted, output) != "binary":
            continue
        labels = (train.labels or {})[output].reshape(-1, len(names))
        for what, value in (("no", 0), ("every", 1)):
            found = (labels == value).all(axis=0).tolist()
            alike = [name for name, is_so in zip(names, found, strict=True) if is_so]
            if alike:
                yield Problem(
                    origin,
                    f"{what} train row has the label {choices(alike)}"
                    f"{of_one(train, output)}",
                    hint="leave it out, or add rows",
                    code="label-without-rows",
                    severity="warning",
                )


def doubtful_classes(read: Dataset, data: DataSpec) -> Iterator[Problem]:
    """Names of classes that were hardly meant, unless the config lists them."""
    if data.classes is not None:
        return
    found = (doubts(classes) for classes in read.classes.values())
    for message, hint in dict.fromkeys(one for each in found for one in each):
        yield Problem(
            ("data", data.source.key),
            message,
            hint=hint,
            code="doubtful-class",
            severity="warning",
        )
