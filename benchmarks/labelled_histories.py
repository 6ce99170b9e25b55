"""How often the first verdict on labelled histories is an accepted one.

`python benchmarks/labelled_histories.py DIRECTORY`: the directory holds a `labels.csv`
(columns `file`, `accepted_verdicts` separated by `|`) and a JSON file per history.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter
from pathlib import Path

from dlrun.diagnosis import (
    Diagnosis,
    Recorded,
    diagnose,
    find_verdict,
    read_recorded,
)


def main(directory: Path) -> None:
    with (directory / "labels.csv").open(encoding="utf-8") as stream:
        labels = list(csv.DictReader(stream))
    cases = [read_recorded(directory / label["file"]) for label in labels]
    started = time.process_time()
    found = [diagnose(one.history, one.probe, one.facts) for one in cases]
    seconds = time.process_time() - started
    rows = list(zip(labels, cases, found, strict=True))
    print_misses(rows)
    print_confusion(rows)
    print_reliability(rows)
    print_verdict(rows)
    print(f"{1e3 * seconds / len(cases):.2f} ms of CPU time per history")


def is_right(label: dict[str, str], diagnosis: Diagnosis) -> bool:
    return diagnosis.verdict in label["accepted_verdicts"].split("|")


def print_misses(rows: list[tuple[dict[str, str], Recorded, Diagnosis]]) -> None:
    for label, _, diagnosis in rows:
        if not is_right(label, diagnosis):
            print(
                f"{label['file']}: not {label['accepted_verdicts']} but {diagnosis}\n"
            )


def print_confusion(rows: list[tuple[dict[str, str], Recorded, Diagnosis]]) -> None:
    counts = Counter(
        (label["accepted_verdicts"], diagnosis.verdict) for label, _, diagnosis in rows
    )
    print("accepted                       verdict                runs")
    for (accepted, verdict), count in sorted(counts.items()):
        mark = "" if verdict in accepted.split("|") else "  wrong"
        print(f"{accepted[:30]:30} {verdict:22} {count:4}{mark}")


def print_reliability(rows: list[tuple[dict[str, str], Recorded, Diagnosis]]) -> None:
    print("\nconfidence   runs  accepted")
    for low in (0.0, 0.5, 0.6, 0.7, 0.8, 0.9):
        high = 0.5 if low == 0 else low + 0.1
        part = [
            is_right(label, diagnosis)
            for label, _, diagnosis in rows
            if low <= diagnosis.confidence < (high if high < 1 else 2)
        ]
        if part:
            print(
                f"{low:.1f} to {high:.1f}  {len(part):5}  {sum(part) / len(part):.3f}"
            )


def is_healthy(label: dict[str, str]) -> bool:
    verdict = find_verdict(label["accepted_verdicts"])
    return verdict is not None and verdict.is_fine


def print_verdict(rows: list[tuple[dict[str, str], Recorded, Diagnosis]]) -> None:
    right = sum(is_right(label, diagnosis) for label, _, diagnosis in rows)
    healthy = [one for label, _, one in rows if is_healthy(label)]
    flagged = sum(not one.is_fine for one in healthy)
    print(f"\naccepted {right} of {len(rows)} ({right / len(rows):.1%})")
    print(f"healthy runs flagged {flagged} of {len(healthy)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
