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
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from many_runs import write_runs
from measure import DLRUN, ROOT, Cost, interleaved, median
from steps import EPOCHS, WORKLOADS, config_of

REPEATS = 7
PAIRS = 5
REPEATS_OF_BEST = 2
GENDER = "configs/gender.yaml"
Row = tuple[str, str, str]
"""What was measured, the figure, and the goal."""
STEP_GOALS = {
    "mlp": ("40x", "0.35"),
    "large": ("3.5x", "1"),
    "lstm": ("5x", "1"),
    "digits": ("2.2x", "1"),
    "notes": ("1.15x", "1"),
}
"""Steps per second and wall, against plain `Model.fit`."""
HERE = Path(__file__).resolve().parent
BEGAN = time.monotonic()
NOTES = (HERE / "notes.md").read_text(encoding="utf-8")
"""What the figures mean, and why some fall short."""


def light() -> list[Row]:
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


def compare() -> list[Row]:
    """A thousand runs of fifty epochs."""
    with tempfile.TemporaryDirectory() as directory:
        write_runs(Path(directory), 1000, 50)
        command = {"compare": [*DLRUN, "compare", directory]}
        costs = interleaved(command, ROOT, PAIRS)["compare"]
    name = "`dlrun compare` of 1,000 runs x 50 epochs"
    return [
        (f"{name}, wall", f"{median(costs, 'wall_seconds'):.2f} s", "1 s"),
        (f"{name}, peak memory", f"{median(costs, 'peak_megabytes'):.0f} MB", "60 MB"),
    ]


def gender() -> list[Row]:
    """The whole process against the same model as a plain Keras script."""
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        shutil.copy(ROOT / "configs" / "gender.yaml", work)
        commands = {
            "dlrun": [*DLRUN, "train", "gender.yaml"],
            "plain": [sys.executable, str(HERE / "plain_gender.py")],
        }
        costs = interleaved(commands, work, PAIRS)
    rows = []
    for field, words in (("wall_seconds", "wall"), ("cpu_seconds", "CPU")):
        ours, theirs = median(costs["dlrun"], field), median(costs["plain"], field)
        figure = f"{ours:.2f} s / {theirs:.2f} s = {ours / theirs:.2f}"
        rows.append((f"`dlrun train {GENDER}` / plain script, {words}", figure, "0.90"))
    return rows


def steps() -> Iterator[Row]:
    """Five models against `Model.fit`, plain and with its best settings."""
    for name, work in WORKLOADS.items():
        tell(work.words)
        commands = {
            side: [sys.executable, str(HERE / "steps.py"), name, side]
            for side in ("dlrun", "fit", "best")
        }
        best = {"best": commands.pop("best")}
        costs = interleaved(commands, ROOT, PAIRS, warm=False)
        costs |= interleaved(best, ROOT, REPEATS_OF_BEST, warm=False)
        speeds = {
            side: statistics.median(json.loads(cost.output) for cost in found)
            for side, found in costs.items()
        }
        sides = ("dlrun", "fit")
        wall = {side: median(costs[side], "wall_seconds") for side in sides}
        used = {side: median(costs[side], "cpu_seconds") for side in sides}
        memory = {
            side: median(found, "peak_megabytes") for side, found in costs.items()
        }
        goals = STEP_GOALS[name]
        yield f"{work.words}: steps/s", ratios(speeds, ",.0f"), goals[0]
        whole = f"{work.words}: whole process, {EPOCHS} epochs"
        yield f"{whole}, wall, s", ratios(wall, ".2f"), goals[1]
        yield f"{whole}, CPU, s", ratios(used, ".2f"), "-"
        yield f"{work.words}: peak memory, MB", ratios(memory, ".0f"), "1.15"
        yield f"{work.words}: weights beside those of `fit`", deviation(name), "0"


def deviation(name: str) -> str:
    """How far the weights lie apart, in graph mode and under XLA."""
    command = {"deviation": [sys.executable, str(HERE / "deviation.py"), name]}
    found = json.loads(interleaved(command, ROOT, 1, warm=False)["deviation"][0].output)
    words = [f"graph {found['off']:.1e}"]
    if "on" in found:
        words.append(f"XLA {found['on']:.1e}")
        words.append(f"`fit` from a start 1e-7 off {found['nudged']:.1e}")
    return f"{', '.join(words)} (largest weight {found['largest_weight']:.2g})"


def seeds() -> list[Row]:
    """Ten seeds in one process against one."""
    with tempfile.TemporaryDirectory() as directory:
        config = config_of(WORKLOADS["mlp"], Path(directory))
        file = Path(directory) / "mlp.yaml"
        file.write_text(json.dumps(config), encoding="utf-8")
        commands = {
            number: [*DLRUN, "train", "-q", "--seeds", number, str(file)]
            for number in ("10", "1")
        }
        costs = interleaved(commands, Path(directory), PAIRS, warm=False)
    ten, one = (median(costs[number], "wall_seconds") for number in commands)
    figure = f"{ten:.2f} s / {one:.2f} s = {ten / one:.2f}"
    return [("`dlrun train --seeds 10` of the MLP / one seed, wall", figure, "2.50")]


def ratios(figures: dict[str, float], form: str) -> str:
    """The sides, and how dlrun stands to the others."""
    sides = " / ".join(format(figure, form) for figure in figures.values())
    ours, *others = figures.values()
    return f"{sides} = {', '.join(f'{ours / figure:.2f}' for figure in others)}"


def tell(words: str) -> None:
    """Say on stderr what is being measured, and since when the whole runs."""
    print(f"[{time.monotonic() - BEGAN:4.0f} s] {words}", file=sys.stderr, flush=True)


def main() -> None:
    rows = []
    for part in (light, compare, gender, seeds, steps):
        tell(part.__doc__ or "")
        for row in part():
            print(f"{row[0]}: {row[1]} (goal {row[2]})", flush=True)
            rows.append(row)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("keras", "tensorflow"))
    table = "\n".join(f"| {name} | {figure} | {goal} |" for name, figure, goal in rows)
    text = f"""# Figures

Measured by `make bench`: medians of {REPEATS} processes (light commands) or {PAIRS}
(the others), both sides in turn; {REPEATS_OF_BEST} of the best `fit`.
Figures in a row are dlrun, plain `Model.fit` and, where there are three, `fit` with its
best settings (`steps_per_execution`, and `jit_compile` where it helps), all with
validation rows; then dlrun divided by the others. Goals are against plain `fit`.
Python {platform.python_version()}, {libraries}, {os.cpu_count()} cores, no GPU.
A shared machine is noisy: look at the ratios.

| what | measured | goal |
|---|---|---|
{table}

{NOTES}"""
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
