"""How a search is shown, and what is said when something stops it."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

import typer
from typing_extensions import override

from dlrun.cli.execution import TerminalAudience
from dlrun.cli.output import leave_stdout, remark
from dlrun.errors import RunError
from dlrun.interruption import Interrupted, last_words
from dlrun.progress import LiveBoard, Progress, make_lines_board

if TYPE_CHECKING:
    from dlrun.runs import SearchFolder
    from dlrun.studies.search.plan import SearchPlan
    from dlrun.studies.search.result import SearchResult

_GOES_ON = re.compile(r"\S+ goes on after epoch \d+ of \d+")
_LOOK_SECONDS = 1.0
"""The folder is looked at no more often."""


class SearchAudience(TerminalAudience):
    """Shows a search: a live table on a terminal, else a line for each trial."""

    def __init__(self, plan: SearchPlan, folder: SearchFolder, *, quiet: bool) -> None:
        """Get ready.

        Args:
            plan: Of the search.
            folder: Where it is kept.
            quiet: Show no progress.
        """
        super().__init__(1, quiet=quiet)
        self._plan = plan
        self._live: LiveBoard | None = None
        if not quiet:
            self._live = make_lines_board(_Lines(plan, folder).lines)
        self._board = self._live

    @override
    def progress(self, run: str) -> Progress:
        self.run = run
        return Progress()

    @override
    def tells(self, sentence: str) -> None:
        # That a trial goes on from a pause is to be seen below.
        if self._live is None or not _GOES_ON.fullmatch(sentence):
            super().tells(sentence)

    def trial_is_over(self, result: SearchResult, number: int) -> None:
        """Say what became of a trial; a live table leaves only news to be said."""
        from dlrun.report.search import trial_line

        one = result.trials[number - 1]
        has_failed = one.end is not None and not one.end.scores
        is_news = has_failed or one in result.front
        if self._live is None or is_news:
            self.tells(trial_line(self._plan, one, result.front))


class _Lines:
    """The lines of a live table; the folder is looked at once a second."""

    def __init__(self, plan: SearchPlan, folder: SearchFolder) -> None:
        from dlrun.studies.search.standing import SearchWatch

        self._watch = SearchWatch(folder, plan)
        self._outlook = self._watch.look()
        self._looked = monotonic()

    def lines(self, width: int, height: int) -> Sequence[str]:
        """What is to be seen now; when the folder cannot be read, what was before."""
        from dlrun.report.trials.standing import outlook_lines

        if monotonic() - self._looked >= _LOOK_SECONDS:
            with suppress(RunError):
                self._outlook = self._watch.look()
            self._looked = monotonic()
        return outlook_lines(self._outlook, _own_processes(), width, height)


def _own_processes() -> set[str]:
    """This process and those that it has started, as holders of locks call them."""
    from multiprocessing import active_children

    host = os.uname().nodename
    pids = [os.getpid(), *(child.pid for child in active_children())]
    return {f"process {pid} on {host}" for pid in pids}


@contextmanager
def stoppable_search(command: str, shown: TerminalAudience) -> Iterator[None]:
    """When something stops a search, say how to go on with it.

    Args:
        command: What a person types for that.
        shown: Shows the search, and ends with it.

    Raises:
        Exit: With the exit code of the signal, or of a closed stdout.
    """
    resume = f"resume: {command}"
    try:
        with last_words(resume):
            yield
    except KeyboardInterrupt as error:
        shown.end()
        remark(resume)
        code = error.exit_code if isinstance(error, Interrupted) else 128 + 2
        raise typer.Exit(code) from error
    except BrokenPipeError as error:
        shown.end()
        leave_stdout()
        raise typer.Exit(128 + signal.SIGPIPE) from error
    except Exception:
        shown.end()
        remark(resume)
        raise
    finally:
        shown.end()
