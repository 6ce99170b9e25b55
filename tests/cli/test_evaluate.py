from __future__ import annotations

import json

import pytest

from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

CONFIG = """\
name: fixed
data:
  csv: {path: fixed.csv, labels: kind}
  test: {csv: {path: fixed.csv, labels: kind}}
model:
  layers:
    - Dense: {units: 3, use_bias: false, kernel_initializer: identity}
    - Softmax
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 0}
"""
# An identity matrix predicts the class of the largest column.
ROWS = """\
a,b,c,kind
5,0,0,a
5,0,0,a
0,5,0,a
0,5,0,b
0,5,0,b
5,0,0,b
0,5,0,b
0,5,0,c
5,0,0,c
"""
ANSWER = """\
fixed-001 on 9 train rows: loss {loss:.3f}, accuracy 0.5556

class  precision  recall      f1  rows
a         0.5000  0.6667  0.5714     3
b         0.6000  0.7500  0.6667     4
c              -  0.0000  0.0000     2

true \\ predicted  a  b  c
a                 2  1  0
b                 1  3  0
c                 1  1  0
"""


@pytest.fixture
def fixed(dlrun, tmp_path, monkeypatch):
    """A model whose predictions are known without training."""
    (tmp_path / "fixed.yaml").write_text(CONFIG)
    (tmp_path / "fixed.csv").write_text(ROWS)
    monkeypatch.chdir(tmp_path)
    assert dlrun("train", "fixed.yaml", "-q").code == 0
    return RunFolder(tmp_path / "runs" / "fixed-001")


def test_figures_equal_those_worked_out_by_hand(dlrun, fixed):
    from math import exp, log

    outcome = dlrun("evaluate", "fixed", "--split", "train")

    right = -log(exp(5) / (exp(5) + 2))
    wrong = -log(1 / (exp(5) + 2))
    assert outcome.code == 0
    assert outcome.out == ANSWER.format(loss=(5 * right + 4 * wrong) / 9)


def test_json_holds_the_same_figures(dlrun, fixed):
    values = json.loads(dlrun("evaluate", "fixed", "--split", "train", "--json").out)

    assert values["confusion"] == [[2, 1, 0], [1, 3, 0], [1, 1, 0]]
    assert values["metrics"]["accuracy"] == pytest.approx(5 / 9)
    assert values["per_class"][2] == {
        "class": "c",
        "precision": None,
        "recall": 0.0,
        "f1": 0.0,
        "rows": 2,
    }
    assert "test_looks" not in values


def test_looks_at_the_test_rows_are_counted(dlrun, fixed):
    first = dlrun("evaluate", "fixed", "--split", "test")
    second = json.loads(dlrun("evaluate", "fixed", "--split", "test", "--json").out)

    assert "looks at the test rows of this run: 1" in first.err
    assert second["test_looks"] == 2
    assert fixed.metrics().test_looks_by == {"evaluate": 2}


def test_rows_from_a_file_need_labels(dlrun, fixed, tmp_path):
    (tmp_path / "bare.csv").write_text("a,b,c\n5,0,0\n")
    (tmp_path / "full.csv").write_text("kind,c,b,a\nb,0,0,5\nb,0,5,0\n")
    (tmp_path / "other.csv").write_text("kind,c,b,a\nd,0,0,5\n")

    bare, full, other = (
        dlrun("evaluate", "fixed", "--data", f"{name}.csv")
        for name in ("bare", "full", "other")
    )

    assert (bare.code, full.code, other.code) == (3, 0, 3)
    assert "kind" in bare.err
    assert full.out.startswith("fixed-001 on 2 rows of full.csv: ")
    assert "accuracy 0.5000" in full.out
    assert '"d"' in other.err or "d" in other.err.split()


def test_a_part_that_a_run_does_not_keep_is_answered_with_those_it_has(dlrun, fixed):
    outcome = dlrun("evaluate", "fixed", "--split", "validation")

    assert (outcome.code, outcome.out) == (3, "")
    assert "fixed-001 keeps no validation rows" in outcome.err
    assert "it has train and test rows" in outcome.err
