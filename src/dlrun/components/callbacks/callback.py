"""The kind `Callback`: what acts on training; dlrun itself saves, logs and shows."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from typing_extensions import override

from dlrun.components.keras_component import KerasComponent


class Callback(KerasComponent, kind="callback"):
    """Something that watches a figure and acts at the end of an epoch."""

    keras_module = "callbacks"
    traits = ("state",)
    state: ClassVar[tuple[str, ...]] = ()
    """What the object of Keras remembers from epoch to epoch, beside weights."""
    sets_learning_rate: ClassVar[bool] = False
    """Whether it changes the learning rate, which must then be a number."""
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
