"""The kind `Callback`: what acts on training; dlrun itself saves, logs and shows."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from typing_extensions import override

from dlrun.components.keras_component import KerasComponent

Direction: TypeAlias = Literal["min", "max"]
"""Which values of a figure are better."""


class Callback(KerasComponent, kind="callback"):
    """Something that acts between epochs."""

    keras_module = "callbacks"
    traits = ("state",)
    state: ClassVar[tuple[str, ...]] = ()
    """What the object of Keras remembers from epoch to epoch, beside weights."""
    sets_learning_rate: ClassVar[bool] = False
    """Whether it changes the learning rate, which must then be a number."""

    @property
    def watched(self) -> str | None:
        """The figure of the history that it watches; `None`: it watches none."""
        return None

    @override
    def build(self, direction: Direction | None = None) -> object:
        """The Keras object.

        Args:
            direction: which values of the figure are better; nothing: Keras guesses by
                its name. A `mode` in the config counts more.
        """
        return super().build()


class WatchingCallback(Callback, abstract=True):
    """A callback of Keras that watches a figure and acts at the end of an epoch."""

    cures: ClassVar[dict[str, str]] = {
        "verbose": "remove it; dlrun says itself what a callback did"
    }

    monitor: str = "val_loss"
    """The figure of the history to watch."""
    mode: Literal["auto", "min", "max"] = "auto"
    """Which values are better; `auto`: as the figure says."""

    @property
    @override
    def watched(self) -> str | None:
        return self.monitor

    @override
    def build(self, direction: Direction | None = None) -> object:
        import keras

        mode = direction if self.mode == "auto" and direction else self.mode
        arguments = {**self.keras_arguments(), "mode": mode, "verbose": 0}
        return getattr(keras.callbacks, type(self).__name__)(**arguments)
