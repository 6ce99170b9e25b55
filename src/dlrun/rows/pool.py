"""The rows without a label: where they come from, and what must hold of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlrun.components.sources import Source, under
from dlrun.data import Dataset, Fold, only_array
from dlrun.errors import ConfigPath, DataError, Problem, format_path
from dlrun.rows.leak import leaked_rows
from dlrun.rows.preprocessing import apply_preprocessing
from dlrun.runs import RecordedPart

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.experiment.pseudo_label import PseudoLabelSpec
    from dlrun.rows.door import Door
    from dlrun.rows.images import ImageColumns
    from dlrun.runs import Preprocessing

_LEAST_LABELS = 2
"""Labelled train rows of a class below which its labels cannot be learned."""
_FEW_LABELS = 5
"""Labelled train rows of a class below which `balance: cap` is advised."""
ENOUGH_VALIDATION = 200
"""Validation rows from which on a round can be chosen, and confidence calibrated."""
_PATH: ConfigPath = ("pseudo_label",)


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Rows to be labelled by the model."""

    rows: Dataset
    """Without labels."""
    truth: NDArray[np.int32] | None = None
    """`(rows,)` class indices that are known for study, -1 where one is not; nothing in
    training may look at them."""


def divide_by_label(read: Dataset) -> tuple[Dataset, Pool]:
    """The rows with a label, and those with the class -1."""
    import numpy as np

    assert read.labels is not None  # noqa: S101 - loaded as labelled rows
    labels = only_array(read.labels)
    if labels.ndim > 1 or (labels >= 0).all():
        message = "every row has a label"
        hint = "empty the labels that are to be predicted, or write unlabelled: rest"
        problem = Problem(
            _PATH, message, hint=hint, code="no-unlabelled-rows", on_key=True
        )
        raise DataError(problem)
    pool = read.take(np.flatnonzero(labels < 0))
    return read.take(np.flatnonzero(labels >= 0)), Pool(replace(pool, labels=None))


def _rest(read: Dataset, fold: Fold) -> Pool:
    """The rows that are in no part; their labels are known, but for study alone."""
    import numpy as np

    is_left = np.ones(len(read), dtype=bool)
    for part in (fold.train, fold.validation, fold.test):
        is_left[part] = False
    if not is_left.any():
        message = f"the split leaves none of the {len(read)} rows"
        hint = "write a smaller data.split.train"
        raise DataError(
            Problem(("data", "split"), message, hint=hint, code="no-unlabelled-rows")
        )
    rest = read.take(np.flatnonzero(is_left))
    return Pool(replace(rest, labels=None), _indices(rest))


def find_pool(
    pseudo_label: PseudoLabelSpec,
    read: Dataset,
    fold: Fold,
    empty: Pool | None,
    images: ImageColumns,
) -> Pool:
    """The unlabelled rows, from where the config says that they are.

    Args:
        pseudo_label: what the config says.
        read: the labelled rows of the table.
        fold: which of them train, validate and test.
        empty: the rows of the table whose label is empty.
        images: the columns that name images.

    Raises:
        DataError: there are none, they cannot be read, or labels are too few.
    """
    _require_labels(read.take(fold.train))
    source = pseudo_label.unlabelled
    if empty is not None:
        return empty
    if not isinstance(source, Source):
        return _rest(read, fold)
    with under(*_PATH, "unlabelled"):
        rows = source.load_pool(next(iter(read.classes.values()), ()))
        with images.told_together():
            rows = images.read_of(source, rows)
    truth = None if rows.labels is None else _indices(rows)
    return Pool(replace(rows, labels=None, classes=read.classes), truth)


def record_pool(pool: Pool) -> RecordedPart:
    """Which rows they are."""
    return RecordedPart(
        origin=format_path((*_PATH, "unlabelled")),
        rows=len(pool.rows),
        sha256=pool.rows.fingerprint(),
        ids=pool.rows.ids,
    )


def prepare_pool(
    pseudo_label: PseudoLabelSpec,
    preprocessing: Preprocessing,
    pool: Pool,
    door: Door,
) -> Pool:
    """Scale the rows and order their columns as those of the train rows."""
    source = pseudo_label.unlabelled
    own = ("unlabelled", source.key) if isinstance(source, Source) else ()
    with under(*_PATH, *own):
        return replace(pool, rows=apply_preprocessing(preprocessing, pool.rows, door))


def _indices(rows: Dataset) -> NDArray[np.int32]:
    import numpy as np

    assert rows.labels is not None  # noqa: S101 - the caller has looked
    labels = only_array(rows.labels)
    return (labels if labels.ndim == 1 else labels.argmax(axis=1)).astype(np.int32)


def _require_labels(train: Dataset) -> None:
    """Refuse classes of which the model sees no two samples.

    Raises:
        DataError: naming each such class.
    """
    few = {
        name: count
        for name, count in train.class_counts().items()
        if count < _LEAST_LABELS
    }
    if few:
        listed = ", ".join(f"{name} has {count}" for name, count in few.items())
        message = f"each class needs {_LEAST_LABELS} labelled train rows, but {listed}"
        hint = "label more rows, or write a larger data.split.train"
        raise DataError(
            Problem(_PATH, message, hint=hint, code="too-few-labels", on_key=True)
        )


def pool_warnings(
    pseudo_label: PseudoLabelSpec, pool: Pool, parts: Mapping[str, Dataset]
) -> Iterator[Problem]:
    """What makes the gain of pseudo-labels doubtful, before anything is trained."""
    labelled, rows = len(parts["train"]), len(parts.get("validation", ()))
    if rows > labelled:
        message = f"unrealistic validation: {rows:,} rows, but only {labelled:,} train"
        hint = "hold out fewer: whoever has so many labels would train on them"
        yield _warning("unrealistic-validation", message, hint)
    elif rows < ENOUGH_VALIDATION:
        points = 100 * 1.96 * (0.25 / (rows + 4)) ** 0.5
        message = f"only {rows} validation rows choose the round that is kept: "
        message += f"they tell an accuracy to within {points:.0f} points at worst"
        hint = "judge the gain by test rows and several --seeds"
        yield _warning("few-validation-rows", message, hint)
    least = min(parts["train"].class_counts().values(), default=_FEW_LABELS)
    if least < _FEW_LABELS and pseudo_label.balance == "none":
        message = f"a class has {least} labelled rows, and others may swallow it"
        yield _warning("cap-advised", message, "write balance: cap")
    for name in ("validation", "test"):
        if name not in parts:
            continue
        leaked = leaked_rows(pool.rows, replace(parts[name], labels=None))
        if leaked:
            message = f"{leaked} {name} rows are unlabelled rows as well"
            hint = "remove the copies: scores on rows that were trained on are too good"
            yield _warning("leaked-rows", message, hint)


def _warning(code: str, message: str, hint: str) -> Problem:
    return Problem(
        _PATH, message, hint=hint, code=code, severity="warning", on_key=True
    )
