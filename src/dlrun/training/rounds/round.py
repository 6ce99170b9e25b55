"""How a training differs that is one of several in a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dlrun.data import Array
    from dlrun.engines import Engine
    from dlrun.runs import Metrics
    from dlrun.training.order import RowOrder


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """What is different where a training is one of several in a run."""

    order: RowOrder | None = None
    """The order of the train rows in an epoch; `None`: that of every run."""
    row_weights: npt.NDArray[np.float32] | None = None
    """`(rows,)`, how much each train row counts; `None`: all alike."""
    weights: Sequence[Array] | None = None
    """Where the weights start; `None`: as the seed draws them."""
    afterwards: Callable[[Engine, Metrics], None] | None = None
    """Is given the engine with the best weights, and the metrics."""
