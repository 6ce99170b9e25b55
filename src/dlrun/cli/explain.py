"""`dlrun explain`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.arguments import Json
from dlrun.cli.output import answer, answer_json, print_error
from dlrun.cli.stdout import stdout
from dlrun.errors import DlrunError
from dlrun.writing import terminal_width

if TYPE_CHECKING:
    from dlrun.describe.catalogue import CatalogueEntry

_WIDTH = 80
"""Longer lines of prose are hard to read."""


def explain(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="A class (L2), a kind (layers) or a key (fit.epochs).",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="A config whose own code is known, too."),
    ] = None,
    json: Json = False,
) -> None:
    """Explain what a config can say: layers, optimizers, sources, keys."""
    from dlrun.describe.explanation import explain as find
    from dlrun.describe.explanation import overview, render_entry

    if not names:
        answer("\n".join(f"{item.name:<20}{item.kind}" for item in overview()))
        return
    own = _own(config)
    entries = []
    is_mistaken = False
    for name in names:
        try:
            entries += find(name, own)
        except DlrunError as error:
            print_error(error)
            is_mistaken = True
    if json and entries:
        answer_json([asdict(entry) for entry in entries])
    elif entries:
        width = min(_WIDTH, terminal_width(stdout()) or _WIDTH)
        text = "\n\n".join(render_entry(entry, width) for entry in entries)
        answer(text, is_prose=True)
    if is_mistaken:
        raise typer.Exit(DlrunError.exit_code)


def _own(config: Path | None) -> list[CatalogueEntry]:
    if config is None:
        return []
    from dlrun.describe.own_names import own_entries

    return own_entries(config)
