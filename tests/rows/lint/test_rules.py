"""What holds for every rule: its words, its cure, its silence."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dlrun.cli.app import run
from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec
from dlrun.rows import read_rows
from dlrun.rows.lint import RULES

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests/golden/lint"


def told_label(odd):
    odd.columns["alive"] = [f"a{label}" for label in odd.labels]
    odd.encode(alive="one_hot", a="scale")


def near_equal(odd):
    odd.columns["inches"] = [round(cell / 2.54, 6) for cell in odd.columns["a"]]
    odd.columns["copy"] = odd.columns["b"]


def constant(odd):
    odd.columns |= {"year": [2024] * odd.rows, "Sepal.Length": [1.5] * odd.rows}


def in_order(odd):
    odd.columns["label"] = sorted(odd.columns["label"])
    odd.config["data"].pop("split")
    odd.config["fit"] = {"validation_split": 0.25}


def other_units(odd):
    odd.config["data"].pop("split")
    odd.config["fit"] = {"validation_split": 0.25}
    cells = odd.columns["a"]
    odd.columns["a"] = [*cells[:300], *(1000 * cell for cell in cells[300:])]


def unseen(odd):
    odd.columns["street"] = [f"s{row}" for row in range(400)]
    odd.encode(
        street={"hash": {"num_bins": 8, "output_mode": "one_hot"}},
        **{"*": "scale"},
    )


def gaps(odd):
    rows = zip(odd.columns["a"], odd.labels, odd.random.random(400), strict=True)
    odd.columns["a"] = ["" if one < 0.5 * label else cell for cell, label, one in rows]
    odd.encode(**{"*": [{"impute": "median"}, "scale"]})


def gap_class(odd):
    odd.columns["label"] = ["NA" if label else "no" for label in odd.labels]
    odd.columns["label"][::3] = ["yes"] * len(odd.columns["label"][::3])


def rare(odd):
    odd.columns["label"] = ["class0"] * 180 + ["class1"] * 200 + ["class2"] * 20
    odd.config["fit"] = {"batch_size": 16}


def both_sides(odd):
    people = odd.random.permutation(odd.rows) // 4
    own = odd.random.integers(0, 2, odd.rows // 4)
    odd.columns["patient"] = [f"P{person}" for person in people]
    odd.columns["label"] = [f"class{own[person]}" for person in people]
    odd.encode(patient="drop", **{"*": "scale"})


CASES: dict[str, Callable] = {
    "both-sides": both_sides,
    "label-told": told_label,
    "near-equal-columns": near_equal,
    "constant-column": constant,
    "labels-in-order": in_order,
    "other-units": other_units,
    "unseen-categories": unseen,
    "gaps-tell-label": gaps,
    "gap-as-class": gap_class,
    "rare-class": rare,
}


@pytest.fixture(params=CASES)
def spoiled(request, table):
    odd = table()
    CASES[request.param](odd)
    return request.param, odd


def test_every_rule_has_a_case():
    assert [rule.code for rule in RULES] == list(CASES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_has_a_name_and_a_line_in_the_docs(rule):
    page = " ".join((ROOT / "docs/files.md").read_text().split())

    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.code)
    assert f"`{rule.code}`" in page
    assert rule.meaning in page


def test_no_rule_finds_what_another_one_is_for(spoiled):
    code, odd = spoiled

    assert {problem.code for problem in odd.warnings()} == {code}


def test_the_words(spoiled, golden, capsys, monkeypatch):
    code, odd = spoiled
    monkeypatch.chdir(odd.directory)
    odd.write_config()

    assert run(["validate", "--data", "odd.yaml"]) == 0
    golden(GOLDEN / f"{code}.txt", capsys.readouterr().err.rstrip())


def test_the_words_of_rows_in_both_parts(table, golden, capsys, monkeypatch):
    odd = table()
    for name, cells in odd.columns.items():
        odd.columns[name] = [*cells, *cells[:40]]
    monkeypatch.chdir(odd.directory)
    odd.write_config()

    assert run(["validate", "--data", "odd.yaml"]) == 0
    golden(GOLDEN / "leaked-rows.txt", capsys.readouterr().err.rstrip())


def test_only_this_rule_finds_something_and_its_cure_works(spoiled):
    code, odd = spoiled

    found = odd.found()
    for problem in found:
        odd.paste(problem.hint)

    assert {problem.code for problem in found} == {code}
    assert odd.codes() == []


def test_a_class_that_the_config_lists_is_no_gap(table):
    odd = table()
    gap_class(odd)
    odd.config["data"]["classes"] = ["NA", "no", "yes"]

    assert odd.codes() == []


def test_a_class_that_is_no_gap_by_missing_is_a_class(table):
    odd = table()
    gap_class(odd)
    odd.config["data"]["csv"]["missing"] = ["?"]
    odd.encode(a=[{"impute": "median"}])

    assert odd.codes() == []


def test_a_healthy_table_has_no_warnings(table):
    assert table().warnings() == []
    assert table(classes=0).warnings() == []
    assert table(classes=5, rows=1000).warnings() == []


def test_rows_of_another_source_may_have_no_names(table):
    odd = table()
    features = [[1.0, 2.0, 3.0]] * 40
    odd.config["data"].pop("split")
    odd.config["data"]["validation"] = {
        "inline": {"features": features, "labels": ["class0", "class1"] * 20}
    }

    assert odd.codes() == []


def test_training_looks_at_nothing(table):
    odd = table()
    constant(odd)
    odd.write()
    experiment = parse_spec(node_of(odd.config, odd.directory))

    assert read_rows(experiment, KerasDoor())[1].warnings == ()
