"""From labels as a source writes them to class indices, or to numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from dlrun.components.sources.numeral import as_numbers, is_number, numbers_of
from dlrun.components.words import choices
from dlrun.errors import DataError, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.sources.source import Source
    from dlrun.data import Array, Task


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels that were checked."""

    values: Array
    """int32 class indices, or float32 numbers, these also `(examples, outputs)`."""
    classes: tuple[str, ...] | None
    """None: the labels are numbers."""


def read_labels(
    source: Source,
    raw: object,
    *,
    classes: Sequence[str] | None,
    task: Task,
    columns: Sequence[str] = (),
    partly: bool = False,
) -> Labels:
    """Check labels once, and encode classes by their place in `classes`.

    Numbers under `classes` that are all names stand for the places themselves, from 0.

    Args:
        source: for the words and paths of problems.
        raw: an array or list of texts, numbers or booleans; `(examples,)`, or
            `(examples, outputs)` for several numbers or one-hot classes.
        classes: the names in their order; by default those that occur, sorted;
            numbers as numbers.
        task: whether labels are classes or numbers.
        columns: the names of the outputs of two-dimensional labels.
        partly: an empty text or NaN is no label, and gets the class -1.

    Raises:
        DataError: naming the first row whose label does not fit.
    """
    import numpy as np

    check = _Check(source, task)
    values = np.asarray(raw)
    if values.dtype.kind == "O":
        values = np.asarray([str(value) for value in values])
    if values.ndim == 2:
        return check.columns(values, classes, columns)
    if task == "regression":
        return Labels(check.numbers(values).astype("float32"), None)
    if partly:
        return _partly(check, values, classes)
    return check.classes(values, classes)


def _partly(check: _Check, values: Array, classes: Sequence[str] | None) -> Labels:
    """Classes where there is a label, and -1 where there is none."""
    import numpy as np

    indices = np.full(len(values), -1, dtype="int32")
    stated = ~np.isnan(values) if values.dtype.kind == "f" else values != ""
    if values.dtype.kind not in "fUS":
        stated = np.ones(len(values), dtype=bool)
    if not stated.any() and classes is not None:
        return Labels(indices, tuple(classes))
    check.rows = np.flatnonzero(stated)
    labels = check.classes(values[stated], classes)
    indices[stated] = labels.values
    return Labels(indices, labels.classes)


class _Check:
    """Labels of one source; `fail` knows its words."""

    def __init__(self, source: Source, task: Task) -> None:
        self.source = source
        self.task = task
        self.rows: NDArray[np.int64] | None = None
        """The numbers of the rows that are checked, where those are not all rows."""

    def fail(
        self, row: int, label: object, wanted: str, hint: str | None = None
    ) -> NoReturn:
        number = row if self.rows is None else self.rows[row]
        message = f"{self.source.place(int(number))}: label {label} {wanted}"
        problem = self.source.problem(
            "labels", message=message, hint=hint, code="invalid-label"
        )
        raise DataError(problem)

    def numbers(self, values: Array) -> NDArray[np.float64]:
        """Finite numbers, whatever they were written as."""
        import numpy as np

        if values.dtype.kind in "US":
            parsed = numbers_of(values)
            wrong = np.array([value is None for value in parsed])
            if wrong.any():
                row = int(wrong.argmax())
                hint = "this loss predicts numbers; for classes use a crossentropy"
                self.fail(row, f'"{values[row]}"', "is not a number", hint)
            values = np.array(parsed, dtype="float64")
        self._first(
            ~np.isfinite(values.astype("float64")), values, "is not a finite number"
        )
        return values.astype("float64")

    def classes(self, values: Array, classes: Sequence[str] | None) -> Labels:
        """Class indices; whole numbers are named without a decimal point."""
        import numpy as np

        distinct, inverse = np.unique(values, return_inverse=True)
        names = [str(value) for value in distinct.tolist()]
        if classes is None or not set(names) <= set(classes):
            numbers = as_numbers(distinct)
            if numbers is None:
                self._first(
                    np.char.str_len(values.astype(str)) == 0, values, "is empty"
                )
            else:
                self._whole(values, numbers[inverse], classes)
                names = [str(int(number)) for number in numbers]
                if classes is not None and not any(map(is_number, classes)):
                    return Labels(
                        self._indices(values, numbers[inverse], classes), tuple(classes)
                    )
        known = tuple(classes) if classes is not None else _sorted(names)
        position = {name: index for index, name in enumerate(known)}
        lookup = np.array([position.get(name, -1) for name in names], dtype="int32")
        indices = lookup[inverse.reshape(-1)]
        self._known(indices, values, known)
        if classes is None and len(known) < 2:
            self._one_class(known, len(values))
        return Labels(indices, known)

    def columns(
        self,
        values: Array,
        classes: Sequence[str] | None,
        columns: Sequence[str],
    ) -> Labels:
        """Two axes: several numbers, or one-hot classes, which are decoded."""
        import numpy as np

        rows, outputs = values.shape
        numbers = (
            self.numbers(values.reshape(-1)) if self.task == "classification" else None
        )
        if numbers is None:
            flat = [self.numbers(values[:, output]) for output in range(outputs)]
            return Labels(np.stack(flat, axis=1).astype("float32"), None)
        table = numbers.reshape(rows, outputs)
        valid = ((table == 0) | (table == 1)).all(axis=1) & (table.sum(axis=1) == 1)
        hint = (
            "one-hot labels hold a single 1 per row; for numbers use a loss such as mse"
        )
        self._first(~valid, [row.tolist() for row in table], "is not one-hot", hint)
        names = tuple(classes or columns or map(str, range(outputs)))
        if len(names) != outputs:
            message = f"there are {len(names)} classes, but {outputs} one-hot columns"
            raise DataError(
                self.source.problem("labels", message=message, code="invalid-label")
            )
        return Labels(table.argmax(axis=1).astype("int32"), names)

    def _first(
        self,
        wrong: NDArray[np.bool],
        values: Array | Sequence[object],
        wanted: str,
        hint: str | None = None,
    ) -> None:
        """Fail at the first row that is marked."""
        if wrong.any():
            row = int(wrong.argmax())
            label = values[row]
            self.fail(row, label if str(label) else '""', wanted, hint)

    def _whole(
        self, values: Array, numbers: Array, classes: Sequence[str] | None
    ) -> None:
        import numpy as np

        self._first(~np.isfinite(numbers), values, "is not a class")
        hint = "classes are whole numbers or names; for numbers use a loss such as mse"
        self._first(numbers % 1 != 0, values, "is not whole", hint)
        if classes is None:
            hint = "list the classes in their order, as in classes: [-1, 1]"
            self._first(numbers < 0, values, "is negative", hint)

    def _indices(
        self, values: Array, numbers: Array, classes: Sequence[str]
    ) -> NDArray[np.int32]:
        """Numbers that stand for named classes by their place, from 0."""
        wrong = (numbers < 0) | (numbers >= len(classes))
        self._first(
            wrong, values, f"is not in 0..{len(classes) - 1} ({', '.join(classes)})"
        )
        return numbers.astype("int32")

    def _known(self, indices: Array, values: Array, classes: tuple[str, ...]) -> None:
        numbered = classes == tuple(map(str, range(len(classes))))
        names = f"0..{len(classes) - 1}" if numbered else choices(classes)
        self._first(
            indices < 0,
            values,
            f"is not in {names}",
            "add it to classes, or remove the row",
        )

    def _one_class(self, classes: tuple[str, ...], rows: int) -> NoReturn:
        message = (
            f"all {rows} rows have the label {classes[0]}"
            if classes
            else "there are no rows"
        )
        hint = "training needs rows of at least two classes"
        problem = self.source.problem(
            "labels", message=message, hint=hint, code="one-class"
        )
        raise DataError(problem)


def require_equal_length(source: Source, features: int, labels: int) -> None:
    """Refuse features and labels of different length.

    Raises:
        DataError: with both lengths.
    """
    if features != labels:
        message = f"there are {features} rows of features, but {labels} labels"
        raise DataError(
            source.problem("labels", message=message, code="length-mismatch")
        )


def require_finite(
    source: Source, features: NDArray[np.float32], place: Callable[[int], str]
) -> None:
    """Refuse features that are NaN or infinite.

    Raises:
        DataError: with the first such row, and how many there are.
    """
    import numpy as np

    wrong = ~np.isfinite(features).reshape(len(features), -1).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax())
        where = np.argwhere(~np.isfinite(features[row]))[0].tolist()
        feature = features[row][tuple(where)]
        message = f"{place(row)}: the feature at {where} is {feature}"
        more = int(wrong.sum()) - 1
        hint = f"remove or fill the row{f', and {more} more like it' if more else ''}"
        problem = Problem(
            (source.key, "features"), message, hint=hint, code="not-finite"
        )
        raise DataError(problem)


def _sorted(names: Sequence[str]) -> tuple[str, ...]:
    """Sorted without repeats; numbers as numbers, so that 10 comes after 9."""
    distinct = set(names)
    if all(name.isdecimal() for name in distinct):
        return tuple(sorted(distinct, key=int))
    return tuple(sorted(distinct))
