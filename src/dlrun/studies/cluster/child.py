"""The process that trains on a node: `python -m dlrun.studies.cluster.child NUMBER`.

It is none of Ray's, so that it has neither Ray's threads nor its variables, and does
what a process of `--jobs` does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from dlrun.engines import assume_threads


@dataclass(frozen=True, slots=True)
class Call:
    """What a process shall do, and with how many threads it computes."""

    target: Callable[..., object]
    """Its first argument is the end of the pipe."""
    given: tuple[object, ...]
    threads: int
    """What `fit.threads: auto` stands for on the machine that asked."""
    arguments: tuple[str, ...] = ()
    """The command line there, which a run records."""


def main(number: int) -> None:
    """Do what the pipe with a number asks for.

    Args:
        number: Of the descriptor.
    """
    connection = Connection(number)
    call = connection.recv()
    assume_threads(call.threads)
    sys.argv[:] = call.arguments
    call.target(connection, *call.given)


if __name__ == "__main__":
    main(int(sys.argv[1]))
