"""Every figure that dlrun promises, measured here and now: `make bench`.

Both sides of a comparison run in turn, each in a process of its own; figures are
medians. The result is printed and written to `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from many_runs import write_runs
from measure import DLRUN, ROOT, Cost, interleaved, median
from steps import WORKLOADS, config_of

REPEATS = 7
HEAVY_REPEATS = 5
GENDER = "configs/gender.yaml"
STEP_REPEATS = 3
STEP_GOALS = {
    "mlp": ("40x", "0.35"),
    "large": ("3.5x", "1"),
    "lstm": ("5x", "1"),
    "digits": ("2.2x", "1"),
    "notes": ("1.15x", "1"),
}
"""Steps per second and wall, against plain `Model.fit`."""
HERE = Path(__file__).resolve().parent


def light() -> list[tuple[str, str, str]]:
    """CPU seconds of what must be instant."""
    commands = {
        "`dlrun --help`": [*DLRUN, "--help"],
        "`dlrun validate configs/gender.yaml`": [*DLRUN, "validate", GENDER],
        "`dlrun summary` of two CNNs": [
            *DLRUN, "summary", "configs/cnn-valid.yaml", "configs/cnn-same.yaml",
        ],
    }  # fmt: skip
    goals = ("0.12 s", "0.35 s", "0.40 s")
    costs = interleaved(commands, ROOT, REPEATS)
    return [
        (f"{name}, CPU", cpu(costs[name]), goal)
        for name, goal in zip(commands, goals, strict=True)
    ]


def cpu(costs: list[Cost]) -> str:
    best = min(cost.cpu_seconds for cost in costs)
    return f"{median(costs, 'cpu_seconds'):.3f} s (least {best:.3f})"


def compare() -> list[tuple[str, str, str]]:
    """A thousand runs of fifty epochs."""
    with tempfile.TemporaryDirectory() as directory:
        write_runs(Path(directory), 1000, 50)
        command = {"compare": [*DLRUN, "compare", directory]}
        costs = interleaved(command, ROOT, HEAVY_REPEATS)["compare"]
    name = "`dlrun compare` of 1,000 runs x 50 epochs"
    return [
        (f"{name}, wall", f"{median(costs, 'wall_seconds'):.2f} s", "1 s"),
        (f"{name}, peak memory", f"{median(costs, 'peak_megabytes'):.0f} MB", "60 MB"),
    ]


def gender() -> list[tuple[str, str, str]]:
    """The whole process against the same model as a plain Keras script."""
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        shutil.copy(ROOT / "configs" / "gender.yaml", work)
        commands = {
            "dlrun": [*DLRUN, "train", "gender.yaml"],
            "plain": [sys.executable, str(HERE / "plain_gender.py")],
        }
        costs = interleaved(commands, work, HEAVY_REPEATS)
    rows = []
    for field, words in (("wall_seconds", "wall"), ("cpu_seconds", "CPU")):
        ours, theirs = median(costs["dlrun"], field), median(costs["plain"], field)
        figure = f"{ours:.2f} s / {theirs:.2f} s = {ours / theirs:.2f}"
        rows.append((f"`dlrun train {GENDER}` / plain script, {words}", figure, "0.90"))
    return rows


def steps() -> list[tuple[str, str, str]]:
    """Five models against `Model.fit`, plain and with its best settings."""
    rows = []
    for name, work in WORKLOADS.items():
        commands = {
            side: [sys.executable, str(HERE / "steps.py"), name, side]
            for side in ("dlrun", "fit", "best")
        }
        costs = interleaved(commands, ROOT, STEP_REPEATS, warm=False)
        speeds = {
            side: statistics.median(json.loads(cost.output) for cost in found)
            for side, found in costs.items()
        }
        wall, memory = (
            {side: median(found, figure) for side, found in costs.items()}
            for figure in ("wall_seconds", "peak_megabytes")
        )
        goals = STEP_GOALS[name]
        figures = (
            ("steps/s", ratios(speeds, ",.0f"), goals[0]),
            ("whole process, 20 epochs, s", ratios(wall, ".2f"), goals[1]),
            ("peak memory, MB", ratios(memory, ".0f"), "1.15"),
        )
        rows += [(f"{work.words}: {what}", *rest) for what, *rest in figures]
    return rows


def seeds() -> list[tuple[str, str, str]]:
    """Ten seeds in one process against one."""
    with tempfile.TemporaryDirectory() as directory:
        config = config_of(WORKLOADS["mlp"], Path(directory))
        file = Path(directory) / "mlp.yaml"
        file.write_text(json.dumps(config), encoding="utf-8")
        commands = {
            number: [*DLRUN, "train", "-q", "--seeds", number, str(file)]
            for number in ("10", "1")
        }
        costs = interleaved(commands, Path(directory), STEP_REPEATS, warm=False)
    ten, one = (median(costs[number], "wall_seconds") for number in commands)
    figure = f"{ten:.2f} s / {one:.2f} s = {ten / one:.2f}"
    return [("`dlrun train --seeds 10` of the MLP / one seed, wall", figure, "2.50")]


def ratios(figures: dict[str, float], form: str) -> str:
    """The three sides, and how dlrun stands to the others."""
    ours = figures["dlrun"]
    sides = " / ".join(format(figures[side], form) for side in ("dlrun", "fit", "best"))
    return f"{sides} = {ours / figures['fit']:.2f}, {ours / figures['best']:.2f}"


def main() -> None:
    rows = []
    for part in (light, compare, gender, seeds, steps):
        for row in part():
            print(f"{row[0]}: {row[1]} (goal {row[2]})", flush=True)
            rows.append(row)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("keras", "tensorflow"))
    table = "\n".join(f"| {name} | {figure} | {goal} |" for name, figure, goal in rows)
    text = f"""# Figures

Measured by `make bench`: medians of {REPEATS} processes (light commands),
{HEAVY_REPEATS} (gender, compare) or {STEP_REPEATS} (models), all sides in turn.
Three figures are dlrun, plain `Model.fit`, and `fit` with its best settings
(`steps_per_execution`, and `jit_compile` where it helps), all with validation rows;
then dlrun divided by either. Goals are against plain `fit`.
Python {platform.python_version()}, {libraries}, {os.cpu_count()} cores, no GPU.
A shared machine is noisy: look at the ratios.

| what | measured | goal |
|---|---|---|
{table}
"""
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
