"""Rows that a trained model is asked about, prepared as its train rows were."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dlrun.components.sources import Csv, ImageFolder, Inline, Npz, Source
from dlrun.components.words import problem_of
from dlrun.errors import DataError, Problem
from dlrun.rows.preprocessing import apply_preprocessing

if TYPE_CHECKING:
    from dlrun.data import Dataset, ImageDecoder
    from dlrun.experiment import ExperimentSpec


_IMAGES = frozenset({".png", ".jpg", ".jpeg"})


def read_new_rows(
    spec: ExperimentSpec,
    preprocessing: Mapping[str, Any],
    file: Path,
    decode: ImageDecoder,
    *,
    labelled: bool,
) -> Dataset:
    """Read rows from a file or an image folder and prepare them for the model of a run.

    Args:
        spec: the experiment of the run; its source says how such files are read.
        preprocessing: of the run.
        file: a table (`.csv`, `.tsv`), `.jsonl`, `.npz`, an image, or a folder of
            images.
        decode: decodes images.
        labelled: whether labels are needed, or only taken along where they are.

    Raises:
        DataError: the rows cannot be read, or are not like those of training.
    """
    classes = preprocessing["classes"]
    with _outside_config():
        source = _source(spec, preprocessing, file, labelled=labelled)
        source = source.decoding_with(decode)
        if isinstance(source, ImageFolder):
            only = file.absolute() if file.suffix.lower() in _IMAGES else None
            if only or not (labelled or _is_sorted(source.directory, classes)):
                rows = source.load_unlabelled(only)
                return apply_preprocessing(preprocessing, rows)
        rows = source.load(classes, task=spec.compile.loss.task)
        return apply_preprocessing(preprocessing, rows)


def prepare_values(preprocessing: Mapping[str, Any], rows: Any) -> Dataset:
    """Prepare rows that were written out: `[[150, 67]]`, or a mapping per row.

    Raises:
        DataError: the rows are not like those of training.
    """
    with _outside_config():
        given = _inline(preprocessing, rows).load(task="regression")
        return apply_preprocessing(preprocessing, given)


@contextmanager
def _outside_config() -> Iterator[None]:
    """These rows stand in no config: a path to them there would mislead."""
    try:
        yield
    except DataError as error:
        problems = (replace(problem, path=()) for problem in error.problems)
        raise DataError(*problems) from error


def _source(
    spec: ExperimentSpec,
    preprocessing: Mapping[str, Any],
    file: Path,
    *,
    labelled: bool,
) -> Source:
    """The source of the run, for another file; another source where the file is one."""
    stated = spec.data.source
    if file.suffix.lower() in _IMAGES:
        return _source(spec, preprocessing, file.parent, labelled=labelled)
    if file.is_dir():
        folder = (
            stated if isinstance(stated, ImageFolder) else ImageFolder(directory=file)
        )
        return folder.model_copy(update={"directory": file.absolute()})
    if file.suffix in {".jsonl", ".ndjson"}:
        return _inline(preprocessing, _json_lines(file))
    if file.suffix == ".npz":
        arrays = stated if isinstance(stated, Npz) else Npz(path=file)
        known = labelled or _has_array(file, arrays.labels)
        labels = arrays.labels if known else None
        return arrays.model_copy(update={"path": file.absolute(), "labels": labels})
    return _table(stated, preprocessing, file, labelled=labelled)


def _is_sorted(directory: Path, classes: Sequence[str] | None) -> bool:
    """Whether images lie in folders of classes; else they are taken as unlabelled."""
    names = [entry.name for entry in directory.iterdir() if entry.is_dir()]
    return len(names) > 1 and set(names) <= set(classes or ())


def _table(
    stated: Source, preprocessing: Mapping[str, Any], file: Path, *, labelled: bool
) -> Csv:
    """A table whose columns are found by the names of training."""
    columns = set(Csv(path=file).describe().feature_names or ())
    labels = _names(stated.labels) if isinstance(stated, Csv) else ()
    if not labelled and not columns.issuperset(labels):
        labels = ()
    expected = tuple(preprocessing["feature_names"] or ())
    features = expected if expected and columns.issuperset(expected) else None
    return Csv(path=file, labels=labels or None, features=features)


def _names(stated: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (stated,) if isinstance(stated, str) else stated or ()


def _has_array(file: Path, name: str | None) -> bool:
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(file) as archive:
            return f"{name}.npy" in archive.namelist()
    except (OSError, BadZipFile):
        return True  # the source itself says what is wrong with the file


def _json_lines(file: Path) -> list[Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        message = f"{file} cannot be read: {reason}"
        hint = "name a file with a row per line, as in [150, 67]"
        problem = Problem((), message, hint=hint, code="unreadable-file")
        raise DataError(problem) from error
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError as error:
            message = f"{file}:{number} is not JSON: {error.msg}"
            hint = "write one row per line, as in [150, 67]"
            raise DataError(
                Problem((), message, hint=hint, code="invalid-json")
            ) from error
    return rows


def _inline(preprocessing: Mapping[str, Any], rows: Any) -> Inline:
    """Rows as lists, or as mappings by the names of the columns."""
    names = preprocessing["feature_names"]
    if isinstance(rows, dict) or _is_one_row(preprocessing, rows):
        hint = f"write [{json.dumps(rows)}]"
        raise DataError(
            Problem((), "expected a list of rows", hint=hint, code="wrong-type")
        )
    if isinstance(rows, list) and rows and isinstance(rows[0], dict):
        rows = [_by_name(row, names, index) for index, row in enumerate(rows)]
    try:
        return Inline(features=rows)
    except ValidationError as error:
        problems = [problem_of(details) for details in error.errors(include_url=False)]
        raise DataError(*problems) from error


def _is_one_row(preprocessing: Mapping[str, Any], rows: Any) -> bool:
    """Whether the numbers of one row stand there without the list around them."""
    if not isinstance(rows, list) or not rows:
        return False
    flat = not any(isinstance(item, (list, dict)) for item in rows)
    return flat and [len(rows)] == preprocessing["row_shape"]


def _by_name(row: Any, names: list[str] | None, index: int) -> list[Any]:
    if isinstance(row, dict) and names is not None and set(names) <= set(row):
        return [row[name] for name in names]
    expected = ", ".join(names) if names else "no names: write a list of numbers"
    message = f"row {index} must give a number for each column"
    hint = f"the columns are {expected}"
    raise DataError(Problem((), message, hint=hint, code="other-columns"))
