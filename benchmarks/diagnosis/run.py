"""Train the cases of a part, diagnose each run, and write DIAGNOSIS.md.

    python benchmarks/diagnosis/run.py --part held_out
    python benchmarks/diagnosis/run.py --part development --only overfit_few_digits

Runs that are there already are not trained again. The causes and the verdicts that are
right about them were written before any rule was adjusted; rules are adjusted on the
development part alone.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import development
import held_out
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

PARTS = {part.name: part for part in (development.PART, held_out.PART)}
_ENDS = {"finished", "diverged"}


def train_case(config: Path, root: Path, overrides: Sequence[str]) -> RunFolder:
    """Train a config into `root`, as `dlrun train` does; it may diverge."""
    from dlrun.config import load_config, located
    from dlrun.engines import decode_image
    from dlrun.experiment import parse_spec
    from dlrun.rows import read_rows
    from dlrun.training import start_run, train

    node = load_config(config, overrides)
    with located(node):
        experiment, parts = read_rows(parse_spec(node), decode_image)
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


def runs_of(
    part: Part, runs: Path, only: str
) -> Iterator[tuple[Cause, int, RunFolder]]:
    """Every case with its run."""
    write_data(runs / "data")
    files = write_configs((*part.causes, *part.healthy), runs / "configs")
    for cause, seed in part.cases:
        if only in {"", cause.name}:
            yield cause, seed, trained(cause, seed, files, runs / part.name)


def advised(part: Part, runs: Path, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Try the first advice on each faulty run that has one, as `advise --run` does."""
    from dlrun.changes import advise
    from dlrun.diagnosis import Diagnosis
    from dlrun.studies.attempt import try_advice
    from dlrun.studies.audience import Audience

    causes = {cause.name: cause for cause in part.causes}
    tries = runs / part.name / "advised"
    shutil.rmtree(tries, ignore_errors=True)
    found = []
    for outcome in outcomes:
        cause, where = causes.get(outcome.cause), f"seed-{outcome.seed}"
        if cause is None:
            continue
        before = RunFolder(runs / part.name / where / f"{outcome.cause}-001")
        diagnosis = Diagnosis.from_record(outcome.diagnosis)
        advices = advise(diagnosis, before.config(), before.summary().facts)
        for advice in advices[:1]:
            try:
                tried = try_advice(before, advice, tries / where, Audience())
            except DlrunError as error:  # It counts as not cleared.
                print(f"{outcome.line}: {advice.category}: {error}", flush=True)
                continue
            found.append(outcome_of_trial(cause, outcome.seed, tried))
            words = "cleared" if tried.cleared and tried.kept_metric else "not cleared"
            change = " ".join(advice.change.patch)
            print(f"{outcome.line}: {change}: {found[-1].given}, {words}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--only", default="", help="the name of one cause")
    parser.add_argument("--runs", type=Path, help="where runs are kept")
    parser.add_argument("--advice", action="store_true", help="also apply first advice")
    parser.add_argument("--train-only", action="store_true", help="diagnose nothing")
    arguments = parser.parse_args()
    runs = arguments.runs or Path(tempfile.gettempdir()) / "dlrun-diagnosis"
    part = PARTS[arguments.part]
    began = time.perf_counter()
    made = list(runs_of(part, runs, arguments.only))
    print(f"{len(made)} runs in {time.perf_counter() - began:.0f} s", flush=True)
    if arguments.train_only:
        return
    outcomes = [outcome_of(*case) for case in made]
    if arguments.only:
        for outcome in outcomes:
            print(outcome.line)
        return
    write_outcomes(runs / f"{part.name}.json", outcomes)
    if arguments.advice:
        after = advised(part, runs, outcomes)
        write_outcomes(runs / f"{part.name}-advised.json", after)
    found = {
        name: load_outcomes(runs / f"{name}.json")
        for name in (*PARTS, *(f"{name}-advised" for name in PARTS))
    }
    print(write_report(PARTS, found))


if __name__ == "__main__":
    main()
