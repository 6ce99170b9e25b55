from __future__ import annotations

import csv
import io
import json

import pytest

from dlrun.comparison import compare
from dlrun.report.export import render_csv, render_json


def test_csv_has_every_number_in_full_and_no_formula(make_run):
    folders = [
        make_run("a-001", (1 / 3,)),
        make_run("a-002", config={"compile/loss": "=1+1"}),
    ]

    rows = list(csv.DictReader(io.StringIO(render_csv(compare(folders)))))

    assert rows[0]["run"] == "a-001"
    assert float(rows[0]["best"]) == 1 / 3
    assert rows[0]["metric"] == "val_loss"
    assert rows[1]["compile.loss"] == "'=1+1"


def test_json_is_strict_and_whole(study):
    values = json.loads(render_json(compare(study)), parse_constant=pytest.fail)

    assert values["runs"][0]["settings"]["model.layers.Dense1+.Dropout"] == 0.5
    assert values["runs"][-1]["status"] == "diverged"
    assert values["skipped"][0]["run"] == "torn-001"
    assert len(values["runs"]) == 4
