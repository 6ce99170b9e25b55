"""Examples in memory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from dlrun.data.arrays import Array, Arrays, only_name
from dlrun.data.columns import take_rows
from dlrun.data.row_hash import hash_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data.columns import TypedColumns
    from dlrun.data.label_scaler import LabelScaler
    from dlrun.data.table_file import RowPlaces
    from dlrun.errors import Location, Problem

INPUT = "input"
"""The name of the features, while a model has one input."""
PAST, KNOWN = "past", "known"
"""The names of the two inputs where some columns are known in advance."""
LAST_VALUE, SEASON_AGO = "last value", "season ago"
"""Who predicts a series without a model: by its last known value, or by that of a
season before."""
OUTPUT = "output"
"""The name of labels and predictions, while a model has one output."""
_TABLE_AXES = 2
Task: TypeAlias = Literal["classification", "regression"]
"""What a label is: a class, or numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Examples in memory, by the names of inputs and outputs of a model.

    The first axis of every array is the sample.
    """

    features: Arrays
    """float32 `(samples, *row_shape)` for each input, in the units of the source; none
    while there are `columns`."""
    labels: Arrays | None = None
    """For each output `(samples,)` class indices as int32, or `(samples, ...)` for a
    class per place, as in masks; `(samples, classes)` float32 when one-hot; numbers, or
    0 and 1 for labels that each hold by themselves, as float32. None: unlabelled."""
    ids: tuple[str | int, ...] = ()
    """What names each row in its source; by default the row number, from 0."""
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The names of the classes of an output, in the order of their indices; an output
    that is not there has none."""
    label_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What each of several labels is called that hold or not by themselves, or each of
    several numbers."""
    feature_names: tuple[str, ...] | None = None
    """The columns of a table; None where features have no names."""
    label_scalers: Mapping[str, LabelScaler] = field(default_factory=dict)
    """What becomes of the labels of an output before training; labels are as read."""
    columns: TypedColumns = field(default_factory=dict)
    """The columns of a table that are yet to be encoded."""
    digests: NDArray[np.uint64] | None = None
    """`(samples,)` a hash of all that the source has of a row, while there are
    `columns`: so rows are the same whatever becomes of their columns. None: none."""
    split_cells: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)
    """`(samples,)` texts that say how rows are divided, by the key of `split`."""
    split_names: Mapping[str, str] = field(default_factory=dict)
    """The columns that these stand in."""
    positions: NDArray[np.int64] | None = None
    """`(samples,)` where rows stand in their series: of two that follow each other, the
    second has the next number. None: they are no series."""
    baselines: Mapping[str, Arrays] = field(default_factory=dict)
    """What is predicted without a model, as labels are; NaN, or the class -1, where
    nothing is."""
    weights: NDArray[np.float32] | None = None
    """`(samples,)` how much each row counts in training; None: all count alike."""
    kept: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """What is carried along beside predictions: a cell per row, as it was read."""
    places: RowPlaces | None = None
    """Where the rows stand; `None`: their numbers tell."""
    mistakes: tuple[Problem, ...] = ()
    """What is wrong with columns that could not be read, and are not among `columns`:
    told with all else that is wrong, when these are encoded."""
    warnings: tuple[Problem, ...] = ()
    """What makes it doubtful that the rows were read as they were meant."""

    def __post_init__(self) -> None:
        """Number the rows, unless they have names."""
        if not self.ids:
            rows = len(next(iter((self.features or self.columns).values())))
            object.__setattr__(self, "ids", tuple(range(rows)))

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.ids)

    @property
    def row_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of one sample for each input, without the batch axis."""
        return {name: tuple(array.shape[1:]) for name, array in self.features.items()}

    def take(self, indices: Sequence[int] | NDArray[np.int64]) -> Dataset:
        """The rows of these numbers, in this order."""
        import numpy as np

        numbers = np.asarray(indices, dtype="int64")
        places = numbers.tolist()
        return replace(
            self,
            features=_rows(self.features, numbers),
            labels=None if self.labels is None else _rows(self.labels, numbers),
            ids=tuple(map(self.ids.__getitem__, places)),
            columns=take_rows(self.columns, numbers),
            digests=None if self.digests is None else self.digests[numbers],
            split_cells={key: one[numbers] for key, one in self.split_cells.items()},
            positions=None if self.positions is None else self.positions[numbers],
            baselines={
                name: _rows(one, numbers) for name, one in self.baselines.items()
            },
            weights=None if self.weights is None else self.weights[numbers],
            kept={
                name: list(map(cells.__getitem__, places))
                for name, cells in self.kept.items()
            },
            places=None if self.places is None else self.places.take(numbers),
        )

    def place(self, row: int) -> str:
        """Where a person finds a row; rows count from 0."""
        return f"row {row}" if self.places is None else self.places.of(row)

    def locate(self, row: int, column: str) -> Location | None:
        """Where a cell stands in a text; `None`: in none."""
        return None if self.places is None else self.places.locate(row, column)

    def class_indices(self, output: str | None = None) -> NDArray[np.int64] | None:
        """`(samples,)` class indices, also of one-hot labels; None: no class per row.

        Args:
            output: whose labels they are; `None`: the only one's.

        Raises:
            DataError: there are several outputs, and none was named.
        """
        if self.labels is None:
            return None
        name = only_name(self.labels) if output is None else output
        labels = self.labels[name]
        is_one_hot = labels.ndim == _TABLE_AXES and labels.dtype.kind == "f"
        if name not in self.classes or not (labels.ndim == 1 or is_one_hot):
            return None
        indices = labels.argmax(axis=1) if is_one_hot else labels
        return indices.astype("int64")

    def class_counts(self, output: str | None = None) -> dict[str, int]:
        """How many rows each class of an output has; empty without classes."""
        indices = self.class_indices(output)
        if indices is None or self.labels is None:
            return {}
        import numpy as np

        classes = self.classes[only_name(self.labels) if output is None else output]
        counts = np.bincount(indices, minlength=len(classes))
        return dict(zip(classes, counts.tolist(), strict=True))

    def class_groups(self) -> NDArray[np.int64] | None:
        """`(samples,)` a number for each combination of classes; None without any."""
        import numpy as np

        found = [self.class_indices(name) for name in sorted(self.labels or ())]
        classes = [indices for indices in found if indices is not None]
        if len(classes) <= 1:
            return classes[0] if classes else None
        stacked = np.stack(classes, axis=1)
        return np.unique(stacked, axis=0, return_inverse=True)[1].reshape(-1)

    def row_hashes(self) -> NDArray[np.uint64]:
        """`(samples,)` a number per row; those of equal features and labels are equal.

        They hold in this process alone.
        """
        arrays = [*self.features.values(), *(self.labels or {}).values()]
        return hash_rows(len(self), arrays, self.columns.values())

    def fingerprint(self) -> str:
        """SHA-256 over features, labels, weights and ids; equal on every machine.

        Of the names of inputs and outputs it takes the order alone; of columns that are
        yet to be encoded, the hashes of their rows.
        """
        digest = hashlib.sha256(b"dlrun dataset 1\n")
        for arrays in (self.features, self.labels):
            for array in _in_order(arrays):
                _update(digest, array)
        if self.digests is not None:
            digest.update(b"rows\n")
            _update(digest, self.digests)
        if self.weights is not None:
            digest.update(b"weights\n")
            _update(digest, self.weights)
        digest.update(json.dumps(self.ids).encode())
        return digest.hexdigest()


def _rows(arrays: Arrays, numbers: NDArray[np.int64]) -> Arrays:
    return {name: array[numbers] for name, array in arrays.items()}


def _in_order(arrays: Arrays | None) -> list[Array | None]:
    """The arrays by the order of their names; a single None: there are none."""
    return [None] if arrays is None else [arrays[name] for name in sorted(arrays)]


def _update(digest: hashlib._Hash, array: Array | None) -> None:
    """Take kind, size, shape and little-endian bytes of an array, in C order."""
    if array is None:
        digest.update(b"none\n")
        return
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    digest.update(f"{little.dtype.str} {list(little.shape)}\n".encode())
    digest.update(little.data)
