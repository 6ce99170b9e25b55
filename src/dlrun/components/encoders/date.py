"""The encoder of dates and times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from math import cos, pi, sin
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field
from typing_extensions import override

from dlrun.components.encoders.cure import Cure
from dlrun.components.encoders.encoder import (
    CellFault,
    CellsError,
    ColumnEncoder,
    EncoderState,
    rows_of,
)
from dlrun.components.encoders.outline import Outline, OutlineForm
from dlrun.components.fields import AsTuple
from dlrun.components.words import shown
from dlrun.data import ColumnType, TypedColumn
from dlrun.data.date_text import year_first

if TYPE_CHECKING:
    import keras

DatePart: TypeAlias = Literal[
    "year", "month", "day", "weekday", "hour", "minute", "second"
]
_PERIODS: Mapping[str, tuple[int, int]] = {
    "month": (1, 12),
    "day": (1, 31),
    "weekday": (0, 7),
    "hour": (0, 24),
    "minute": (0, 60),
    "second": (0, 60),
}
"""Where a part begins that comes back, and after how many of it."""
_NO_DAY = Cure(whole="drop", remark=", or correct the cells: there is no such day")
"""As of 30 February, or of the year 0, which programs write for a gap."""
_CELLS = ("year", "month", "day", "hour", "minute", "second")
"""The numbers that a graph gets of a date."""
_NAMED_AT_MOST = 3
_WITH_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]")
_DAY_AND_MONTH = re.compile(r"[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{4}")


class DateEncoder(ColumnEncoder):
    """Parts of a date or a time, a number each; `scale` may follow.

    Dates are those of ISO 8601, as in `2024-03-09` or `2024-03-09T17:30`; day and month
    are never guessed. A time zone is not looked at: 17:30 is 17:30.
    """

    key: ClassVar[str] = "date"
    gives_numbers: ClassVar[bool] = True
    cell_parts: ClassVar[int | None] = 6
    main_argument: ClassVar[str] = "parts"
    synonyms: ClassVar[tuple[str, ...]] = ("datetime", "timestamp")

    parts: Annotated[tuple[DatePart, ...], AsTuple, Field(min_length=1)]
    """Which: year, month, day, weekday (Monday is 0), hour, minute, second."""
    format: str | None = None
    """How dates are written that are not ISO 8601, as in `"%d.%m.%Y"`."""
    cyclic: bool = False
    """Two numbers for each part but the year, the sine and the cosine of its place in
    the cycle, so that December is near January."""

    @property
    @override
    def takes(self) -> ColumnType:
        return "texts"

    @property
    @override
    def cell_type(self) -> ColumnType:
        return "numbers"

    @override
    def outline(self, given: Outline) -> Outline:
        names = tuple(
            f"{given.column}:{part}{wave}"
            for part in self.parts
            for wave in (("_sin", "_cos") if self._is_cyclic(part) else ("",))
        )
        form: OutlineForm = "numbers" if len(names) == 1 else "parts"
        return replace(given, form=form, names=names, categories=None)

    def _is_cyclic(self, part: str) -> bool:
        return self.cyclic and part in _PERIODS

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        texts = column.tolist()
        dates = {text: self._read(text) for text in dict.fromkeys(texts)}
        known = {text: self._numbers(date) for text, date in dates.items() if date}
        if len(known) < len(dates):
            wrong = [text for text in dates if text not in known]
            raise CellsError(self._faults(column, wrong))
        numbers = np.array([known[text] for text in texts], dtype="float64")
        return numbers[:, 0] if numbers.shape[1] == 1 else numbers

    @override
    def cells(self, column: TypedColumn) -> TypedColumn:
        """`(rows, 6)`: year, month, day, hour, minute, second."""
        import numpy as np

        dates = [self._read(text) for text in column.tolist()]
        cells = [[getattr(date, part) for part in _CELLS] for date in dates]
        return np.array(cells, dtype="float64")

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        from keras import ops

        numbers: list[keras.KerasTensor] = []
        for part in self.parts:
            place = _CELLS.index(part) if part in _CELLS else 0
            value = column[:, place : place + 1]
            value = _weekday(column) if part == "weekday" else value
            if self._is_cyclic(part):
                first, period = _PERIODS[part]
                angle = (value - first) * (2 * pi / period)
                numbers += [ops.sin(angle), ops.cos(angle)]
            else:
                numbers.append(value)
        return ops.concatenate(numbers, axis=-1)

    def _read(self, text: str) -> datetime | None:
        """The date that a text is; one with a time after `T` is always ISO 8601."""
        with suppress(ValueError):
            if self.format is not None:
                return datetime.strptime(text, self.format)
        with suppress(ValueError):
            if self.format is None or _WITH_TIME.match(text):
                return datetime.fromisoformat(text)
        return None

    def _numbers(self, date: datetime) -> list[float]:
        numbers: list[float] = []
        for part in self.parts:
            value = date.weekday() if part == "weekday" else getattr(date, part)
            if self._is_cyclic(part):
                first, period = _PERIODS[part]
                angle = 2 * pi * (value - first) / period
                numbers += [sin(angle), cos(angle)]
            else:
                numbers.append(float(value))
        return numbers

    def _faults(self, column: TypedColumn, wrong: Sequence[str]) -> list[CellFault]:

        faults: list[CellFault] = []
        if "" in wrong:
            rows = rows_of(column, {""})
            words = f"has {len(rows)} gap{'' if len(rows) == 1 else 's'}"
            cure = Cure(before={"impute": "most_frequent"})
            faults.append(CellFault("gap", words, rows, cure))
        strange = [text for text in wrong if text]
        form = "a date of ISO 8601" if self.format is None else f"{shown(self.format)}"
        for text in strange[:_NAMED_AT_MOST]:
            rows = rows_of(column, {text})
            words = f"has {shown(text)}, which is not {form}"
            faults.append(CellFault("no-date", words, rows, self._format_cure(text)))
        rest = rows_of(column, set(strange[_NAMED_AT_MOST:]))
        if len(rest):
            words = f"has {len(rest)} more cells that are not {form}"
            faults.append(CellFault("no-date", words, rest, None))
        return faults

    def _format_cure(self, text: str) -> Cure:
        """How to say in which order day and month stand, which only people know."""
        if text[:4].isdigit():
            form = year_first(text)
            return Cure({"format": form}) if form else _NO_DAY
        sign = _DAY_AND_MONTH.fullmatch(text)
        by = sign[1] if sign is not None else "."
        remark = f", or %m{by}%d where the month comes first" if sign else ""
        return Cure({"format": f"%d{by}%m{by}%Y"}, remark=remark)


def _weekday(cells: keras.KerasTensor) -> keras.KerasTensor:
    """`(batch, 1)` the day of the week, 0 for Monday.

    Source: T. Sakamoto (1992), in the newsgroup comp.lang.c.
    """
    import numpy as np
    from keras import ops

    year, month, day = (ops.cast(cells[:, place], "int32") for place in range(3))
    shifts = np.array([0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4], dtype="int32")
    year = year - ops.cast(month < 3, "int32")
    leaps = year // 4 - year // 100 + year // 400
    sunday_first = (year + leaps + ops.take(shifts, month - 1) + day) % 7
    return ops.cast((sunday_first + 6) % 7, "float32")[:, None]
