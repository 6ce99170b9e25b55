"""`fit:`: how training goes, as in `Model.fit`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, PlainValidator

from dlrun.components.callbacks import Callback
from dlrun.components.fields import AsTuple, OpenFraction, PositiveInt
from dlrun.components.words import invalid, shown
from dlrun.spec.section import Section


def _class_weight(value: Any) -> dict[str, float]:
    if not isinstance(value, dict) or not value:
        message = f"`class_weight` must give each class a number, found {shown(value)}"
        raise invalid(
            "wrong-type",
            message,
            hint="write {0: 1.0, 1: 2.5}, or the names of the classes",
        )
    for key, weight in value.items():
        if (
            isinstance(weight, bool)
            or not isinstance(weight, (int, float))
            or not 0 <= weight < float("inf")
        ):
            message = f"the weight of class {key} must be a number of at least 0, found {shown(weight)}"
            raise invalid("out-of-range", message, hint=f"write {key}: 1.0")
    if not any(value.values()):
        raise invalid(
            "out-of-range",
            "all class weights are 0",
            hint="give at least one class a weight above 0",
        )
    return {str(key): float(weight) for key, weight in value.items()}


class FitSpec(Section):
    """How training goes."""

    owner: ClassVar[str] = "fit"

    epochs: Annotated[int, Field(ge=0, le=1_000_000)] = 10
    """How often training sees all train rows; 0 only evaluates."""
    batch_size: PositiveInt = 32
    """Rows per step; the last batch of an epoch may be smaller."""
    shuffle: bool = True
    """Draw a new order of the train rows for each epoch, from the seed and the epoch."""
    validation_split: OpenFraction | None = None
    """Keras' own: the share of rows for validation, taken from the end, before shuffling."""
    class_weight: Annotated[dict[str, float], PlainValidator(_class_weight)] | None = (
        None
    )
    """How much the rows of each class count in the train loss."""
    callbacks: Annotated[tuple[Callback, ...], AsTuple] = ()
    """What acts at the end of each epoch."""
    monitor: str | None = None
    """The column of the history whose best epoch is kept; by default `val_loss`, without
    validation rows `train_loss`."""
