"""A last row that sums up those above it, as people end their tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.writing import cut

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.proposal.sample import SampledColumn, TableSample

_CALLED_SO = re.compile(
    r"(?i)(?:grand |sub)?totals?|(?:gesamt)?summe|gesamt(?:ergebnis)?|insgesamt|sum"
    r"|somme|total général|totale|suma|totaal|soma|итого|всего|合[计計]|总计|總計|合算"
    r"|averages?|mean|durchschnitt|mittelwert|moyenne|media|promedio"
)
_EXACT = 1e-6


def sum_notes(sample: TableSample, labels: Sequence[str]) -> list[str]:
    """What to say of a last row that sums up the others.

    Raises:
        RunError: it has a label, and would be learned.
    """
    found = _sum_row(sample.columns) if sample.is_whole else None
    if found is None:
        return []
    word, row = found
    message = f"the last row, {cut(word, 20)}, sums up those above it"
    if all(sample.columns[name].codes[row] >= 0 for name in labels):
        hint = "remove it from the file: it would be learned as if it were one of them"
        raise RunError(message, hint=hint)
    return [f"{message}; it has no label, and is left out: better remove it"]


def _sum_row(columns: Mapping[str, SampledColumn]) -> tuple[str, int] | None:
    """What the last row is called that sums up the others, and where it stands.

    Below it there may be empty rows. `None`: it is one of the others.

    Args:
        columns: of all rows, as they are in the file.
    """
    filled = _up_to_the_last_cell(columns)
    named = next((word for one in filled if (word := _word(one))), None)
    if named is None:
        return None
    others = [one for one in filled if _word(one) is None]
    known = [one for one in others if one.codes[-1] >= 0]
    place = len(filled[0].codes) - 1
    return (named, place) if not known or any(map(_sums_up, known)) else None


def _up_to_the_last_cell(columns: Mapping[str, SampledColumn]) -> list[SampledColumn]:
    """Columns without the empty rows that a spreadsheet puts below a table."""
    import numpy as np

    ends = [np.flatnonzero(one.codes >= 0)[-1:] for one in columns.values()]
    end = int(np.concatenate(ends).max(initial=-1)) + 1
    return [replace(one, codes=one.codes[:end]) for one in columns.values() if end]


def _word(column: SampledColumn) -> str | None:
    """The last cell, where it is called as sums are, and is the only one so called."""
    code = int(column.codes[-1])
    if code < 0 or column.counts[code] > 1:
        return None
    text = column.texts[code]
    return text if _CALLED_SO.fullmatch(text.strip(" :.")) else None


def _sums_up(column: SampledColumn) -> bool:
    """Whether the last number is the sum of the others, or their mean."""
    import numpy as np

    numbers = column.numbers
    if numbers is None:
        return False
    above: NDArray[np.float64] = numbers[:-1][~np.isnan(numbers[:-1])]
    if len(above) < 2:  # noqa: PLR2004
        return False
    means = (above.sum(), above.mean())
    rounded = 0.5 * 10.0 ** -_decimals(column.texts[int(column.codes[-1])])
    least = _EXACT * float(np.abs(above).sum())
    return bool(any(abs(one - numbers[-1]) <= max(rounded, least) for one in means))


def _decimals(text: str) -> int:
    return len(re.split("[.,]", text)[-1]) if re.search("[.,]", text) else 0
