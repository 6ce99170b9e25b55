"""What a config says of windows: stretches of a series, and what follows them."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Self, TypeAlias

from pydantic import ModelWrapValidatorHandler, PlainValidator, model_validator

from dlrun.components.column_names import ColumnName, column_list
from dlrun.components.component import Strict, validate_keys
from dlrun.components.fields import PositiveInt
from dlrun.components.words import invalid, shown
from dlrun.data.entries import fits

_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
"""Seconds of each unit of a stretch of time."""
_STRETCH = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d|w)")
_GAP_CURE = "write a number where times are numbers, or a stretch as 90min, 2h or 1d"


def _gap(value: object) -> float | str:
    if isinstance(value, str) and _STRETCH.fullmatch(value.strip()):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return value
    message = f"`max_gap` must be a stretch of time, found {shown(value)}"
    raise invalid("wrong-type", message, hint=_GAP_CURE)


def _known(value: object) -> tuple[str, ...]:
    return () if value in ([], ()) else column_list(value)


Gap: TypeAlias = Annotated[float | str, PlainValidator(_gap)]
"""A stretch of time: a number, or a number and a unit."""
Patterns: TypeAlias = Annotated[tuple[str, ...], PlainValidator(column_list)]
"""The names of columns, or patterns with `*`."""
SomePatterns: TypeAlias = Annotated[tuple[str, ...], PlainValidator(_known)]
"""The same, or none."""


class WindowSpec(Strict):
    """Samples are windows of a series: rows in their order, and what to predict.

    A sample has the features of `length` rows, `(length, features)`, and the labels of
    the `steps` rows from `horizon` rows behind their last one on. No window reaches
    over the end of a series or of a part, or over a gap.
    """

    example: ClassVar[str] = "{length: 24}"

    length: PositiveInt
    """The rows that a prediction is made from."""
    horizon: PositiveInt = 1
    """How many rows behind the last of them the first predicted one is."""
    steps: PositiveInt = 1
    """How many rows are predicted, one after the other."""
    stride: PositiveInt = 1
    """How many rows behind each other windows begin."""

    time: ColumnName | None = None
    """The column that says when rows are, by numbers or dates; rows are sorted by it.
    By default they follow each other as in the file. It is no feature, unless `columns`
    of `data` names it."""
    by: ColumnName | None = None
    """The column whose rows of one value are a series, as a station; by default all
    rows are one. It is no feature either."""
    format: str | None = None
    """How the dates of `time` are written that are not ISO 8601, as in `"%d.%m.%Y"`."""
    columns: Patterns = ("*",)
    """The columns whose past is a feature, by names or patterns; that of labels may be
    among them."""
    known: SomePatterns = ()
    """Those of them that are known in advance, as holidays: an input `known`,
    `(steps, features)`, has their values in the predicted rows; the other is `past`."""
    max_gap: Gap | None = None
    """The longest time between two rows that follow each other: a number where times
    are, `2h` or `1d` where they are dates. By default any."""
    season: PositiveInt | None = None
    """After how many rows a season begins anew: the value of a season ago is a baseline
    then."""

    @property
    def ahead(self) -> int:
        """How many rows behind the last of its past the last predicted one is."""
        return self.horizon + self.steps - 1

    @property
    def span(self) -> int:
        """The rows from the first of a window to the last that it predicts."""
        return self.length + self.ahead

    @property
    def overlaps(self) -> bool:
        """Whether windows share rows."""
        return self.stride < self.span

    @property
    def roles(self) -> dict[str, str]:
        """The columns that say how rows follow each other, by the key of each."""
        stated = {"time": self.time, "by": self.by}
        return {key: name for key, name in stated.items() if name is not None}

    @property
    def max_seconds(self) -> float | None:
        """`max_gap` where it is a stretch between dates; `None`: it is not."""
        if not isinstance(self.max_gap, str):
            return None
        found = _STRETCH.fullmatch(self.max_gap)
        return None if found is None else float(found[1]) * _UNITS[found[2]]

    def takes(self, column: str) -> bool:
        """Whether the past of a column is a feature."""
        return any(fits(entry, column) for entry in self.columns)

    def knows(self, column: str) -> bool:
        """Whether a column is known in advance."""
        return any(fits(entry, column) for entry in self.known)

    def label_names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """What the labels of a window are called, step after step.

        Args:
            columns: of the labels of a row; none: they have no names.
        """
        if self.steps == 1:
            return columns
        names = columns or ("step",)
        ahead = range(self.horizon, self.horizon + self.steps)
        return tuple(f"{name}+{step}" for step in ahead for name in names)

    @model_validator(mode="wrap")
    @classmethod
    def _validate(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            message = f"`window` must say how long windows are, found {shown(value)}"
            raise invalid("wrong-type", message, hint=f"write {cls.example}")
        result: Self = validate_keys(cls, "window", value, handler)
        for key in ("format", "max_gap"):
            if getattr(result, key) is not None and result.time is None:
                message = f"`{key}` is for rows whose time is known"
                hint = f"add time: when, or remove {key}"
                raise invalid("unused-key", message, hint=hint)
        if result.season is not None and result.season < result.ahead:
            message = f"a season of {result.season} rows ago is not over yet where the "
            message += f"last predicted row is {result.ahead} rows ahead"
            least = -(-result.ahead // result.season) * result.season
            raise invalid("short-season", message, hint=f"write season: {least}")
        return result
