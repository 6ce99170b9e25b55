"""The words that help after a name in a config that nobody knows, as code."""

from __future__ import annotations

from collections.abc import Iterable

from dlrun import writing


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Name the known names that look like `name`; `None` if there is none."""
    names = [f"`{other}`" for other in writing.near(name, known)]
    return writing.did_you_mean(names) or None


def one_of(known: Iterable[str]) -> str:
    """List names for a person, the first ten of them."""
    return writing.listing(f"`{name}`" for name in known)
