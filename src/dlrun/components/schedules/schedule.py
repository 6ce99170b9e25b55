"""The kind `Schedule`: a learning rate that changes with the number of steps.

A step is one batch. An epoch has `rows / batch_size` of them, rounded up: 1,000 rows in
batches of 32 are 32 steps, so ten epochs are 320.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import PlainValidator, TypeAdapter
from pydantic_core import PydanticCustomError

from dlrun.components.fields import PositiveInt
from dlrun.components.keras_component import KerasComponent
from dlrun.components.translation import number_in_text
from dlrun.components.words import choices, invalid, nearest, shown

_LARGEST = 3.4e38
"""The largest number that a 32-bit float can hold."""


class Schedule(KerasComponent, kind="schedule"):
    """A learning rate as a function of the step."""

    keras_module = "optimizers.schedules"
    steps_field: ClassVar[str] = "decay_steps"
    """The field with a number of steps, which may be `auto`."""

    @property
    def waits_for_steps(self) -> bool:
        """Whether its number of steps follows from the rows."""
        return getattr(self, self.steps_field, None) == "auto"

    def with_steps(self, steps: int) -> Self:
        """The same schedule over so many steps."""
        return self.model_copy(update={self.steps_field: steps})


_STEPS = TypeAdapter(PositiveInt)


def _decay_steps(value: object) -> int | str:
    if value == "auto":
        return "auto"
    return _STEPS.validate_python(value, strict=True)


DecaySteps = Annotated[int | Literal["auto"], PlainValidator(_decay_steps)]
"""A number of steps; `auto`: all of the run, which is known when the rows are read."""


def _learning_rate(value: object) -> float | Schedule:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if 0 < value <= _LARGEST:
            return float(value)
        message = (
            f"`learning_rate` must be a finite number above 0, found {shown(value)}"
        )
        raise invalid("out-of-range", message, hint="use a number above 0, as in 0.001")
    is_text = isinstance(value, str)
    if isinstance(value, (dict, Schedule)) or (
        is_text and nearest(value, Schedule.types.names)
    ):
        return Schedule.model_validate(value)
    raise _neither_number_nor_schedule(value)


def _neither_number_nor_schedule(value: object) -> PydanticCustomError:
    hint = f"write a number, as in 0.001, or one of: {choices(Schedule.types)}"
    if isinstance(value, str):
        hint = number_in_text(value, float) or hint
    message = f"`learning_rate` must be a number or a schedule, found {shown(value)}"
    return invalid("wrong-type", message, hint=hint)


LearningRate = Annotated[float | Schedule, PlainValidator(_learning_rate)]
"""A number above 0, or a schedule."""
