"""Rows that a trained model is asked about, prepared as its train rows were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
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
from dlrun.components.sources.wanted import ClassLists
from dlrun.components.words import choices, flow
from dlrun.data.typed_rows import typed_rows
from dlrun.errors import DataError, Problem
from dlrun.rows.cell_problem import without_config
from dlrun.rows.images import COLUMNS
from dlrun.rows.label_scales import require_logs_of_new
from dlrun.rows.prepared import images_of, types_read
from dlrun.rows.preprocessing import apply_preprocessing

if TYPE_CHECKING:
    from dlrun.data import Dataset
    from dlrun.experiment import ExperimentSpec
    from dlrun.rows.door import Door
    from dlrun.runs import Preprocessing


def read_new_rows(
    spec: ExperimentSpec,
    preprocessing: Preprocessing,
    file: Path,
    door: Door,
    *,
    labelled: bool,
    folder: Path | None = None,
) -> Dataset:
    """Read rows from a file or an image folder and prepare them for the model of a run.

    Args:
        spec: the experiment of the run; its source says how such files are read.
        preprocessing: of the run.
        file: a file or folder that a data source reads as new rows.
        door: to Keras, for images, and for columns that it encodes.
        labelled: whether labels are needed, or only taken along where they are.
        folder: from which on the paths in its cells lead; by default its own.

    Raises:
        DataError: the rows cannot be read, or are not like those of training.
    """
    names, heads = preprocessing.column_names, spec.compile.heads
    known = {
        name: one.classes or one.label_names
        for name, one in preprocessing.outputs.items()
    }
    classes: ClassLists = {name: one for name, one in known.items() if one is not None}
    if len(heads) == 1:
        classes = next(iter(known.values()), None)
    new_rows = NewRows(
        file=file,
        stated=spec.data.source,
        decode=door.decode_image,
        is_labelled=labelled,
        task=spec.data.wanted(heads),
        classes=classes,
        row_shapes=preprocessing.row_shapes,
        feature_names=names,
        types=types_read(preprocessing),
    )
    with _outside_config():
        reader = _reader(new_rows)
        rows = reader.load_new_rows(new_rows)
        if new_rows.types and not rows.columns:
            message = f"{file.name} has no columns with names, as the train rows have"
            hint = f"write a table with the columns {choices(new_rows.types, most=20)}"
            raise DataError(Problem((), message, hint=hint, code="other-columns"))
        if folder is None and rows.places is None:
            folder = file.parent
        images = images_of(preprocessing, door)
        rows = images.read(rows, folder)
        doubts = tuple(replace(problem, path=()) for problem in rows.warnings)
        rows = replace(rows, warnings=doubts)
        with images.told_together():
            prepared = apply_preprocessing(preprocessing, rows, door)
        if labelled:
            require_logs_of_new(prepared, file)
        return prepared


def prepare_values(preprocessing: Preprocessing, rows: object, door: Door) -> Dataset:
    """Prepare rows that were written out: `[[150, 67]]`, or a mapping per row.

    The paths of images start at the current directory: such rows stand in no file.

    Raises:
        DataError: the rows are not like those of training.
    """
    with _outside_config():
        if preprocessing.columns:
            given = typed_rows(rows, types_read(preprocessing))
        else:
            shapes, names = preprocessing.row_shapes, preprocessing.feature_names
            given = Inline.of_values(rows, shapes, names).load(task="regression")
        images = images_of(preprocessing, door)
        given = images.read(given, Path.cwd())
        with images.told_together():
            return apply_preprocessing(preprocessing, given, door)


@contextmanager
def _outside_config() -> Iterator[None]:
    """These rows stand in no config: a path to them there would mislead."""
    try:
        yield
    except DataError as error:
        plain = map(without_config, error.problems)
        raise DataError(*map(_without_config, plain)) from error


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
