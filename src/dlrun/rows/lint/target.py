"""The labels that the rules of the linter hold columns against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.components.words import shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data import Dataset

_MOST = 8
"""Labels of one output that are looked at."""
_TABLE_AXES = 2


@dataclass(frozen=True, slots=True)
class Target:
    """A class or a number of each row."""

    output: str
    name: str
    """What it is called; "" where it is the only one."""
    train: NDArray[np.float64]
    """`(train rows,)` numbers; of classes their indices."""
    held: NDArray[np.float64]
    """`(validation rows,)` the same of the validation rows."""
    classes: tuple[str, ...] | None
    """The names of the classes; None: labels are numbers."""

    is_of_classes: bool
    """Whether each row has one of the classes: several labels that hold or not by
    themselves have a `no` and a `yes`, and are none."""

    def counts(self, labels: NDArray[np.float64]) -> dict[str, int]:
        """How many of some labels are of each class."""
        import numpy as np

        classes = self.classes or ()
        counts = np.bincount(labels.astype("int64"), minlength=len(classes))
        return dict(zip(classes, counts.tolist(), strict=False))

    @property
    def label(self) -> str:
        """The words for it: `the label "alive"`, or `the label`."""
        return f"the label {shown(self.name)}" if self.name else "the label"

    @property
    def of(self) -> str:
        """` of "alive"`, where there are several."""
        return f" of {shown(self.name)}" if self.name else ""


def targets_of(parts: Mapping[str, Dataset]) -> Iterator[Target]:
    """Every label of every output that is a class or a number per row."""
    import numpy as np

    train, held = parts["train"], parts.get("validation")
    outputs = sorted(train.labels or ())
    for output in outputs:
        classes = train.classes.get(output)
        of_train, names = _columns(train, output)
        of_held = np.empty((0, of_train.shape[1]))
        if held is not None and output in (held.labels or ()):
            of_held, _ = _columns(held, output)
        is_binary = classes is None and set(np.unique(of_train)) <= {0.0, 1.0}
        for place, name in enumerate(names[:_MOST]):
            yield Target(
                output,
                name or (output if len(outputs) > 1 else ""),
                of_train[:, place],
                of_held[:, place],
                ("no", "yes") if is_binary else classes,
                classes is not None,
            )


def _columns(rows: Dataset, output: str) -> tuple[NDArray[np.float64], list[str]]:
    """`(rows, labels)` and what they are called; none of masks."""
    import numpy as np

    labels, indices = (rows.labels or {})[output], rows.class_indices(output)
    if indices is not None:
        return indices.astype("float64")[:, None], [""]
    if output in rows.classes or labels.ndim > _TABLE_AXES:
        return np.empty((len(rows), 0)), []
    columns = labels.reshape(len(rows), -1).astype("float64")
    names = list(rows.label_names.get(output, ()))
    if len(names) != columns.shape[1]:
        names = [str(place) for place in range(columns.shape[1])]
    return columns, names if len(names) > 1 else [""]
