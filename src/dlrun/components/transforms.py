"""What train rows teach and all rows undergo: scales, and the form of labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from dlrun.errors import DataError, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data import Array

Scaling: TypeAlias = Literal["standard", "minmax"]
LinearScaling: TypeAlias = Literal["standard", "minmax", "robust"]

_SCALES: dict[str, LinearScaling] = {
    "standard": "standard",
    "minmax": "minmax",
    "robust": "robust",
}
_CHUNK = 4096
"""Rows that are scaled at once in double precision."""


@dataclass(frozen=True, slots=True)
class Scaler:
    """`(feature - offset) / divisor`, per position on the last axis.

    That is per column of a table, per channel of an image, per feature of a sequence.
    `standard` brings the train rows to mean 0 and deviation 1, `minmax` to 0..1,
    `robust` to median 0 and a distance of 1 between the quartiles. A position that is
    constant in the train rows is only shifted.
    """

    scale: LinearScaling
    offset: tuple[float, ...]
    divisor: tuple[float, ...]

    @classmethod
    def fit(cls, scale: LinearScaling, features: Array) -> Scaler:
        """Learn from train rows, `(samples, ..., positions)`, and from no others."""
        import numpy as np

        axes = tuple(range(features.ndim - 1))
        least = features.min(axis=axes).astype("float64")
        width = features.max(axis=axes).astype("float64") - least
        if scale == "minmax":
            offset, divisor = least, width
        elif scale == "robust":
            lower, offset, upper = np.quantile(features, (0.25, 0.5, 0.75), axis=axes)
            divisor = upper - lower
        else:
            offset = features.mean(axis=axes, dtype="float64")
            divisor = _deviation(features, offset)
        divisor = np.where((width == 0) | (divisor == 0), 1.0, divisor)
        return cls(scale, tuple(offset.tolist()), tuple(divisor.tolist()))

    def apply(self, features: Array) -> Array:
        """Scale rows; as many positions as were learned from."""
        import numpy as np

        offset, divisor = np.array(self.offset), np.array(self.divisor)
        scaled = np.empty_like(features)
        for start in range(0, len(features), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            scaled[chunk] = (features[chunk] - offset) / divisor
        return scaled

    def state(self) -> dict[str, Any]:
        """What JSON can hold; `from_state` reads it."""
        return {
            "scale": self.scale,
            "offset": list(self.offset),
            "divisor": list(self.divisor),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Scaler:
        """The scaler that wrote this state.

        Raises:
            DataError: the state is damaged.
        """
        try:
            offset = tuple(float(number) for number in state["offset"])
            divisor = tuple(float(number) for number in state["divisor"])
            scale = _SCALES[state["scale"]]
            if len(offset) != len(divisor) or 0 in divisor:
                raise ValueError(divisor)  # noqa: TRY301 - one message for all damage
        except (KeyError, TypeError, ValueError) as error:
            message = f"the state of the scaler is damaged: {error!r}"
            raise DataError(Problem((), message, code="damaged-state")) from error
        return cls(scale, offset, divisor)


def _deviation(features: Array, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard deviation of each position, to the bit that of `numpy.std`.

    `numpy.std` holds a double for each number of all rows. Along several positions it
    adds row by row, and so can be followed some rows at a time; a single position it
    adds in pairs.

    Args:
        features: `(samples, ..., positions)`.
        mean: of each position.
    """
    import numpy as np

    rows = features.reshape(-1, features.shape[-1])
    if rows.shape[1] == 1 or not features.flags.c_contiguous:
        axes = tuple(range(features.ndim - 1))
        whole: NDArray[np.float64] = features.std(axis=axes, dtype="float64")
        return whole
    total = np.zeros((1, rows.shape[1]))
    for start in range(0, len(rows), _CHUNK):
        apart = rows[start : start + _CHUNK] - mean
        total = np.concatenate([total, np.square(apart, out=apart)])
        total = total.sum(axis=0, keepdims=True)
    deviation: NDArray[np.float64] = np.sqrt(total[0] / len(rows))
    return deviation


def one_hot(labels: Array, classes: int) -> NDArray[np.float32]:
    """Class indices `(samples,)` to `(samples, classes)` with a single 1 per row."""
    import numpy as np

    return np.eye(classes, dtype=np.float32)[labels.astype(np.int64)]
