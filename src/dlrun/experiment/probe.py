"""`probe:`, how often training looks at gradients and activations."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, PlainValidator

from dlrun.components.words import invalid, shown
from dlrun.experiment.section import Section

_WORDS = ("auto", "off")


def _every(value: Any) -> int | str:
    if value in _WORDS and isinstance(value, str):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    message = f"`{{key}}` must be auto, off or a number of epochs, found {shown(value)}"
    hint = "write auto, off, or an integer of at least 1"
    raise invalid("unknown-choice", message, hint=hint)


Every: TypeAlias = Annotated[int | Literal["auto", "off"], PlainValidator(_every)]
"""A number of epochs, or a word for it."""


class ProbeSpec(Section):
    """How often a few train rows are looked at: gradients, updates, dead units."""

    owner: ClassVar[str] = "probe"

    every: Every = "auto"
    """Epochs between two probes; `auto`: as many as keep the cost below 2 %."""
    rows: Annotated[int, Field(gt=0, le=10_000)] = 128
    """Train rows that a probe takes, drawn with the seed from every class."""
