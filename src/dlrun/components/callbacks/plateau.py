"""The callbacks of Keras that act when a figure has stopped getting better."""

from __future__ import annotations

from dlrun.components.callbacks.callback import WatchingCallback
from dlrun.components.fields import (
    NonNegativeFloat,
    NonNegativeInt,
    Number,
    OpenFraction,
)


class EarlyStopping(WatchingCallback):
    """Ends training when the figure has stopped getting better."""

    example_name = "EarlyStopping"
    main_argument = "patience"
    state = ("wait", "stopped_epoch", "best", "best_epoch")

    min_delta: NonNegativeFloat = 0.0
    """The least change that counts as better."""
    patience: NonNegativeInt = 0
    """The epochs without a better value after which training ends."""
    baseline: Number | None = None
    """A value that the figure must beat to count as better."""
    restore_best_weights: bool = False
    """Whether the weights of the best epoch are put back at the end."""
    start_from_epoch: NonNegativeInt = 0
    """The epochs at the beginning that are not watched."""


class ReduceLROnPlateau(WatchingCallback):
    """Lowers the learning rate when the figure has stopped getting better."""

    main_argument = "factor"
    state = ("wait", "cooldown_counter", "best")
    sets_learning_rate = True

    factor: OpenFraction = 0.1
    """The factor on the learning rate."""
    patience: NonNegativeInt = 10
    """The epochs without a better value after which it is lowered."""
    min_delta: NonNegativeFloat = 1e-4
    """The least change that counts as better."""
    cooldown: NonNegativeInt = 0
    """The epochs after a change that are not watched."""
    min_lr: NonNegativeFloat = 0.0
    """The learning rate below which it never goes."""
