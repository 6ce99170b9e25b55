"""A comparison of three, thirty and many groups, as a person reads it."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from dlrun.comparison import Question, compare
from dlrun.report.sections.section import Style
from dlrun.report.text import render_text
from dlrun.runs import RecordedDiagnosis, RunFolder
from dlrun.writing import display_width

GOLDEN = Path(__file__).parents[1] / "golden" / "compare"
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01)
UNITS = (4, 8, 16, 32, 64, 128)


@pytest.fixture
def write(make_run, tmp_path, monkeypatch):
    """Write a run that learns, and from some epoch on overfits."""
    monkeypatch.chdir(tmp_path)

    def make(name, seed, best, rise, onset=None, epochs=20, **config) -> RunFolder:
        chance = random.Random(f"{name} {seed}")
        shift = chance.gauss(0, 0.01)
        losses = tuple(
            best
            + shift
            + math.exp(-epoch / 2)
            + max(0, epoch - 8) * rise
            + chance.gauss(0, 0.002)
            for epoch in range(epochs)
        )
        run = make_run(
            f"{name}-{seed:03d}",
            losses,
            config={
                "name": name.partition("-")[0],
                "seed": seed,
                "fit/epochs": epochs,
                **config,
            },
            summary={"split_hash": str(seed), "validation_hash": str(seed)},
        )
        run.write_diagnosis(
            RecordedDiagnosis(
                verdict="OVERFITTING", tag=f"overfit@{onset}", onset=onset
            )
            if onset
            else RecordedDiagnosis(verdict="GOOD_FIT", tag="ok")
        )
        return RunFolder(run.path.relative_to(tmp_path))

    return make


@pytest.fixture
def three(write):
    dropout = {"model/layers/0/Dense/units": 8}
    smaller = {"fit/batch_size": 6}
    return [
        run
        for seed in (1, 2, 3, 4, 5)
        for run in (
            write("base", seed, 0.5, 0.02, 11),
            write("smaller", seed, 0.4, 0.005, None, **dropout),
            write("batches", seed, 0.495, 0.02, 11 + seed % 2, **smaller),
        )
    ]


@pytest.fixture
def thirty(write):
    return [
        write(
            f"sweep-{rate}-{units}",
            seed,
            0.4 + abs(math.log10(rate / 0.001)) / 10 + 0.3 / units,
            units / 5000,
            10 if units > 16 else None,
            **{
                "compile/optimizer/Adam/learning_rate": rate,
                "model/layers/0/Dense/units": units,
            },
        )
        for rate in RATES
        for units in UNITS
        for seed in (1, 2, 3)
    ]


@pytest.fixture
def search(write):
    chance = random.Random(1)
    folders = []
    for index in range(60):
        rate, units = round(10 ** chance.uniform(-4, -2), 6), chance.choice(UNITS)
        config = {
            "compile/optimizer/Adam/learning_rate": rate,
            "model/layers/0/Dense/units": units,
        }
        best = 0.4 + abs(math.log10(rate / 0.001)) / 10 + 0.3 / units
        onset = 10 if units > 16 else None
        folders.append(write(f"s{index}", 1, best, units / 5000, onset, **config))
    return folders


@pytest.mark.parametrize("width", [80, 140])
def test_three_groups_stand_side_by_side(three, golden, width):
    text = render_text(compare(three), Style(width=width))

    golden(GOLDEN / f"three-{width}.txt", text.rstrip())
    assert max(display_width(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("width", [80, 140])
def test_thirty_groups_are_a_table_with_a_rule(thirty, golden, width):
    text = render_text(compare(thirty), Style(width=width))

    golden(GOLDEN / f"thirty-{width}.txt", text.rstrip())
    assert max(display_width(line) for line in text.splitlines()) <= width
    assert "── below" in text


def test_of_many_groups_twenty_are_shown_and_the_rest_summed_up(search, golden):
    text = render_text(compare(search), Style(width=100))

    golden(GOLDEN / "many.txt", text.rstrip())
    assert "40 more: quartiles of val_loss" in text


def test_plain_characters_are_enough(three, golden):
    text = render_text(compare(three), Style(width=80, ascii=True))

    golden(GOLDEN / "three-ascii.txt", text.rstrip())
    assert text.isascii()


def test_the_table_shows_as_many_groups_as_asked_for(thirty):
    text = render_text(compare(thirty), Style(width=100, top=3))

    assert "27 more: quartiles of val_loss" in text


def test_curves_of_many_groups_are_drawn_on_request(thirty):
    comparison = compare(thirty)

    assert "by epoch" not in render_text(comparison)
    drawn = render_text(comparison, Style(curves=True))
    assert drawn.count("#") >= 8
    assert "overfitting" in drawn


def test_another_order_has_no_rule(thirty):
    comparison = compare(thirty, Question(sort="units"))

    assert "── below" not in render_text(comparison)
    assert comparison.groups[0].settings["model.layers[0].Dense.units"] == 4
