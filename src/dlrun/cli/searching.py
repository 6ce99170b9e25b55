"""How a search is shown, and what is said when something stops it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from typing_extensions import override

from dlrun.cli.execution import TerminalAudience
from dlrun.cli.output import leave_stdout, remark
from dlrun.interruption import Interrupted, last_words
from dlrun.progress import Progress


class SearchAudience(TerminalAudience):
    """Shows a search: a line for each trial; a run only where it takes no lines."""

    def __init__(self, *, quiet: bool) -> None:
        super().__init__(1, quiet=quiet)

    @override
    def progress(self, run: str) -> Progress:
        moves = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        return super().progress(run) if moves else Progress()


@contextmanager
def stoppable_search(command: str) -> Iterator[None]:
    """When something stops a search, say how to go on with it.

    Args:
        command: What a person types for that.

    Raises:
        Exit: With the exit code of the signal, or of a closed stdout.
    """
    resume = f"resume: {command}"
    try:
        with last_words(resume):
            yield
    except KeyboardInterrupt as error:
        remark(resume)
        code = error.exit_code if isinstance(error, Interrupted) else 128 + 2
        raise typer.Exit(code) from error
    except BrokenPipeError as error:
        leave_stdout()
        raise typer.Exit(128 + signal.SIGPIPE) from error
    except Exception:
        remark(resume)
        raise
