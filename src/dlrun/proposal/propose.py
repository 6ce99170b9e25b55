"""The arrow file → config: what kind of file it is, and who looks at it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.errors import DataError, RunError
from dlrun.proposal.draft import Draft
from dlrun.proposal.json_rows import JSON, json_cure
from dlrun.writing import choices, listing

if TYPE_CHECKING:
    from dlrun.components.sources.table import Table

_PARQUET = frozenset({".parquet", ".pq", ".parq"})
_CURES = {
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "save the table as CSV in UTF-8"),
    **dict.fromkeys((".gz", ".zip", ".bz2", ".xz", ".tar"), "unpack it first"),
    **dict.fromkeys(
        (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".mat", ".npy", ".h5", ".hdf5"),
        "save arrays with numpy.savez(file, x=..., y=...), or a table as CSV",
    ),
    **dict.fromkeys(
        (".feather", ".arrow", ".dta", ".sav", ".rda", ".rds", ".sqlite", ".db"),
        "write the rows as CSV or Parquet",
    ),
}


_ENCODING = re.compile(r"encoding: ([\w-]+)")
_IS_JSON = " is JSON, not a table"
_MAGIC, _LOOKED_AT = b"PAR1", 4096


def propose(data: Path, labels: Sequence[str], out: Path) -> str:
    """Write a config that trains, by what a file or a folder holds.

    Args:
        data: a table, an `.npz` file, or a folder of images.
        labels: what is to be learned: columns of a table, or an array.
        out: where the config will be, from which its paths begin.

    Raises:
        RunError: with what could be meant, or why nothing can be learned.
    """
    try:
        return _propose(data, labels, out)
    except DataError as error:
        problem = error.problems[0]
        cure = json_cure(data) if _IS_JSON in problem.message else None
        hint = cure or _cure(problem.hint, data)
        raise RunError(problem.message, hint=hint) from error


def _cure(hint: str | None, data: Path) -> str | None:
    """A cure that needs no config, where it is to name what a file is encoded in."""
    if _ENCODING.search(hint or "") is None:
        return hint
    other = data.with_name(f"{data.stem}_utf8{data.suffix}")
    source, target = (shlex.quote(str(one)) for one in (data, other))
    command = f"iconv -f cp1251 -t UTF-8 {source} > {target}"
    return f"write it as UTF-8, as from cp1251, or what else it is in: {command}"


def _propose(data: Path, labels: Sequence[str], out: Path) -> str:
    path = _from(data, out)
    name = experiment_name(data)
    if data.is_dir():
        return _of_folder(data, labels, path).text(name)
    if data.suffix.lower() == ".npz":
        return _of_arrays(data, labels, path).text(name)
    return _of_table(data, labels, path).text(name)


def _of_folder(data: Path, labels: Sequence[str], path: str) -> Draft:
    from dlrun.components.sources.images import ImageFolder
    from dlrun.proposal.images import write_images

    endings = {".csv", ".tsv", ".npz", *_PARQUET}
    tables = [one.name for one in data.iterdir() if one.suffix.lower() in endings]
    if tables:
        message = f"{data} is a folder that holds the tables {choices(tables, most=5)}"
        hint = f"name one: --data {shlex.quote(str(data / min(tables)))}"
        raise RunError(message, hint=hint)
    return write_images(ImageFolder(directory=data.absolute()), labels, path)


def _of_arrays(data: Path, labels: Sequence[str], path: str) -> Draft:
    from dlrun.components.sources.files import find_files
    from dlrun.components.sources.npz import Npz
    from dlrun.proposal.arrays import plan_arrays, write_arrays

    (file,) = find_files(Npz(path=data.absolute()), data.absolute())
    return write_arrays(plan_arrays(file, labels, data), path)


def _of_table(data: Path, labels: Sequence[str], path: str) -> Draft:
    import numpy as np

    from dlrun.components.sources.files import find_files
    from dlrun.components.sources.parquet_table import Parquet
    from dlrun.components.sources.text_table import Csv
    from dlrun.proposal.table import plan_table
    from dlrun.proposal.written import write_table

    ending = data.suffix.lower()
    kind = Parquet if _is_parquet(data) else Csv
    cure = json_cure(data) if ending in JSON else _CURES.get(ending)
    if cure is not None and data.exists():
        raise RunError(f"{data.name} is no table that dlrun reads", hint=cure)
    source = kind(path=data.absolute())
    (file,) = find_files(source, data.absolute())
    with np.errstate(all="ignore"):  # What overflows is no number to learn from.
        try:
            plan = plan_table(source, file, labels, data)
        except DataError as error:
            other, note = _in_other_letters(source, file, error)
            plan = plan_table(other, file, labels, data)
            plan = replace(plan, notes=(*note, *plan.notes))
        return write_table(plan, path)


def _in_other_letters(
    source: Table, file: Path, error: DataError
) -> tuple[Table, list[str]]:
    """The same table, where it is certain that its letters are not those of UTF-8.

    Raises:
        DataError: nothing is certain, or the file has another fault.
    """
    from dlrun.proposal.old_encoding import CP1252, old_encoding

    stated = _ENCODING.search(error.problems[0].hint or "")
    if stated is None:
        raise error
    encoding, note = stated[1], []
    if not encoding.startswith("utf-16"):
        words = old_encoding(file)
        if words is None:
            raise error
        encoding, seen = CP1252, listing(words)
        note = [f"the letters are read as {CP1252}; if {seen} look wrong, name another"]
    return source.model_copy(update={"encoding": encoding}), note


def _is_parquet(data: Path) -> bool:
    """Whether a file is Parquet: by how it begins, else by its ending."""
    if not data.is_file():
        return data.suffix.lower() in _PARQUET
    with data.open("rb") as stream:
        start = stream.read(_LOOKED_AT)
    is_text = b"\n" in start and b"\0" not in start
    return start.startswith(_MAGIC) or (data.suffix.lower() in _PARQUET and not is_text)


def _from(data: Path, out: Path) -> str:
    """The path of a file, from the folder of the config on."""
    return Path(os.path.relpath(data, out.parent)).as_posix()


def experiment_name(data: Path) -> str:
    """A name for an experiment on a file."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", data.absolute().stem).strip("._-")
    return stem[:60] or "first"
