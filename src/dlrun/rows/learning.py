"""What train rows teach about encoding columns, and all rows of their categories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from dlrun.components.encoders import (
    CUT,
    SMALLER,
    CellFault,
    CellsError,
    Chain,
    ColumnEncoder,
)
from dlrun.components.words import shown
from dlrun.data import Dataset
from dlrun.errors import DataError, Problem
from dlrun.experiment.columns import entry_path
from dlrun.rows.cell_problem import CellProblem, found_by, told
from dlrun.rows.encoding import applied, require_numbers
from dlrun.rows.prepared import encoders_of
from dlrun.runs import PreparedColumn

if TYPE_CHECKING:
    from dlrun.data import Array
    from dlrun.experiment.data import DataSpec


def learn_columns(
    chains: Sequence[Chain], read: Dataset, train: Dataset
) -> dict[str, PreparedColumn]:
    """How columns are encoded.

    Args:
        chains: of the columns.
        read: all rows, which tell the categories.
        train: the train rows, which tell everything else.

    Raises:
        DataError: with every column that cannot be encoded.
    """
    prepared: dict[str, PreparedColumn] = {}
    problems: list[Problem] = [*read.mistakes]
    for chain in chains:
        if not read.columns.keys() >= {*chain.reads}:
            continue  # It is among the mistakes.
        try:
            prepared[chain.column] = _learn(chain, read, train)
        except CellsError as error:
            is_empty = any(len(one.rows) == len(train) for one in error.faults)
            wider = [] if is_empty else _of_all_rows(chain, read)
            problems += wider or told(chain, error.faults, train)
    if problems:
        raise DataError(*problems, *_elsewhere(chains, prepared, read))
    return prepared


def _of_all_rows(chain: Chain, rows: Dataset) -> list[CellProblem]:
    """What is wrong with a column in all rows, and not in train rows alone."""
    try:
        _learn(chain, rows, rows)
    except CellsError as error:
        return list(told(chain, error.faults, rows))
    return []


def _elsewhere(
    chains: Sequence[Chain], prepared: Mapping[str, PreparedColumn], rows: Dataset
) -> Iterator[Problem]:
    """What else is wrong with rows of which some columns cannot be learned."""
    for chain in chains:
        if chain.column in prepared:
            one = prepared[chain.column]
            try:
                require_numbers(applied(one, chain, chain.given(rows.columns))[0])
            except CellsError as error:
                yield from told(chain, error.faults, rows)


def _learn(chain: Chain, read: Dataset, train: Dataset) -> PreparedColumn:
    import numpy as np

    cells, column = (chain.given(rows.columns) for rows in (read, train))
    is_text = cells.ndim == 1 and cells.dtype.kind == "O"
    categories = sorted(set(cells.tolist())) if is_text else None
    outlines = chain.outlines(categories)
    states: list[Mapping[str, object]] = []
    for encoder, outline in zip(chain.encoders, outlines, strict=False):
        with np.errstate(over="ignore", invalid="ignore"):
            if states:
                last = len(states) - 1
                with found_by(last):
                    column = chain.encoders[last].apply(states[-1], column)
            with found_by(len(states)):
                state = encoder.learn(outline, column)
                if not all(map(_is_finite, state.values())):
                    raise CellsError([_too_large(column.astype("float64"))])
        states.append(state)
    return PreparedColumn(
        encoders=tuple(_written(one) for one in chain.encoders),
        states=tuple(states),
        names=outlines[-1].all_names or (),
        row_shape=outlines[-1].row_shape if outlines[-1].has_own_input else None,
    )


def _written(encoder: ColumnEncoder) -> Mapping[str, object]:
    """A config has the name alone where there are no arguments: `number`."""
    written: object = encoder.model_dump(mode="json")
    return written if isinstance(written, Mapping) else {encoder.key: {}}


def _is_finite(value: object) -> bool:
    """Whether no number of a state has overflowed."""
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or isfinite(value)


def _too_large(numbers: Array) -> CellFault:
    """What to tell of a column whose largest number makes others overflow."""
    import numpy as np

    sizes = np.abs(numbers.reshape(len(numbers), -1)).max(axis=1)
    rows = np.flatnonzero(sizes == np.nanmax(sizes))
    words = f"has numbers as large as {sizes[rows[0]]:g}, too large to be learned from"
    cure = SMALLER if np.nanmin(numbers) > -1 else CUT
    return CellFault("not-finite", words, rows, cure)


def unseen_categories(
    columns: Mapping[str, PreparedColumn], data: DataSpec
) -> Iterator[Problem]:
    """A note on each column of which no train row has some categories."""
    for name, prepared in columns.items():
        notes = (
            note
            for encoder, state in zip(
                encoders_of(prepared), prepared.states, strict=True
            )
            for note in encoder.notes(state)
        )
        for note in notes:
            yield Problem(
                entry_path(data, name),
                f"column {shown(name)}: {note}",
                hint="add rows that have them, or leave them out of the table",
                code="unseen-category",
                severity="warning",
                on_key=True,
            )
