"""Which runs are not over, and how they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dlrun.writing import count, listing

if TYPE_CHECKING:
    from dlrun.comparison.reading import Reading

_NAMES_SHOWN = 3
_PAUSED = "paused after epoch"


def unfinished(readings: Sequence[Reading], *, is_search: bool) -> Iterator[str]:
    """Name them by what they say of it.

    Args:
        readings: The runs.
        is_search: They are trials of one search, of which some may pause.
    """
    groups: dict[str, list[str]] = {}
    paused = 0
    for reading in readings:
        status = reading.status
        if is_search and (status.reason or "").startswith(_PAUSED):
            paused += 1
            continue
        text = f"{status.state} ({status.reason})" if status.reason else status.state
        if status.state != "finished":
            groups.setdefault(text, []).append(reading.name)
    yield from (
        f"{listing(names, _NAMES_SHOWN)}: {text}" for text, names in groups.items()
    )
    if paused:
        runs = f"{count(paused)} run{'s' * (paused > 1)}"
        yield f"{runs} paused where others were better, and count as far as they got"
