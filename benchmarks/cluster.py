"""What Ray costs a run, and what is sent.

    python benchmarks/cluster.py     some minutes; writes benchmarks/CLUSTER.md

Two nodes of one processor on this machine stand for two machines, so nothing here is
what a network costs. The second one does not see the folder of the runs where files are
to be sent. The runs are the seeds of one config: a table of 20 MB, five epochs.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from measure import DLRUN
from ray_nodes import RayNodes
from sections import write_section

PAGE = Path(__file__).with_name("CLUSTER.md")
HEAD = """# A cluster

`make bench-cluster` writes this. Two nodes of Ray with a processor each on one machine
stand for two machines: no figure holds what a network costs.
"""
COST = "What a run costs more"
ORDER = (COST,)
FEW, MANY = 2, 20
ROWS = 200_000
EPOCHS = 5
CONFIG = {
    "name": "k",
    "data": {"csv": {"path": "x.csv", "labels": "y"}, "split": {"validation": 0.2}},
    "model": {
        "layers": [
            {"Dense": {"units": 64, "activation": "relu"}},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {
        "epochs": EPOCHS,
        "batch_size": 1024,
        "threads": 1,
        "checkpoint_seconds": 0,
    },
}


def write_table(file: Path) -> None:
    numbers = np.random.default_rng(0)
    rows = numbers.normal(size=(ROWS, 10)).round(6)
    labels = (rows.sum(axis=1) > 0).astype(int)
    with file.open("w") as stream:
        stream.write(",".join([*"abcdefghij", "y"]) + "\n")
        for row, label in zip(rows, labels, strict=True):
            stream.write(",".join(map(str, [*row, label])) + "\n")


def trained(
    directory: Path, seeds: int, words: list[str], environment: dict[str, str]
) -> tuple[float, str]:
    """Train so many seeds; return the seconds, and what was said."""
    root = tempfile.mkdtemp(dir=directory)
    command = [*DLRUN, "train", "x.yaml", "--seeds", str(seeds), "--runs", root]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, *words],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return time.perf_counter() - began, done.stdout + done.stderr


def measure_cost(directory: Path) -> list[str]:
    """Fixed seconds and seconds per run of each way."""
    size = (directory / "x.csv").stat().st_size / 1e6
    lines = [
        f"{MANY} seeds of a network of 834 parameters over a table of {size:.0f} MB,",
        f"{EPOCHS} epochs, a checkpoint after each; two at once. A command costs what",
        f"{FEW} runs take without the runs themselves, and a run what the other",
        f"{MANY - FEW} take, each two at once. Before, {os.getloadavg()[0]:.0f} other",
        f"processes were at work on {os.cpu_count()} processors.",
        "",
        "| way | s before and after | s a run | sent to nodes | came back |",
        "|---|---|---|---|---|",
    ]

    def row(name: str, train: Callable[[int], tuple[float, str]]) -> None:
        few, _ = train(FEW)
        many, said = train(MANY)
        each = (many - few) / (MANY - FEW)
        found = re.search(r"(.+) were sent to .+, and (.+) of runs came back", said)
        sent, back = found.groups() if found else ("", "")
        cells = f"{few - FEW * each:.1f} | {each:.2f} | {sent} | {back}"
        lines.append(f"| {name} | {cells} |")
        print(lines[-1], flush=True)

    own = dict(os.environ)
    row("`--jobs 2`", lambda seeds: trained(directory, seeds, ["--jobs", "2"], own))
    for name, hidden in (
        ("`--on ray`, a shared folder", None),
        ("`--on ray`, files are sent", directory),
    ):
        with RayNodes() as nodes:
            nodes.join(without=hidden)
            words = ["--on", "ray", "--address", nodes.address]
            row(
                name,
                lambda seeds, words=words, nodes=nodes: trained(
                    directory, seeds, words, nodes.environment
                ),
            )
    return lines


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_table(directory / "x.csv")
        (directory / "x.yaml").write_text(yaml.safe_dump(CONFIG))
        write_section(PAGE, HEAD, ORDER, COST, measure_cost(directory))


if __name__ == "__main__":
    main()
