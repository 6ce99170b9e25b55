"""Cells of columns that cannot be encoded: where they are, and what to write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dlrun.components.encoders import (
    CUT,
    DROP,
    SMALLER,
    CellFault,
    CellsError,
    Chain,
    Cure,
    cured,
)
from dlrun.components.sources.cells import PASTE, without_others
from dlrun.components.words import flow, shown
from dlrun.data import Dataset
from dlrun.data.entries import rename_cure
from dlrun.errors import ConfigPath, DataError, Problem
from dlrun.experiment.columns import PATH, entry_path
from dlrun.experiment.data import DataSpec
from dlrun.rows.images import COLUMNS

_PLACES_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProblem(Problem):
    """Cells of one kind in a column, and what would cure all that is wrong with it."""

    chain: Chain
    """What becomes of the column."""
    cures: tuple[tuple[int, Cure], ...] = ()
    """Of the encoder at each place: of these cells, then of all others at fault in the
    column."""

    def plain(self, name: str, others: Sequence[tuple[int, Cure]] = ()) -> Problem:
        """The problem with its cure in words.

        Args:
            name: what the config calls the column.
            others: cures of other columns of that name.
        """
        cures = [*self.cures, *others]
        lines = cured(self.chain.encoders, cures) if self.cures else ""
        return Problem(
            self.path,
            self.message,
            hint=f"write {flow(name)}: {lines}" if lines else None,
            code=self.code,
            on_key=self.on_key,
            location=self.location,
        )


@contextmanager
def found_by(place: int) -> Iterator[None]:
    """Say of cells at fault which encoder of a column has found them.

    Raises:
        CellsError: with its place.
    """
    try:
        yield
    except CellsError as error:
        faults = [replace(fault, encoder=place) for fault in error.faults]
        raise CellsError(faults) from error


def told(
    chain: Chain, faults: Sequence[CellFault], rows: Dataset
) -> Iterator[CellProblem]:
    """What is wrong with the cells of a column, and where the first of them are.

    Whatever is written for one kind of cells holds what the others need, too: cures
    that are pasted one after the other do not undo each other.
    """
    column = chain.column
    faults = [_of_gaps_only(fault, rows) for fault in faults]
    cures = [(fault.encoder, fault.cure) for fault in faults if fault.cure is not None]
    for fault in faults:
        name, of_cross = column, ""
        if fault.column is not None:
            name, of_cross = fault.column, f", which {shown(column)} takes"
        first = [rows.place(int(row)) for row in fault.rows[:_PLACES_SHOWN]]
        rest = len(fault.rows) - len(first)
        places = ", ".join(first) + (f" and {rest} more" if rest else "")
        yield CellProblem(
            (COLUMNS, column),
            f"column {shown(name)} {fault.words}{of_cross}, at {places}",
            code=fault.code,
            location=rows.locate(int(fault.rows[0]), name),
            chain=chain,
            cures=() if fault.cure is None else ((fault.encoder, fault.cure), *cures),
        )


def _of_gaps_only(fault: CellFault, rows: Dataset) -> CellFault:
    """A column that is empty throughout has nothing that gaps could be filled with."""
    is_empty = fault.code == "gap" and fault.column is None
    is_empty = is_empty and len(fault.rows) == len(rows)
    return replace(fault, cure=DROP) if is_empty else fault


@contextmanager
def at_entries(data: DataSpec) -> Iterator[None]:
    """Say of problems with columns where the config has what becomes of them.

    Raises:
        DataError: with other paths, and one cure for all columns of an entry.
    """
    try:
        yield
    except DataError as error:
        raise DataError(*_at_entries(error.problems, data)) from error


def _at_entries(problems: Sequence[Problem], data: DataSpec) -> Iterator[Problem]:
    """Cures of columns that one pattern stands for are one cure of the pattern.

    What is for one column alone stands under its own name, which beats the pattern.
    """
    by_entry: dict[ConfigPath, list[tuple[int, Cure]]] = {}
    for problem in problems:
        if isinstance(problem, CellProblem) and not _is_for_one(problem):
            path = entry_path(data, problem.chain.column)
            by_entry.setdefault(path, []).extend(problem.cures)
    for problem in problems:
        if data.scale is not None and str(problem.hint).startswith(PASTE):
            yield replace(problem, hint=without_others(str(problem.hint)))
        elif problem.path[-2:-1] == (COLUMNS,) and data.encodes_columns:
            path = entry_path(data, str(problem.path[-1]))
            yield _at_entry(problem, path, by_entry.get(path, ()))
        else:
            yield problem


def _at_entry(
    problem: Problem, path: ConfigPath, others: Sequence[tuple[int, Cure]]
) -> Problem:
    """The problem with what to write for an entry, if one holds for the column.

    Args:
        problem: with a column.
        path: the way to the entry; `columns` itself: there is none.
        others: cures of all columns of the entry.
    """
    name = str(problem.path[-1])
    is_of_entry = len(path) > len(PATH) and not _is_for_one(problem)
    own = str(path[-1]) if is_of_entry else name
    if isinstance(problem, CellProblem):
        problem = problem.plain(own, others if is_of_entry else ())
    cure = rename_cure([own]) if own == name else None
    if cure is not None:
        problem = replace(problem, hint=cure)
    elif problem.hint is not None:
        hint = problem.hint.replace(f"write {flow(name)}:", f"write {flow(own)}:")
        problem = replace(problem, hint=hint)
    return replace(problem, path=path, on_key=True)


def _is_for_one(problem: Problem) -> bool:
    """Whether the cure is wrong for others: it replaces encoders, or leaves out."""
    cures = problem.cures if isinstance(problem, CellProblem) else ()
    return any(cure.whole or cure in (SMALLER, CUT) for _, cure in cures)


def without_config(problem: Problem) -> Problem:
    """The same for rows that stand in no config."""
    if not isinstance(problem, CellProblem):
        return problem
    return problem.plain(problem.chain.column)
