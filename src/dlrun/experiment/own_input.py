"""Columns that make an input of their own: arrays and tokens stand beside no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dlrun.components.by_name import is_model_name
from dlrun.components.encoders import Chain
from dlrun.components.words import choices, flow, shown
from dlrun.data import INPUT, ColumnFacts, Span
from dlrun.data.entries import fits
from dlrun.errors import Problem
from dlrun.experiment.data import DataSpec
from dlrun.experiment.input_columns import PATH, columns_by_input
from dlrun.writing.flow import paste

_NUMBERS = "numbers"
"""What a cure calls the input of columns that stand beside each other."""
_SHOWN = 5


def own_input_problems(data: DataSpec, chains: Sequence[Chain]) -> Iterator[Problem]:
    """Columns of a shape of their own that share an input, or for which none is named.

    Args:
        data: the section.
        chains: of the columns that are not dropped.
    """
    own = {chain.column: chain for chain in chains if _has_own_input(chain)}
    if not own:
        return
    columns = [chain.column for chain in chains]
    if data.inputs is None:
        chain = next(iter(own.values()))
        inputs = _divided({_NUMBERS: columns}, {}, chains)
        yield Problem(
            ("data", "columns", str(chain.entry)),
            f"{_gives(chain)}: it needs an input of its own",
            hint=paste("data", {"inputs": inputs}, _or_numbers(chain)),
            code="own-input",
            on_key=True,
        )
        return
    by_input = columns_by_input(data, columns)
    inputs = _divided(by_input, data.inputs, chains)
    for name, within in by_input.items():
        first = next((column for column in within if column in own), None)
        if first is None or len(within) == 1:
            continue
        others = [column for column in within if column != first]
        yield Problem(
            (*PATH, name),
            f"{_gives(own[first])}: it cannot stand beside "
            f"{choices(others, most=_SHOWN)} in one input",
            hint=paste("data", {"inputs": inputs}),
            code="own-input",
            on_key=True,
        )


def spans_of_tokens(columns: Sequence[ColumnFacts]) -> dict[str, Span]:
    """Which numbers an input of tokens may get, of whatever rows; where it is known."""
    return {
        name: Span(0, one.num_tokens - 1, are_whole=True)
        for one in columns
        if one.num_tokens is not None
        for name in one.inputs
    }


def _has_own_input(chain: Chain) -> bool:
    return chain.outlines(None)[-1].has_own_input


def _gives(chain: Chain) -> str:
    """What a column becomes, in words."""
    outline = chain.outlines(None)[-1]
    shape = "" if outline.shape is None else f" of the shape {list(outline.shape)}"
    gives = "tokens" if outline.form == "tokens" else "an array"
    return f"the column {shown(chain.column)} becomes {gives}{shape}"


def _or_numbers(chain: Chain) -> str:
    """The other way out: an encoder whose numbers stand beside those of others."""
    last = chain.encoders[-1].as_numbers
    if not last or chain.entry is None:
        return ""
    before = [one.short() for one in chain.encoders[:-1]]
    written = f"[{', '.join([*map(flow, before), last])}]" if before else last
    return f"; or under columns: {flow(chain.entry)}: {written}"


def _divided(
    inputs: Mapping[str, Sequence[str]],
    stated: Mapping[str, Sequence[str]],
    chains: Sequence[Chain],
) -> dict[str, list[str]]:
    """The inputs, of which each column of a shape of its own has one.

    Args:
        inputs: the columns of each.
        stated: the same as the config has them, which stay as they are where they may.
        chains: of all columns.
    """
    own = {chain.column for chain in chains if _has_own_input(chain)}
    divided: dict[str, list[str]] = {}
    alone: list[str] = []
    for name, columns in inputs.items():
        shapely = [column for column in columns if column in own]
        rest = [chain for chain in chains if chain.column in {*columns} - own]
        if not shapely or (len(columns) == 1 and name in stated):
            divided[name] = [*stated.get(name, columns)]
            continue
        alone += shapely
        if rest:
            free = _NUMBERS if name in shapely else name
            divided[_named(free, {*inputs, *divided} - {name})] = _briefly(rest, chains)
    for column in dict.fromkeys(alone):
        if not any(one == [column] for one in divided.values()):
            divided[_named(column, {*divided})] = [column]
    return divided


def _briefly(some: Sequence[Chain], chains: Sequence[Chain]) -> list[str]:
    """Columns, or a pattern of `columns` that stands for some of these alone."""
    names = {chain.column for chain in some}
    others = [chain.column for chain in chains if chain.column not in names]

    def written(chain: Chain) -> str:
        entry = chain.entry
        if entry is None or any(fits(entry, column) for column in others):
            return chain.column
        return entry

    return list(dict.fromkeys(map(written, some)))


def _named(column: str, taken: set[str]) -> str:
    """A name for the input of a column, which nothing else has."""
    bare = column.replace("/", "_").strip()
    bare = bare if is_model_name(bare) else _NUMBERS
    names = (bare, *(f"{bare}_{number}" for number in range(2, len(taken) + 4)))
    return next(
        name for name in names if name not in taken and name.casefold() != INPUT
    )
