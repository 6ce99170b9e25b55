"""Problems that know a path get the file, line and column of that path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from dlrun.config.node import Node
from dlrun.errors import Problem, ProblemsError


def locate_problems(node: Node, problems: Iterable[Problem]) -> list[Problem]:
    """Give each problem its place in the config, unless it has one."""
    return [
        problem
        if problem.location is not None
        else replace(problem, location=node.locate(problem.path, on_key=problem.on_key))
        for problem in problems
    ]


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
