"""Everything that a config can name, in words; read from what `make index` wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REFERENCE_FILE = Path(__file__).with_name("reference.json")


@dataclass(frozen=True, slots=True)
class CatalogueKey:
    """One key of a class or section, as a person reads it."""

    name: str
    type: str
    default: str | None
    """As a config writes it; `None`: the key is required."""
    text: str


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One thing that a config can name."""

    name: str
    kind: str
    """`layer`, `optimizer`, ..., or `section`."""
    text: str
    keys: tuple[CatalogueKey, ...]
    main_argument: str | None = None
    aliases: tuple[str, ...] = ()
    example: str = ""


@cache
def _entries() -> tuple[CatalogueEntry, ...]:
    """The sections in their order, then the classes by kind."""
    return tuple(
        CatalogueEntry(
            **{
                **written,
                "keys": tuple(CatalogueKey(**key) for key in written["keys"]),
                "aliases": tuple(written["aliases"]),
            }
        )
        for written in json.loads(REFERENCE_FILE.read_bytes())
    )


def sections() -> list[CatalogueEntry]:
    """The whole config, and each of its sections."""
    return [entry for entry in _entries() if entry.kind == "section"]


def kinds() -> dict[str, list[CatalogueEntry]]:
    """Every class that a config can name, by kind."""
    by_kind: dict[str, list[CatalogueEntry]] = {}
    for entry in _entries():
        if entry.kind != "section":
            by_kind.setdefault(entry.kind, []).append(entry)
    return by_kind
