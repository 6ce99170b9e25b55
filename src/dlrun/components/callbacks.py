"""The callbacks of Keras that act on training; dlrun itself saves, logs and shows."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from typing_extensions import override

from dlrun.components.fields import (
    NonNegativeFloat,
    NonNegativeInt,
    Number,
    OpenFraction,
)
from dlrun.components.keras_component import KerasComponent


class Callback(KerasComponent, kind="callback"):
    """Something that watches a figure and acts at the end of an epoch."""

    keras_module = "callbacks"
    cures: ClassVar[dict[str, str]] = {
        "verbose": "remove it; dlrun says itself what a callback did"
    }

    monitor: str = "val_loss"
    """The figure of the history to watch."""
    mode: Literal["auto", "min", "max"] = "auto"
    """Which values are better; `auto`: as the figure says."""

    @override
    def build(self, direction: Literal["min", "max"] | None = None) -> Any:
        """The Keras object.

        Args:
            direction: which values of the figure are better; nothing: Keras guesses by
                its name. A `mode` in the config counts more.
        """
        import keras

        mode = direction if self.mode == "auto" and direction else self.mode
        arguments = {**self.keras_arguments(), "mode": mode, "verbose": 0}
        return getattr(keras.callbacks, type(self).__name__)(**arguments)


class EarlyStopping(Callback):
    """Ends training when the figure has stopped getting better."""

    main_argument = "patience"

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


class ReduceLROnPlateau(Callback):
    """Lowers the learning rate when the figure has stopped getting better."""

    main_argument = "factor"

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
