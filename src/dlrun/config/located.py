"""Problems that know a path get the file, line and column of that path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from dlrun.config.node import Node
from dlrun.errors import Location, Problem, ProblemsError, first_problems


def locate_problems(node: Node, problems: Iterable[Problem]) -> list[Problem]:
    """Give each problem its place in the config, unless it has one.

    Of more than can be shown, the first get a place.
    """
    return merge_alike(
        replace(problem, location=_place(node, problem))
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
