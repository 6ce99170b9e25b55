"""Examples in memory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from dlrun.data.arrays import Array, Arrays, only_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dlrun.errors import Problem

INPUT = "input"
"""The name of the features, while a model has one input."""
OUTPUT = "output"
"""The name of labels and predictions, while a model has one output."""
Task: TypeAlias = Literal["classification", "regression"]
"""What a label is: a class, or numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Examples in memory, by the names of inputs and outputs of a model.

    The first axis of every array is the sample.
    """

    features: Arrays
    """float32 `(samples, *row_shape)` for each input, in the units of the source."""
    labels: Arrays | None = None
    """For each output `(samples,)` class indices as int32; `(samples, classes)`
    float32 when one-hot; `(samples,)` or `(samples, outputs)` float32 numbers. None:
    unlabelled."""
    ids: tuple[str | int, ...] = ()
    """What names each row in its source; by default the row number, from 0."""
    classes: tuple[str, ...] | None = None
    """The names of the classes, in the order of their indices; None: no classes."""
    feature_names: tuple[str, ...] | None = None
    """The columns of a table; None where features have no names."""
    warnings: tuple[Problem, ...] = ()
    """What makes it doubtful that the rows were read as they were meant."""

    def __post_init__(self) -> None:
        """Number the rows, unless they have names."""
        if not self.ids:
            rows = len(next(iter(self.features.values())))
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
        return replace(
            self,
            features=_rows(self.features, indices),
            labels=None if self.labels is None else _rows(self.labels, indices),
            ids=tuple(self.ids[int(index)] for index in indices),
        )

    def class_indices(self) -> NDArray[np.int64] | None:
        """`(samples,)` class indices, also of one-hot labels; None without classes.

        Raises:
            DataError: there are several outputs.
        """
        if self.classes is None or self.labels is None:
            return None
        labels = only_array(self.labels)
        indices = labels if labels.ndim == 1 else labels.argmax(axis=1)
        return indices.astype("int64")

    def class_counts(self) -> dict[str, int]:
        """How many rows each class has; empty without classes."""
        indices = self.class_indices()
        if indices is None or self.classes is None:
            return {}
        import numpy as np

        counts = np.bincount(indices, minlength=len(self.classes))
        return dict(zip(self.classes, counts.tolist(), strict=True))

    def row_hashes(self) -> Iterator[int]:
        """A number per row; rows of equal features and labels have equal ones.

        They hold in this process alone.
        """
        import numpy as np

        arrays = [*self.features.values(), *(self.labels or {}).values()]
        rows = zip(*map(np.ascontiguousarray, arrays), strict=True)
        return (hash(tuple(part.tobytes() for part in parts)) for parts in rows)

    def fingerprint(self) -> str:
        """SHA-256 over features, labels and ids; equal on every machine.

        Of the names of inputs and outputs it takes the order alone.
        """
        digest = hashlib.sha256(b"dlrun dataset 1\n")
        for arrays in (self.features, self.labels):
            for array in _in_order(arrays):
                digest.update(_canonical(array))
        digest.update(json.dumps(self.ids).encode())
        return digest.hexdigest()


def _rows(arrays: Arrays, indices: Sequence[int] | NDArray[np.int64]) -> Arrays:
    return {name: array[indices] for name, array in arrays.items()}


def _in_order(arrays: Arrays | None) -> list[Array | None]:
    """The arrays by the order of their names; a single None: there are none."""
    return [None] if arrays is None else [arrays[name] for name in sorted(arrays)]


def _canonical(array: Array | None) -> bytes:
    """Kind, size, shape and little-endian bytes of an array, in C order."""
    if array is None:
        return b"none\n"
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    header = f"{little.dtype.str} {list(little.shape)}\n".encode()
    return header + little.tobytes()
