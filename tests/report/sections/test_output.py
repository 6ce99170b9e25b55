"""Runs of several outputs: each is told by its own measure, in every form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlrun.comparison import Question, compare
from dlrun.comparison.output import estimate_outputs
from dlrun.report.export import render_json
from dlrun.report.markdown import render_markdown
from dlrun.report.page import render_page
from dlrun.report.sections.output import OUTPUTS
from dlrun.report.sections.section import Style, View
from dlrun.report.text import render_text

GOLDEN = Path(__file__).parents[2] / "golden/compare"
HEADS = ("a", "a_b")


@pytest.fixture
def heads(make_run):
    return [
        make_run(
            f"{name}-{seed:03d}",
            (0.5, low + seed / 100, 0.45),
            config={"name": name, "seed": seed, "fit/batch_size": size},
            outputs=HEADS,
        )
        for name, size, low in (("one", 3, 0.4), ("two", 6, 0.3))
        for seed in (1, 2)
    ]


def test_each_output_is_measured_at_the_epoch_that_the_monitor_chose(heads):
    found = estimate_outputs(compare(heads))

    assert [(one.output, one.group.name) for one in found] == [
        ("a", "two"), ("a", "one"), ("a_b", "two"), ("a_b", "one")
    ]  # fmt: skip
    assert [one.column for one in found[1:3]] == ["val_a_accuracy", "val_a_b_accuracy"]
    assert found[0].score.mean == pytest.approx(1 - 0.315 / 4)
    assert found[0].score.n == 2
    assert found[0].gap.mean == pytest.approx(-0.1 / 4)
    assert found[2].train.mean == pytest.approx(1 - 1.215 / 4)
    assert found[2].curves.validation.mean[1] == pytest.approx(1 - 1.315 / 4)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_terminal_tells_them_in_its_width(heads, golden, width):
    lines = OUTPUTS.text(View(compare(heads), Style(width=width)))

    assert max(map(len, lines)) <= max(width, 48)
    golden(GOLDEN / f"outputs-{width}.txt", "\n".join(lines))


def test_page_markdown_and_json_tell_them_too(heads):
    comparison = compare(heads)

    page, pasted = render_page(comparison), render_markdown(comparison)
    values = json.loads(render_json(comparison))["outputs"]

    assert page.count("a_b of two") == 1
    assert "| a\\_b | two | accuracy |" in pasted
    assert [value["column"] for value in values] == 2 * ["val_a_accuracy"] + 2 * [
        "val_a_b_accuracy"
    ]
    assert values[0]["score"]["n"] == 2


def test_runs_of_one_output_say_nothing_of_it(make_run):
    comparison = compare([make_run("a-001"), make_run("a-002", outputs=("one",))])

    assert estimate_outputs(comparison) == ()
    assert "each output" not in render_text(comparison)


def test_the_loss_of_an_output_compares_where_the_others_do_not(make_run):
    losses = {"a": {"MeanSquaredError": {}}, "a_b": {"Hinge": {}}}
    others = {**losses, "a_b": {"SquaredHinge": {}}}
    folders = [
        make_run("x-001", outputs=HEADS, config={"compile/loss": losses}),
        make_run("x-002", outputs=HEADS, config={"compile/loss": others, "seed": 1}),
    ]

    by_sum, by_output, by_other = (
        compare(folders, Question(metric=name))
        for name in ("val_loss", "val_a_loss", "val_a_b_loss")
    )

    assert [group.experiment for group in by_sum.groups] == [1, 2]
    assert [group.experiment for group in by_output.groups] == [1, 1]
    assert [group.experiment for group in by_other.groups] == [1, 2]
    words = "another loss: compile.loss.a_b is SquaredHinge, elsewhere Hinge"
    assert any(words in caveat for caveat in by_sum.caveats)
