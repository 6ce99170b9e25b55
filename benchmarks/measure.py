"""Run commands in fresh processes and measure them: wall, CPU, peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DLRUN = [sys.executable, "-m", "dlrun"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float
    output: str


def measure(command: Sequence[str], directory: Path) -> Cost:
    """Run a command to its end and measure it; a failing command is an error."""
    read, write = os.pipe()
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=directory, stdout=write, stderr=subprocess.DEVNULL
    )
    os.close(write)
    with os.fdopen(read) as stream:
        output = stream.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        message = f"{' '.join(command)} ended with {process.returncode}"
        raise RuntimeError(message)
    scale = 1 if sys.platform == "darwin" else 1024
    return Cost(
        time.perf_counter() - began,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss * scale / 1e6,
        output,
    )


def interleaved(
    commands: dict[str, Sequence[str]],
    directory: Path,
    repeats: int,
    *,
    warm: bool = True,
) -> dict[str, list[Cost]]:
    """Run each command in turn, `repeats` times, so that all meet the same noise.

    Args:
        commands: what to run, by its name.
        directory: where.
        repeats: how often each is measured.
        warm: run each once before, to fill the caches of the disk.
    """
    for command in commands.values() if warm else ():
        measure(command, directory)
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            costs[name].append(measure(command, directory))
    return costs


def median(costs: Sequence[Cost], field: str) -> float:
    """The median of one figure."""
    return statistics.median(getattr(cost, field) for cost in costs)
