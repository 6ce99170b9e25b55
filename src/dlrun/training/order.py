"""What an epoch draws: the order of its rows, and the random state of its noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

RowOrder = Callable[[int], npt.NDArray[np.int32]]
"""From the number of an epoch to the train rows in their order."""


def epoch_order(
    seed: int, epoch: int, num_rows: int, *, shuffle: bool
) -> npt.NDArray[np.int32]:
    """The order of the train rows in an epoch: a function of seed and epoch alone.

    `Model.fit` after `set_random_seed` repeats one order in every epoch; this does not.
    """
    if not shuffle:
        return np.arange(num_rows, dtype=np.int32)
    return (
        np.random.default_rng([seed, epoch, 0]).permutation(num_rows).astype(np.int32)
    )


def epoch_seeds(seed: int, epoch: int, count: int) -> npt.NDArray[np.uint32]:
    """The random state of each source of noise in an epoch, `(count, 2)`."""
    states = [
        np.random.SeedSequence([seed, epoch, 1, index]).generate_state(2)
        for index in range(count)
    ]
    return np.array(states, dtype=np.uint32).reshape(count, 2)
