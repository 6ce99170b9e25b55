"""`--jobs 2` against `--jobs 1`: wall time, CPU time and peak memory, in turn.

Prints a table for eight seeds of `gender.yaml` and four of the CNN of the notes. Memory
is the largest sum over all processes of a command (their proportional set sizes, so
that shared pages count once), looked at ten times a second.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from measure import DLRUN, ROOT

PAUSE_SECONDS = 0.1
WORKLOADS = {
    "8 seeds of gender": ("gender.yaml", "8"),
    "4 seeds of the notes' CNN": ("cnn-valid.yaml", "4"),
}
SIDES = {
    "--jobs 1": ["--jobs", "1"],
    "--jobs 2": ["--jobs", "2"],
    "--jobs 2, fit.threads=1": ["--jobs", "2", "-s", "fit.threads=1"],
}


@dataclass(frozen=True, slots=True)
class JobsCost:
    """What a command and its processes took."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float


def measure_all(command: list[str], directory: Path) -> JobsCost:
    """Run a command; watch it and every process below it."""
    before = os.times()
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_memory, _family(process.pid))))
        time.sleep(PAUSE_SECONDS)
    wall, after = time.perf_counter() - began, os.times()
    if process.returncode != 0:
        message = f"{' '.join(command)} ended with {process.returncode}"
        raise RuntimeError(message)
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return JobsCost(wall, cpu, peak / 1000)


def _family(number: int) -> list[int]:
    """A process and all below it."""
    try:
        tasks = [*Path(f"/proc/{number}/task").iterdir()]
        below = [(task / "children").read_text().split() for task in tasks]
    except OSError:
        return []
    children = [int(child) for numbers in below for child in numbers]
    return [number, *(pid for child in children for pid in _family(child))]


def _memory(number: int) -> int:
    """The proportional set size of a process in kB; 0 if it has gone."""
    try:
        text = Path(f"/proc/{number}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if "Pss:" in line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="of each side")
    repeats = parser.parse_args().repeats
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load before {load:.1f}; medians of {repeats}\n")
    print("| workload | side | wall | CPU | peak memory |\n|---|---|---|---|---|")
    for name, (config, seeds) in WORKLOADS.items():
        costs: dict[str, list[JobsCost]] = {side: [] for side in SIDES}
        for _ in range(repeats):
            for side, jobs in SIDES.items():
                with tempfile.TemporaryDirectory() as directory:
                    given = ["-q", "--seeds", seeds, *jobs]
                    command = [*DLRUN, "train", str(ROOT / "configs" / config), *given]
                    costs[side].append(measure_all(command, Path(directory)))
        for side, found in costs.items():
            wall, cpu, memory = (
                statistics.median(getattr(cost, field) for cost in found)
                for field in ("wall_seconds", "cpu_seconds", "peak_megabytes")
            )
            print(
                f"| {name} | `{side}` | {wall:.1f} s | {cpu:.1f} s | {memory:.0f} MB |"
            )


if __name__ == "__main__":
    main()
