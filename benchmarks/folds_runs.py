"""Pairs of real runs of equal worth, compared fold by fold: what `compare` says.

    python benchmarks/folds_runs.py [--limit 280]

Each pair draws 120 rows of breast cancer anew and measures ten columns twice, each time
with an error of its own. One file holds both; one config reads the first measurement,
the other the second. Both train five folds of the same partition, with another seed for
each pair. What is done is kept in build/folds_runs.json; the same command goes on.
`folds.py` writes it into FOLDS.md.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from folds_tables import draw, drawn_tables

KEPT = Path(__file__).parents[1] / "build/folds_runs.json"
PAIRS = 100
ROWS = 120
ERROR = 1.0
CONFIG = """\
name: {name}
data:
  csv: {{path: rows.csv, labels: kind}}
  split: {{folds: 5}}
  columns: {{"{name}_*": scale, "{other}_*": drop}}
model:
  layers:
    - Dense: {{units: 8, activation: relu}}
    - Dense: {{units: 1, activation: sigmoid}}
compile: {{loss: binary_crossentropy, optimizer: {{Adam: 0.03}}, metrics: [accuracy]}}
fit: {{epochs: 6, batch_size: 16}}
probe: {{every: off}}
"""


def write_rows(folder, number):
    """The file of a pair, and both configs."""
    generator = np.random.default_rng([41, number])
    rows = draw(drawn_tables()[0], "drawn", ROWS, generator)
    measured = [
        rows.features + ERROR * generator.normal(size=rows.features.shape)
        for _ in range(2)
    ]
    heads = [f"{one}_{place}" for one in "ab" for place in range(measured[0].shape[1])]
    lines = [",".join([*heads, "kind"])]
    for cells, label in zip(np.hstack(measured), rows.labels, strict=True):
        numbers = [f"{cell:.4f}" for cell in cells]
        lines.append(",".join([*numbers, "benign" if label else "malignant"]))
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    for name, other in ("ab", "ba"):
        text = CONFIG.format(name=name, other=other)
        (folder / f"{name}.yaml").write_text(text)


def compared(number):
    """What `compare` says of a pair: its word, and whether the interval holds 0."""
    from dlrun.comparison import compare
    from dlrun.config import located
    from dlrun.experiment import parse_spec, read_config
    from dlrun.studies.audience import Audience
    from dlrun.studies.execute import execute
    from dlrun.studies.plan import Member, Plan

    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        write_rows(folder, number)
        members = []
        for name in "ab":
            for fold in range(1, 6):
                chosen = [f"seed={number}", f"data.split.fold={fold}"]
                node = read_config(folder / f"{name}.yaml", chosen)
                with located(node):
                    members.append(Member(node, parse_spec(node)))
        endings = [*execute(Plan("pair", members), folder / "runs", Audience())]
        comparison = compare([ending.folder for ending in endings])
    (change,) = [group.difference for group in comparison.groups if group.difference]
    assert change.n == 5
    assert change.is_paired
    return {
        "word": change.word,
        "holds": change.low <= 0 <= change.high,
        "metric": comparison.metric,
        "first": comparison.verdict[0],
    }


def main():
    """Train the pairs that are missing, as far as time allows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=math.inf)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    begun = time.perf_counter()
    missing = [number for number in range(asked.pairs) if str(number) not in kept]
    running: dict[Future[dict[str, object]], int] = {}
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
        while running or missing:
            if time.perf_counter() - begun > asked.limit:
                missing = []
            while missing and len(running) < asked.jobs:
                number = missing.pop(0)
                running[pool.submit(compared, number)] = number
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            kept |= {str(running.pop(one)): one.result() for one in done}
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_text(json.dumps(kept, indent=0))
    print(f"{asked.pairs - len(kept)} pairs are missing", file=sys.stderr)


if __name__ == "__main__":
    main()
