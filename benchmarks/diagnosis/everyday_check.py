"""Check everyday settings as `dlrun diagnose --check` does, and keep what is found.

    python benchmarks/diagnosis/everyday_check.py --part held_out --limit 600

The data must have been written by `everyday_data.py`. Each check is a line of
`.everyday/checks.jsonl` as soon as it is over; what is there is not checked again. With
`--limit`, none begins after so many seconds, and the same command goes on. Settings are
drawn in an order that is fixed: one of each data set, then another, so that whatever
time allows is a fair part of them. `--keep` writes what is there to `everyday/`, where
`everyday.py` finds it. No label is read.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from everyday_data import CACHE
from everyday_records import kept_checks
from everyday_setting import SEEDS, Setting
from everyday_train import PARTS, Training, prepare, rounded, work_folder

from dlrun.errors import DlrunError
from dlrun.runs import RunFolder

CHECKS = CACHE / "checks.jsonl"
_DRAWN = 20
"""The seed of the order."""


def checked(training: Training, root: Path) -> dict[str, Any]:
    """Train a setting, check it, and give what was said of it, and at what cost."""
    from dlrun.diagnosis import diagnose_run
    from dlrun.studies.audience import Audience
    from dlrun.studies.check import find_out, plan_check
    from dlrun.studies.execute import execute

    began = time.perf_counter()
    folder = _train(training, root)
    trained, diagnosis = time.perf_counter(), diagnose_run(folder)
    check = plan_check(folder, diagnosis)
    endings = {
        ending.number: ending
        for ending in execute(check.plan(""), folder.path.parent, Audience())
    }
    finding = find_out(check, endings)
    return {
        "part": training.part,
        "setting": training.setting.name,
        "seed": training.seed,
        "diagnosis": diagnosis.to_values(),
        "finding": finding.to_json(),
        "trainings": len(endings),
        "seconds": trained - began,
        "seconds_of_check": time.perf_counter() - trained,
    }


def _train(training: Training, root: Path) -> RunFolder:
    """Train a setting as `dlrun train` does; to diverge is a result, too."""
    from dlrun.progress import Progress
    from dlrun.training import start_run, train

    ready = prepare(training, root)
    shutil.rmtree(root / "checked", ignore_errors=True)
    folder = start_run(ready.node, ready.experiment, root / "checked")
    try:
        train(ready.experiment, ready.parts, folder, Progress())
    except DlrunError:
        if folder.status().state != "diverged":
            raise
    return folder


def settings(part: str, seeds: int) -> Iterator[tuple[Setting, int]]:
    """What is checked: one setting of each data set, then another; seed by seed."""
    order = random.Random(_DRAWN).sample(PARTS[part], len(PARTS[part]))
    turns: Counter[str] = Counter()
    numbered = []
    for setting in order:
        turns[setting.data] += 1
        numbered.append((turns[setting.data], setting))
    numbered.sort(key=lambda one: one[0])
    for seed in SEEDS[:seeds]:
        for _, setting in numbered:
            yield setting, seed


def done(part: str) -> list[dict[str, Any]]:
    """The checks of a part that are there."""
    if not CHECKS.exists():
        return []
    records = map(json.loads, CHECKS.read_text("utf-8").splitlines())
    return [record for record in records if record["part"] == part]


def keep(part: str) -> None:
    """Write what was found in each check, and at what cost."""
    lines = [
        {
            "run": f"{record['setting']}/{record['seed']}",
            **{name: record["finding"][name] for name in _FOUND},
            **{name: record[name] for name in _COST},
        }
        for record in done(part)
    ]
    text = "".join(f"{json.dumps(one)}\n" for one in lines)
    kept_checks(part).write_text(text, encoding="utf-8")


_FOUND = ("suspicion", "verdict", "standing", "cause")
_COST = ("trainings", "seconds", "seconds_of_check")


def line(record: dict[str, Any]) -> str:
    """One check for the terminal."""
    found = record["finding"]
    words = f"{record['setting']} seed {record['seed']}: {found['suspicion']} -> "
    words += (
        f"{found['verdict']} ({found['standing']}; {found['cause'] or 'no cause'}), "
    )
    words += f"{record['trainings']} trainings"
    return f"{words}, {record['seconds']:.1f} + {record['seconds_of_check']:.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--only", default="", help="the name of one setting")
    parser.add_argument("--seeds", type=int, default=1, help="how many of each")
    parser.add_argument(
        "--limit", type=float, default=math.inf, help="seconds to begin checks in"
    )
    parser.add_argument("--keep", action="store_true", help="write what is there")
    arguments = parser.parse_args()
    if arguments.keep:
        keep(arguments.part)
        return
    known = {(one["setting"], one["seed"]) for one in done(arguments.part)}
    began, root = time.perf_counter(), work_folder("checks")
    for setting, seed in settings(arguments.part, arguments.seeds):
        training = Training(arguments.part, setting, seed, "", setting.config)
        is_asked = arguments.only in {"", setting.name}
        if (setting.name, seed) in known or not is_asked:
            continue
        if time.perf_counter() - began > arguments.limit:
            print("the same command goes on")
            return
        try:
            record = checked(training, root)
        except DlrunError as error:
            print(f"{training.key}: {error}", flush=True)
            continue
        with CHECKS.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(rounded(record)) + "\n")
        print(line(record), flush=True)


if __name__ == "__main__":
    main()
