"""What a search begins with comes first, and a grid has no point twice."""

from __future__ import annotations

import json

from dlrun.runs import Journal
from dlrun.studies.search.sampler import first_suggestions

SPACE = "space: {model.layers.h1.units: [2, 4, 8], fit.batch_size: [2, 32]}"
START = "start: [{}, {model.layers.h1.units: 8, fit.batch_size: 2}]"


def settings(worker):
    folder = worker.trials.folder
    lines = map(json.loads, Journal(folder).file.read_text().splitlines())
    return [tuple(one["settings"].values()) for one in lines if "chosen" in one]


def test_a_grid_begins_with_what_it_is_told_and_goes_on_with_the_rest(search, stub):
    plan = search.plan(f"method: grid\n{START}\n{SPACE}")

    worker = search.work(plan)

    assert settings(worker) == [(4, 32), (8, 2), (2, 2), (2, 32), (4, 2), (8, 32)]
    assert all(one.same_as is None for one in worker.trials.by_number.values())


def test_a_random_search_begins_with_what_it_is_told(search, stub):
    plan = search.plan(f"trials: 4\n{START}\n{SPACE}")
    without = search.plan(f"trials: 4\n{SPACE}")

    told = first_suggestions(plan, 9)

    assert [[*one.values()] for one in told[:2]] == [[1, 1], [2, 0]]
    assert told[2:] == first_suggestions(without, 9)[2:]
