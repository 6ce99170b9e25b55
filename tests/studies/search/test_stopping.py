"""Patience and hours end a search, and how hours are counted."""

from __future__ import annotations

import json
import time

import pytest

import dlrun
from dlrun.errors import RunError
from dlrun.experiment.search import Goal, Goals
from dlrun.report.search import render_search, trial_line
from dlrun.runs import Journal, SearchFolder
from dlrun.studies.search.clock import WorkClock
from dlrun.studies.search.end import End
from dlrun.studies.search.kept import KeptSearch, read_result
from dlrun.studies.search.plan import SearchPlan
from dlrun.studies.search.result import SearchResult
from dlrun.studies.search.stopping import without_better
from dlrun.studies.search.whole import begin_search
from dlrun.studies.search.work import SearchWorker

SPACE = "space: {compile.optimizer.learning_rate: {float: [0.001, 1], log: true}}"


def hours(*entries, now=1e9):
    clock = WorkClock()
    for entry in entries:
        clock.hear(entry)
    return clock.hours(now) * 3600


def made(trial, at):
    return {"trial": trial, "chosen": {}, "at": at}


def ended(trial, at):
    return {"trial": trial, "state": "finished", "at": at}


TIMES = {
    "two after another, with a pause": (
        [made(1, 100), ended(1, 110), made(2, 500), ended(2, 530)], 40,
    ),
    "two at once": (
        [made(1, 100), made(2, 105), ended(1, 110), ended(2, 130)], 30,
    ),
    "one within another": (
        [made(1, 100), made(2, 105), ended(2, 110), ended(1, 130)], 30,
    ),
    "killed, and taken up later": (
        [made(1, 100), {"trial": 1, "died_after": 2, "at": 900},
         {"trial": 1, "resumed": 120.0, "at": 900}, ended(1, 910)], 30,
    ),
    "killed before it wrote anything": (
        [made(1, 100), {"trial": 1, "resumed": None, "at": 900}, ended(1, 910)], 10,
    ),
    "a repetition": ([made(1, 100) | {"same_as": 1}], 0),
    "a line without a time": ([{"trial": 1, "chosen": {}}, ended(1, 500)], 0),
}  # fmt: skip


@pytest.mark.parametrize("case", TIMES)
def test_hours_count_by_the_clock_while_a_trial_is_in_hands(case):
    entries, seconds = TIMES[case]

    assert hours(*entries) == pytest.approx(seconds)


def test_what_is_in_hands_counts_until_now():
    assert hours(made(1, 100), made(2, 130), now=150) == pytest.approx(50)


def test_patience_counts_what_is_no_better_and_what_fails():
    one, two = Goals([Goal("max", "a")]), Goals([Goal("max", "a"), Goal("min", "b")])

    def count(goals, *scores):
        return without_better(goals, [End("finished", score) for score in scores])

    assert count(one, (0.5,), (0.7,), (0.7,), (), (0.6,)) == 3
    assert count(one, (0.5,), (0.7,), (0.71,)) == 0
    assert count(one, (), ()) == 2
    assert count(two, (0.5, 3.0), (0.4, 2.0), (0.4, 2.5)) == 1
    assert count(two, (0.5, 3.0), (0.4, 2.0), (0.6, 3.0)) == 0
    assert without_better(one, [None]) == 1


def test_a_search_ends_when_patience_is_over_and_more_goes_on(search, stub):
    plan = search.plan(f"patience: 3\n{SPACE}")
    scores = iter([0.5, 0.4, 0.6, 0.4, 0.5, 0.3, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9])
    found = {}
    stub.curve = lambda spec, epoch: {
        "val_loss": found.setdefault(repr(spec.compile), next(scores, 1.0))
        if repr(spec.compile) not in found
        else found[repr(spec.compile)]
    }

    worker = search.work(plan)

    result = SearchResult.of(plan, worker.trials)
    assert [one.score for one in result.trials] == [0.5, 0.4, 0.6, 0.4, 0.5]
    assert result.ended == "the last 3 trials were no better"
    text = render_search(result)
    assert "stub: min val_loss, random, 5 trials: 5 finished" in text
    assert "it has ended: the last 3 trials were no better" in text
    assert search.work(plan).trials.by_number.keys() == worker.trials.by_number.keys()
    more = search.plan(f"patience: 5\n{SPACE}")
    again = search.work(more)
    assert SearchResult.of(more, again.trials).trials[5].score == 0.3
    assert len(again.trials.by_number) == 11
    assert (
        SearchPlan.of_folder(again.trials.folder, more.end_overrides).spec.patience == 5
    )


def test_the_folder_goes_on_as_far_as_was_said_last_and_never_less_far(search, stub):
    begun = search.plan(f"trials: 2\n{SPACE}")
    folder = SearchFolder.of(search.directory / "runs", begun.name)
    kept = []
    for words in (
        "trials: 2", "trials: 5", "trials: 3", "hours: 4", "trials: 3\nhours: 4",
        "hours: 3",
    ):  # fmt: skip
        begin_search(search.plan(f"{words}\n{SPACE}"), folder)
        spec = SearchPlan.of_folder(folder).spec
        kept.append((spec.trials, spec.hours, KeptSearch.of_folder(folder).trials))

    assert kept == [
        (2, None, 2), (5, None, 5), (5, None, 5), (None, 4.0, None),
        (None, 4.0, None), (None, 4.0, None),
    ]  # fmt: skip


def test_no_trial_begins_once_the_hours_are_over_and_what_was_left_is_finished(
    search, stub
):
    plan = search.plan(f"hours: 0.02\n{SPACE}")
    stub.kill = (2, 4)
    now = [1000.0]
    make = SearchWorker.__init__

    def timed(self, *given):
        make(self, *given)
        self.trials.now = lambda: now[0]

    def curve(spec, epoch):
        now[0] += 2.0  # Twice an epoch: 36 seconds a trial.
        return {}

    stub.curve = curve
    search.monkeypatch.setattr(SearchWorker, "__init__", timed)

    search.killed(plan)  # 36 and 14 seconds; the 20 that follow are less than 72.
    last, before = now[0], time.time()
    folder = SearchFolder.of(search.directory / "runs", "stub")
    assert 0 <= before - folder.last_sign(2) < 600
    assert folder.last_sign(3) is None
    search.monkeypatch.setattr(SearchFolder, "last_sign", lambda *_: last)
    now[0] += 9000.0
    worker = search.work(plan)

    text = Journal(worker.trials.folder).file.read_text()
    lines = [*map(json.loads, text.splitlines())]
    assert [line["trial"] for line in lines if "chosen" in line] == [1, 2, 3]
    assert all(one.end is not None for one in worker.trials.by_number.values())
    assert worker.trials.folder.end() == "0.02 hours of work are over"


def test_a_notebook_goes_on_with_a_folder_whatever_became_of_its_file(search, stub):
    folder = search.work(search.plan(f"trials: 2\n{SPACE}")).trials.folder
    (search.directory / "stub.yaml").unlink()

    found = dlrun.search(folder.path, set={"search.trials": 4}, verbose=False)

    assert [*found.trials["state"]] == ["finished"] * 4
    assert len(dlrun.search(folder.path, verbose=False).trials) == 4
    with pytest.raises(RunError, match="is the folder of no search"):
        dlrun.search(search.directory)
    with pytest.raises(RunError, match="nothing can be removed"):
        dlrun.search(folder.path, unset=["fit.epochs"])


def test_a_trial_that_repeats_one_that_trains_still_says_so(make_search):
    folder = make_search({"fit.batch_size": [4, 8]}, [({"fit.batch_size": 0}, None)])
    with Journal(folder).file.open("a") as lines:
        line = {"trial": 2, "chosen": {"fit.batch_size": 0}, "same_as": 1}
        lines.write(f"{json.dumps(line)}\n")
    result = read_result(folder)

    assert trial_line(result.plan, result.trials[1]) == (
        "trial 2 of 1: as trial 1, which is not over: batch_size 4"
    )
