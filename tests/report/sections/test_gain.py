from __future__ import annotations

import json

import pytest

from dlrun.comparison import compare
from dlrun.report.export import render_json
from dlrun.report.markdown import render_markdown
from dlrun.report.page import render_page
from dlrun.report.sections.gain import GAINS
from dlrun.report.sections.section import View
from dlrun.report.text import render_text
from dlrun.runs import Metrics, RoundsResult

HEAD = "pseudo-labels against their supervised baselines"


@pytest.fixture
def semi(make_run):
    """Write a finished run with pseudo-labels: `semi(1, 0.85, 0.90)`."""

    def make(seed, baseline, kept, name="semi", measure="test_accuracy", **config):
        folder = make_run(
            f"{name}-{seed:03d}", config={"name": name, "seed": seed, **config}
        )
        rounds = RoundsResult(
            kept_round=0 if kept == baseline else 3,
            rounds=3,
            ended="all 3 rounds are over",
            baseline={measure: baseline},
            kept={measure: kept},
            gain={measure: kept - baseline},
        )
        folder.write_metrics(Metrics(rounds=rounds))
        return folder

    return make


def gain_lines(folders) -> list[str]:
    return list(GAINS.text(View(compare(folders))))


def test_the_gain_over_seeds_has_an_interval_and_the_seeds_won(semi):
    folders = [semi(1, 0.84, 0.90), semi(2, 0.86, 0.90), semi(3, 0.85, 0.85)]

    title, measure, head, row = gain_lines(folders)

    assert title == HEAD
    assert measure == "test_accuracy"
    assert head.split() == ["group", "baseline", "gain", "won", "baseline", "kept"]
    words = ["semi", "0.850", "±", "0.025", "+0.033", "±", "0.076", "2/3", "1/3"]
    assert row.split() == words


def test_configs_stand_apart_and_one_run_has_no_interval(semi):
    folders = [semi(1, 0.84, 0.90), semi(2, 0.8, 0.7, "capped", **{"fit/epochs": 9})]

    lines = gain_lines(folders)

    assert len(lines) == 5
    assert "±" not in "".join(lines)
    assert "-0.100" in "".join(lines)


def test_validation_rows_are_named_where_nothing_was_tested(semi):
    folders = [semi(1, 0.84, 0.90, measure="val_accuracy")]

    _, measure, *_ = gain_lines(folders)

    assert measure == "val_accuracy, by which rounds were chosen"


def test_the_gain_stands_in_every_form_of_a_comparison(semi, make_run):
    comparison = compare([semi(1, 0.84, 0.90), make_run("gender-001")])

    assert HEAD in render_text(comparison)
    assert f"{HEAD}: test\\_accuracy" in render_markdown(comparison)
    assert "What pseudo-labels gained" in render_page(comparison)
    (gain,) = json.loads(render_json(comparison))["gains"]
    assert gain["measure"] == "test_accuracy"
    assert gain["gain"]["mean"] == pytest.approx(0.06)


def test_runs_without_rounds_have_no_such_section(make_run):
    comparison = compare([make_run("gender-001")])

    assert gain_lines([make_run("gender-002")]) == []
    assert "pseudo-labels" not in render_text(comparison)
    assert "pseudo-labels" not in render_page(comparison)
    assert "gains" not in json.loads(render_json(comparison))
