"""Problems that know a path get the file, line and column of that path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from dlrun.config.node import Node
from dlrun.config.source import ARGUMENT
from dlrun.errors import Location, Problem, ProblemsError, first_problems, format_path


def locate_problems(node: Node, problems: Iterable[Problem]) -> list[Problem]:
    """Give each problem its place in the config, unless it has one.

    Of more than can be shown, the first get a place.
    """
    return merge_alike(
        _dotted(node, replace(problem, location=_place(node, problem)))
        for problem in first_problems(problems)
    )


def merge_alike(problems: Iterable[Problem]) -> list[Problem]:
    """What stands once in the text and is used in several places is one problem."""
    found: dict[object, Problem] = {}
    for problem in problems:
        place = problem.location
        if place is None:
            found[len(found)] = problem
            continue
        key = (problem.code, problem.message, replace(place, notes=()))
        found[key] = _merged(found[key], problem) if key in found else problem
    return list(found.values())


def _place(node: Node, problem: Problem) -> Location | None:
    """Where a problem stands; of one in a table the config is a note."""
    known = problem.location
    if known is not None and not known.is_data:
        return known
    place = node.locate(problem.path, on_key=problem.on_key)
    if known is None or place is None:
        return known or place
    note = f"read by {place.file}:{place.line}:{place.column}"
    return replace(known, notes=(*known.notes, note))


def _dotted(node: Node, problem: Problem) -> Problem:
    """Say how a name with dots is written, where an argument has one without quotes.

    Of `data.columns.a.b` a person may mean the column `a.b`, which reads as the key `b`
    of the column `a`.
    """
    place, above, name = problem.location, problem.path[:-2], problem.path[-2:]
    if place is None or place.file != ARGUMENT or node.grammar.names_at(above) is None:
        return problem
    dotted = ".".join(map(str, name))
    is_of_two = len(name) > 1 and format_path((*above, *name)) in place.text
    if not is_of_two or problem.label or not problem.code.startswith("unknown-"):
        return problem
    meant = f"for the name {dotted} write {format_path((*above, dotted))}"
    return replace(problem, hint=f"{meant}; {problem.hint}" if problem.hint else meant)


def _merged(problem: Problem, again: Problem) -> Problem:
    """The same problem, which has been found in another place as well."""
    place = again.location
    assert problem.location is not None  # noqa: S101 - only such are merged
    assert place is not None  # noqa: S101
    known = problem.location.notes
    notes = (*known, *(note for note in place.notes if note not in known))
    more = problem.more + again.more
    return replace(problem, location=replace(place, notes=notes), more=more)


@contextmanager
def located(node: Node) -> Iterator[None]:
    """Give every problem that leaves the block its place in the config.

    Raises:
        ProblemsError: the same class as was raised inside.
    """
    try:
        yield
    except ProblemsError as error:
        raise type(error)(*locate_problems(node, error.problems)) from error
