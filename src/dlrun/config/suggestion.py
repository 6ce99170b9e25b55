"""The words that help after a name in a config that nobody knows, as code."""

from __future__ import annotations

from collections.abc import Iterable

from dlrun import writing


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """Name those of the names that look like `name`; `None` if there is none."""
    meant = [f"`{other}`" for other in writing.near(name, names)]
    return writing.did_you_mean(meant) or None


def one_of(names: Iterable[str]) -> str:
    """List names for a person, the first ten of them."""
    return writing.listing(f"`{name}`" for name in names)
