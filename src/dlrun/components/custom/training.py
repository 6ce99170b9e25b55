"""Callbacks and schedules of the code of a config."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from dlrun.components.callbacks.callback import Callback, Direction
from dlrun.components.custom.own_code import PREFIX, OwnCode
from dlrun.components.schedules.schedule import Schedule
from dlrun.config import CUSTOM
from dlrun.custom import CustomFile, Definition
from dlrun.errors import CodeError, Problem

_NEVER_CALLED = (
    *(
        f"on_{name}_{end}"
        for name in ("batch", "train_batch")
        for end in ("begin", "end")
    ),
    *(
        f"on_{name}{part}_{end}"
        for name in ("test", "predict")
        for part in ("", "_batch")
        for end in ("begin", "end")
    ),
)
"""What Keras calls in `fit`, `evaluate` and `predict`, but dlrun has no place for."""
_CURE = (
    "dlrun trains many batches in one call, so that Python sees none of them: act in "
    "on_epoch_begin, on_epoch_end, on_train_begin or on_train_end"
)


class OwnSchedule(OwnCode, Schedule, abstract=True):
    """A schedule that the code of the config defines."""

    steps_field: ClassVar[str] = f"{PREFIX}decay_steps"

    @override
    def build(self) -> object:
        return self.made(self.keras().optimizers.schedules.LearningRateSchedule)


class OwnCallback(OwnCode, Callback, abstract=True):
    """A callback that the code of the config defines; it acts between epochs."""

    @property
    @override
    def watched(self) -> str | None:
        stated = getattr(self, f"{PREFIX}monitor", None)
        return stated if isinstance(stated, str) else None

    @override
    def build(self, direction: Direction | None = None) -> object:
        keras = self.keras()
        callback = self.made(keras.callbacks.Callback)
        plain = keras.callbacks.Callback
        for hook in _NEVER_CALLED:
            if getattr(type(callback), hook, None) is not getattr(plain, hook, None):
                raise _not_called(self.file, self.definition, hook)
        return callback


def require_hooks(file: CustomFile, definition: Definition) -> None:
    """Refuse a callback with methods that would never be called.

    Raises:
        CodeError: with the line of the first.
    """
    for hook in _NEVER_CALLED:
        if hook in definition.methods:
            raise _not_called(file, definition, hook)


def _not_called(file: CustomFile, definition: Definition, hook: str) -> CodeError:
    line = definition.methods.get(hook, 0)
    place = file.place_of(definition)
    if line:
        indent = file.location(line, 1, 1).text.find(hook)
        place = file.location(line, max(0, indent) + 1, len(hook))
    message = f"`{hook}` of `{definition.name}` would never be called"
    return CodeError(
        Problem(CUSTOM, message, hint=_CURE, code="custom-hook", location=place)
    )
