"""`dlrun init`."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrun.cli.output import answer, needed, remark

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def _templates() -> dict[str, Traversable]:
    """The configs that are shipped, by name."""
    directory = files("dlrun.cli") / "templates"
    configs = [file for file in directory.iterdir() if file.name.endswith(".yaml")]
    return {file.name.removesuffix(".yaml"): file for file in sorted(configs, key=str)}


def _complete(incomplete: str) -> list[str]:
    return [name for name in _templates() if name.startswith(incomplete)]


def init(
    template: Annotated[
        str | None,
        typer.Argument(
            metavar="TEMPLATE",
            help="What to start from: minimal, table or images; by default table.",
            autocompletion=_complete,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The file to write; by default TEMPLATE.yaml."
        ),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the templates.")] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FILE",
            help="Write a config for this table, .npz file or folder of images.",
        ),
    ] = None,
    labels: Annotated[
        list[str],
        typer.Option(
            "--labels",
            metavar="COLUMN",
            help="What of FILE is to be learned; several may be named.",
        ),
    ] = [],  # noqa: B006 - Typer copies it
) -> None:
    """Write a config to start from, with a comment on what can be changed."""
    if data is not None:
        _propose(template, data, labels, out)
        return
    if labels:
        raise typer.BadParameter("--labels names a column of --data FILE")
    templates, template = _templates(), template or "table"
    if listed:
        titles = {
            name: file.read_text("utf-8").splitlines()[0].removeprefix("# ")
            for name, file in templates.items()
        }
        answer("\n".join(f"{name:<10}{title}" for name, title in titles.items()))
        return
    if template not in templates:
        message = (
            f"there is no template {template!r}; choose one of {', '.join(templates)}"
        )
        raise typer.BadParameter(message)
    file = out if out is not None else Path(f"{template}.yaml")
    written = {file: templates[template]}
    rows = files("dlrun.cli") / "templates" / f"{template}.csv"
    if rows.is_file():
        written[file.parent / rows.name] = rows
    for path in written:
        _require_free(path)
    for path, source in written.items():
        _write(source.read_text("utf-8"), path)
    answer("\n".join(map(str, written)))
    remark(f"next: put your own data in, then {needed('validate', file)}")


def _propose(
    template: str | None, data: Path, labels: list[str], out: Path | None
) -> None:
    """Write a config for a file, by what it holds."""
    if template is not None:
        message = f"--data FILE says what is written: it takes no {template!r}"
        raise typer.BadParameter(message)
    from dlrun.proposal import propose
    from dlrun.proposal.propose import experiment_name

    file = out if out is not None else Path(f"{experiment_name(data)}.yaml")
    _require_free(file)
    _write(propose(data, labels, file), file)
    answer(str(file))
    remark(f"next: read it, then {needed('validate', file, '--data')}")


def _require_free(file: Path) -> None:
    """Refuse to replace a file.

    Raises:
        RunError: when there is such a file.
    """
    from dlrun.errors import RunError

    if os.path.lexists(file):
        message = f"{file} is there already"
        raise RunError(message, hint="choose another file or folder with --out")


def _write(text: str, file: Path) -> None:
    from dlrun.errors import RunError

    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(text)
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}"
        raise RunError(message, hint="choose another file with --out") from error
