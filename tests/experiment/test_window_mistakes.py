"""What is wrong with windows is told with its place and a cure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlrun.config import located
from dlrun.engines import KerasDoor
from dlrun.errors import ProblemsError
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows

GOLDEN = Path(__file__).parents[1] / "golden/windows"
DAYS = [f"2024-01-{day:02d}" for day in range(1, 31)]
CONFIG = """\
name: series
data:
  csv: {path: table.csv, labels: load}
  window: {length: 3, time: day, by: site}
  split: {validation: 0.3, time: day}
model: {layers: [Flatten, {Dense: 1}]}
compile: {loss: mse}
"""
MISTAKES = {
    "at-random": ['data.split={"validation": 0.3}'],
    "folds-at-random": ['data.split={"folds": 3, "fold": 1}'],
    "no-length": ["data.window={time: day}"],
    "no-mapping": ["data.window=24"],
    "typo": ["data.window.lenght=3"],
    "gap-of-no-type": ["data.window.max_gap=soon"],
    "gap-of-numbers": ["data.window.max_gap=2"],
    "gap-without-time": ["data.window={length: 3, max_gap: 2}", "data.split=null"],
    "long-window": ["data.window.length=40"],
    "known-unknown": ["data.window.known=[holiday]"],
    "known-not-taken": ["data.window.columns=[load]", "data.window.known=[wind]"],
    "known-label": ["data.window.known=[load]"],
    "known-time": ["data.window.known=[day]"],
    "columns-fit-nothing": ['data.window.columns=["t*", wnd]'],
    "short-season": ["data.window.steps=24", "data.window.season=7"],
    "classes-over-steps": [
        "data.window.steps=2",
        "compile.loss=binary_crossentropy",
        "model.layers[1].Dense={units: 2, activation: sigmoid}",
    ],
    "too-few-units": ["data.window.steps=4"],
    "no-time": ["data.window.time=hour"],
    "no-columns": ["data.csv=null", "data.npz={path: a.npz}"],
    "pseudo-labels": ["pseudo_label={}"],
    "overlapping-source": [
        "data.validation={csv: {path: later.csv, labels: load}}",
        "data.split=null",
    ],
}
CELLS = {
    "time-of-no-day": ("2024-01-07", "soon"),
    "time-again": ("2024-01-07", "2024-01-06"),
    "time-of-a-gap": ("2024-01-07", ""),
    "series-of-a-gap": ("a,2024-01-07", ",2024-01-07"),
    "texts-without-encoder": ("2024-01-07,6", "2024-01-07,calm"),
    "label-of-a-gap": ("2024-01-07,6,6", "2024-01-07,6,"),
}


def rows_of(days, site="a"):
    return [f"{site},{day},{row},{row}" for row, day in enumerate(days)]


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    head = "site,day,wind,load"
    (tmp_path / "table.csv").write_text("\n".join([head, *rows_of(DAYS)]) + "\n")
    later = rows_of([*DAYS[-2:], "2024-01-31", "2024-02-01", "2024-02-02"])
    (tmp_path / "later.csv").write_text("\n".join([head, *later]) + "\n")
    (tmp_path / "c.yaml").write_text(CONFIG)
    np.savez(tmp_path / "a.npz", x=np.zeros((30, 2)), y=np.zeros(30))
    return tmp_path


def read(overrides):
    gone = [one for one in overrides if one.endswith("=null")]
    stated = [one for one in overrides if one not in gone]
    node = read_config(
        Path("c.yaml"), stated, [one.removesuffix("=null") for one in gone]
    )
    with located(node):
        read_rows(parse_spec(node), KerasDoor())


def told(*overrides):
    with pytest.raises(ProblemsError) as caught:
        read(overrides)
    return str(caught.value)


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_the_config_is_shown_with_its_place_and_cure(golden, case):
    overrides = MISTAKES[case]

    golden(GOLDEN / f"{case}.txt", f"-s {' -s '.join(overrides)}\n\n{told(*overrides)}")


@pytest.mark.parametrize("case", CELLS)
def test_a_cell_that_breaks_a_series_is_shown_where_it_stands(golden, directory, case):
    before, after = CELLS[case]
    file = directory / "table.csv"
    text = file.read_text()
    assert text.count(before) == 1
    file.write_text(text.replace(before, after))

    golden(GOLDEN / f"{case}.txt", f"{before} -> {after}\n\n{told()}")


@pytest.mark.parametrize(
    ("mistake", "cure"),
    [
        ('data.split={"validation": 0.3}', "data.split.time=day"),
        ('data.split={"validation": 0.3}', "data.window.stride=4"),
        ("data.window.max_gap=2", "data.window.max_gap=2d"),
        ("data.window.length=40", "data.window.length=8"),
        ("data.window.known=[holiday]", "data.window.known=[]"),
        ("data.window.season=0", "data.window.season=7"),
    ],
)
def test_the_cure_helps(mistake, cure):
    told(mistake)

    read([mistake, cure])
