"""Every figure that dlrun promises, measured here and now: `make bench`.

Both sides of a comparison run in turn, each in a process of its own; figures are
medians. The result is printed and written to `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from many_runs import write_runs
from measure import DLRUN, ROOT, Cost, interleaved, median

REPEATS = 7
HEAVY_REPEATS = 5
GENDER = "configs/gender.yaml"
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
        rows.append((f"`dlrun train {GENDER}` / plain script, {words}", figure, "1.00"))
    return rows


def steps() -> list[tuple[str, str, str]]:
    """Steps per second on a small dense net."""
    commands = {
        side: [sys.executable, str(HERE / "steps.py"), side]
        for side in ("dlrun", "fit")
    }
    costs = interleaved(commands, ROOT, HEAVY_REPEATS)
    speeds = {
        side: sorted(json.loads(cost.output) for cost in found)[len(found) // 2]
        for side, found in costs.items()
    }
    ratio = speeds["dlrun"] / speeds["fit"]
    figure = f"{speeds['dlrun']:,.0f} / {speeds['fit']:,.0f} = {ratio:.1f}x"
    return [
        ("steps/s, MLP 2-16-32-2, batch 10, 10,000 rows / `Model.fit`", figure, "4x")
    ]


def main() -> None:
    rows = []
    for part in (light, compare, gender, steps):
        for row in part():
            print(f"{row[0]}: {row[1]} (goal {row[2]})", flush=True)
            rows.append(row)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("keras", "tensorflow"))
    table = "\n".join(f"| {name} | {figure} | {goal} |" for name, figure, goal in rows)
    text = f"""# Figures

Measured by `make bench`: medians of {REPEATS} processes (light) or {HEAVY_REPEATS},
both sides in turn. Python {platform.python_version()}, {libraries}.
A shared machine is noisy: look at the ratios.

| what | measured | goal |
|---|---|---|
{table}
"""
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
