"""What searches of real work find and cost, dlrun beside KerasTuner and Ray Tune.

All tools search the same rows at the same time, so that all meet the same noise.

    python benchmarks/search_rivals.py [--minutes N]     measure what is missing

What was measured stays in build/search_rivals.jsonl, a line for each search, so it can
be done in parts; after `--minutes` no further one begins. Delete the file to begin
anew.
Needs Linux, and the packages of the group `bench`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from measure import ROOT
from search_rival_rows import write_rows
from search_rival_tools import TOOLS

KEPT = ROOT / "build/search_rivals.jsonl"
HERE = Path(__file__).parent
DATA = ("digits", "breast_cancer")
REPEATS = range(1, 6)
THREADS = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
}
AGAIN = "again"
"""No tool: what all have found, trained by one rule."""
Record = dict[str, Any]
Cell = tuple[str, int, str]
"""The data, the repeat, the tool."""


def kept() -> dict[Cell, Record]:
    """What was measured already."""
    lines = KEPT.read_text().splitlines() if KEPT.exists() else []
    records = [json.loads(line) for line in lines]
    return {(one["data"], one["repeat"], one["tool"]): one for one in records}


def measure_missing(minutes: float | None = None) -> bool:
    """Measure; whether nothing is missing."""
    begun = time.monotonic()

    def is_over() -> bool:
        return minutes is not None and time.monotonic() - begun > 60 * minutes

    for repeat, data in product(REPEATS, DATA):
        done = kept()
        missing = [(data, repeat, tool) for tool in (*TOOLS, AGAIN)]
        missing = [cell for cell in missing if cell not in done]
        searches = [cell for cell in missing if cell[2] != AGAIN]
        for group in (searches, missing[len(searches) :]):
            with ThreadPoolExecutor(len(TOOLS)) as pool:
                if not all(pool.map(lambda one: not is_over() and keep(one), group)):
                    return False
    return True


def keep(cell: Cell) -> bool:
    """Measure, and write it down."""
    data, repeat, tool = cell
    with TemporaryDirectory() as directory:
        rows = Path(directory) / "rows.npz"
        write_rows(data, repeat, rows)
        record = again(cell, rows) if tool == AGAIN else searched(cell, rows)
    record = {"data": data, "repeat": repeat, "tool": tool, **record}
    KEPT.parent.mkdir(exist_ok=True)
    with KEPT.open("a") as file:
        file.write(json.dumps(record) + "\n")
    print(json.dumps(record), flush=True)
    return True


def searched(cell: Cell, rows: Path) -> Record:
    """What a search has found, and what it has cost."""
    answer = rows.with_name("answer.json")
    command = ["search_rival_tools.py", cell[2], rows, cell[1], answer]
    cost = json.loads(run(["process_tree.py", sys.executable, *command], rows.parent))
    return cost | json.loads(answer.read_text())


def again(cell: Cell, rows: Path) -> Record:
    """How the settings of all tools do by one rule, by the names of the tools."""
    done, (data, repeat, _) = kept(), cell
    asked, scores = rows.with_name("asked.json"), rows.with_name("scores.json")
    settings = [done[data, repeat, tool]["settings"] for tool in TOOLS]
    asked.write_text(json.dumps({"rows": str(rows), "settings": settings}))
    run(["search_rival_rows.py", asked, scores], rows.parent)
    return {"scores": dict(zip(TOOLS, json.loads(scores.read_text()), strict=True))}


def run(command: list[object], folder: Path) -> str:
    """Run programs of this folder; what they print."""
    words = [
        str(HERE / str(word)) if str(word).endswith(".py") else str(word)
        for word in command
    ]
    told = folder / "told.txt"
    with told.open("a") as file:
        ended = subprocess.run(
            [sys.executable, *words], cwd=folder, check=False, env=os.environ | THREADS,
            stdout=subprocess.PIPE, stderr=file, text=True,
        )  # fmt: skip
    if ended.returncode:
        tail = told.read_text()[-2000:]
        raise RuntimeError(f"{words} ended with {ended.returncode}: {tail}")
    return ended.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float)
    print("whole" if measure_missing(parser.parse_args().minutes) else "not whole yet")


if __name__ == "__main__":
    main()
