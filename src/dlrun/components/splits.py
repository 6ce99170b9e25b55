"""How rows are divided into train, validation and test rows."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from math import floor
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from dlrun.components.component import Strict, validate_keys
from dlrun.components.fields import Fraction
from dlrun.components.words import invalid, shown
from dlrun.data import Dataset, Fold
from dlrun.errors import DataError, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STREAM = tuple(b"split")
"""Keeps the draw apart from others with the same seed."""
_ALMOST = 1e-9


class HoldoutSplit(Strict):
    """Shares of the rows that are held out, drawn at random with the seed.

    Where labels are classes, each part has its share of every class, to within one row.
    """

    validation: Fraction = 0.0
    """The share of all rows that validates."""
    test: Fraction = 0.0
    """The share of all rows that is kept for a test."""
    train: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    """The share of all rows that trains, to study less data; by default the rest. It
    changes no validation or test rows, and smaller parts lie within larger ones."""

    @model_validator(mode="wrap")
    @classmethod
    def _validate(cls, value: object, handler: ModelWrapValidatorHandler[Any]) -> Any:
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            message = f"`split` must name the parts, found {shown(value)}"
            raise invalid("wrong-type", message, hint="write {validation: 0.2}")
        result: HoldoutSplit = validate_keys(cls, "split", value, handler)
        held = result.validation + result.test
        total = held + (result.train or 0)
        if total > 1 + _ALMOST or held >= 1 - _ALMOST:
            message = f"the parts of the split add up to {total:.4g} of the rows"
            hint = "the shares of validation, test and train may add up to 1 at most"
            raise invalid("split-too-large", message, hint=hint)
        return result

    def folds(self, dataset: Dataset, seed: int) -> Iterator[Fold]:
        """One fold, the same for the same rows and seed.

        Raises:
            DataError: a part has no rows, or a class has fewer rows than parts.
        """
        import numpy as np

        rows = len(dataset)
        classes = dataset.class_groups()
        groups = np.zeros(rows, dtype="int64") if classes is None else classes
        order = np.random.default_rng([seed, *_STREAM]).permutation(rows)
        members = [order[groups[order] == group] for group in np.unique(groups)]
        self._require_rows(dataset)
        validation, test = self._held_out([len(group) for group in members], rows)
        parts = [
            (group[:first], group[first : first + second], group[first + second :])
            for group, first, second in zip(members, validation, test, strict=True)
        ]
        train = _spread([part[2] for part in parts])
        if self.train is not None:
            train = train[: _rounded(self.train * rows)]
        held = [np.concatenate([part[index] for part in parts]) for index in range(2)]
        yield Fold(np.sort(train), np.sort(held[0]), np.sort(held[1]))

    def _held_out(self, sizes: list[int], rows: int) -> tuple[list[int], list[int]]:
        """How many rows of each class validate, and how many are kept for a test.

        Each number is its exact share rounded up or down, so the train rows that are
        left are within one row of theirs, too. The sums are mostly the rounded shares
        of all rows, and always within one row of them.
        """
        first = [self.validation * size for size in sizes]
        second = [self.test * size for size in sizes]
        held = [a + b for a, b in zip(first, second, strict=True)]
        wanted = _rounded(self.validation * rows), _rounded(self.test * rows)
        both = _apportion(
            held,
            lower=[_floor(share) for share in held],
            upper=[
                min(_ceil(share), size - 1)
                for share, size in zip(held, sizes, strict=True)
            ],
            total=sum(wanted),
        )
        validation = _apportion(
            first,
            lower=[
                max(_floor(a), n - _ceil(b))
                for a, b, n in zip(first, second, both, strict=True)
            ],
            upper=[
                min(_ceil(a), n - _floor(b))
                for a, b, n in zip(first, second, both, strict=True)
            ],
            total=wanted[0],
        )
        test = [n - a for a, n in zip(validation, both, strict=True)]
        surplus = sum(test) - wanted[1]  # what validation could not take
        for index, (share, other) in enumerate(zip(second, held, strict=True)):
            if surplus > 0 and test[index] > share and both[index] > other:
                test[index] -= 1
                surplus -= 1
        return validation, test

    def _require_rows(self, dataset: Dataset) -> None:
        """Refuse shares of no rows, and classes that cannot be in every part."""
        rows = len(dataset)
        shares = {"train": self.train, "validation": self.validation, "test": self.test}
        problems = [
            _problem(
                (name,),
                f"{share:g} of {rows} rows is no row: the {name} part is empty",
                hint=f"use at least {_least_share(rows):g}",
                code="empty-part",
            )
            for name, share in shares.items()
            if share and _rounded(share * rows) == 0
        ]
        parts = 1 + (self.validation > 0) + (self.test > 0)
        problems += [
            _problem(
                (),
                f"class {name} has {count} row{'' if count == 1 else 's'}, "
                f"too few for {parts} parts",
                hint=f"add rows of class {name}, or remove the class from the data",
                code="small-class",
            )
            for output in dataset.labels or ()
            for name, count in dataset.class_counts(output).items()
            if 0 < count < parts
        ]
        if problems:
            raise DataError(*problems)


def last_rows(examples: Sized, validation_split: float) -> Fold:
    """The last rows validate, before any shuffle.

    Source: `keras.Model.fit`, its `train_validation_split`, with the same rounding.

    Raises:
        DataError: one of the two parts would be empty.
    """
    import numpy as np

    rows = len(examples)
    split_at = floor(rows * (1.0 - validation_split))
    if split_at in {0, rows}:
        part = (
            "no row is left to train"
            if split_at == 0
            else "the validation part is empty"
        )
        message = f"{validation_split:g} of {rows} rows: {part}"
        problem = Problem(
            (), message, hint="change the share, or add rows", code="empty-part"
        )
        raise DataError(problem)
    numbers = np.arange(rows)
    return Fold(numbers[:split_at], numbers[split_at:], numbers[:0])


def _problem(path: tuple[str, ...], message: str, *, hint: str, code: str) -> Problem:
    return Problem(("split", *path), message, hint=hint, code=code)


def _apportion(
    shares: list[float], lower: list[int], upper: list[int], total: int
) -> list[int]:
    """Whole numbers between the bounds that add up to `total`, by largest remainder."""
    counts = list(lower)
    by_remainder = sorted(
        range(len(shares)), key=lambda index: counts[index] - shares[index]
    )
    for index in by_remainder:
        if sum(counts) < total and counts[index] < upper[index]:
            counts[index] += 1
    return counts


def _spread(groups: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """All rows, in an order of which every beginning has the shares of the groups.

    Source: Webster's divisor method, which takes no seat back when seats are added.
    """
    import numpy as np

    places = [(np.arange(len(group)) + 0.5) / max(1, len(group)) for group in groups]
    order = np.argsort(np.concatenate(places), kind="stable")
    return np.concatenate(groups)[order]


def _rounded(share: float) -> int:
    return floor(share + 0.5 + _ALMOST)


def _floor(share: float) -> int:
    return floor(share + _ALMOST)


def _ceil(share: float) -> int:
    return -floor(-share + _ALMOST)


def _least_share(rows: int) -> float:
    """The smallest share, to two digits, that comes to one of the rows."""
    return -floor(-100 * 0.5 / rows) / 100
