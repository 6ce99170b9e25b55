from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dlrun.comparison import compare

PROGRAM = """
import json, sys
from collections import Counter
from pathlib import Path

from dlrun.comparison import compare
from dlrun.runs import find_runs

root, opened = sys.argv[1], Counter()
sys.addaudithook(
    lambda event, arguments: event == "open"
    and str(arguments[0]).startswith(root)
    and opened.update([str(arguments[0]).removeprefix(root)])
)
comparison = compare(find_runs(Path(root)))
advice = len(comparison.recommendations)
print(json.dumps({"opened": opened, "metric": comparison.metric, "advice": advice}))
"""
FILES = {"config", "environment", "status", "summary", "diagnosis", "metrics"}
RISING = (0.9, 0.6, 0.5, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)


def opened_by_compare(directory) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(directory)],
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("validation", [True, False])
def test_every_file_of_every_run_is_read_once(make_run, validation):
    folders = [
        make_run(f"base-{seed:03d}", RISING, {"seed": seed}, validation=validation)
        for seed in (1, 2)
    ]
    (folders[0].path / "metrics.json").write_text("{}")

    found = opened_by_compare(folders[0].path.parent)

    assert found["metric"] == ("val_loss" if validation else "train_loss")
    assert set(found["opened"].values()) == {1}
    read = {name.rpartition("/")[2] for name in found["opened"]}
    assert read >= {*(f"{name}.json" for name in FILES), "history.csv"}
    assert found["advice"] > 0


def test_where_no_run_has_what_it_monitors_the_train_loss_is_compared(make_run):
    short = make_run("a-001", (0.5, 0.4), validation=False)
    long = make_run("a-002", (0.9, 0.8, 0.7), {"seed": 1}, validation=False)

    comparison = compare([short, long])

    assert (comparison.metric, comparison.mode) == ("train_loss", "min")
    assert [row.score.best for row in comparison.rows] == pytest.approx([0.6, 0.3])


def test_one_run_with_what_is_monitored_is_enough_to_compare_by_it(make_run):
    blind = make_run("a-001", validation=False, config={"fit/batch_size": 6})
    comparison = compare([blind, make_run("a-002")])

    assert comparison.metric == "val_loss"
    assert {row.run: row.score.best for row in comparison.rows} == {
        "a-001": None,
        "a-002": 0.5,
    }
