from __future__ import annotations

import re
from random import Random

import pytest

from dlrun.estimates import adjust, difference, estimate
from dlrun.estimates.power_law import extrapolate
from dlrun.report.learning_curve import render_learning_curve
from dlrun.report.page.learning_curve import render_curve_page
from dlrun.studies.learning_curve import CurvePoint, LearningCurve

ROWS = {"rows-0.05": 50, "rows-0.1": 100, "rows-0.2": 200, "as-given": 400}


def curve(axis="rows", *, seeds=5, noise=0.002, name="digits", sizes=None):
    """A curve of an accuracy that follows a power law."""
    sizes, random = sizes or ROWS, Random(4)
    scores = {
        variant: {
            seed: 0.9 - 1.2 * size**-0.5 + random.gauss(0, noise)
            for seed in range(seeds)
        }
        for variant, size in sizes.items()
    }
    series = [[one[seed] for one in scores.values()] for seed in range(seeds)]
    more = extrapolate([*sizes.values()], series, highest_is_best=True)
    base = scores["as-given"]
    others = {variant: one for variant, one in scores.items() if one is not base}
    changes = adjust(
        [difference(base, one, highest_is_best=True) for one in others.values()],
        highest_is_best=True,
    )
    by_variant = dict(zip(others, changes, strict=True))
    points = [
        CurvePoint(
            variant=variant,
            size=size,
            n=seeds,
            score=estimate([*scores[variant].values()]),
            train=estimate([0.99] * seeds),
            change=by_variant.get(variant),
            parameters=1000,
            best_epoch=7.0,
            unsettled=seeds if variant == "rows-0.05" else 0,
        )
        for variant, size in sizes.items()
    ]
    return LearningCurve(
        name=name,
        axis=axis,
        metric="val_accuracy",
        highest_is_best=True,
        seeds=seeds,
        points=tuple(points),
        left_out={"rows-0.025": "class 3 has no row"},
        more=None if isinstance(more, str) else more,
        unknown=more if isinstance(more, str) else "",
    )


def test_the_answer_comes_before_how_to_read_it():
    lines = render_learning_curve(curve()).splitlines()

    assert lines[0].startswith("digits over rows, 5 seeds: more rows train")
    answer = next(line for line in lines if line.startswith("More rows would help"))
    assert re.search(r"with 800 val_accuracy is expected at 0\.85\d", answer)
    assert re.search(r"a change of \+0\.0\d+ \[\+0\.0\d+, \+0\.0\d+\]", answer)
    law = next(line for line in lines if line.startswith("That is a power law"))
    assert "95 % intervals of the law itself, without the luck of seeds" in law
    measured = re.search(
        r"same seeds would measure a change in \[(\S+), (\S+)\] with 800", law
    )
    of_law = re.search(r"a change of \S+ \[(\S+), (\S+)\]", answer)
    low, high = (float(end) for end in measured.groups())
    assert high - low > float(of_law[2]) - float(of_law[1])
    assert "Most runs at 50 were best in their last epoch" in lines[-3]
    assert lines[-1] == "left out: rows-0.025: class 3 has no row"


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("axis", ["rows", "width", "epochs"])
def test_it_fits_a_narrow_terminal(width, axis):
    lines = render_learning_curve(curve(axis), width).splitlines()

    assert max(map(len, lines)) <= width
    assert any("val_accuracy" in line for line in lines[:5])


def test_too_few_seeds_say_why_nothing_can_be_told():
    text = render_learning_curve(curve(seeds=2))

    assert "would help cannot be told: the spread needs 3 seeds" in text
    assert "power law, a + b" not in text


def test_noise_is_no_gain():
    text = render_learning_curve(curve(noise=0.1))

    assert re.search(r"Whether more rows would help by more than 0\.\d+ cannot", text)


def test_a_curve_over_widths_says_which_are_worse():
    text = render_learning_curve(
        curve("width", sizes={"width-0.5": 50, "as-given": 100, "width-2": 200})
    )

    assert "val_accuracy is worse at x50 than as given." in text
    assert "val_accuracy is better at x200 than as given." in text
    assert "parameters" in text


def test_of_one_change_nothing_is_adjusted():
    two = {"rows-0.1": 100, "as-given": 400}

    one, three = (
        render_learning_curve(curve(sizes=sizes), 200) for sizes in (two, ROWS)
    )

    assert "its 95 % interval." in one
    assert "its 95 % interval, adjusted for 3 comparisons (Holm)." in three


def test_the_page_says_and_draws_the_same():
    made = curve(name="<b>digits")

    page = render_curve_page(made)

    assert page == render_curve_page(made)
    assert "More rows would help: with 800" in page
    assert "script-src &#x27;none&#x27;" in page
    assert "<script" not in page
    assert "<b>digits" not in page
    picture = page[page.index("<svg") : page.index("</svg>")]
    assert picture.count("point validation") == 4
    assert "band validation" in picture
    assert ">800<" in picture


def test_a_page_without_a_law_has_its_points_alone():
    page = render_curve_page(curve(seeds=2))

    picture = page[page.index("<svg") : page.index("</svg>")]
    assert picture.count("point validation") == 4
    assert "band" not in picture


def test_a_curve_without_any_score_says_so():
    empty = LearningCurve("t", "rows", "val_loss", False, 0, (), {}, None, "no runs")

    assert render_learning_curve(empty) == "t: no run has a score yet.\n"
    assert "no run has a score yet" in render_curve_page(empty)
