"""`fit:`: how training goes, as in `Model.fit`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, PlainValidator
from pydantic_core import InitErrorDetails, PydanticCustomError

from dlrun.components.by_name import named
from dlrun.components.callbacks import Callback
from dlrun.components.component import raise_errors
from dlrun.components.fields import (
    AsTuple,
    NonNegativeFloat,
    OpenFraction,
    PositiveInt,
)
from dlrun.components.words import flow, invalid, shown, unknown_choice
from dlrun.config import ANY, Names
from dlrun.experiment.section import Section
from dlrun.writing import whole_number


def _class_weight(value: Any) -> dict[str, float] | str:
    if isinstance(value, str):
        if value == "balanced":
            return value
        raise unknown_choice("class_weight", value, ["balanced"])
    if not isinstance(value, dict) or not value:
        message = f"`class_weight` must give each class a number, found {shown(value)}"
        raise invalid(
            "wrong-type",
            message,
            hint="write {0: 1.0, 1: 2.5}, or the names of the classes; or balanced",
        )
    errors = [
        InitErrorDetails(type=_weight_error(key, weight), loc=(key,), input=weight)
        for key, weight in value.items()
        if not _is_weight(weight)
    ]
    if errors:
        raise_errors("class_weight", errors)
    if not any(value.values()):
        raise invalid(
            "out-of-range",
            "all class weights are 0",
            hint="give at least one class a weight above 0",
        )
    return {str(key): float(weight) for key, weight in value.items()}


def _is_weight(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 0 <= value < _LARGEST


def _weight_error(key: Any, weight: Any) -> PydanticCustomError:
    number = "must be a number of at least 0"
    message = f"the weight of class {key} {number}, found {shown(weight)}"
    return invalid("out-of-range", message, hint=f"write {class_key(str(key))}: 1.0")


def class_key(name: str) -> str:
    """A class as a key of YAML; a plain number needs no quotes."""
    return name if name.isascii() and whole_number(name) == name else flow(name)


_LARGEST = 3.4e38
"""The largest number that a 32-bit float can hold."""


def _fault(value: object) -> str:
    # Read only where a config names one: a run that stops on nothing pays nothing.
    from dlrun.diagnosis import stopping_names

    faults = stopping_names()
    plain = value.lower().replace("-", "_") if isinstance(value, str) else value
    if plain in faults:
        return str(plain)
    raise unknown_choice("stop_on", value, faults)


Fault: TypeAlias = Annotated[str, PlainValidator(_fault)]


def _threads(value: Any) -> int | str:
    if value == "auto" and isinstance(value, str):
        return "auto"
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    message = f"`threads` must be auto or a number of threads, found {shown(value)}"
    hint = "write auto, or an integer of at least 1"
    raise invalid("unknown-choice", message, hint=hint)


Threads: TypeAlias = Annotated[int | Literal["auto"], PlainValidator(_threads)]
"""A number of threads, or `auto`."""


ClassWeights: TypeAlias = dict[str, float] | Literal["balanced"]
"""A weight for each class, or `balanced`."""


def _class_weights(value: Any) -> Any:
    """One value, or one for each output: a mapping of texts and mappings."""
    is_mapping = isinstance(value, dict) and bool(value)
    if is_mapping and all(isinstance(item, (dict, str)) for item in value.values()):
        return named("an output", value, _class_weight)
    return _class_weight(value)


ClassWeight: TypeAlias = Annotated[
    ClassWeights | Mapping[str, ClassWeights], PlainValidator(_class_weights)
]
"""A weight for each class, or `balanced`; or that of each output."""


class FitSpec(Section):
    """How training goes."""

    owner: ClassVar[str] = "fit"
    names = (
        Names(("class_weight",), of_objects=False),
        Names(("class_weight", ANY), of_objects=False),
    )
    cures: ClassVar[dict[str, str]] = {
        **dict.fromkeys(
            ("learning_rate", "lr"),
            "write optimizer: {Adam: {learning_rate: 0.001}} under `compile`",
        ),
        **dict.fromkeys(
            ("early_stopping", "patience"),
            "write callbacks: [{EarlyStopping: {patience: 5}}]",
        ),
        "jit_compile": "write jit: on, off or auto",
        "initial_epoch": "remove it; a run starts at epoch 1",
        "sample_weight": "name a column under data, as in csv: {weights: count}; or "
        "write class_weight, a weight for the rows of each class",
        "steps_per_epoch": "remove it; an epoch takes all train rows",
        "validation": "write validation_split: 0.2, or validation under `data`",
        "validation_batch_size": "remove it; batch_size holds for all rows",
        "validation_data": "write the rows under `data`, as in validation: {csv: ...}",
        "validation_freq": "remove it; validation rows are measured after each epoch",
        "validation_steps": "remove it; all validation rows are measured",
        "verbose": "remove it; write -q or -v on the command line",
    }

    epochs: Annotated[int, Field(ge=0, le=1_000_000)] = 10
    """How often training sees all train rows; 0 only evaluates."""
    batch_size: PositiveInt = 32
    """Rows per step; the last batch of an epoch may be smaller."""
    shuffle: bool = True
    """Draw a new order of the train rows in each epoch, from seed and epoch."""
    validation_split: OpenFraction | None = None
    """Keras' own: the share of rows for validation, from the end, before shuffling."""
    class_weight: ClassWeight | None = None
    """How much the rows of each class count in the train loss; `balanced`: all classes
    the same, as in scikit-learn: rows / (classes * rows of the class)."""
    callbacks: Annotated[tuple[Callback, ...], AsTuple] = ()
    """What acts at the end of each epoch."""
    jit: Literal["auto", "on", "off"] = "auto"
    """Whether XLA compiles the train steps; `auto`: where that usually pays."""
    deterministic: bool = True
    """Whether operations give the same bits each time; on a GPU that costs speed."""
    threads: Threads = "auto"
    """Threads that one operation may use; `auto`: as many as the process may use.
    Another number gives other bits."""
    stop_on: Annotated[tuple[Fault, ...], AsTuple] = ()
    """What ends training early when the curves or the probe show it."""
    monitor: str | None = None
    """The column of the history whose best epoch is kept; by default `val_loss`, or
    `train_loss` where there are no validation rows."""
    checkpoint_seconds: NonNegativeFloat = 10.0
    """The seconds between checkpoints, at the end of an epoch; 0: after every epoch."""

    @property
    def weighs_by_output(self) -> bool:
        """Whether `class_weight` is a mapping by output."""
        stated = self.class_weight
        return isinstance(stated, dict) and not all(
            isinstance(weight, float) for weight in stated.values()
        )

    def class_weights(self, output: str | None) -> ClassWeights | None:
        """The class weights of an output; `None`: of the only one."""
        stated: Any = self.class_weight
        if self.weighs_by_output:
            return None if output is None else stated.get(output)
        return stated if output is None else None

    def weights_of(
        self, counts: Mapping[str, int], output: str | None = None
    ) -> list[float] | None:
        """The weight of each class, in their order; None: all rows count the same.

        Args:
            counts: the train rows of each class, by its name.
            output: whose classes they are; `None`: the only one's.
        """
        given = self.class_weights(output)
        if given is None:
            return None
        if isinstance(given, dict):
            named = enumerate(counts)
            return [
                given.get(name, given.get(str(place), 1.0)) for place, name in named
            ]
        present = [count for count in counts.values() if count]
        share = sum(present) / len(present) if present else 0.0
        return [share / count if count else 0.0 for count in counts.values()]
