"""The kind `ColumnEncoder`: one step on the way of a column into the model."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from dlrun.components.component import Component
from dlrun.components.encoders.cure import Cure
from dlrun.components.encoders.outline import Outline
from dlrun.components.phrase import flow
from dlrun.data import ColumnType, TypedColumn
from dlrun.errors import DataError, Problem

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

ColumnNumbers: TypeAlias = "NDArray[np.float64]"
"""One per row, NaN for a gap; or `(rows, width)` of them."""
EncoderState: TypeAlias = Mapping[str, object]
"""What was learned, as JSON has it."""
Policy: TypeAlias = Literal["error", "ignore", "category"]
"""What happens to a gap, or to a category that no train row has."""


@dataclass(frozen=True, slots=True, eq=False)
class CellFault:
    """Cells that an encoder cannot take, all of one kind."""

    code: str
    words: str
    """What they are, behind the name of the column: `has 2 gaps`."""
    rows: NDArray[np.int64]
    """The rows, from 0, in ascending order."""
    cure: Cure | None
    """What helps, if it is written in `data.columns`; `None`: nothing does."""
    column: str | None = None
    """The column of the table that has them, where the encoder reads several."""
    encoder: int = 0
    """The place of the encoder that found them among those of the column."""


class CellsError(Exception):
    """Cells of a column that cannot be encoded."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        super().__init__(faults)
        self.faults = faults


class ColumnEncoder(Component, kind="column encoder"):
    """One step on the way of a column into the model.

    A column is numbers or texts, one per row; an encoder gives another such column, or
    `(rows, width)` numbers, which are done. One whose rows have a shape of their own,
    as pictures and tokens, says so in its `outline` (form `array` or `tokens`, with
    `shape`), and gives `(rows, *shape)`; such a column makes an input of its own, and
    nothing scales it. What an encoder learns is JSON.
    """

    traits = ("gives_numbers", "reads_images")
    gives_numbers: ClassVar[bool] = False
    """Whether it gives numbers of whatever size, which may be scaled."""
    reads_images: ClassVar[bool] = False
    """Whether it gives the images that cells name, with values up to 255."""
    cell_parts: ClassVar[int | None] = 1
    """How many `cells` there are in a row; `None`: as many as the rows have."""
    runs_in_graph: ClassVar[bool] = False
    """Whether NumPy cannot do what its layers do: then Keras encodes the column before
    training, too, and `apply` gives what the graph takes."""
    takes_parts: ClassVar[bool] = False
    """Whether it takes each of several numbers that a column has become."""

    @property
    def takes(self) -> ColumnType | None:
        """What it can take; `None`: numbers and texts."""
        return None

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the table that it combines; none: it takes that of its entry.

        One that combines some makes a column with a name of its own: its entry in
        `data.columns` names none of the table. It takes `(rows, columns)` texts.
        """
        return ()

    @property
    def as_numbers(self) -> str:
        """The encoder, changed to stand beside others in an input; empty: it cannot."""
        return ""

    @property
    def cell_type(self) -> ColumnType | None:
        """What `cells` gives; `None`: what it is given."""
        return self.takes

    @property
    def cell_shape(self) -> tuple[int | None, ...]:
        """The shape of what `cells` gives of a row; `None`: rows differ."""
        return (self.cell_parts,)

    def outline(self, given: Outline) -> Outline:
        """What it makes of a column.

        Args:
            given: the column, of a form that it takes.
        """
        return given

    def learn(self, given: Outline, train: TypedColumn) -> EncoderState:  # noqa: ARG002
        """What it must know to encode any rows.

        Args:
            given: the column of all rows, whose categories are known.
            train: the train rows of it, `(rows,)`.

        Raises:
            CellsError: the train rows do not tell it.
        """
        return {}

    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:  # noqa: ARG002
        """The column, encoded: `(rows,)`, `(rows, width)` or `(rows, *shape)`.

        Of an encoder that `runs_in_graph`, what `cells` gives, once checked.

        Args:
            state: as it was learned.
            column: any rows.

        Raises:
            CellsError: for cells that it cannot take.
            DataError: the state is damaged.
        """
        return column

    def spelled(self, text: str) -> str:
        """How a text is spelt, before the first encoder of the column takes it.

        It is asked of an encoder that `runs_in_graph`, which cannot do so itself.
        """
        return text

    def as_known(self, state: EncoderState, column: TypedColumn) -> TypedColumn:  # noqa: ARG002
        """`(rows,)` texts as the encoder knows them, which a graph cannot find out.

        Args:
            state: as it was learned.
            column: texts, before any encoder of the column has taken them.
        """
        return column

    def cells(self, column: TypedColumn) -> TypedColumn:
        """What a graph takes of a column.

        Returns:
            `(rows, 1)`, or `(rows, parts)` of cells that are taken apart before; of
            images the arrays.
        """
        return column[:, None]

    def connect(
        self,
        state: EncoderState,  # noqa: ARG002
        column: keras.KerasTensor,
    ) -> keras.KerasTensor:
        """The same as `apply` in a graph of Keras; what is an error there is ignored.

        Args:
            state: as it was learned.
            column: what `cells` gives, or another encoder: `(batch, 1)` numbers or
                texts, or `(batch, parts)`.

        Returns:
            `(batch, width)`, or `(batch, *shape)`.
        """
        return column

    def connect_beside(
        self,
        column: keras.KerasTensor,  # noqa: ARG002
    ) -> list[keras.KerasTensor]:
        """The same as `beside` in a graph, `(batch, 1)` each."""
        return []

    def notes(self, state: EncoderState) -> Iterator[str]:  # noqa: ARG002
        """What a person should know of what was learned, a sentence each."""
        yield from ()

    def beside(self, column: TypedColumn) -> list[ColumnNumbers]:  # noqa: ARG002
        """What it puts beside the column, `(rows,)` numbers each, of what it is given.

        There are as many as `outline` adds names to `beside`.
        """
        return []

    def short(self) -> object:
        """The encoder as a person writes it: without what is a default."""
        fields = type(self).model_fields
        stated = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in self.written().items()
            if value != fields[key].default
        }
        main = self.main_argument
        if main is not None and stated.keys() == {main}:
            return {self.key: stated[main]}
        return {self.key: stated} if stated else self.key

    def with_arguments(self, changed: Mapping[str, object]) -> object:
        """The encoder with other arguments, as a person writes it."""
        short = self.short()
        if not changed:
            return short
        stated = short[self.key] if isinstance(short, dict) else {}
        if not isinstance(stated, dict):
            stated = {str(self.main_argument): stated}
        return {self.key: {**stated, **changed}}

    def changed_to(self, **changed: str) -> str:
        """The encoder with other arguments, as YAML that can be pasted."""
        return flow(self.with_arguments(changed))


def is_gap(column: TypedColumn) -> NDArray[np.bool]:
    """`(rows,)` whether a cell is a gap."""
    import numpy as np

    gaps: NDArray[np.bool] = (
        column == "" if column.dtype.kind == "O" else np.isnan(column)
    )
    return gaps


def rows_of(column: TypedColumn, texts: Collection[str]) -> NDArray[np.int64]:
    """The rows with one of some texts, which numpy compares without NUL at the end."""
    import numpy as np

    rows: NDArray[np.int64] = np.flatnonzero(
        np.array([text in texts for text in column.tolist()], dtype="bool")
    )
    return rows


def encodable(text: str) -> str:
    """A text that UTF-8 can hold: half a surrogate of JSON is a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def gap_in(column: keras.KerasTensor) -> keras.KerasTensor:
    """`(batch, ...)` whether a cell is a gap, in a graph."""
    from keras import ops

    return ops.equal(column, "") if column.dtype == "string" else ops.isnan(column)


def numbers_of(column: TypedColumn) -> ColumnNumbers:
    """A column that is numbers."""
    return column.astype("float64", copy=False)


def damaged(state: EncoderState, key: str) -> DataError:
    """What to raise where a state is not what was learned."""
    message = f"the state of an encoder is damaged: {key} is {state.get(key)!r}"
    return DataError(Problem((), message, code="damaged-state"))


def texts_of(state: EncoderState, key: str) -> list[str]:
    """A list of texts that was learned.

    Raises:
        DataError: it is none.
    """
    value = state.get(key)
    if not isinstance(value, list | tuple) or not all(
        isinstance(item, str) for item in value
    ):
        raise damaged(state, key)
    return list(value)
