"""Labels that are numbers, brought to a size that trains well, and outputs back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from dlrun.errors import DataError, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data.arrays import Array

LabelScaling: TypeAlias = Literal["standard", "minmax", "log"]
LABEL_SCALINGS: Mapping[str, LabelScaling] = {
    "standard": "standard",
    "minmax": "minmax",
    "log": "log",
}
LOG_BOUND = -1.0
"""A number has a logarithm of itself plus 1 where it is above this."""
_COLUMNS_AXES = 2


@dataclass(frozen=True, slots=True)
class LabelScaler:
    """What becomes of the labels of an output before training, column by column.

    `standard` brings those of the train rows to mean 0 and deviation 1, `minmax` to
    0..1; `log` takes log(1 + label), and learns nothing. A column that is constant in
    the train rows is only shifted. Labels of more axes share one entry.
    """

    scales: tuple[LabelScaling | None, ...]
    """For each column; `None`: it stays as it is."""
    offset: tuple[float, ...]
    divisor: tuple[float, ...]

    @classmethod
    def fit(cls, scales: Sequence[LabelScaling | None], labels: Array) -> LabelScaler:
        """Learn from the labels of train rows, and from no others.

        Args:
            scales: one for each column, or one for all.
            labels: `(samples,)` or `(samples, columns)`, or with more axes.
        """
        columns = _columns(labels)
        if len(scales) == 1:
            scales = list(scales) * columns.shape[1]
        pairs = [_learn(scale, columns[:, index]) for index, scale in enumerate(scales)]
        offsets, divisors = zip(*pairs, strict=True)
        return cls(tuple(scales), offsets, divisors)

    @property
    def logs(self) -> tuple[bool, ...]:
        """Of each column whether its logarithm is taken."""
        return tuple(scale == "log" for scale in self.scales)

    def apply(self, labels: Array) -> NDArray[np.float32]:
        """Labels in the units of the file as what a model is trained on."""
        import numpy as np

        columns = _columns(labels)
        logs = np.array(self.logs)
        if logs.any():
            logged = np.log1p(np.where(logs, columns, 0.0))
            columns = np.where(logs, logged, columns)
        scaled = (columns - np.array(self.offset)) / np.array(self.divisor)
        return np.asarray(scaled.reshape(labels.shape), dtype="float32")

    def state(self) -> dict[str, object]:
        """What JSON can hold; `from_state` reads it."""
        return {
            "scale": list(self.scales),
            "offset": list(self.offset),
            "divisor": list(self.divisor),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, object]) -> LabelScaler:
        """The scaler that wrote this state.

        Raises:
            DataError: the state is damaged.
        """
        try:
            scales, offset, divisor = (
                _listed(state[key]) for key in ("scale", "offset", "divisor")
            )
            found = cls(
                tuple(
                    None if one is None else LABEL_SCALINGS[str(one)] for one in scales
                ),
                tuple(float(str(number)) for number in offset),
                tuple(float(str(number)) for number in divisor),
            )
            if not len(scales) == len(offset) == len(divisor) or 0 in found.divisor:
                raise ValueError(divisor)  # noqa: TRY301 - one message for all damage
        except (KeyError, TypeError, ValueError) as error:
            message = f"the state of the scaler of labels is damaged: {error!r}"
            raise DataError(Problem((), message, code="damaged-state")) from error
        return found


def first_without_log(
    labels: Array, scales: Sequence[LabelScaling | None]
) -> tuple[int, float] | None:
    """The first row with a label whose logarithm is wanted and not there, and that one.

    Args:
        labels: `(samples, ...)`, in the units of the file.
        scales: an entry per column, or one for all.
    """
    import numpy as np

    columns = _columns(labels)
    wanted = np.array([scale == "log" for scale in scales])
    unfit = ((columns <= LOG_BOUND) & wanted).reshape(len(labels), -1)
    rows = np.flatnonzero(unfit.any(axis=1))
    if not len(rows):
        return None
    row = int(rows[0])
    return row, float(columns.reshape(len(labels), -1)[row][unfit[row]][0])


def _listed(value: object) -> list[object]:
    if not isinstance(value, list) or not value:
        raise TypeError(value)
    return value


def _columns(labels: Array) -> NDArray[np.float64]:
    """`(numbers, columns)`: labels of one axis, or of more than two, are one column."""
    import numpy as np

    numbers = np.asarray(labels, dtype="float64")
    return numbers if numbers.ndim == _COLUMNS_AXES else numbers.reshape(-1, 1)


def _learn(
    scale: LabelScaling | None, numbers: NDArray[np.float64]
) -> tuple[float, float]:
    """What is taken away from a column, and what it is divided by."""
    least, most = float(numbers.min()), float(numbers.max())
    if scale == "standard":
        offset, divisor = float(numbers.mean()), float(numbers.std())
    elif scale == "minmax":
        offset, divisor = least, most - least
    else:
        return 0.0, 1.0
    return offset, 1.0 if least == most or not divisor else divisor
