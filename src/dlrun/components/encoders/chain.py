"""Encoders in a row: how a config writes them, and whether each takes what it gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import PlainValidator, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from dlrun.components.component import raise_errors, relocated
from dlrun.components.encoders.cure import Cure
from dlrun.components.encoders.encoder import ColumnEncoder
from dlrun.components.encoders.outline import OWN_INPUT, Outline
from dlrun.components.words import flow, invalid, shown
from dlrun.data import ColumnType, TypedColumn, TypedColumns
from dlrun.data.typed import as_texts

Encoders: TypeAlias = tuple[ColumnEncoder, ...]
"""What is done to a column, in this order."""
_PLAIN = "number"
"""The encoder that changes nothing."""
_EXAMPLE = "{island: one_hot, age: [{impute: median}, scale]}"


def _encoder_lists(value: object) -> dict[str, Encoders]:
    """The encoders of each name or pattern; every mistake is reported."""
    if not isinstance(value, Mapping) or not value:
        message = f"`columns` must name columns, found {shown(value)}"
        raise invalid("wrong-type", message, hint=f"write {_EXAMPLE}")
    lists: dict[str, Encoders] = {}
    errors: list[InitErrorDetails] = []
    for name, item in value.items():
        if not isinstance(name, str) or not name:
            message = f"expected the name of a column, found {shown(name)}"
            error = invalid("wrong-type", message, hint=f'write "{name}"', on_key=True)
            errors.append(InitErrorDetails(type=error, loc=(str(name),), input=name))
            continue
        found, mistakes = _encoders(name, item)
        lists[name], errors = found, errors + mistakes
    if errors:
        raise_errors("columns", errors)
    return lists


def _encoders(name: str, item: object) -> tuple[Encoders, list[InitErrorDetails]]:
    places: list[tuple[tuple[str | int, ...], object]] = [((name,), item)]
    if isinstance(item, list | tuple):
        places = [((name, index), one) for index, one in enumerate(item)]
    found: list[ColumnEncoder] = []
    errors: list[InitErrorDetails] = []
    for place, one in places:
        try:
            found.append(ColumnEncoder.model_validate(one))
        except ValidationError as error:
            errors += relocated(error, prefix=place)
        except PydanticCustomError as mistake:
            errors.append(InitErrorDetails(type=mistake, loc=place, input=one))
    if not places:
        empty = invalid(
            "wrong-type", "the list of encoders is empty", hint="write drop"
        )
        errors.append(InitErrorDetails(type=empty, loc=(name,), input=item))
    return tuple(found), errors


EncoderLists: TypeAlias = Annotated[
    Mapping[str, tuple[ColumnEncoder, ...]], PlainValidator(_encoder_lists)
]
"""What becomes of columns, by their names or by patterns."""


def types_of(chains: Iterable[Chain]) -> dict[str, ColumnType]:
    """The columns of a table that chains read, and what their cells are taken for.

    One that is combined with others is taken for what its own encoders take it for.
    """
    types: dict[str, ColumnType] = {}
    for chain in chains:
        if chain.reads == (chain.column,):
            types[chain.column] = chain.type
    for chain in chains:
        for name in chain.reads:
            types.setdefault(name, "texts")
    return types


def type_of(encoders: Sequence[ColumnEncoder]) -> ColumnType:
    """What the cells of a column are taken for: by the first encoder that minds."""
    taken = (encoder.takes for encoder in encoders)
    return next((one for one in taken if one is not None), "numbers")


@dataclass(frozen=True, slots=True)
class ChainMisfit:
    """Why an encoder cannot stand where it does."""

    index: int
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Chain:
    """What becomes of one column."""

    column: str
    entry: str | None
    """The name or pattern in `data.columns` that says so; `None`: nothing does."""
    encoders: Encoders

    @property
    def type(self) -> ColumnType:
        """What its cells are taken for."""
        return type_of(self.encoders)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the table that it takes."""
        return self.encoders[0].reads or (self.column,)

    def given(self, columns: TypedColumns) -> TypedColumn:
        """The column as its encoders take it; of several `(rows, columns)` texts.

        Args:
            columns: of any rows, at least those that it reads.
        """
        import numpy as np

        if self.reads == (self.column,):
            column = columns[self.column]
        else:
            texts = [as_texts(columns[name]) for name in self.reads]
            column = np.stack(texts, axis=1)
        last = self.encoders[-1]
        if column.dtype.kind != "O" or not last.runs_in_graph:
            return column
        cells = column.ravel().tolist()
        spelled = {text: last.spelled(text) for text in {*cells}}
        return np.array([spelled[text] for text in cells], dtype=object).reshape(
            column.shape
        )

    @property
    def is_dropped(self) -> bool:
        """Whether the column is left out."""
        return self.outlines(None)[-1].form == "nothing"

    def outlines(self, categories: Sequence[str] | None) -> list[Outline]:
        """The column before each encoder, and what comes of it.

        Args:
            categories: the texts of all rows, and "" for gaps; `None`: not read.
        """
        first = Outline(
            self.column,
            self.type,
            (self.column,),
            None if categories is None else tuple(categories),
        )
        found = [first]
        for encoder in self.encoders:
            found.append(encoder.outline(found[-1]))
        return found

    def misfit(self) -> ChainMisfit | None:
        """The first encoder that cannot take what it gets."""
        return self._beside_images() or self._misfit()

    def _beside_images(self) -> ChainMisfit | None:
        """The first encoder that stands beside one that reads images."""
        reads = [one for one in self.encoders if one.takes == "images"]
        others = [place for place, one in enumerate(self.encoders) if one not in reads]
        others += range(1, len(reads))
        if not reads or not others:
            return None
        words = f"`{reads[0].key}` reads the files that cells name, and stands alone"
        key = self.encoders[others[0]].key
        return ChainMisfit(others[0], words, f"remove {key}")

    def _misfit(self) -> ChainMisfit | None:
        outlines = self.outlines(None)
        forms = [outline.form for outline in outlines]
        for index, encoder in enumerate(self.encoders):
            is_left_out = forms[index + 1] == "nothing"
            if len(self.encoders) > 1 and (is_left_out or encoder.reads):
                does = "leaves the column out" if is_left_out else "combines columns"
                words = f"`{encoder.key}` {does}, so it stands alone"
                hint = f"remove it, or write {encoder.key} alone"
                return ChainMisfit(index, words, hint)
            if outlines[index + 1].has_own_input and outlines[index].beside:
                words = f"`{encoder.key}` gives an input of its own, beside which no"
                hint = "remove indicator above it"
                return ChainMisfit(index, f"{words} other column stands", hint)
            above = self.encoders[index - 1].key
            if forms[index] == "parts" and encoder.takes_parts:
                continue
            if forms[index] in {"several", "parts", *OWN_INPUT}:
                gives = "an input" if outlines[index].has_own_input else "the columns"
                words = f"`{encoder.key}` comes after `{above}`, which gives {gives}"
                hint = f"remove {encoder.key}, or put it before {above}"
                return ChainMisfit(index, f"{words} of the model", hint)
            if encoder.takes not in {None, forms[index]}:
                words = (
                    f"`{encoder.key}` takes {encoder.takes}, but gets {forms[index]}"
                )
                return ChainMisfit(index, words, f"remove {above}, or {encoder.key}")
        return None


def cured(encoders: Sequence[ColumnEncoder], cures: Iterable[tuple[int, Cure]]) -> str:
    """The encoders of a column with all cures at once, as YAML that can be pasted.

    Args:
        encoders: as they stand in the config.
        cures: of the encoder at each place; where two exclude each other, the first
            holds.
    """
    found = list(cures)
    whole = next((cure.whole for _, cure in found if cure.whole is not None), None)
    written: list[object] = []
    for place, encoder in enumerate(encoders):
        own = [cure for index, cure in found if index == place]
        before = [cure.before for cure in own if cure.before is not None]
        instead = next((one.instead for one in own if one.instead is not None), None)
        arguments: dict[str, object] = {}
        for cure in own:
            arguments = {**cure.arguments, **arguments}
        written += before[:1]
        written.append(
            encoder.with_arguments(arguments) if instead is None else instead
        )
    kept = [one for one in written if one != _PLAIN] or written
    text = flow(whole if whole is not None else kept if len(kept) > 1 else kept[0])
    return f"{text}{found[0][1].remark}" if found else text
