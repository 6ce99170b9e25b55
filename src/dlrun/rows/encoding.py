"""Columns of a table become numbers: learned by the train rows, applied to any rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, cast

from dlrun.components.encoders import (
    CellFault,
    CellsError,
    Chain,
    ColumnEncoder,
    EncoderState,
    types_of,
)
from dlrun.components.sources import Source
from dlrun.components.sources.cells import PASTE, without_others
from dlrun.components.words import flow, shown
from dlrun.data import INPUT, Dataset
from dlrun.data.typed import as_texts
from dlrun.errors import DataError, Problem
from dlrun.experiment.columns import PATH, chains_of, entry_path
from dlrun.rows.images import COLUMNS
from dlrun.rows.prepared import encoders_of, in_order, names_of
from dlrun.runs import PreparedColumn

if TYPE_CHECKING:
    from dlrun.data import Array, TypedColumn
    from dlrun.experiment.data import DataSpec
    from dlrun.experiment.pseudo_label import PseudoLabelSpec
    from dlrun.rows.door import Door

_PLACES_SHOWN = 3


def reading_columns(
    data: DataSpec, pseudo_label: PseudoLabelSpec | None
) -> tuple[list[Chain], DataSpec, PseudoLabelSpec | None]:
    """What becomes of columns, and the sections that name sources.

    Returns:
        The chains, none where no columns are encoded; and the sections, with sources
        that give columns to encode.
    """
    if not data.encodes_columns:
        return [], data, pseudo_label
    facts = data.source.describe()
    chains = chains_of(data, facts)
    types = in_order(types_of(chains), facts.feature_names or ())
    stated = {"source": data.source, "validation": data.validation, "test": data.test}
    able = {
        key: source.reading_columns(types)
        for key, source in stated.items()
        if source is not None
    }
    if pseudo_label is not None and isinstance(pseudo_label.unlabelled, Source):
        unlabelled = pseudo_label.unlabelled.reading_columns(types)
        pseudo_label = pseudo_label.model_copy(update={"unlabelled": unlabelled})
    return chains, data.model_copy(update=able), pseudo_label


@contextmanager
def at_entries(data: DataSpec) -> Iterator[None]:
    """Say of problems with columns where the config has what becomes of them.

    Raises:
        DataError: with other paths.
    """
    try:
        yield
    except DataError as error:
        told = (_at_entry(problem, data) for problem in error.problems)
        raise DataError(*told) from error


def _at_entry(problem: Problem, data: DataSpec) -> Problem:
    if data.scale is not None and str(problem.hint).startswith(PASTE):
        return replace(problem, hint=without_others(str(problem.hint)))
    *_, kind, name = ("", "", *problem.path)
    if kind != COLUMNS or not data.encodes_columns:
        return problem
    path, hint = entry_path(data, str(name)), problem.hint
    if hint is not None and len(path) > len(PATH):
        hint = hint.replace(f"write {flow(name)}:", f"write {flow(path[-1])}:")
    return replace(problem, path=path, hint=hint, on_key=True)


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
    problems: list[Problem] = []
    for chain in chains:
        try:
            prepared[chain.column] = _learn(chain, read, train)
        except CellsError as error:
            problems += _told(chain.column, error.faults, train)
    if problems:
        raise DataError(*problems)
    return prepared


def _learn(chain: Chain, read: Dataset, train: Dataset) -> PreparedColumn:
    import numpy as np

    cells, column = (_given(chain, rows) for rows in (read, train))
    is_text = cells.ndim == 1 and cells.dtype.kind == "O"
    categories = sorted(set(cells.tolist())) if is_text else None
    outlines = chain.outlines(categories)
    states: list[Mapping[str, object]] = []
    for encoder, outline in zip(chain.encoders, outlines, strict=False):
        with np.errstate(over="ignore", invalid="ignore"):
            if states:
                column = chain.encoders[len(states) - 1].apply(states[-1], column)
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


def _given(chain: Chain, rows: Dataset) -> TypedColumn:
    """The column that a chain takes; of several that it combines `(rows, columns)`."""
    import numpy as np

    if chain.reads == (chain.column,):
        return rows.columns[chain.column]
    return np.stack([as_texts(rows.columns[name]) for name in chain.reads], axis=1)


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
    return CellFault("not-finite", words, rows, "{scale: log}")


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


def encode_columns(
    columns: Mapping[str, PreparedColumn],
    inputs: Mapping[str, Sequence[str]],
    dataset: Dataset,
    door: Door,
) -> Dataset:
    """Rows whose features are what their columns were encoded to.

    Args:
        columns: as they were learned.
        inputs: the columns of each input, in the order of its features.
        dataset: any rows, with at least these columns.
        door: to Keras, for columns that it encodes.

    Raises:
        DataError: with all gaps and categories that cannot be encoded, of all columns.
    """
    blocks: dict[str, Array] = {}
    problems: list[Problem] = []
    for name, prepared in columns.items():
        chain = Chain(name, None, tuple(encoders_of(prepared)))
        try:
            blocks[name] = _encoded(prepared, chain, _given(chain, dataset), door)
        except CellsError as error:
            problems += _told(name, error.faults, dataset)
    if problems:
        raise DataError(*problems)
    return replace(
        dataset,
        features={
            name: _joined([blocks[column] for column in within])
            for name, within in inputs.items()
        },
        columns={},
        digests=None,
        feature_names=names_of(columns, inputs).get(INPUT),
    )


def _joined(blocks: Sequence[Array]) -> Array:
    """The columns of an input; one that makes it alone is not copied."""
    import numpy as np

    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)


def _encoded(
    prepared: PreparedColumn, chain: Chain, column: TypedColumn, door: Door
) -> Array:
    """`(rows, width)` float32, what was put beside it last; or `(rows, *row_shape)`.

    Raises:
        CellsError: a cell cannot be encoded, or is a gap in the end.
        DataError: what was learned is not what the names say.
    """
    import numpy as np

    encoders = chain.encoders
    beside: list[Array] = []
    for encoder, state in zip(encoders, prepared.states, strict=True):
        beside += encoder.beside(column)
        with np.errstate(over="ignore", invalid="ignore"):
            column = encoder.apply(state, column)
    values = _done(encoders[-1], prepared.states[-1], column, door)
    if prepared.row_shape is not None:
        return _own_input(prepared, values)
    values = values[:, None] if values.ndim == 1 else values
    gaps = np.flatnonzero(np.isnan(values).any(axis=1))
    if len(gaps):
        count = f"has {len(gaps)} gap{'' if len(gaps) == 1 else 's'}"
        raise CellsError([CellFault("gap", count, gaps, _filled(encoders))])
    with np.errstate(over="ignore"):
        block = np.column_stack([values, *beside]).astype("float32")
    if block.shape[1] != len(prepared.names):
        raise _damaged(f"{block.shape[1]} numbers", f"names {list(prepared.names)}")
    large = np.flatnonzero(~np.isfinite(block).all(axis=1))
    if len(large):
        words = f"has the number {values[large[0]].max():g}, too large for float32"
        raise CellsError([CellFault("not-finite", words, large, "{scale: log}")])
    return block


def _own_input(prepared: PreparedColumn, column: Array) -> Array:
    """`(rows, *row_shape)` float32; not copied where it is that already.

    Raises:
        DataError: what was learned is not what the shape says.
    """
    if list(column.shape[1:]) != list(prepared.row_shape or ()):
        raise _damaged(f"rows of {list(column.shape[1:])}", f"{prepared.row_shape}")
    return column.astype("float32", copy=False)


def _damaged(given: str, expected: str) -> DataError:
    message = (
        f"the state of an encoder is damaged: it gives {given}, not the {expected}"
    )
    return DataError(Problem((), message, code="damaged-state"))


def _done(
    encoder: ColumnEncoder, state: EncoderState, column: TypedColumn, door: Door
) -> Array:
    """What comes of a column to which its last encoder was applied."""
    if encoder.runs_in_graph:
        return door.encode_column(encoder, state, column)
    return cast("Array", column)


def _filled(encoders: Sequence[ColumnEncoder]) -> str:
    """The encoders behind one that fills gaps, as YAML."""
    behind = [short for one in encoders if (short := one.short()) != "number"]
    return flow([{"impute": "median"}, *behind] if behind else {"impute": "median"})


def _told(column: str, faults: Sequence[CellFault], rows: Dataset) -> Iterator[Problem]:
    """What is wrong with the cells of a column, and where the first of them are."""
    for fault in faults:
        name, of_cross = column, ""
        if fault.column is not None:
            name, of_cross = fault.column, f", which {shown(column)} takes"
        first = [rows.place(int(row)) for row in fault.rows[:_PLACES_SHOWN]]
        rest = len(fault.rows) - len(first)
        places = ", ".join(first) + (f" and {rest} more" if rest else "")
        hint = f"write {flow(column)}: {fault.hint}" if fault.hint else None
        yield Problem(
            (COLUMNS, column),
            f"column {shown(name)} {fault.words}{of_cross}, at {places}",
            hint=hint,
            code=fault.code,
            location=rows.locate(int(fault.rows[0]), name),
        )
