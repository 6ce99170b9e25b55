"""Columns of a table become numbers: learned by the train rows, applied to any rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from dlrun.components.encoders import (
    FILLED,
    SMALLER,
    CellFault,
    CellsError,
    Chain,
    ColumnEncoder,
    EncoderState,
    types_of,
)
from dlrun.components.sources import Source
from dlrun.data import INPUT, Dataset
from dlrun.data.columns import take_rows
from dlrun.errors import DataError, Problem
from dlrun.experiment.columns import chains_of
from dlrun.rows.cell_problem import found_by, told
from dlrun.rows.prepared import encoders_of, in_order, names_of
from dlrun.rows.room import require_room
from dlrun.runs import PreparedColumn

_TABLE_AXES = 2
_ROWS_AT_ONCE = 16_384

if TYPE_CHECKING:
    from dlrun.data import Array, TypedColumn, TypedColumns
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
        DataError: with all gaps and categories that cannot be encoded, of all columns;
            or the memory does not hold what they become.
    """
    require_room(columns, inputs, len(dataset))
    chains = {
        name: Chain(name, None, tuple(encoders_of(prepared)))
        for name, prepared in columns.items()
    }
    encoding = _Encoding(columns, chains, dataset, door)
    features = None if dataset.mistakes else encoding.features(inputs)
    if features is None:
        raise DataError(*dataset.mistakes, *encoding.problems())
    return replace(
        dataset,
        features=features,
        columns={},
        digests=None,
        feature_names=names_of(columns, inputs).get(INPUT),
    )


@dataclass(frozen=True, slots=True)
class _Encoding:
    """Rows, and what becomes of their columns."""

    columns: Mapping[str, PreparedColumn]
    chains: Mapping[str, Chain]
    rows: Dataset
    door: Door

    def features(self, inputs: Mapping[str, Sequence[str]]) -> dict[str, Array] | None:
        """The features of each input; `None`: there are `problems`."""
        try:
            return {name: self._input(within) for name, within in inputs.items()}
        except CellsError:
            return None

    def problems(self) -> Iterator[Problem]:
        """All cells that cannot be encoded, by their columns."""
        for name, chain in self.chains.items():
            if not self.rows.columns.keys() >= {*chain.reads}:
                continue  # It is among the mistakes.
            try:
                self._column(name, self.rows.columns)
            except CellsError as error:
                yield from told(chain, error.faults, self.rows)

    def _input(self, within: Sequence[str]) -> Array:
        """The columns of an input side by side; one that makes it alone is not copied.

        They are encoded some rows at a time, so that what is made on the way stays in
        the cache, and takes no memory beside the rows.
        """
        import numpy as np

        if len(within) == 1:
            return self._column(within[0], self.rows.columns)
        by_keras = {
            name: self._column(name, self.rows.columns)
            for name in within
            if self.chains[name].encoders[-1].runs_in_graph
        }
        width = sum(len(self.columns[name].names) for name in within)
        joined = np.empty((len(self.rows), width), dtype="float32")
        for start in range(0, len(self.rows), _ROWS_AT_ONCE):
            some = np.arange(start, min(start + _ROWS_AT_ONCE, len(self.rows)))
            columns = take_rows(self.rows.columns, some)
            blocks = [
                by_keras[name][some]
                if name in by_keras
                else self._column(name, columns)
                for name in within
            ]
            np.concatenate(blocks, axis=1, out=joined[start : start + len(some)])
        return joined

    def _column(self, name: str, columns: TypedColumns) -> Array:
        chain = self.chains[name]
        return _encoded(self.columns[name], chain, chain.given(columns), self.door)


def _encoded(
    prepared: PreparedColumn, chain: Chain, column: TypedColumn, door: Door
) -> Array:
    """`(rows, width)` float32, what was put beside it last; or `(rows, *row_shape)`.

    Raises:
        CellsError: a cell cannot be encoded, or is a gap in the end.
        DataError: what was learned is not what the names say.
    """
    import numpy as np

    column, beside = applied(prepared, chain, column)
    values = _done(chain.encoders[-1], prepared.states[-1], column, door)
    if prepared.row_shape is not None:
        return _own_input(prepared, values)
    values = values[:, None] if values.ndim == 1 else values
    require_numbers(values)
    with np.errstate(over="ignore"):
        block = np.column_stack([values, *beside]) if beside else values
        block = block.astype("float32", copy=False)
    if block.shape[1] != len(prepared.names):
        raise _damaged(f"{block.shape[1]} numbers", f"names {list(prepared.names)}")
    large = np.flatnonzero(~np.isfinite(block).all(axis=1))
    if len(large):
        words = f"has the number {values[large[0]].max():g}, too large for float32"
        last = len(chain.encoders) - 1
        raise CellsError([CellFault("not-finite", words, large, SMALLER, encoder=last)])
    return block


def applied(
    prepared: PreparedColumn, chain: Chain, column: TypedColumn
) -> tuple[TypedColumn, list[Array]]:
    """The column to which all encoders were applied, and what stands beside it.

    Raises:
        CellsError: a cell cannot be encoded.
    """
    import numpy as np

    beside: list[Array] = []
    for place, encoder in enumerate(chain.encoders):
        beside += encoder.beside(column)
        with found_by(place), np.errstate(over="ignore", invalid="ignore"):
            column = encoder.apply(prepared.states[place], column)
    return column, beside


def require_numbers(column: TypedColumn | Array) -> None:
    """Refuse gaps that no encoder has filled.

    Raises:
        CellsError: with their rows.
    """
    import numpy as np

    if column.dtype.kind != "f" or column.ndim > _TABLE_AXES:
        return
    gaps = np.flatnonzero(np.isnan(column.reshape(len(column), -1)).any(axis=1))
    if len(gaps):
        count = f"has {len(gaps)} gap{'' if len(gaps) == 1 else 's'}"
        raise CellsError([CellFault("gap", count, gaps, FILLED)])


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
