"""Which images the cells of a table name, without reading one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.components.sources import Source
from dlrun.errors import DataError
from dlrun.rows.encoding import reading_columns

if TYPE_CHECKING:
    from dlrun.data import Dataset
    from dlrun.experiment import ExperimentSpec


def images_named(spec: ExperimentSpec) -> set[Path]:
    """The files that the columns of images name, whether they are there or not.

    Where rows cannot be read, whoever trains on them says so.
    """
    chains, data, pseudo_label = reading_columns(spec.data, spec.pseudo_label)
    columns = [chain.column for chain in chains if chain.type == "images"]
    if not columns:
        return set()
    stated = [data.source, data.validation, data.test]
    stated.append(getattr(pseudo_label, "unlabelled", None))
    wanted = spec.data.wanted(spec.compile.heads)
    found: set[Path] = set()
    for source in stated:
        if isinstance(source, Source):
            with suppress(DataError):
                rows = (source.without_labels() or source).load(None, task=wanted)
                found.update(_named(source, columns, rows))
    return found


def _named(source: Source, columns: Iterable[str], rows: Dataset) -> Iterator[Path]:
    """Where the cells of columns lead to, as images are read."""
    file, *_ = (*source.describe().files, Path())
    for name in columns:
        cells = rows.columns.get(name)
        for row, text in enumerate(() if cells is None else cells.tolist()):
            if text:
                places = rows.places
                yield (file.parent if places is None else places.folder(row)) / text
