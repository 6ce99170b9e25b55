from __future__ import annotations

import math
import re

import pytest

from dlrun.comparison import Band, GroupCurves
from dlrun.report.drawing.panel import describe, draw_panel, panel_frame, value_at

NAN = math.nan


def band(*values, runs=1, spread=0.0):
    epochs = tuple(float(epoch) for epoch in range(1, len(values) + 1))
    low = tuple(value - spread for value in values)
    high = tuple(value + spread for value in values)
    return Band(epochs, (runs,) * len(values), values, low, high)


def test_curves_are_told_in_words():
    curves = GroupCurves(band(0.9, 0.5, 0.2), band(0.8, 0.6, 0.7), 2.0, 3.0)

    assert describe("base", curves) == (
        "base, 3 epochs: train from 0.9000 to 0.2000; validation from 0.8000 to "
        "0.7000; best validation 0.6000 at epoch 2; overfitting since epoch 3"
    )


def test_a_curve_that_is_none_of_validation_goes_by_its_metric():
    curves = GroupCurves(None, band(0.8, 0.6, 0.7), 2.0, None, "train_loss")

    assert describe("base", curves) == (
        "base, 3 epochs: train_loss from 0.8000 to 0.7000; "
        "best train_loss 0.6000 at epoch 2"
    )


def test_the_best_epoch_is_marked_where_it_is_though_its_value_is_off_the_picture():
    far = GroupCurves(None, band(90.0, 80.0, 85.0), 2.0, None)
    near = GroupCurves(None, band(*[0.5] * 60), 30.0, None)
    frame = panel_frame([far, *[near] * 5], "min")

    picture = draw_panel(frame, "far", far, None)

    mark = re.search(r'class="mark" cx="([^"]*)" cy="([^"]*)"', picture)
    assert float(mark[1]) == pytest.approx(frame.x.place(2.0))
    assert float(mark[2]) == pytest.approx(frame.y.place(frame.y.high))


def test_a_line_is_interrupted_where_there_is_no_number():
    curves = GroupCurves(None, band(0.9, NAN, 0.5, 0.4), None, None)
    frame = panel_frame([curves], "min")

    picture = draw_panel(frame, "base", curves, None)

    trace = re.search(r'class="line validation" d="([^"]*)"', picture)[1]
    assert trace.count("M") == 2


def test_train_is_dashed_and_the_band_is_drawn_for_several_runs_only():
    one = GroupCurves(band(0.9, 0.5), band(0.8, 0.6), 2.0, None)
    many = GroupCurves(
        band(0.9, 0.5, runs=3, spread=0.1), band(0.8, 0.6, runs=3, spread=0.1), 2.0, 1.0
    )

    pictures = [
        draw_panel(panel_frame([curves], "min"), "base", curves, None)
        for curves in (one, many)
    ]

    assert [picture.count('class="band') for picture in pictures] == [0, 2]
    assert ['class="onset"' in picture for picture in pictures] == [False, True]


def test_the_curve_of_the_best_group_stands_behind_the_others():
    best = GroupCurves(None, band(0.5, 0.4), 2.0, None)
    other = GroupCurves(None, band(0.9, 0.8), 2.0, None)
    frame = panel_frame([best, other], "min")

    pictures = [draw_panel(frame, "group", one, best) for one in (best, other)]

    assert ["reference" in picture for picture in pictures] == [False, True]


def test_the_mark_stands_between_two_points_where_the_median_epoch_does():
    points = Band((3.0, 8.0), (1, 1), (1.0, 0.0), (1.0, 0.0), (1.0, 0.0))

    assert value_at(points, 5.5) == 0.5
    assert value_at(points, 1.0) == 1.0
    assert value_at(points, 20.0) == 0.0
