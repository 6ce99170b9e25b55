"""How the training of a plan is shown, and how a run is told when it has ended."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer
from typing_extensions import override

from dlrun.cli.output import leave_stdout, needed, print_error, remark, warn
from dlrun.errors import Problem, ProblemsError, RunError, TrainingError
from dlrun.interruption import SIGNALS, Interrupted, last_words
from dlrun.progress import Board, Progress, make_board, make_display
from dlrun.studies.audience import Audience

if TYPE_CHECKING:
    from pathlib import Path

    from dlrun.diagnosis import Diagnosis
    from dlrun.runs import Metrics, RunFolder, Summary
    from dlrun.studies.plan import Plan
    from dlrun.studies.task import Ending


_NUMBER = re.compile(r"(?<![\w.])[0-9][0-9.,]*(?!\w)")


def _about(problem: Problem) -> str:
    """What a warning says, whatever its numbers are."""
    return repr(replace(problem, message=_NUMBER.sub("0", problem.message), hint=""))


class TerminalAudience(Audience):
    """Shows on stderr how a plan gets on."""

    def __init__(
        self, runs: int, jobs: int = 1, *, quiet: bool = False, verbose: bool = False
    ) -> None:
        """Get ready.

        Args:
            runs: How many runs the plan has.
            jobs: How many of them are trained at once.
            quiet: Show no progress.
            verbose: Show layers and every figure.
        """
        self.is_verbose = verbose
        self.run = ""
        """The name of the run that was begun last."""
        self._quiet = quiet
        self._board: Board | None = None
        self._warned: set[str] = set()
        if not quiet and min(jobs, runs) > 1:
            self._board = make_board(runs, verbose=verbose)
            self.detail = "the newest" if self._board.moves else "every epoch"

    def aside(self) -> AbstractContextManager[None]:
        """Make room for what is printed in the block."""
        return nullcontext() if self._board is None else self._board.aside()

    def one_is_over(self) -> None:
        """A run has ended, or was there already."""
        if self._board is not None:
            self._board.one_is_over()

    def end(self) -> None:
        """Nothing is trained any more."""
        if self._board is not None:
            self._board.end()

    @override
    def joins(
        self, over: int, members: int, others: Sequence[str], *, resumed: bool
    ) -> None:
        if others:
            how_far = _how_far(over, members)
            remark(f"works along with {', '.join(others)}: {how_far}")
        elif resumed:
            say_standing(over, members)
        self.begin()

    def begin(self) -> None:
        """Training begins."""
        if self._board is not None:
            self._board.begin()

    @override
    def warns(self, problems: Sequence[Problem]) -> None:
        """Each once: the rows of another fold are the same rows, divided otherwise."""
        new = [problem for problem in problems if _about(problem) not in self._warned]
        self._warned.update(map(_about, problems))
        if new:
            with self.aside():
                warn(new)

    @override
    def tells(self, sentence: str) -> None:
        if not self._quiet or sentence.startswith("warning"):
            with self.aside():
                remark(sentence)

    @override
    def progress(self, run: str) -> Progress:
        self.run = run
        if self._quiet:
            return Progress()
        if self._board is not None:
            return self._board.seat(run)
        return make_display(verbose=self.is_verbose)


class StudyAudience(TerminalAudience):
    """Shows a study: a line for each run; its progress only where it takes no lines."""

    def __init__(self, root: Path, runs: int, jobs: int, *, quiet: bool) -> None:
        super().__init__(runs, jobs, quiet=quiet)
        self._root = root
        if self._board is None or not self._board.moves:
            self._board, self.detail = None, "nothing"

    @override
    def joins(
        self, over: int, members: int, others: Sequence[str], *, resumed: bool
    ) -> None:
        if others:
            remark(f"works along with {', '.join(others)}")
        there = f"{over} of {members} runs are there already, in {self._root}"
        if resumed and not others:
            remark(f"goes on where it stopped: {there}")
        elif over:
            self.tells(there)
        self.begin()

    @override
    def begins(self, label: str, number: int, members: int) -> None:
        self.tells(f"{number} of {members}: {label}")

    @override
    def progress(self, run: str) -> Progress:
        return Progress() if self._board is None else self._board.seat(run)


def say_standing(over: int, members: int) -> None:
    """Say how far a plan is that was begun and is not finished."""
    how_far = _how_far(over, members)
    remark(f"goes on where it stopped: {how_far} (--again trains all anew)")


def _how_far(over: int, members: int) -> str:
    return f"{over} of {members} runs {'is' if over == 1 else 'are'} over"


@contextmanager
def stoppable(plan: Plan, shown: TerminalAudience, root: Path) -> Iterator[None]:
    """When something stops the training of a plan, say how to go on with it.

    Args:
        plan: What is trained.
        shown: Shows how it gets on.
        root: Where the runs go.

    Raises:
        Exit: With the exit code of the signal, or of a closed stdout.
    """
    resume = f"resume: {plan.command}"
    has_members = len(plan.members) > 1
    try:
        with last_words(resume) if has_members else nullcontext():
            yield
    except KeyboardInterrupt as error:
        _tell_stop(error, shown, resume if has_members else "")
    except RunError:  # The plan is refused, or the only run.
        raise
    except Exception as error:
        shown.end()
        if has_members and plan.folder(root).exists:
            remark(resume)
            if isinstance(error, BrokenPipeError):
                leave_stdout()
                raise typer.Exit(128 + signal.SIGPIPE) from error
        raise
    finally:
        shown.end()


def _tell_stop(error: KeyboardInterrupt, shown: TerminalAudience, resume: str) -> None:
    """Say how to go on after a signal, while others wait.

    Raises:
        Exit: With the exit code of the signal.
    """
    with _undisturbed():
        shown.end()
        if resume:
            remark(resume)
        elif not isinstance(error, Interrupted):
            raise error
        code = error.exit_code if isinstance(error, Interrupted) else 128 + 2
        raise typer.Exit(code) from error


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let signals wait while the last lines are printed."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def tell_ending(ending: Ending, shown: TerminalAudience, *, alone: bool) -> int:
    """Say what is to be said of a member that has no results.

    Args:
        ending: What became of it.
        shown: Makes room for it.
        alone: Whether it is the only run of its command, and raises its error.

    Returns:
        Its exit code; 0: it did not fail.
    """
    with shown.aside():
        if ending.state == "elsewhere":
            run = ending.member.label if ending.folder is None else ending.folder.name
            remark(f"{run} is trained by {ending.holder}")
        elif ending.folder is not None and not isinstance(ending.error, RunError):
            say_where(ending.folder, in_plan=not alone)
        if ending.error is None:
            return 1 if ending.state == "kept" else 0
        if alone:
            raise ending.error
        print_error(ending.error)
        return ending.error.exit_code


@contextmanager
def told_where(folder: RunFolder) -> Iterator[None]:
    """When a run does not end well, say where to find what it left.

    Raises:
        Exit: With its exit code, if a signal has stopped the run.
    """
    try:
        yield
    except BaseException as error:
        is_refused = isinstance(error, RunError | ProblemsError)
        if is_refused and not isinstance(error, TrainingError):
            raise  # Nothing has been started or changed.
        say_where(folder)
        if isinstance(error, Interrupted):
            raise typer.Exit(error.exit_code) from error
        raise


def say_where(folder: RunFolder, *, in_plan: bool = False) -> None:
    """Say what a run has left that did not end well, and how to go on with it.

    Args:
        folder: The run.
        in_plan: Whether the command that trained it goes on with it.
    """
    from dlrun.runs import RoundFolder, training_folder, training_seconds
    from dlrun.writing import duration

    newest = training_folder(folder)
    epochs = len(newest.history().get("epoch", []))
    state = folder.status().state
    words = f"its history holds {epochs} epoch{'' if epochs == 1 else 's'}"
    words += f", {duration(training_seconds(folder))} of training" if epochs else ""
    if isinstance(newest, RoundFolder):
        words = f"{words} of round {newest.number}"
    remark(f"{folder.path}: {state}; {words}")
    if state == "diverged":
        _say_how_to_avoid_it(folder)
    elif state != "finished" and not in_plan:
        from dlrun.runs import can_go_on

        if can_go_on(folder):
            remark(f"resume: {needed('resume', folder.path)}")


def _say_how_to_avoid_it(folder: RunFolder) -> None:
    from dlrun.runs import training_folder

    kept = training_folder(folder).find_checkpoint().checkpoint
    if kept is not None:
        remark(f"the checkpoint of epoch {kept.epoch} is kept; its weights are finite")
    again = needed("train", folder.path / "config.yaml")
    remark(f"next: {again} -s compile.optimizer.learning_rate=...")


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """What became of a run that has ended as planned."""

    folder: RunFolder
    summary: Summary
    metrics: Metrics
    diagnosis: Diagnosis | None
    """None: the run was not judged."""

    @property
    def evidence(self) -> str:
        """The verdict in a sentence; empty: there is none."""
        if self.diagnosis is None:
            return ""
        findings = self.diagnosis.findings
        return findings[0].sentence if findings else self.diagnosis.meaning

    @property
    def note(self) -> str:
        """Why it cannot have learned; empty: it has, or could have."""
        from dlrun.diagnosis import scarcity

        facts, metrics = self.summary.facts, self.metrics
        return scarcity(facts, metrics.epochs, metrics.best.get("train_loss"))

    def to_values(self) -> dict[str, object]:
        """Plain values, as `--json` prints them."""
        from dlrun.runs import label_scales_of

        values: dict[str, object] = {
            "run": self.folder.name,
            "path": str(self.folder.path),
            "parameters": self.summary.parameters,
            **replace(self.metrics, test_looks=0).to_json(),
        }
        if (scales := label_scales_of(self.folder.config(), "loss")) is not None:
            values["scale_labels"] = scales
        if self.diagnosis is not None:
            values["verdict"] = self.diagnosis.verdict
            values["evidence"] = self.evidence
        return values | ({"note": self.note} if self.note else {})

    def _baselines(self) -> list[str]:
        """What those reach who predict without a model, where rows are a series."""
        from dlrun.report.baselines import baselines_text

        config, rows = self.folder.config(), self.summary.num_validation
        return baselines_text(config, self.metrics.baselines, rows)

    def to_text(self) -> str:
        """The best epoch, the verdict, and where everything is."""
        from dlrun.report.rounds import rounds_text
        from dlrun.writing import duration

        metrics = self.metrics
        epoch = f"best epoch {metrics.best_epoch} of {metrics.epochs}"
        figures = _best_figures(metrics, self.folder.config())
        lines = [f"{self.folder.name}: {epoch}: {figures}"]
        if metrics.stopped is not None:
            lines.append(f"  stopped: {metrics.stopped}")
        lines += [f"  {line}" for line in self._baselines()]
        if self.diagnosis is not None:
            lines.append(f"  {self.diagnosis.verdict}: {self.evidence}")
        lines += [f"  {self.note}"] if self.note else []
        lines += [f"  {line}" for line in rounds_text(metrics.rounds)]
        size = f"{self.summary.parameters or 0:,} parameters"
        trained = f"trained for {duration(metrics.seconds or 0)}"
        return "\n".join([*lines, f"  {size}, {trained}, in {self.folder.path}"])


def _best_figures(metrics: Metrics, config: Mapping[str, object]) -> str:
    """The monitor at the best epoch, then what was measured on the same rows."""
    from dlrun.runs import in_unit
    from dlrun.writing import number

    best, monitor = metrics.best, metrics.monitor or ""
    prefix = "val_" if monitor.startswith("val_") else "train_"
    others = (name for name in best if name.startswith(prefix) and name != monitor)
    names = (monitor, *others)
    return ", ".join(in_unit(config, name, number(best[name])) for name in names)


def read_finished(folder: RunFolder) -> FinishedRun:
    """Read what became of a finished run.

    Raises:
        RunError: A file is missing or damaged.
    """
    from dlrun.diagnosis import Diagnosis

    diagnosis: Diagnosis | None = None
    with suppress(RunError):
        diagnosis = Diagnosis.from_record(folder.diagnosis())
    return FinishedRun(folder, folder.summary(), folder.metrics(), diagnosis)
