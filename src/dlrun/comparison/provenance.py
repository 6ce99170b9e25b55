"""Where the numbers of a comparison come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dlrun.comparison.comparison import Provenance

if TYPE_CHECKING:
    from dlrun.comparison.reading import Reading


def find_provenance(readings: Sequence[Reading]) -> Provenance:
    """Gather directories, versions, commits and data; the most usual come first."""
    libraries = dict.fromkeys(name for one in readings for name in one.versions)
    prints = [one.summary.get("data_fingerprint") for one in readings]
    return Provenance(
        directories=_usual(str(one.folder.path.parent) for one in readings),
        versions={
            name: _usual(
                str(one.versions[name]) for one in readings if name in one.versions
            )
            for name in sorted(libraries)
        },
        commits=_usual(one.commit for one in readings if one.commit),
        data=_usual(one for one in prints if isinstance(one, str)),
        test_looks=sum(one.test_looks for one in readings),
    )


def _usual(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(value for value, _ in Counter(values).most_common())
