"""Which column could be the label, where nobody has said it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.writing import choices, command_line, did_you_mean, nearest
from dlrun.writing.flow import shown

if TYPE_CHECKING:
    from dlrun.proposal.sample import SampledColumn, TableSample

_USUAL = re.compile(
    r"label|labels|target|class|y|outcome|response|species|diagnosis|survived|price"
    r"|quality|churn|default|result|score|rating|category|type|status|total",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_MOST = 5


def require_labels(
    labels: Sequence[str], sample: TableSample, file: Path, doubt: str | None
) -> None:
    """Refuse to guess what is to be learned.

    Args:
        labels: the columns that were named.
        sample: of the table.
        file: the table as a person has named it.
        doubt: whether its first line names the columns, as `header_doubt` says it.

    Raises:
        RunError: no column was named, or there is none of that name; with those that
            could be meant.
    """
    names = list(sample.columns)
    if not labels:
        likely = _likely(sample)
        told = f"{file.name} has {len(names)} columns: which of them is to be learned?"
        words = "; ".join(f"{name}: {_what(sample.columns[name])}" for name in likely)
        command = _command(file, likely[0])
        raise RunError(told, hint=f"write {command}; it could be {words}")
    for name in labels:
        if name not in sample.columns:
            meant = nearest(name, names)
            hint = f"{did_you_mean([meant])} its columns are {choices(names, most=20)}"
            hint += f"; {doubt}" if doubt else ""
            message = f"{file.name} has no column {shown(name)}"
            raise RunError(message, hint=hint.lstrip())
    if len(names) == len(labels):
        message = f"{file.name} has no column beside {choices(labels)} to learn from"
        raise RunError(message, hint="leave a column out of --labels")


def _command(file: Path, label: str) -> str:
    return command_line("init", "--data", file, "--labels", label)


def _likely(sample: TableSample) -> list[str]:
    """The columns that could be it, the likeliest first."""
    columns = [one for one in sample.columns.values() if len(one.texts) > 1]
    order = {one.name: place for place, one in enumerate(columns)}

    def rank(column: SampledColumn) -> tuple[int, int]:
        place, last = order[column.name], len(columns) - 1
        words = [column.name, *_WORD.findall(column.name)]
        points = 4 * (_USUAL.fullmatch(column.name) is not None)
        points = points or 3 * any(map(_USUAL.fullmatch, words))
        points += 2 * (place == last) + (place == 0)
        points += 2 * (2 <= len(column.texts) <= 20)  # noqa: PLR2004
        points -= 3 * (len(column.texts) > column.known / 2 and column.values is None)
        return -points, place

    found = [one.name for one in sorted(columns, key=rank)[:_MOST]]
    return found or list(sample.columns)[:1]


def _what(column: SampledColumn) -> str:
    distinct = len(column.texts)
    if column.values is not None and distinct > 20:  # noqa: PLR2004
        return "a number"
    return f"{distinct:,} classes"
