"""Rows that a trained model is asked about, prepared as its train rows were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.components.sources import NewRows, Source
from dlrun.components.sources.cells import (
    DECIMAL_COMMAS,
    LIST_OTHERS,
    PASTE,
    UNDER_SOURCE,
)
from dlrun.components.sources.inline import Inline
from dlrun.components.sources.label_cures import ADD_CLASS, FILL
from dlrun.components.sources.wanted import ClassLists
from dlrun.components.words import choices, flow
from dlrun.data.keep import NOTHING_KEPT
from dlrun.data.typed_rows import NUMBERED
from dlrun.errors import DataError, Problem
from dlrun.rows.cell_problem import without_config
from dlrun.rows.forecast import prepare_series
from dlrun.rows.images import COLUMNS
from dlrun.rows.label_scales import require_logs_of_new
from dlrun.rows.prepared import images_of, types_read
from dlrun.rows.preprocessing import apply_preprocessing
from dlrun.writing import one_line

if TYPE_CHECKING:
    from dlrun.components.windows import WindowSpec
    from dlrun.data import Dataset, Keep
    from dlrun.experiment import ExperimentSpec
    from dlrun.rows.door import Door
    from dlrun.runs import Preprocessing


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file or folder that a data source reads as new rows."""

    path: Path
    start: Path | None = None
    """The folder where the paths in its cells start; by default its own."""
    keep: Keep = NOTHING_KEPT
    """The columns that are carried along."""


def read_new_rows(
    spec: ExperimentSpec,
    preprocessing: Preprocessing,
    file: Path | RowFile,
    door: Door,
    *,
    labelled: bool,
) -> Dataset:
    """Read rows from a file or an image folder and prepare them for the model of a run.

    Args:
        spec: the experiment of the run; its source says how such files are read.
        preprocessing: of the run.
        file: where they are.
        door: to Keras, for images, and for columns that it encodes.
        labelled: whether labels are needed, or only taken along where they are.

    Raises:
        DataError: the rows cannot be read, or are not like those of training.
    """
    given = RowFile(file) if isinstance(file, Path) else file
    asked = _asked(spec, preprocessing, door, given.keep)
    new_rows = replace(asked, file=given.path, is_labelled=labelled)
    name = given.path.name
    with _outside_config(given.path):
        rows = _reader(new_rows).load_new_rows(new_rows)
        if new_rows.types and not rows.columns:
            message = f"{name} has no columns with names, as the train rows have"
            hint = f"write a table with the columns {choices(new_rows.types, most=20)}"
            raise DataError(Problem((), message, hint=hint, code="other-columns"))
        if labelled and rows.labels is None:
            message = f"{name} has no labels, and nothing can be measured without"
            hint = "give rows with labels, as those of training; predict needs none"
            raise DataError(Problem((), message, hint=hint, code="missing-labels"))
        start = given.path.parent if rows.places is None else None
        windows = _Asked(spec.data.window, labelled)
        prepared = _prepared(preprocessing, rows, door, windows, given.start or start)
        if labelled:
            require_logs_of_new(prepared, given.path)
        return prepared


def prepare_values(
    spec: ExperimentSpec,
    preprocessing: Preprocessing,
    rows: object,
    door: Door,
    *,
    keep: Keep = NOTHING_KEPT,
) -> Dataset:
    """Prepare rows that were written out: `[[150, 67]]`, or a mapping per row.

    The paths of images start at the current directory: such rows stand in no file.

    Args:
        spec: the experiment of the run; its source says what names and labels rows.
        preprocessing: of the run.
        rows: a list.
        door: to Keras, for columns that it encodes.
        keep: the columns that are carried along.

    Raises:
        DataError: the rows are not like those of training.
    """
    new_rows = _asked(spec, preprocessing, door, keep)
    with _outside_config():
        given = Inline.of_values(rows, NUMBERED, new_rows)
        asked = _Asked(spec.data.window, is_labelled=False)
        return _prepared(preprocessing, given, door, asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What rows are asked for."""

    window: WindowSpec | None
    """Of which windows they are; `None`: each is a sample."""
    is_labelled: bool
    """Whether labels are needed."""


def _prepared(
    preprocessing: Preprocessing,
    rows: Dataset,
    door: Door,
    asked: _Asked,
    folder: Path | None = None,
) -> Dataset:
    """Rows as the model takes them, with the images that they name.

    Raises:
        DataError: cells cannot be encoded, or images cannot be read.
    """
    images = images_of(preprocessing, door)
    read = images.read(rows, folder)
    doubts = tuple(replace(problem, path=()) for problem in rows.warnings)
    read = replace(read, warnings=doubts)
    with images.told_together():
        if asked.window is not None:
            return prepare_series(
                asked.window, preprocessing, read, door, labelled=asked.is_labelled
            )
        return apply_preprocessing(preprocessing, read, door)


def _asked(
    spec: ExperimentSpec, preprocessing: Preprocessing, door: Door, keep: Keep
) -> NewRows:
    """What is asked of new rows, wherever they are; labels are taken along."""
    heads = spec.compile.heads
    known = {
        name: one.classes or one.label_names
        for name, one in preprocessing.outputs.items()
    }
    classes: ClassLists = {name: one for name, one in known.items() if one is not None}
    if len(heads) == 1:
        classes = next(iter(known.values()), None)
    return NewRows(
        file=Path(),
        stated=spec.data.source,
        decode=door.decode_image,
        is_labelled=False,
        task=spec.data.wanted(heads),
        classes=classes,
        row_shapes=preprocessing.row_shapes,
        feature_names=preprocessing.column_names,
        types=types_read(preprocessing),
        keep=keep,
        time_format=None if spec.data.window is None else spec.data.window.format,
    )


@contextmanager
def _outside_config(file: Path | None = None) -> Iterator[None]:
    """These rows stand in no config: a path to them there would mislead.

    Args:
        file: where they stand; `None`: they were written out.
    """
    try:
        yield
    except DataError as error:
        plain = [_without_config(without_config(one)) for one in error.problems]
        named = plain if file is None else [_naming(one, file) for one in plain]
        raise DataError(*named) from error


def _naming(problem: Problem, file: Path) -> Problem:
    """The same, where no place says in which file a column is missing."""
    if problem.code != "missing-column":
        return problem
    message = problem.message.replace(
        "there is no column", f"{one_line(file.name)} has no column", 1
    )
    return replace(problem, message=message)


def _without_config(problem: Problem) -> Problem:
    """The same where no config chooses the columns: those of training are needed."""
    hint, is_number = problem.hint or "", problem.code == "not-a-number"
    hint = hint.replace(DECIMAL_COMMAS, "write decimal points")
    entry = f"write {flow(problem.path[1])}:" if problem.path[:1] == (COLUMNS,) else ""
    of_config = (LIST_OTHERS, PASTE, UNDER_SOURCE, *[entry] * is_number)
    if any(words and words in hint for words in of_config):
        hint = "write numbers there, as in the rows of training"
    elif problem.code == "no-date":
        hint = "write dates there as the rows of training have them"
    elif hint == ADD_CLASS:
        hint = "write it as the rows of training have it, or remove the row"
    elif problem.code == "missing-column" and "labels" in problem.path:
        hint += "; labels are measured against, dlrun predict needs none"
    elif hint.startswith(FILL):
        hint = f"fill it, or remove the row{hint.removeprefix(FILL)}"
    elif problem.code == "invalid-label":
        hint = hint.replace(", write ", ", train again with ").replace(
            "or write ", "or train again with "
        )
    elif entry and hint.startswith(entry):
        hint = f"repair the rows, or train again with {hint.removeprefix('write ')}"
    return replace(problem, path=(), hint=hint or None, on_key=False)


def _reader(new_rows: NewRows) -> type[Source]:
    """The class that reads the file: that of the train rows, if it reads such files."""
    known = [type(new_rows.stated), *Source.classes()]
    claims = (source for source in known if source.reads_new_rows(new_rows.file))
    any_file = (source for source in known if source.reads_any_file)
    return next(claims, None) or next(any_file)
