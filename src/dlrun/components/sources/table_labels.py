"""The labels of a table: those of each output, of one column or of several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlrun.components.sources.by_output import read_by_output
from dlrun.components.sources.label_cures import FILL
from dlrun.components.sources.label_encoders import (
    HERE,
    LabelEncoder,
    LabelFault,
    LabelsError,
    LabelStatement,
    columns_of,
    label_paths,
    labels_by_output,
)
from dlrun.components.sources.labels import Labels
from dlrun.components.sources.wanted import ClassLists, WantedLabels, of_output
from dlrun.components.words import flow, shown
from dlrun.data.class_names import name_classes
from dlrun.errors import DataError, Problem
from dlrun.writing import in_order

if TYPE_CHECKING:
    from dlrun.components.sources.source import Source
    from dlrun.data import Array, RowPlaces

_PLACES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class TableLabels:
    """What a table is labelled with, as its source states it."""

    source: Source
    """For the words and paths of problems."""
    stated: LabelStatement | Mapping[str, LabelStatement] | None

    @property
    def by_output(self) -> dict[str, LabelStatement]:
        """The columns of each output; of the only one it has no name."""
        return labels_by_output(self.stated)

    @property
    def encoders(self) -> dict[str, LabelEncoder]:
        """What makes the labels of an output; those of others are the cells."""
        stated = self.by_output.items()
        return {name: one for name, one in stated if isinstance(one, LabelEncoder)}

    @property
    def several(self) -> frozenset[str]:
        """The outputs of whose labels each holds or not by itself."""
        encoders = self.encoders.items()
        return frozenset(name for name, one in encoders if one.gives_several)

    def columns_of(self, output: str) -> tuple[str, ...]:
        """The columns that the labels of an output are made of."""
        stated = self.by_output.get(output)
        return () if stated is None else columns_of(stated)

    @property
    def needed(self) -> frozenset[str]:
        """The columns in which an empty cell is no label."""
        return frozenset(
            column
            for one in self.by_output.values()
            if not (isinstance(one, LabelEncoder) and one.takes_gaps)
            for column in columns_of(one)
        )

    def known_columns(self) -> dict[str, tuple[str, ...]]:
        """For each output a name per number, class or label, as far as it is known."""
        return {
            output: (one.names or ())
            if isinstance(one, LabelEncoder) and one.gives_several
            else columns_of(one)
            for output, one in self.by_output.items()
        }

    def known_classes(self) -> dict[str, tuple[str, ...]]:
        """The classes of each output that are known before a row is read."""
        return {
            output: one.names
            for output, one in self.encoders.items()
            if one.names is not None and not one.gives_several
        }

    def names_of(self, output: str, cells: Iterable[str]) -> tuple[str, ...] | None:
        """The classes or labels of an output, by all its cells; `None`: numbers."""
        stated = self.by_output.get(output)
        if isinstance(stated, LabelEncoder):
            return stated.find_names(cells)
        named = name_classes(sorted({*cells} - {""}))
        return in_order(set(named.names)) if named.names and not named.wrong else None

    def read(
        self,
        cells: Mapping[str, Sequence[str]],
        places: RowPlaces,
        *,
        classes: ClassLists,
        task: WantedLabels,
        partly: bool,
    ) -> dict[str, Labels]:
        """The labels of each output, checked.

        Args:
            cells: of each column, without space around them.
            places: where the rows stand.
            classes: as `Source.load` has it; of several labels what they are called.
            task: the same.
            partly: an empty cell is no label.

        Raises:
            DataError: with every gap, and every cell that an encoder cannot take; or
                the first label that does not fit.
        """
        raw: dict[str, object] = {}
        known: dict[str, Sequence[str]] = {}
        problems: list[Problem] = []
        for output, stated in self.by_output.items():
            if of_output(task, output) is None:
                continue
            own = of_output(classes, output)
            columns = {name: cells[name] for name in columns_of(stated)}
            if not partly:
                problems += self._gaps(stated, columns, places)
            if isinstance(stated, LabelEncoder):
                (column,) = columns.values()
                names = stated.names or (stated.gives_several and own) or None
                own = names or stated.find_names(column)
                try:
                    raw[output] = _encoded(stated, column, own)
                except LabelsError as error:
                    problems += self._told(stated.column, error.faults, places)
            else:
                raw[output] = _of_cells(columns)
            if own is not None:
                known[output] = own
        if problems:
            raise DataError(*problems)
        return read_by_output(
            self.source,
            raw,
            classes=known,
            task=task,
            columns={name: columns_of(one) for name, one in self.by_output.items()},
            partly=partly,
        )

    def _gaps(
        self,
        stated: LabelStatement,
        columns: Mapping[str, Sequence[str]],
        places: RowPlaces,
    ) -> Iterator[Problem]:
        """Columns with empty cells that mean nothing."""
        if isinstance(stated, LabelEncoder) and stated.takes_gaps:
            return
        cure = stated.gap_cure if isinstance(stated, LabelEncoder) else ""
        for column, cells in columns.items():
            rows = [row for row, cell in enumerate(cells) if not cell]
            if rows:
                count = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
                fault = LabelFault(f"is empty in {count}", rows, cure or FILL)
                yield from self._told(column, [fault], places)

    def _told(
        self, column: str, faults: Sequence[LabelFault], places: RowPlaces
    ) -> Iterator[Problem]:
        """What is wrong with the cells of a column, and where the first of them are."""
        for fault in faults:
            first = [places.of(row) for row in fault.rows[:_PLACES_SHOWN]]
            rest = len(fault.rows) - len(first)
            found = ", ".join(first) + (f" and {rest} more" if rest else "")
            path = label_paths(self.stated)[column]
            key = flow(path[1]) if isinstance(self.stated, Mapping) else "labels"
            yield Problem(
                (self.source.key, *path),
                f"the label {shown(column)} {fault.words}, at {found}",
                hint=fault.hint.replace(HERE, key) or None,
                code="invalid-label",
                location=places.locate(fault.rows[0], column),
            )


def _encoded(
    encoder: LabelEncoder, cells: Sequence[str], names: Sequence[str]
) -> list[str] | Labels:
    """What an encoder makes of cells; of an empty one nothing, where it means nothing.

    Raises:
        LabelsError: there are cells that it cannot take.
    """
    if encoder.takes_gaps or all(cells):
        return _labels(encoder.encode(cells, names), names)
    rows = [row for row, cell in enumerate(cells) if cell]
    try:
        encoded = encoder.encode([cells[row] for row in rows], names)
    except LabelsError as error:
        raise LabelsError(
            [
                replace(fault, rows=[rows[row] for row in fault.rows])
                for fault in error.faults
            ]
        ) from error
    if not isinstance(encoded, list):
        return _labels(encoded, names)
    found = [""] * len(cells)
    for row, one in zip(rows, encoded, strict=True):
        found[row] = one
    return found


def _labels(encoded: Array | list[str], names: Sequence[str]) -> list[str] | Labels:
    """Classes as cells have them, or several labels that are checked already."""
    if isinstance(encoded, list):
        return encoded
    return Labels(encoded, None, tuple(names))


def _of_cells(columns: Mapping[str, Sequence[str]]) -> Array:
    """The cells of a column, or `(rows, columns)` of those of several."""
    import numpy as np

    found = list(columns.values())
    return np.array(found if len(found) > 1 else found[0]).T
