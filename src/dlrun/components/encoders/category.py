"""What encoders of categories share: which there are, and those that are none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import PlainValidator
from typing_extensions import override

from dlrun.components.encoders.cure import Cure
from dlrun.components.encoders.encoder import (
    CellFault,
    CellsError,
    ColumnEncoder,
    ColumnNumbers,
    EncoderState,
    Policy,
    rows_of,
    texts_of,
)
from dlrun.components.encoders.outline import Outline
from dlrun.components.phrase import flow
from dlrun.components.words import choices, invalid, shown
from dlrun.data import ColumnType, TypedColumn
from dlrun.data.class_names import known_names, name_classes
from dlrun.writing import in_order

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

_NAMED_AT_MOST = 5
"""Unknown categories that are told one by one."""
_OF_THEIR_OWN = 0.8
"""Where more texts differ than this share of the rows, they are no categories."""
_NO_CATEGORIES = Cure(
    whole="drop",
    remark="; where it is prose, text: {max_tokens: 1000, output_mode: multi_hot}; "
    "where values of it return, hash: {num_bins: 64, output_mode: one_hot}",
)


def _category_list(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else []
    if items and not any(isinstance(item, list | dict) for item in items):
        names = tuple(str(item) for item in items)
        if len(set(names)) == len(names) and "" not in names:
            return names
    message = f"`{{key}}` must list categories, each once, found {shown(value)}"
    raise invalid("wrong-type", message, hint="write [small, medium, large]")


CategoryList = Annotated[tuple[str, ...], PlainValidator(_category_list)]
"""Categories in their order."""


class CategoryEncoder(ColumnEncoder, abstract=True):
    """What encoders of categories share: which there are, and those that there are not.

    The categories are those of all rows, so that shapes are equal for every seed; one
    that no train row has is treated by `unknown`.
    """

    unknown_cure: ClassVar[Policy] = "ignore"
    """What an error about an unknown category advises."""

    missing: Policy = "error"
    """What a gap is: an error, a category of its own, or (`ignore`) none of them."""
    unknown: Policy = "error"
    """What a category is that no train row has: the same."""

    @property
    def stated(self) -> tuple[str, ...] | None:
        """The categories that the config states."""
        raise NotImplementedError

    @property
    @override
    def takes(self) -> ColumnType:
        return "texts"

    def known(self, given: Outline) -> tuple[str, ...] | None:
        """The categories in their order; `None`: nobody has read them."""
        if self.stated is not None or given.categories is None:
            return self.stated
        return in_order(set(name_classes(sorted({*given.categories} - {""})).names))

    @override
    def learn(self, given: Outline, train: TypedColumn) -> EncoderState:
        known = self.known(given) or ()
        seen = set(known_names(set(train.tolist()) - {""}, known).values())
        return {
            "vocabulary": list(known),
            "unseen": [name for name in known if name not in seen],
        }

    @override
    def notes(self, state: EncoderState) -> Iterator[str]:
        unseen = texts_of(state, "unseen")
        if unseen:
            noun = "category" if len(unseen) == 1 else "categories"
            yield f"no train row has the {noun} {choices(map(shown, unseen))}"

    def indices(self, state: EncoderState, column: TypedColumn) -> NDArray[np.int64]:
        """`(rows,)` the place of each category; -1 for a gap, -2 for an unknown one.

        Raises:
            CellsError: there are some of these, and they are errors.
        """
        import numpy as np

        vocabulary, unseen = texts_of(state, "vocabulary"), texts_of(state, "unseen")
        places = {name: place for place, name in enumerate(vocabulary)}
        places.update(dict.fromkeys(unseen, -2))
        named = known_names(set(column.tolist()) - {""}, vocabulary)
        table = {text: places.get(name, -2) for text, name in named.items()} | {"": -1}
        cells = map(table.__getitem__, column.tolist())
        indices = np.fromiter(cells, dtype="int64", count=len(column))
        faults = [*self._gaps(indices), *self._strangers(indices, column, unseen)]
        if faults:
            raise CellsError(faults)
        return indices

    @override
    def as_known(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        texts = column.tolist()
        named = known_names({*texts}, texts_of(state, "vocabulary"))
        return np.array([named[text] for text in texts], dtype=object)

    def looked_up(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        """`(batch, cells)`: 0 for a gap, 1 for what is unknown, 2 for the first of all.

        A category that no train row has is unknown.
        """
        import keras
        import numpy as np
        from keras import ops

        vocabulary, unseen = texts_of(state, "vocabulary"), texts_of(state, "unseen")
        found = keras.layers.StringLookup(
            vocabulary=vocabulary, mask_token="", num_oov_indices=1
        )(column)
        places = [
            1 if name in unseen else place
            for place, name in enumerate(vocabulary, start=2)
        ]
        return ops.take(np.array([0, 1, *places]), found, axis=0)

    def _gaps(self, indices: NDArray[np.int64]) -> Iterator[CellFault]:
        import numpy as np

        rows = np.flatnonzero(indices == -1)
        if len(rows) and self.missing == "error":
            words = f"has {len(rows)} gap{'' if len(rows) == 1 else 's'}"
            cure = Cure({"missing": "category"})
            yield CellFault("gap", words, rows, cure)

    def _strangers(
        self, indices: NDArray[np.int64], column: TypedColumn, unseen: Sequence[str]
    ) -> Iterator[CellFault]:
        import numpy as np

        rows = np.flatnonzero(indices == -2)
        if not len(rows) or self.unknown != "error":
            return
        texts = list(dict.fromkeys(column[rows].tolist()))
        if self.stated is None and {*texts} <= {*unseen} and _are_none(texts, column):
            words = f"has {len(texts)} categories that no train row has, nearly one "
            words += "for each row: they are no categories"
            yield CellFault("unknown-category", words, rows, _NO_CATEGORIES)
            return
        for text in texts[:_NAMED_AT_MOST]:
            of_text = rows_of(column, {text})
            why = "which no train row has"
            if self.stated is not None and text not in unseen:
                why = f"which is not in {flow(list(self.stated))}"
            words = f"has the category {shown(text)}, {why}"
            cure = Cure({"unknown": self.unknown_cure})
            yield CellFault("unknown-category", words, of_text, cure)
        rest = texts[_NAMED_AT_MOST:]
        if rest:
            others = rows_of(column, set(rest))
            words = f"has {len(rest)} more categories that no train row has"
            yield CellFault("unknown-category", words, others, None)


def _are_none(unknown: Sequence[str], column: TypedColumn) -> bool:
    """Whether nearly every row has a text of its own."""
    of_their_own = len(set(column.tolist())) > _OF_THEIR_OWN * len(column)
    return of_their_own and len(unknown) > _NAMED_AT_MOST


def columns_per_category(encoder: CategoryEncoder, given: Outline) -> Outline:
    """A column for each category, and for gaps and unknown ones that are one."""
    known, names = encoder.known(given), None
    if known is not None:
        policies = {"missing": encoder.missing, "unknown": encoder.unknown}
        own = (name for name, policy in policies.items() if policy == "category")
        names = (
            *(f"{given.column}={category}" for category in known),
            *(f"{given.column}:{name}" for name in own),
        )
    return replace(given, form="several", names=names, categories=None)


def with_columns_for_policies(
    encoder: CategoryEncoder, state: EncoderState, indices: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """The column of each category, gaps and unknown ones included; -1 or -2: of none.

    Returns:
        The columns, and how many there are.
    """
    width = len(texts_of(state, "vocabulary"))
    for policy, mark in ((encoder.missing, -1), (encoder.unknown, -2)):
        if policy == "category":
            indices[indices == mark] = width
            width += 1
    return indices, width


def rows_of_columns(encoder: CategoryEncoder, state: EncoderState) -> ColumnNumbers:
    """`(2 + categories, columns)`: a gap, what is unknown, and each category."""
    import numpy as np

    places = np.arange(-2, len(texts_of(state, "vocabulary")))
    places[:2] = -1, -2
    columns, width = with_columns_for_policies(encoder, state, places)
    rows = np.zeros((len(columns), width))
    known = np.flatnonzero(columns >= 0)
    rows[known, columns[known]] = 1
    return rows
