"""The pictures of a search: each trial is in them, with what it lacks, and its end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlrun.report.drawing.markup import join
from dlrun.report.trials.course import (
    answer_words,
    best_so_far,
    course_words,
    draw_course,
)
from dlrun.report.trials.front import draw_front, front_words, stairs_of
from dlrun.report.trials.importance import draw_importances, importance_lines
from dlrun.report.trials.listing import render_trials
from dlrun.report.trials.parallel import draw_parallel
from dlrun.studies.search.importance import _ranked_trials, _standings
from dlrun.studies.search.kept import read_result

UNITS = "model.layers.h1.units"
SPACE = {
    UNITS: {"int": [16, 256], "log": True},
    "compile.optimizer": [
        "adam",
        {"SGD": {"momentum": {"float": [0.5, 0.9]}}},
    ],
}


@pytest.fixture
def result(make_search):
    """Seven trials: one trains still, one has diverged, the third is the best."""
    scores = (0.6, 0.5, 0.9, "the loss is not a number", 0.7, None, 0.8)
    trials = [
        ({UNITS: 16 + 40 * place, "compile.optimizer": 0}, score)
        for place, score in enumerate(scores)
    ]
    momentum = {"compile.optimizer": 1, "compile.optimizer[1].SGD.momentum": 0.7}
    trials[2] = ({UNITS: 100, **momentum}, 0.9)
    return read_result(make_search(SPACE, trials))


@pytest.fixture
def many(make_search):
    """Three hundred trials."""
    trials = [
        ({UNITS: 16 + n % 240, "compile.optimizer": 0}, 0.5 + (n * 37 % 300) / 1000)
        for n in range(300)
    ]
    return read_result(make_search(SPACE, trials))


def test_the_best_so_far_grows_from_trial_to_trial(result):
    steps = [(one.number, score) for one, score in best_so_far(result)]

    assert steps == [(1, 0.6), (3, 0.9)]
    assert [*course_words(result)] == [
        "val_accuracy: 0.6000 (trial 1) -> 0.9000 (trial 3)"
    ]


def test_a_goal_to_be_small_has_its_lowest_as_the_best(make_search):
    trials = [({"fit.batch_size": 0}, score) for score in (0.6, 0.9, 0.5)]
    search = make_search({"fit.batch_size": [4, 8]}, trials, goal="min val_loss")

    steps = [(one.number, score) for one, score in best_so_far(read_result(search))]

    assert steps == [(1, 0.6), (3, 0.5)]


def test_long_without_a_better_one_is_told(make_search):
    trials = [({"fit.batch_size": 0}, 0.9 - n / 100) for n in range(12)]
    result = read_result(make_search({"fit.batch_size": [4, 8]}, trials))

    assert [*course_words(result)][1:] == ["none of the 11 trials after it was better"]


def test_the_course_has_a_mark_for_each_trial_that_is_over(result):
    drawn = join(draw_course(result))

    assert drawn.count('class="point trial"') == 5 + 1  # And one in the legend.
    assert drawn.count('class="point broken"') == 1 + 1
    assert "diverged: 1" in drawn
    assert "<title>trial 3: 0.9000; units 100" in drawn


def test_in_parallel_coordinates_a_trial_passes_below_what_it_lacks(result):
    drawn = join(draw_parallel(result))

    without = [
        line
        for line in re.findall(r'class="line [^"]*" d="(M[^"]*)"', drawn)
        if "264 296" in line  # The third axis, and below its foot.
    ]
    assert drawn.count("<title>trial") == 6 + 1  # The best is drawn once more.
    assert len(without) == 5
    assert ">without</text>" in drawn
    assert ">SGD</text>" in drawn
    assert ">momentum</text>" in drawn
    assert re.findall(r">(20|50|100|200)</text>", drawn) == ["20", "50", "100", "200"]


def test_choices_too_long_for_an_axis_have_numbers_and_a_note(make_search):
    encoders = [["scale"], [{"impute": {"method": "median"}}, "scale"]]
    trials = [({"data.columns.age": place % 2}, 0.5 + place / 10) for place in range(4)]
    result = read_result(make_search({"data.columns.age": encoders}, trials))

    drawn = join(draw_parallel(result))

    assert (
        "data.columns.age: 1 is [scale]; 2 is [{impute: {method: median}}, scale]"
        in (drawn)
    )


def test_of_very_many_trials_a_picture_has_a_path_for_each_kind(many):
    course, lines = join(draw_course(many)), join(draw_parallel(many))

    assert course.count("<path") < 20
    assert lines.count("<path") < 20
    assert lines.count("M") > 300
    assert len(course) + len(lines) < 40_000


def test_the_table_has_every_trial_and_links_to_its_run(make_search):
    trials = [({"fit.batch_size": n % 2}, score) for n, score in enumerate((0.5, 0.7))]
    folder = make_search({"fit.batch_size": [4, 8]}, trials, runs=True)
    result = read_result(folder)

    linked = join(render_trials(result, folder.path.parent.parent))
    alone = join(render_trials(result))

    link = "runs/people.search/trials/people-0002/"
    assert f'<a href="{link}">people-0002</a>' in linked
    assert linked.index("people-0002") < linked.index("people-0001")
    assert "<a " not in alone
    assert (folder.path.parent.parent / link).is_dir()


def test_trials_that_repeat_or_have_no_score_come_last_in_the_table(result):
    drawn = join(render_trials(result, Path()))

    numbers = re.findall(r'scope="row" class="num">(\d+)<', drawn)
    assert numbers == ["3", "7", "5", "1", "2", "4", "6"]
    assert "diverged: the loss is not a number" in drawn
    assert "unfinished" in drawn


def test_of_very_many_trials_the_table_has_the_best(many):
    drawn = join(render_trials(many))

    assert drawn.count('scope="row"') == 200
    assert "The best 200 of 300 trials" in drawn


@pytest.fixture
def halved(make_search):
    """Of eleven trials one has ended, and the others pause, two at the second rung."""
    scores = [{4: n / 20} for n in range(8)]
    scores += [{4: 0.5, 8: 0.6}, {4: 0.55, 8: 0.62}, 0.9]
    trials = [
        ({UNITS: 16 + n, "compile.optimizer": 0}, s) for n, s in enumerate(scores)
    ]
    return read_result(make_search(SPACE, trials))


def test_a_trial_that_pauses_has_the_score_at_which_it_does(halved):
    table = join(render_trials(halved, Path()))
    course, lines = join(draw_course(halved)), join(draw_parallel(halved))

    numbers = re.findall(r'scope="row" class="num">(\d+)<', table)
    assert numbers[:4] == ["11", "10", "9", "8"]
    assert ">0.6200<small> paused at 8</small>" in table
    assert course.count('class="point paused"') == 10 + 1
    assert "<title>trial 10: 0.6200, paused after epoch 8; units 25" in course
    assert "where it paused: 10" in course
    assert lines.count("<title>trial") == 11 + 1
    assert ">paused</text>" in lines


def test_a_trial_that_got_further_ranks_before_those_left_behind(halved):
    over = _ranked_trials(halved)

    standings = _standings(halved, over)

    ordered = sorted(zip(standings, over, strict=True), key=lambda one: -one[0])
    assert [one.number for _, one in ordered] == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_too_few_trials_say_so_in_place_of_importances(result):
    words = "hich settings matter cannot be told from 6 trials; about 19 would do"

    assert importance_lines(result) == [f"w{words}"]
    assert f"W{words}." in join(draw_importances(result))


def test_importances_have_a_bar_and_a_word_for_each_setting(many):
    drawn = join(draw_importances(many))

    assert drawn.count('class="bar') == drawn.count("<tr>") - 1
    assert "not told from chance" in drawn


def test_a_search_without_a_trial_draws_nothing(make_search):
    result = read_result(make_search(SPACE, [], planned=3))

    drawn = (draw_course, draw_parallel, draw_importances, render_trials)
    assert [*map(join, (draw(result) for draw in drawn))] == [""] * 4


def test_the_front_of_two_goals_is_drawn_with_those_that_it_beats(make_search):
    scores = [(0.9, 500.0), (0.8, 100.0), (0.7, 300.0), "not a number"]
    trials = [({"fit.batch_size": n % 2}, score) for n, score in enumerate(scores)]
    goals = ["max val_accuracy", "min parameters"]
    result = read_result(make_search({"fit.batch_size": [4, 8]}, trials, goals))

    drawn = join(draw_front(result))

    assert front_words(result) == [
        "trial 1: val_accuracy 0.9000, parameters 500: batch_size 4",
        "trial 2: val_accuracy 0.8000, parameters 100: batch_size 8",
    ]
    assert drawn.count('class="point validation"') == 2 + 1
    assert drawn.count('class="point trial"') == 1 + 1
    assert "<title>trial 3: val_accuracy 0.7000, parameters 300</title>" in drawn
    assert "2 of 4 trials are in the front" in answer_words(result)
    assert 'colspan="2">diverged: not a number' in join(render_trials(result))
    assert join(draw_course(result))
    assert join(draw_parallel(result))


def test_of_one_goal_no_front_is_drawn(result):
    assert (draw_front(result), front_words(result)) == ([], [])


def test_the_stairs_of_a_front_enclose_what_was_reached():
    assert stairs_of([(2, 20), (1, 10)], "max") == [(1, 10), (1, 20), (2, 20)]
    assert stairs_of([(2, 10), (1, 20)], "min") == [(1, 20), (2, 20), (2, 10)]
