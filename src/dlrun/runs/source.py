"""What the user wrote, kept beside what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from dlrun.runs.storage import make_directory, write_json, write_text

_LONGEST_NAME = 100


def write_sources(
    directory: Path,
    sources: Iterable[tuple[str, str]],
    arguments: Mapping[str, object],
) -> None:
    """Keep the files of a config, and what was given on the command line.

    Raises:
        RunError: The disk refuses.
    """
    make_directory(directory)
    files: dict[str, str] = {}
    for name, text in sources:
        file = _free_name(name, files)
        files[file] = name
        write_text(directory / file, text)
    write_json(directory / "arguments.json", {**arguments, "files": files})


def _free_name(name: str, taken: Iterable[str]) -> str:
    """A file name without surprises that no other file has, on any file system."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", Path(name).name).lstrip(".-")
    file = Path(safe[-_LONGEST_NAME:].lstrip(".-") or "config.yaml")
    used = {"arguments.json", *(other.lower() for other in taken)}
    candidate, number = file.name, 1
    while candidate.lower() in used:
        number += 1
        candidate = f"{file.stem}-{number}{file.suffix}"
    return candidate
