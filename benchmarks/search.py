"""What searches find, and what they cost: `python benchmarks/search.py [--part PART]`.

Each part writes its section of SEARCH.md; by default all do.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import search_regret
import search_rival_report
import search_rivals
from measure import DLRUN, ROOT, measure
from sections import write_section

RESULTS = ROOT / "benchmarks/SEARCH.md"
HEAD = """# Searches

`make bench-search` writes this; what is not measured yet has no section.
"""
TRIALS = 1_000
CONFIG = """\
name: overhead
data:
  inline:
    features: [{features}]
    labels: [{labels}]
  split: {{validation: 0.25}}
model:
  layers:
    - Dense: {{units: 4, activation: relu}}
    - Dense: {{units: 2, activation: softmax}}
compile: {{optimizer: {{SGD: 0.1}}, loss: sparse_categorical_crossentropy}}
fit: {{epochs: 1, batch_size: 8}}
search:
  trials: {trials}
  method: {method}
  space:
    compile.optimizer.learning_rate: {{float: [0.0001, 1], log: true}}
    model.layers[0].units: {{int: [2, 9]}}
"""
TRAINED_ALONE = """
import sys
from pathlib import Path
from dlrun.config import load_config, located
from dlrun.experiment import parse_spec
from dlrun.runs import SearchFolder
from dlrun.studies.audience import Audience
from dlrun.studies.execute import execute
from dlrun.studies.plan import Member, Plan

members = []
for run in SearchFolder(Path("runs/overhead.search")).runs():
    node = load_config(run.path / "config.yaml")
    with located(node):
        members.append(Member(node, parse_spec(node)))
print(len(list(execute(Plan("overhead", members), Path("alone"), Audience()))))
"""

UNTRAINED = """
import sys
from pathlib import Path
from time import process_time
import dlrun.studies.search.work as work
import dlrun.studies.worker
from dlrun.runs import SearchFolder
from dlrun.studies.audience import Audience
from dlrun.studies.search.plan import SearchPlan
from dlrun.studies.search.end import End

def at_once(plan, trial, member, train):
    units = member.experiment.spec.values()["model"]["layers"][0]["Dense"]["units"]
    return End("finished", (units + trial.number / 1000,))

work.train_trial = at_once
plan = SearchPlan.read(Path("overhead.yaml"))
folder = SearchFolder.of(Path("runs"), plan.name)
folder.begin(plan.to_values())
marks = [process_time()]
marks += [process_time() for _ in work.SearchWorker(plan, folder, Audience()).work()]
first, last = marks[100] - marks[0], marks[-1] - marks[-101]
print((marks[-1] - marks[0]) / (len(marks) - 1), first / 100, last / 100)
"""


def regret() -> list[str]:
    """How near to the best settings."""
    return [(search_regret.__doc__ or "").split("\n\n", 1)[1], *search_regret.section()]


def making() -> list[str]:
    """What making a trial costs."""
    lines = [
        f"CPU milliseconds a trial of {TRIALS:,}. None trains: settings are drawn or",
        "suggested, the config is made and validated, the trial is claimed, and its",
        "lines are written.",
        "", "| method | all | the first 100 | the last 100 |", "|---|---|---|---|",
    ]  # fmt: skip
    for method in ("random", "tpe", "cmaes"):
        with tempfile.TemporaryDirectory() as directory:
            _write_config(Path(directory), method)
            told = measure([sys.executable, "-c", UNTRAINED], Path(directory)).output
        cells = [f"{1000 * float(seconds):.0f}" for seconds in told.split()[-3:]]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return lines


def overhead() -> list[str]:
    """What a search costs beside its training."""
    lines = [
        f"CPU seconds (user and system) of {TRIALS:,} trials of one epoch, of the same",
        "configs as members of a plan, as those of `study`, and what differs a trial:",
        "", "| method | search | the same configs | ms a trial |", "|---|---|---|---|",
    ]  # fmt: skip
    for method in ("random", "tpe"):
        searched, alone = _costs(method)
        each = 1000 * (searched - alone) / TRIALS
        lines.append(f"| {method} | {searched:.1f} | {alone:.1f} | {each:.0f} |")
    return lines


def _write_config(folder: Path, method: str) -> None:
    rows = [(index % 7, index % 5, index % 2) for index in range(32)]
    text = CONFIG.format(
        features=", ".join(f"[{a}, {b}]" for a, b, _ in rows),
        labels=", ".join(str(label) for *_, label in rows),
        trials=TRIALS,
        method=method,
    )
    (folder / "overhead.yaml").write_text(text)


def _costs(method: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        _write_config(folder, method)
        searched = measure([*DLRUN, "search", "overhead.yaml", "-q"], folder)
        alone = measure([sys.executable, "-c", TRAINED_ALONE], folder)
        trained = int(alone.output.split()[-1])
        if trained < TRIALS * 0.99:  # A few draws may come twice.
            message = f"only {trained} of {TRIALS} were trained"
            raise RuntimeError(message)
    return searched.cpu_seconds, alone.cpu_seconds


def rivals() -> list[str]:
    """Real work, beside KerasTuner and Ray Tune."""
    search_rivals.measure_missing()
    return search_rival_report.section(search_rivals.kept())


PARTS: dict[str, Callable[[], list[str]]] = {
    "regret": regret,
    "rivals": rivals,
    "making": making,
    "overhead": overhead,
}


def _title(part: Callable[[], list[str]]) -> str:
    return (part.__doc__ or "").rstrip(".")


def main() -> None:
    """Measure, and write the sections."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", choices=PARTS, action="append")
    for name in parser.parse_args().part or PARTS:
        lines = PARTS[name]()
        order = [_title(part) for part in PARTS.values()]
        write_section(RESULTS, HEAD, order, _title(PARTS[name]), lines)
        print(f"\n{_title(PARTS[name])}\n", *lines, sep="\n", flush=True)


if __name__ == "__main__":
    main()
