"""What the user wrote, kept beside what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.hashes import Hashes
from dlrun.runs.origin import CODE, VARIABLES, RecordedVariables
from dlrun.runs.reading import read_bytes, read_object
from dlrun.runs.storage import is_there, make_directory

SOURCE = "source"
_CODE_ORIGIN = f"{SOURCE}/custom.json"
_ARGUMENTS = f"{SOURCE}/arguments.json"
_LONGEST_NAME = 100


def write_sources(
    hashes: Hashes,
    sources: Iterable[tuple[str, str]],
    arguments: Mapping[str, object],
    variables: RecordedVariables | None,
) -> None:
    """Keep the files of a config, its variables, and what the command line gave.

    Raises:
        RunError: The disk refuses.
    """
    make_directory(hashes.directory / SOURCE)
    files: dict[str, str] = {}
    for name, text in sources:
        file = _free_name(name, files)
        files[file] = name
        hashes.write_text(f"{SOURCE}/{file}", text)
    values = {**arguments, "files": files}
    hashes.write_json(_ARGUMENTS, values)
    if variables is not None:
        hashes.write_json(VARIABLES, variables.to_json())


def write_code(hashes: Hashes, path: Path, texts: Mapping[str, str]) -> None:
    """Keep the code of a config, and where it was.

    Args:
        hashes: Of the run.
        path: Of the file that the config names.
        texts: Each file by its path beside that.

    Raises:
        RunError: The disk refuses.
    """
    for name, text in texts.items():
        for parent in reversed((Path(CODE) / name).parents):
            make_directory(hashes.directory / parent)
        hashes.write_text(f"{CODE}/{name}", text)
    hashes.write_json(_CODE_ORIGIN, {"path": str(path)})


def code_origin(hashes: Hashes) -> Path | None:
    """Where the code of a run was taken from; None: it has none, or does not say.

    Raises:
        RunError: What says so is damaged.
    """
    if not is_there(hashes.directory / _CODE_ORIGIN):
        return None
    path = hashes.read_json(_CODE_ORIGIN).text("path")
    return None if path is None else Path(path)


def source_files(hashes: Hashes) -> list[str]:
    """What `write_sources` and `keep_config` have written, as far as it is known."""
    listed = [name for name in hashes.names() if name.startswith(f"{SOURCE}/")]
    if listed:
        return listed
    with suppress(RunError):  # An older run: its arguments say what there is.
        arguments = read_object(hashes.directory / _ARGUMENTS)
        names = [name for name in arguments.mapping("files") if "/" not in name]
        return [_ARGUMENTS, *(f"{SOURCE}/{name}" for name in names)]
    return []


def written_texts(hashes: Hashes) -> list[str]:
    """Every text of the config as it was written, in files and `-s` arguments."""
    found: list[str] = []
    for name in source_files(hashes):
        with suppress(RunError, UnicodeDecodeError):
            if name == _ARGUMENTS:
                arguments = read_object(hashes.directory / name)
                found += arguments.texts("overrides")
            elif not name.startswith(f"{CODE}/"):
                text = read_bytes(hashes.directory / name).decode()
                found += _texts(text)
    return [*dict.fromkeys(part for text in found for part in (text, _value(text)))]


def _texts(text: str) -> Iterator[str]:
    """The scalars of a YAML text, up to where it is none."""
    import yaml

    with suppress(yaml.YAMLError):
        for token in yaml.scan(text):
            if isinstance(token, yaml.ScalarToken):
                yield token.value


def _value(override: str) -> str:
    """What stands behind the `=` of an override, without quotes."""
    return override.partition("=")[2].strip("\"' ")


def keep_config(hashes: Hashes, name: str) -> None:
    """Keep a file of the config in `source/`, before another takes its place.

    Raises:
        RunError: The disk refuses.
    """
    file, number = Path(name), 1
    make_directory(hashes.directory / SOURCE)
    while is_there(hashes.directory / _numbered(file, number)):
        number += 1
    data = read_bytes(hashes.directory / name)
    hashes.write_bytes(_numbered(file, number), data)


def _numbered(file: Path, number: int) -> str:
    return f"{SOURCE}/{file.stem}-{number}{file.suffix}"


def _free_name(name: str, taken: Iterable[str]) -> str:
    """A file name without surprises that no other file has, on any file system."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", Path(name).name).lstrip(".-")
    file = Path(safe[-_LONGEST_NAME:].lstrip(".-") or "config.yaml")
    used = {"arguments.json", "variables.json", *(other.lower() for other in taken)}
    candidate, number = file.name, 1
    while candidate.lower() in used:
        number += 1
        candidate = f"{file.stem}-{number}{file.suffix}"
    return candidate
