"""`dlrun init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlrun.cli.output import answer, remark


def _templates(incomplete: str) -> list[str]:
    from dlrun.cli.templates import TEMPLATES

    return [name for name in TEMPLATES if name.startswith(incomplete)]


def init(
    template: Annotated[
        str,
        typer.Argument(
            metavar="[TEMPLATE]",
            help="table, images or text; --list shows them.",
            autocompletion=_templates,
        ),
    ] = "table",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The file to write; by default TEMPLATE.yaml."
        ),
    ] = None,
    names: Annotated[bool, typer.Option("--list", help="List the templates.")] = False,
) -> None:
    """Write a config to start from, with a comment on every line."""
    from dlrun.cli.templates import TEMPLATES, write_template

    if names:
        answer(
            "\n".join(
                f"{name:<10} {template.title}" for name, template in TEMPLATES.items()
            )
        )
        return
    file = write_template(template, out)
    answer(str(file))
    remark(f"next: put your data in, then dlrun validate {file}")
