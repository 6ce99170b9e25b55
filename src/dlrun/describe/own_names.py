"""What the code of a config defines, as the catalogue says it of classes of Keras."""

from __future__ import annotations

from pathlib import Path

from dlrun.config import located
from dlrun.custom import Definition, Parameter
from dlrun.describe.catalogue import CatalogueEntry, CatalogueKey
from dlrun.experiment import read_config
from dlrun.experiment.custom import with_custom
from dlrun.writing import json_text, listing

_OF_FUNCTIONS = (
    "What it is depends on where a config names it: a loss and a metric get their "
    "first two parameters, an activation its first, in training; the others are keys."
)


def own_entries(config: Path) -> list[CatalogueEntry]:
    """The classes and functions of the code of a config, of which nothing is run.

    Raises:
        DlrunError: the config or its code cannot be read.
    """
    node = read_config(config)
    with located(node):
        _, scope = with_custom(node.value)
    kinds: dict[str, list[str]] = {}
    definitions: dict[str, Definition] = {}
    for kind, named in scope.definitions.items():
        for name, definition in named.items():
            kinds.setdefault(name, []).append(kind)
            definitions[name] = definition
    return [_entry(definitions[name], kinds[name]) for name in definitions]


def _entry(one: Definition, kinds: list[str]) -> CatalogueEntry:
    paragraphs = [one.text, "" if one.is_class else _OF_FUNCTIONS]
    return CatalogueEntry(
        one.name,
        f"{listing(sorted(kinds))} of the config's own code, line {one.line}",
        "\n\n".join(filter(None, paragraphs)),
        tuple(map(_key, one.parameters)),
        one.main_argument(0) if one.is_class else None,
    )


def _key(one: Parameter) -> CatalogueKey:
    default = json_text(one.default) if one.has_value else "of the code"
    default_or_none = None if one.is_required else default
    return CatalogueKey(one.name, one.annotation or "any value", default_or_none, "")
