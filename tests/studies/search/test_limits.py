"""Trials that are too large are not trained, and those that take too long end early."""

from __future__ import annotations

import json

from dlrun.report.search import render_search
from dlrun.studies.search.result import SearchResult

GRID = """\
method: grid
limits: {max_params: 40}
space: {model.layers.h1.units: [4, 16, 5, 32]}"""


def ends(worker):
    return [trial.end for trial in worker.trials.by_number.values()]


def test_a_trial_that_is_too_large_counts_and_is_not_trained(search, stub):
    plan = search.plan(GRID)

    worker = search.work(plan)

    assert [end.state for end in ends(worker)] == [
        "finished", "refused", "finished", "refused",
    ]  # fmt: skip
    assert {number for number, _ in stub.trained} == {1, 3}
    trials = worker.trials.by_number
    assert [one.parameters for one in trials.values()] == [22, 82, 27, 162]
    assert (ends(worker)[1].limit, ends(worker)[1].scores) == ("max_params", ())
    text = render_search(SearchResult.of(plan, worker.trials))
    assert "trials 2, 4 refused: limit: more than 40 parameters" in text


def test_a_trial_that_takes_too_long_keeps_its_score_and_is_named(search, stub):
    plan = search.plan("limits: {seconds: 5}\n" + GRID.replace("limits", "# limits"))
    stub.kill = (2, 3)

    search.killed(plan)
    worker = search.work(plan)

    assert [epoch for number, epoch in stub.trained if number == 2] == [1, 2, 3, 4, 5]
    first = ends(worker)[0]
    assert (first.state, first.epoch, first.score) == ("finished", 5, 0.2)
    assert (first.limit, first.seconds) == ("seconds", 5.0)
    result = SearchResult.of(plan, worker.trials)
    text = render_search(result)
    assert "trials 1, 2, 3, 4 ended early: limit: the 5 seconds" in text
    told = json.loads(json.dumps(result.to_values()))["trials"][0]
    assert (told["limit"], told["parameters"]) == ("seconds", 22)
    stub.seconds = 0.1
    search.directory = search.directory / "quick"
    search.directory.mkdir()
    assert [end.limit for end in ends(search.work(search.plan(GRID)))] == [
        None, "max_params", None, "max_params",
    ]  # fmt: skip
