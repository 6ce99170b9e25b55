"""Several goals: what no other trial beats in all of them."""

from __future__ import annotations

import itertools
import math

import pytest

from dlrun.report.run_list import list_searches
from dlrun.report.search import render_search, trial_line
from dlrun.report.trials.course import course_words, draw_course
from dlrun.report.trials.importance import draw_importances
from dlrun.report.trials.listing import render_trials
from dlrun.report.trials.parallel import draw_parallel
from dlrun.studies.search.front import front
from dlrun.studies.search.result import SearchResult

GRID = """\
method: grid
goal: [max val_accuracy, min parameters]
space: {model.layers.h1.units: [4, 16, 5, 32, 8], compile.optimizer: [adam, sgd]}"""


def curve(spec, epoch):
    """More units are better, but for 16; `sgd` diverges with 5."""
    units = spec.model.layers[0].units
    is_lost = units == 5 and spec.compile.optimizer.key == "SGD"
    accuracy = 0.5 + units / 100 - 0.3 * (units == 16)
    accuracy -= 0.01 * (spec.compile.optimizer.key == "SGD")
    return {"val_accuracy": math.nan if is_lost else accuracy}


def test_the_front_is_what_none_beats():
    points = dict(enumerate(itertools.product(range(4), repeat=3), 1))
    points = {key: point for key, point in points.items() if sum(point) >= 4}

    found = front(points)

    beaten = {
        key
        for key, one in points.items()
        for other in points.values()
        if other != one and all(a <= b for a, b in zip(other, one, strict=True))
    }
    assert sorted(found) == sorted(points.keys() - beaten)
    assert [points[key] for key in found] == sorted(points[key] for key in found)
    assert front({1: (1.0, 2.0), 2: (1.0, 2.0), 3: (1.0, 3.0)}) == [1, 2]
    assert front({}) == []


@pytest.fixture
def result(search, stub):
    stub.curve = curve
    plan = search.plan(GRID)
    return SearchResult.of(plan, search.work(plan).trials)


def test_the_answer_is_a_front_and_no_best_trial(result, search):
    assert [one.number for one in result.front] == [7, 9, 5, 1]
    assert result.best is None
    values = result.to_values()
    assert (values["best"], values["goal"]) == (None, None)
    assert values["goals"] == ["max val_accuracy", "min parameters"]
    assert values["front"] == [7, 9, 5, 1]
    assert values["trials"][0]["scores"] == [0.54, 22.0]
    assert (values["trials"][5]["state"], values["trials"][5]["scores"]) == (
        "diverged", [],
    )  # fmt: skip
    (entry,) = list_searches([result.trials[0].folder])
    assert entry.best is None
    assert entry.reason == "10 of 10 trials are over, 4 in the front"


def test_what_is_said_speaks_of_a_front(result):
    text = render_search(result)
    lines = text.splitlines()

    assert lines[1].split() == [
        "trial", "val_accuracy", "parameters", "epoch", "units", "optimizer",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[2:6]] == ["7", "9", "5", "1"]
    assert "the front: 4, of which none is beaten" in text
    assert "better in one; 5 are beaten" in text
    assert "chosen among 9 trials, these scores are lucky as well as good" in text
    assert "best: trial" not in text
    seventh, second = (
        trial_line(result.plan, result.trials[place], result.front) for place in (6, 1)
    )
    assert "val_accuracy 0.8200, parameters 162, in the front of 4: " in seventh
    assert "not in the front of 4: " in second


def test_the_page_of_a_search_of_several_goals_is_drawn(result):
    for draw in (draw_course, draw_importances, draw_parallel, render_trials):
        assert draw(result)
    (words,) = course_words(result)
    assert words.startswith("val_accuracy: ")
    assert words.endswith("-> 0.8200 (trial 7)")


def test_one_goal_has_a_best_trial(search, stub):
    stub.curve = curve
    plan = search.plan(
        GRID.replace("[max val_accuracy, min parameters]", "max val_accuracy")
    )

    result = SearchResult.of(plan, search.work(plan).trials)

    assert (result.best.number, [one.number for one in result.front]) == (7, [7])
    assert "best: trial 7, in " in render_search(result)


def test_each_goal_has_its_spread_and_what_has_no_room_is_counted(search, stub):
    stub.curve = curve
    plan = search.plan(GRID, "search.seeds=2")

    result = SearchResult.of(plan, search.work(plan).trials)

    lines = render_search(result).splitlines()
    assert lines[1].split() == [
        "trial", "val_accuracy", "spread", "parameters", "units", "optimizer",
    ]  # fmt: skip
    assert lines[2].split()[2] == "0.0000"
    narrow = render_search(result, 36).splitlines()
    assert "+3 columns (--json)" in narrow
