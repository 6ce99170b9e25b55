"""The words that help after a name nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN_AT_MOST = 10


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Name the known names that look like `name`; `None` if there is none."""
    lowered = {other.lower(): other for other in known}
    close = get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)
    return (
        f"did you mean {_either(lowered[match] for match in close)}?" if close else None
    )


def one_of(known: Iterable[str]) -> str:
    """List names for a person, the first ten of them."""
    names = [f"`{name}`" for name in known]
    rest = len(names) - _SHOWN_AT_MOST
    more = f" and {rest} more" if rest > 0 else ""
    return ", ".join(names[:_SHOWN_AT_MOST]) + more


def _either(names: Iterable[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)
