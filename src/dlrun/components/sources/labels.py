"""From labels as a source writes them to class indices, or to numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from dlrun.components.sources.label_cures import ADD_CLASS, gap_cure, number_cure
from dlrun.components.words import choices, shown
from dlrun.data.class_names import ClassNames, name_classes
from dlrun.data.columns import BOOLEANS
from dlrun.errors import DataError, Problem
from dlrun.writing import in_order, is_number, is_utf8, number_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.sources.source import Source
    from dlrun.components.sources.wanted import Wanted
    from dlrun.data import Array


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels that were checked."""

    values: Array
    """int32 class indices, or float32 numbers; `(samples,)` or `(samples, ...)`."""
    classes: tuple[str, ...] | None
    """None: the labels are numbers."""
    names: tuple[str, ...] | None = None
    """What each of several labels is called that hold or not by themselves, or each of
    several numbers."""
    warnings: tuple[Problem, ...] = ()


def read_labels(
    source: Source,
    raw: object,
    *,
    classes: Sequence[str] | None,
    task: Wanted,
    columns: Sequence[str] = (),
    partly: bool = False,
) -> Labels:
    """Check labels once, and encode classes by their place in `classes`.

    Numbers under `classes` that are all names stand for the places themselves, from 0.

    Args:
        source: for the words and paths of problems.
        raw: an array or list of texts, numbers or booleans; `(samples,)`, or
            `(samples, outputs)` for several numbers, one-hot classes or, under a loss
            for 0 and 1, for several labels; of more axes with a label per place.
        classes: the names in their order; by default those that occur, sorted;
            numbers as numbers.
        task: whether labels are classes, 0 or 1 by themselves, or numbers.
        columns: the names of the outputs of two-dimensional labels.
        partly: an empty text or NaN is no label, and gets the class -1.

    Raises:
        DataError: naming the first row whose label does not fit.
    """
    check = _Check(source, task)
    values = check.texts(_exact(raw))
    if task != "regression" and values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim > 1:
        return check.table(values, classes, columns)
    if task == "regression":
        numbers = check.numbers(values).astype("float32")
        return Labels(numbers, None, warnings=tuple(check.truths(values)))
    if partly:
        return _partly(check, values, classes)
    return check.classes(values, classes)


_EXACT_IN_A_FLOAT = 2**53


def _exact(raw: object) -> Array:
    """An array of labels that has not rounded integers of many digits."""
    import numpy as np

    if isinstance(raw, list) and any(
        isinstance(label, int) and abs(label) > _EXACT_IN_A_FLOAT for label in raw
    ):
        return np.asarray([str(label) for label in raw])
    values = np.asarray(raw)
    if values.dtype.kind == "O":
        values = np.asarray([str(value) for value in values])
    return values


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

    def __init__(self, source: Source, task: Wanted) -> None:
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
            *self.source.label_path(int(number)),
            message=message,
            hint=hint,
            code="invalid-label",
        )
        place = self.source.locate_label(int(number))
        raise DataError(replace(problem, location=place))

    def texts(self, values: Array) -> Array:
        """The labels, bytes as the text that they are.

        Raises:
            DataError: a label is no UTF-8 text.
        """
        import numpy as np

        if values.dtype.kind != "S":
            return values
        raw = np.asarray(values, dtype="S")
        is_text = [_is_text(labels) for labels in raw.reshape(len(raw), -1).tolist()]
        if not all(is_text):
            self._no_text(is_text)
        decoded: Array = np.asarray(np.char.decode(raw, "utf-8"))
        return decoded

    def _no_text(self, is_text: Sequence[bool]) -> NoReturn:
        row = is_text.index(False)
        self.fail(row, "of this row", "is not UTF-8 text", "save it as UTF-8")

    def numbers(self, values: Array) -> NDArray[np.float64]:
        """Finite numbers, whatever they were written as; True is 1 and False is 0."""
        import numpy as np

        if values.dtype.kind == "U":
            texts = values.tolist()
            parsed = [BOOLEANS.get(text.casefold()) for text in texts]
            if None in parsed:
                parsed = [number_of(text) for text in texts]
            if None in parsed:
                at = parsed.index(None)
                cure = number_cure(self.source, texts, at)
                self.fail(at, shown(texts[at]), "is not a number", cure)
            values = np.array(parsed, dtype="float64")
        with np.errstate(over="ignore"):
            small = values.astype("float64").astype("float32")
        is_gap = np.isnan(small)
        cure = gap_cure(self.source, int(is_gap.sum()), len(small))
        self._first(is_gap, values, "is no number", cure)
        wanted = "is not a finite number up to 3.4e38"
        self._first(
            ~np.isfinite(small), values, wanted, "correct it, or remove the row"
        )
        return values.astype("float64")

    def truths(self, values: Array) -> Iterator[Problem]:
        """A warning of True and False where a loss predicts numbers."""
        kind = values.dtype.kind
        texts = {text.casefold() for text in values.tolist()} if kind == "U" else set()
        if kind == "b" or (texts and texts <= BOOLEANS.keys()):
            problem = self.source.problem(
                "labels",
                message="the labels True and False are the targets 1 and 0 here: the "
                "loss predicts numbers",
                hint="for two classes use a crossentropy",
                code="boolean-labels",
            )
            yield replace(problem, severity="warning")

    def classes(self, values: Array, classes: Sequence[str] | None) -> Labels:
        """Class indices; integers are named without a decimal point."""
        import numpy as np

        distinct, inverse = np.unique(values, return_inverse=True)
        inverse = inverse.reshape(-1)
        is_text = list(map(_is_character, _each(distinct)))
        if not all(is_text):
            self._no_text(np.array(is_text)[inverse].tolist())
        named = name_classes(distinct.tolist(), classes)
        names = named.names
        if classes is None or not set(names) <= set(classes):
            if not named.is_numbers:
                empty = np.array([name == "" for name in names])[inverse]
                hint = "fill it, or remove the row"
                self._first(empty, values, "is empty", hint)
            else:
                self._whole(values, named, inverse, classes)
                if classes is not None and not any(map(is_number, classes)):
                    return Labels(
                        self._indices(values, names, inverse, classes), tuple(classes)
                    )
        known = tuple(classes) if classes is not None else in_order(set(names))
        position = {name: index for index, name in enumerate(known)}
        lookup = np.array([position.get(name, -1) for name in names], dtype="int32")
        indices = lookup[inverse]
        self._known(indices, values, known)
        if classes is None and len(known) < 2:
            self._one_class(known, len(values))
        return Labels(indices, known)

    def table(
        self, values: Array, classes: Sequence[str] | None, columns: Sequence[str]
    ) -> Labels:
        """More than one label per row: in columns, or at places."""
        if values.ndim > 2:
            return self.places(values, classes)
        if self.task == "binary":
            return self.several(values, columns)
        return self.columns(values, classes, columns)

    def columns(
        self,
        values: Array,
        classes: Sequence[str] | None,
        columns: Sequence[str],
    ) -> Labels:
        """Two axes: several numbers, or one-hot classes, which are decoded."""
        import numpy as np

        outputs = values.shape[1]
        flat = [self.numbers(values[:, output]) for output in range(outputs)]
        table = np.stack(flat, axis=1)
        if self.task == "regression":
            names = tuple(columns) if self.source.has_columns else None
            return Labels(table.astype("float32"), None, names)
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

    def several(self, values: Array, columns: Sequence[str]) -> Labels:
        """Several labels per row, `(samples, labels)`, each of which holds or not."""
        import numpy as np

        outputs = values.shape[1]
        flat = [self.numbers(values[:, output]) for output in range(outputs)]
        table = np.stack(flat, axis=1)
        self._require_truths(table)
        names = tuple(columns) or tuple(map(str, range(outputs)))
        return Labels(table.astype("float32"), None, names)

    def places(self, values: Array, classes: Sequence[str] | None) -> Labels:
        """A label for each place of a row: `(samples, height, width, ...)`."""
        import numpy as np

        if self.task != "regression" and values.shape[-1] == 1:
            values = values[..., 0]
        if self.task == "regression" or (self.task == "binary" and values.ndim > 3):
            numbers = self.numbers(values.reshape(-1)).reshape(values.shape)
            if self.task == "regression":
                return Labels(numbers.astype("float32"), None)
            self._require_truths(numbers)
            names = tuple(map(str, range(values.shape[-1])))
            return Labels(numbers.astype("float32"), None, names)
        flat, size = values.reshape(-1), max(1, values.size // len(values))
        self.rows = np.repeat(np.arange(len(values)), size)
        labels = self.classes(flat, classes)
        return Labels(labels.values.reshape(values.shape), labels.classes)

    def _require_truths(self, table: NDArray[np.float64]) -> None:
        """Refuse rows of which a label is neither 0 nor 1."""
        valid = ((table == 0) | (table == 1)).reshape(len(table), -1).all(axis=1)
        hint = "each is 1 where the label holds, else 0; for numbers use mse"
        self._first(~valid, [row.tolist() for row in table], "is not 0 or 1 each", hint)

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
        self,
        values: Array,
        named: ClassNames,
        inverse: NDArray[np.intp],
        classes: Sequence[str] | None,
    ) -> None:
        """Refuse numbers that are no classes, those that are none at all first."""
        import numpy as np

        marks = np.array(
            [named.wrong.get(place, "") for place in range(len(named.names))]
        )
        hint = "classes are integers or names; for numbers use a loss such as mse"
        for wanted in ("is not a class", "is not whole"):
            of_number = hint if wanted == "is not whole" else None
            self._first((marks == wanted)[inverse], values, wanted, of_number)
        if classes is None:
            hint = "list the classes in their order, as in classes: [-1, 1]"
            negative = np.array([name.startswith("-") for name in named.names])
            self._first(negative[inverse], values, "is negative", hint)

    def _indices(
        self,
        values: Array,
        names: Sequence[str],
        inverse: NDArray[np.intp],
        classes: Sequence[str],
    ) -> NDArray[np.int32]:
        """Numbers that stand for named classes by their place, from 0."""
        import numpy as np

        places = {str(place): place for place in range(len(classes))}
        indices = np.array([places.get(name, -1) for name in names], dtype="int32")
        wanted = f"is not in 0..{len(classes) - 1} ({', '.join(classes)})"
        self._first((indices < 0)[inverse], values, wanted)
        found: NDArray[np.int32] = indices[inverse]
        return found

    def _known(self, indices: Array, values: Array, classes: tuple[str, ...]) -> None:
        numbered = classes == tuple(map(str, range(len(classes))))
        names = f"0..{len(classes) - 1}" if numbered else choices(classes)
        self._first(
            indices < 0,
            values,
            f"is not in {names}",
            ADD_CLASS,
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


def _is_text(labels: list[bytes]) -> bool:
    """Whether all labels of a row are UTF-8."""
    try:
        for label in labels:
            label.decode()
    except UnicodeDecodeError:
        return False
    return True


def _each(distinct: Array) -> Iterator[object]:
    """The items of an array; half a character for those that Python cannot hold."""
    for place in range(distinct.size):
        try:
            yield distinct[place].item()
        except ValueError:
            yield "\ud800"


def _is_character(label: object) -> bool:
    """Whether a label, if it is a text, can be written to a file."""
    return not isinstance(label, str) or is_utf8(label)
