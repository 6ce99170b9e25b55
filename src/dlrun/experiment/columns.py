"""Which encoders hold for which column of a table, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dlrun.components.chain_text import chain_text
from dlrun.components.encoders import Chain, ColumnEncoder, Outline
from dlrun.components.words import choices, nearest, shown
from dlrun.data import INPUT, ColumnFacts, Facts
from dlrun.errors import ConfigPath, DataError, Problem
from dlrun.experiment.data import DataSpec
from dlrun.runs import PreparedColumn
from dlrun.writing import did_you_mean

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
    asked = [chain for chain in chains if chain.outlines(None)[-1].all_names is None]
    texts: Mapping[str, Sequence[str]] = {}
    if asked:
        types = {chain.column: chain.type for chain in chains}
        source = data.source.reading_columns(types)
        try:
            texts = source.find_categories([chain.column for chain in asked]) or {}
        except DataError as error:
            found = [
                replace(problem, path=("data", *problem.path))
                for problem in error.problems
            ]
            return replace(facts, row_shapes=None), found
    outlines = [chain.outlines(texts.get(chain.column))[-1] for chain in chains]
    columns = tuple(map(_told, chains, outlines))
    names = [column.names for column in columns if column.names is not None]
    width = sum(map(len, names)) if len(names) == len(columns) else None
    shapes = None if width is None else {INPUT: (width,)}
    return replace(facts, row_shapes=shapes, columns=columns), []


def recorded_columns(
    data: DataSpec, prepared: Mapping[str, PreparedColumn]
) -> tuple[ColumnFacts, ...]:
    """What a run has made of the columns of its table.

    Args:
        data: the section of its config.
        prepared: what its `preprocessing.json` has.
    """
    return tuple(
        ColumnFacts(
            column, _chain(data, column).entry, chain_text(one.encoders), one.names
        )
        for column, one in prepared.items()
    )


def _told(chain: Chain, outline: Outline) -> ColumnFacts:
    written = [encoder.model_dump(mode="json") for encoder in chain.encoders]
    return ColumnFacts(
        chain.column, chain.entry, chain_text(written), outline.all_names
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
        message = f"`{data.source.key}` has no columns with names to encode"
        raise DataError(
            Problem(
                PATH,
                message,
                hint="remove columns, or write the rows to a table",
                code="no-columns",
                on_key=True,
            )
        )
    named = [name for name in facts.roles if name in entries and name not in features]
    problems = [
        *_strangers(entries, features, facts.roles),
        *_ambiguous(entries, features),
    ]
    chains = [_chain(data, column) for column in (*features, *named)]
    problems += _misfits(chains)
    kept = [chain for chain in chains if not chain.is_dropped]
    if not kept and not problems:
        message = "every column is dropped: there is none left for the model"
        problems.append(Problem(PATH, message, code="no-features", on_key=True))
    if problems:
        raise DataError(*problems)
    return kept


def _chain(data: DataSpec, column: str) -> Chain:
    entries = data.columns or {}
    entry = column if column in entries else _best(entries, column)
    if entry is not None:
        return Chain(column, entry, entries[entry])
    scale = data.scales([INPUT]).get(INPUT)
    stated: object = "number" if scale is None else {"scale": scale}
    return Chain(column, None, (ColumnEncoder.model_validate(stated),))


def _fits(entry: str, column: str) -> bool:
    parts = map(re.escape, entry.split("*"))
    return re.fullmatch(".*".join(parts), column, re.DOTALL) is not None


def _best(entries: Mapping[str, object], column: str) -> str | None:
    """The longest pattern that fits a column."""
    fitting = [entry for entry in entries if "*" in entry and _fits(entry, column)]
    return max(fitting, key=len, default=None)


def _strangers(
    entries: Mapping[str, object], features: Sequence[str], roles: Mapping[str, str]
) -> Iterator[Problem]:
    """Entries that stand for no column, or for one that is something else."""
    for entry in entries:
        if entry in features:
            continue
        path = (*PATH, entry)
        if roles.get(entry) == "labels":
            message = f"the column {shown(entry)} is the label"
            hint = "remove it here: the model would only copy it"
            code = "label-as-feature"
        elif entry in roles:
            continue
        elif "*" in entry:
            if any(_fits(entry, column) for column in features):
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
        best = _best(entries, column) if column not in entries else None
        equal = [
            entry
            for entry in entries
            if best is not None
            and len(entry) == len(best)
            and "*" in entry
            and _fits(entry, column)
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


def _misfits(chains: Sequence[Chain]) -> Iterator[Problem]:
    told: set[str | None] = set()
    for chain in chains:
        misfit = chain.misfit() if chain.entry not in told else None
        if misfit is None:
            continue
        told.add(chain.entry)
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
