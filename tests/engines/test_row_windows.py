"""Windows that are gathered batch by batch train as those that are copied out."""

from __future__ import annotations

import csv
import tracemalloc

import numpy as np
import pytest

from dlrun.cli.app import run
from dlrun.data.row_windows import RowWindows, windows_of

pytestmark = pytest.mark.heavy


@pytest.fixture
def folder(tmp_path):
    draw = np.random.default_rng(0)
    with (tmp_path / "table.csv").open("w", newline="") as stream:
        rows = [
            [site, hour, hour % 2, round(hour % 24 + float(draw.random()), 3)]
            for site in "ab"
            for hour in range(200)
        ]
        csv.writer(stream).writerows([["site", "hour", "known", "load"], *rows])
    (tmp_path / "c.yaml").write_text(
        """\
name: series
data:
  csv: {path: table.csv, labels: load}
  window: {length: 12, steps: 2, time: hour, by: site, known: [known], season: 24}
  split: {validation: 0.3, time: hour}
  scale: standard
  scale_labels: standard
model:
  layers:
    - GRU: {from: past, units: 4, name: before}
    - Flatten: {from: known, name: ahead}
    - Concatenate: [before, ahead]
    - Dense: 2
compile: {loss: mse, metrics: [mae]}
fit: {epochs: 2, batch_size: 50}
"""
    )
    return tmp_path


def trained(folder, name, *overrides):
    runs = folder / name
    asked = ["train", str(folder / "c.yaml"), "--runs", str(runs), "-q", *overrides]
    assert run(asked) == 0
    found = runs / "series-001"
    lines = (found / "history.csv").read_text().splitlines()
    history = [{**row, "seconds": ""} for row in csv.DictReader(lines)]
    assert run(["evaluate", str(found)]) == 0
    return history, (found / "predictions.csv").read_text()


@pytest.mark.parametrize("jit", ["off", "on"])
def test_gathered_windows_give_the_weights_of_copied_ones(folder, monkeypatch, jit):
    jitted = ["-s", f"fit.jit={jit}"]
    copied = trained(folder, "copied", *jitted)
    monkeypatch.setattr("dlrun.data.row_windows.COPIED_AT_MOST", 0)
    monkeypatch.setattr("dlrun.engines.tensorflow.placed.COPIED_AT_MOST", 0)

    gathered = trained(folder, "gathered", *jitted)

    assert gathered == copied


def test_windows_take_the_memory_of_their_rows():
    rows = np.zeros((20_000, 10), dtype="float32")
    starts = np.arange(20_000 - 500)

    tracemalloc.start()
    windows = windows_of(rows, starts, 500)
    some = windows[np.arange(0, 19_000, 3)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert isinstance(some, RowWindows)
    assert windows.shape == (19_500, 500, 10)
    assert peak < 0.01 * some.nbytes
    assert np.asarray(some[5:7]).shape == (2, 500, 10)
