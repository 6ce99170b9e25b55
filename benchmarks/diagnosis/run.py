"""Train the cases of a part, diagnose each run, and write DIAGNOSIS.md.

    python benchmarks/diagnosis/run.py --part held_out --advice
    python benchmarks/diagnosis/run.py --part held_out --advice --limit 300
    python benchmarks/diagnosis/run.py --part development --only overfit_few_digits

Runs that are there already are not trained again, nor is advice tried again. With
`--limit`, no training begins after so many seconds; the same command goes on, and
writes its report once everything is there. What rules may see of the held-out runs is
kept in `everyday/`, so that `everyday.py --part injected` asks rules without training.
The causes and the verdicts that are right about them were written before any rule was
adjusted; rules are adjusted on the development part alone.
"""

from __future__ import annotations

import argparse
import math
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import development
import held_out
import injected
from cases import Cause, Part, write_configs
from data import write_data
from outcome import (
    Outcome,
    load_outcomes,
    outcome_of,
    outcome_of_trial,
    write_outcomes,
)
from report import write_report

from dlrun.errors import DlrunError
from dlrun.progress import Progress
from dlrun.runs import RunFolder

if TYPE_CHECKING:
    from dlrun.changes import Advice

PARTS = {part.name: part for part in (development.PART, held_out.PART)}
_ENDS = {"finished", "diverged"}


def train_case(config: Path, root: Path, overrides: Sequence[str]) -> RunFolder:
    """Train a config into `root`, as `dlrun train` does; it may diverge."""
    from dlrun.config import load_config, located
    from dlrun.engines import KerasDoor
    from dlrun.experiment import parse_spec
    from dlrun.rows import read_rows
    from dlrun.training import start_run, train

    node = load_config(config, overrides)
    with located(node):
        experiment, parts = read_rows(parse_spec(node), KerasDoor())
    folder = start_run(node, experiment, root)
    try:
        train(experiment, parts, folder, Progress())
    except DlrunError:
        if folder.status().state != "diverged":
            raise
    return folder


def trained(cause: Cause, seed: int, files: dict[str, Path], root: Path) -> RunFolder:
    """The run of a case, trained now if it is not there."""
    where = root / f"seed-{seed}"
    folder = RunFolder(where / f"{cause.name}-001")
    if folder.exists and folder.status().state in _ENDS:
        return folder
    shutil.rmtree(folder.path, ignore_errors=True)
    began = time.perf_counter()
    folder = train_case(files[cause.name], where, [f"seed={seed}"])
    seconds = time.perf_counter() - began
    print(f"{cause.name} seed {seed}: trained in {seconds:.1f} s", flush=True)
    return folder


class TimeIsUpError(Exception):
    """Nothing more is trained by this command."""


class Clock:
    """Says how long trainings may still begin."""

    def __init__(self, seconds: float) -> None:
        self._end = time.perf_counter() + seconds

    def require_time(self) -> None:
        """Ask before each training.

        Raises:
            TimeIsUpError: There is none left.
        """
        if time.perf_counter() > self._end:
            raise TimeIsUpError


def runs_of(
    part: Part, runs: Path, only: str, clock: Clock
) -> Iterator[tuple[Cause, int, RunFolder]]:
    """Every case with its run."""
    write_data(runs / "data")
    files = write_configs((*part.causes, *part.healthy), runs / "configs")
    for cause, seed in part.cases:
        if only in {"", cause.name}:
            clock.require_time()
            yield cause, seed, trained(cause, seed, files, runs / part.name)


def advised(
    part: Part, runs: Path, outcomes: Sequence[Outcome], clock: Clock
) -> list[Outcome]:
    """Try the first advice on each faulty run that has one, as `advise --run` does."""
    from dlrun.studies.attempt import try_advice
    from dlrun.studies.audience import Audience

    causes = {cause.name: cause for cause in part.causes}
    tries, file = runs / part.name / "advised", runs / f"{part.name}-advised.json"
    there = {(one.cause, one.seed, one.change): one for one in load_outcomes(file)}
    found: list[Outcome] = []
    for outcome in outcomes:
        cause, where = causes.get(outcome.cause), f"seed-{outcome.seed}"
        if cause is None:
            continue
        before = RunFolder(runs / part.name / where / f"{outcome.cause}-001")
        for advice in first_advice(outcome, before):
            key = (outcome.cause, outcome.seed, advice.category)
            if key not in there:
                clock.require_time()
                shutil.rmtree(tries / where / outcome.cause, ignore_errors=True)
                root = tries / where / outcome.cause
                try:
                    tried = try_advice(before, advice, root, Audience())
                except DlrunError as error:  # It counts as not cleared.
                    print(f"{outcome.line}: {advice.category}: {error}", flush=True)
                    continue
                there[key] = outcome_of_trial(cause, outcome.seed, tried)
                write_outcomes(file, list(there.values()))
                print(f"{outcome.line}: {told(there[key])}", flush=True)
            found.append(there[key])
    return found


def first_advice(outcome: Outcome, run: RunFolder) -> Sequence[Advice]:
    """The first advice for a run, if there is any."""
    from dlrun.changes import advise
    from dlrun.diagnosis import Diagnosis

    diagnosis = Diagnosis.from_record(outcome.diagnosis)
    return advise(diagnosis, run.config(), run.summary().facts)[:1]


def told(after: Outcome) -> str:
    """What became of a run after its first advice, for the terminal."""
    words = "cleared" if after.cleared and after.kept else "not cleared"
    return f"{after.change}: {after.given}, {words}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--only", default="", help="the name of one cause")
    parser.add_argument("--runs", type=Path, help="where runs are kept")
    parser.add_argument("--advice", action="store_true", help="also apply first advice")
    parser.add_argument("--train-only", action="store_true", help="diagnose nothing")
    parser.add_argument(
        "--limit", type=float, default=math.inf, help="seconds to begin trainings in"
    )
    arguments = parser.parse_args()
    runs = arguments.runs or Path(tempfile.gettempdir()) / "dlrun-diagnosis"
    try:
        study(arguments, runs, PARTS[arguments.part], Clock(arguments.limit))
    except TimeIsUpError:
        print("the same command goes on")


def study(arguments: argparse.Namespace, runs: Path, part: Part, clock: Clock) -> None:
    """Do what was asked for.

    Raises:
        TimeIsUpError: It is not done.
    """
    began = time.perf_counter()
    made = list(runs_of(part, runs, arguments.only, clock))
    print(f"{len(made)} runs in {time.perf_counter() - began:.0f} s", flush=True)
    if arguments.train_only:
        return
    outcomes = [outcome_of(*case) for case in made]
    if arguments.only:
        for outcome in outcomes:
            print(outcome.line)
        return
    write_outcomes(runs / f"{part.name}.json", outcomes)
    if part is held_out.PART:
        injected.keep(part, made, runs)
    found = {
        name: load_outcomes(runs / f"{name}.json")
        for name in (*PARTS, *(f"{name}-advised" for name in PARTS))
    }
    if arguments.advice:
        found[f"{part.name}-advised"] = advised(part, runs, outcomes, clock)
    print(write_report(PARTS, found))


if __name__ == "__main__":
    main()
