"""Which encoders hold for which column of a table, and what comes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dlrun.components.chain_text import chain_text
from dlrun.components.encoders import Chain, ColumnEncoder, Outline, types_of
from dlrun.components.words import choices, nearest, shown
from dlrun.data import INPUT, ColumnFacts, Facts
from dlrun.data.entries import entry_for, fits, longest_pattern
from dlrun.errors import ConfigPath, DataError, Problem
from dlrun.experiment.crossing import (
    crossed_columns,
    crossing_problems,
    crossings,
)
from dlrun.experiment.data import DataSpec
from dlrun.experiment.input_columns import PATH as INPUTS
from dlrun.experiment.input_columns import columns_by_input, input_problems
from dlrun.experiment.own_input import own_input_problems, spans_of_tokens
from dlrun.writing import did_you_mean

if TYPE_CHECKING:
    from dlrun.runs import PreparedColumn

PATH: ConfigPath = ("data", "columns")


def with_columns(data: DataSpec, facts: Facts) -> tuple[Facts, list[Problem]]:
    """What headers tell of the rows once their columns are encoded.

    Args:
        data: the section; it has `columns`.
        facts: what the headers of its source tell.

    Returns:
        The facts, with a shape that is not known where it takes long to read all
        categories; and what is wrong with the entries of `columns`.
    """
    try:
        chains = chains_of(data, facts)
    except DataError as error:
        return replace(facts, row_shapes=None), list(error.problems)
    asked = [chain for chain in chains if chain.outlines(None)[-1].row_shape is None]
    texts: Mapping[str, Sequence[str]] = {}
    if asked:
        source = data.source.reading_columns(types_of(chains))
        try:
            texts = source.find_categories([chain.column for chain in asked]) or {}
        except DataError as error:
            found = [
                replace(problem, path=("data", *problem.path))
                for problem in error.problems
            ]
            return replace(facts, row_shapes=None), found
    outlines = [chain.outlines(texts.get(chain.column))[-1] for chain in chains]
    inputs = columns_by_input(data, [chain.column for chain in chains])
    within = {name: frozenset(columns) for name, columns in inputs.items()}
    told = [
        _told(chain, outline, within)
        for chain, outline in zip(chains, outlines, strict=True)
    ]
    return replace(
        facts,
        row_shapes=_row_shapes(told, inputs),
        columns=tuple(told),
        unused_columns=_unused(data, facts, inputs),
        spans=spans_of_tokens(told),
    ), []


def _row_shapes(
    told: Sequence[ColumnFacts], inputs: Mapping[str, Sequence[str]]
) -> dict[str, tuple[int, ...]] | None:
    """The shape of a row of each input; `None`: the categories of a column tell."""
    known = {one.column: one.shape for one in told if one.shape is not None}
    if len(known) < len(told):
        return None
    own = {one.column for one in told if one.has_own_input}
    return {
        name: known[columns[0]]
        if columns[0] in own
        else (sum(known[column][0] for column in columns),)
        for name, columns in inputs.items()
    }


def _unused(
    data: DataSpec, facts: Facts, inputs: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """The columns that are in no input, though nothing drops them."""
    made = [column for columns in inputs.values() for column in columns]
    used = {name for column in made for name in (column, *_chain(data, column).reads)}
    return tuple(
        column
        for column in (*(facts.feature_names or ()), *crossings(data.columns or {}))
        if column not in used and not _chain(data, column).is_dropped
    )


def recorded_columns(
    data: DataSpec, prepared: Mapping[str, PreparedColumn]
) -> tuple[ColumnFacts, ...]:
    """What a run has made of the columns of its table.

    Args:
        data: the section of its config.
        prepared: what its `preprocessing.json` has.
    """
    inputs = columns_by_input(data, list(prepared))
    within = {name: frozenset(columns) for name, columns in inputs.items()}
    found = []
    for column, one in prepared.items():
        chain = _chain(data, column)
        outline = chain.outlines(None)[-1]
        known = replace(outline, names=one.names, beside=(), shape=one.row_shape)
        found.append(_told(chain, known, within))
    return tuple(found)


def _told(
    chain: Chain, outline: Outline, inputs: Mapping[str, Collection[str]]
) -> ColumnFacts:
    written = [encoder.model_dump(mode="json") for encoder in chain.encoders]
    within = tuple(name for name, those in inputs.items() if chain.column in those)
    return ColumnFacts(
        chain.column,
        chain.entry,
        chain_text(written),
        None if outline.has_own_input else outline.all_names,
        within,
        outline.row_shape,
        outline.form if outline.form in {"array", "tokens"} else "numbers",
        outline.num_tokens,
    )


def chains_of(data: DataSpec, facts: Facts) -> list[Chain]:
    """The encoders of every column that goes into the model, in the order of the table.

    Args:
        data: the section; it has `columns`.
        facts: what the headers of its source tell.

    Raises:
        DataError: with every entry that fits no column, and every encoder that cannot
            stand where it does.
    """
    entries, features = data.columns or {}, facts.feature_names or ()
    if not data.source.has_columns:
        raise DataError(_no_columns(data))
    named = [name for name in facts.roles if name in entries and name not in features]
    problems = [
        *_strangers(entries, features, facts.roles),
        *_ambiguous(entries, features),
    ]
    chains = [_chain(data, one) for one in (*features, *named, *crossings(entries))]
    images = {chain.column for chain in chains if chain.type == "images"}
    wrong = [
        *crossing_problems(PATH, entries, features, facts.roles, images),
        *_misfits(chains),
    ]
    problems += wrong
    crossed = crossed_columns(entries)
    drops = {entry for entry, one in _one_of_each(chains).items() if one.is_dropped}
    kept = [
        chain
        for chain in chains
        if chain.entry not in drops and (chain.entry or chain.column not in crossed)
    ]
    columns = [chain.column for chain in kept]
    left_out = {
        chain.column: "dropped" if chain.entry in drops else "only crossed"
        for chain in chains
        if chain.entry in drops or (not chain.entry and chain.column in crossed)
    }
    problems += input_problems(data, columns, left_out)
    if not wrong:
        problems += own_input_problems(data, kept)
    if not kept and not problems:
        message = "every column is dropped: there is none left for the model"
        problems.append(Problem(PATH, message, code="no-features", on_key=True))
    if problems:
        raise DataError(*problems)
    inputs = columns_by_input(data, columns)
    used = {column for within in inputs.values() for column in within}
    return [chain for chain in kept if chain.column in used]


def _no_columns(data: DataSpec) -> Problem:
    """Why a source cannot be encoded column by column."""
    message = f"`{data.source.key}` has no columns with names to encode"
    path, hint = PATH, "remove columns, or write the rows to a table"
    if data.columns is None:
        path = INPUTS
        hint = "name the inputs under the source, as in npz: {path: data.npz, "
        hint += "features: {photo: x1, numbers: x2}}"
    return Problem(path, message, hint=hint, code="no-columns", on_key=True)


def _chain(data: DataSpec, column: str) -> Chain:
    entries = data.columns or {}
    entry = entry_for(entries, column)
    if entry is not None:
        return Chain(column, entry, entries[entry])
    scale = data.scales([INPUT]).get(INPUT)
    stated: object = "number" if scale is None else {"scale": scale}
    return Chain(column, None, (ColumnEncoder.model_validate(stated),))


def _strangers(
    entries: Mapping[str, Sequence[ColumnEncoder]],
    features: Sequence[str],
    roles: Mapping[str, str],
) -> Iterator[Problem]:
    """Entries that stand for no column, or for one that is something else."""
    known = {*features, *crossings(entries)}
    for entry in entries:
        if entry in known:
            continue
        path = (*PATH, entry)
        if roles.get(entry) == "labels":
            message = f"the column {shown(entry)} is the label"
            hint = "remove it here: the model would only copy it"
            code = "label-as-feature"
        elif entry in roles:
            continue
        elif "*" in entry:
            if any(fits(entry, column) for column in features):
                continue
            message = f"the pattern {shown(entry)} fits no column"
            hint, code = f"the columns are {choices(features, most=20)}", "no-match"
        else:
            meant = nearest(entry, features)
            there = f"the columns are {choices(features, most=20)}"
            message, code = f"there is no column {shown(entry)}", "missing-column"
            hint = f"{did_you_mean([meant])} {there}".lstrip()
        yield Problem(path, message, hint=hint, code=code, on_key=True)


def _ambiguous(
    entries: Mapping[str, object], features: Sequence[str]
) -> Iterator[Problem]:
    """Columns that two patterns of one length fit."""
    told: set[str] = set()
    for column in features:
        best = longest_pattern(entries, column) if column not in entries else None
        if best is None:
            continue
        equal = [
            entry
            for entry in entries
            if len(entry) == len(best) and "*" in entry and fits(entry, column)
        ]
        if len(equal) > 1 and equal[1] not in told:
            told.add(equal[1])
            yield Problem(
                (*PATH, equal[1]),
                f"{shown(equal[0])} and {shown(equal[1])} both fit the column "
                f"{shown(column)}",
                hint=f"make one of them longer, or write an entry for {column}",
                code="two-patterns",
                on_key=True,
            )


def _one_of_each(chains: Iterable[Chain]) -> dict[str | None, Chain]:
    """The first column of each entry: all others have its encoders, too."""
    found: dict[str | None, Chain] = {}
    for chain in chains:
        found.setdefault(chain.entry, chain)
    return found


def _misfits(chains: Sequence[Chain]) -> Iterator[Problem]:
    for chain in _one_of_each(chains).values():
        misfit = chain.misfit()
        if misfit is None:
            continue
        yield Problem(
            (*PATH, str(chain.entry), misfit.index),
            misfit.message,
            hint=misfit.hint,
            code="encoder-misfit",
        )


def entry_path(data: DataSpec, column: str) -> ConfigPath:
    """Where a config says what becomes of a column; `columns` itself: nowhere."""
    entry = _chain(data, column).entry
    return PATH if entry is None else (*PATH, entry)
