"""What a terminal shows while a search goes on, in any width."""

from __future__ import annotations

import pytest

from dlrun.report.trials.standing import outlook_lines
from dlrun.studies.search.kept import KeptSearch
from dlrun.studies.search.standing import RunningTrial, SearchOutlook, SearchWatch
from dlrun.writing import display_width

SPACE = {
    "model.layers.h1.units": {"int": [16, 256], "log": True},
    "compile.optimizer.learning_rate": {"float": [0.0001, 0.1], "log": True},
    "fit.batch_size": [16, 32, 64],
}
CHOSEN = {
    "model.layers.h1.units": 128,
    "compile.optimizer.learning_rate": 0.00123456,
    "fit.batch_size": 1,
}


@pytest.fixture
def outlook(make_search):
    """Four of twelve trials are over, and three train, one of them elsewhere."""
    scores = (0.5, 0.9, "not a number", 0.7, None, None, None)
    folder = make_search(SPACE, [(CHOSEN, score) for score in scores], planned=12)
    found = SearchWatch(folder, KeptSearch.of_folder(folder)).look()
    running = (
        RunningTrial(5, "process 1 on here", 3, 12, 0.8),
        RunningTrial(6, "process 1 on here", 0, 0, None),
        RunningTrial(7, "process 2 on there", 11, 12, 0.85),
    )
    return SearchOutlook(found.result, running, per_minute=2.0)


def test_it_says_how_far_the_search_is_and_what_trains(outlook):
    lines = outlook_lines(outlook, {"process 1 on here"}, 77, 24)

    assert lines == [
        "people  4 of 12 trials  4.0 min left  1 diverged  2.0 per minute",
        "best so far: val_accuracy 0.9000 (trial 2): units 128, learning_rate",
        "  0.00123456, batch_size 32",
        "trial 5  epoch 3/12  val_accuracy 0.8000",
        "trial 6  begins",
        "trial 7  epoch 11/12  val_accuracy 0.8500  process 2 on there",
    ]


@pytest.mark.parametrize("width", [30, 57, 77])
def test_no_line_is_longer_than_the_terminal(outlook, width):
    lines = outlook_lines(outlook, (), width, 24)

    assert max(map(display_width, lines)) <= width
    assert lines[0].startswith("people  4 of 12 trials")


def test_a_low_terminal_counts_those_that_it_cannot_show(outlook):
    lines = outlook_lines(outlook, (), 77, 6)

    assert lines[3:] == ["trial 5  epoch 3/12  val_accuracy 0.8000  process 1 on here",
                         "and 2 more"]  # fmt: skip


def test_the_rate_is_that_of_trials_that_end_while_one_looks(make_search):
    """The first that ends comes late, since a process takes its time to begin."""
    folder = make_search(SPACE, [(CHOSEN, 0.5), *[(CHOSEN, None)] * 3], planned=5)
    clock = iter((0.0, 30.0, 60.0))
    watch = SearchWatch(folder, KeptSearch.of_folder(folder), lambda: next(clock))

    seen = [watch.look()]
    for number in (2, 3):
        with (folder.path / "trials.jsonl").open("a") as lines:
            lines.write(f'{{"trial": {number}, "state": "finished", "score": 0.7}}\n')
        seen.append(watch.look())

    assert [one.over for one in seen] == [1, 2, 3]
    assert [one.per_minute for one in seen] == [None, None, 2.0]
    assert [one.seconds_left for one in seen] == [None, None, 60.0]


def test_who_trains_a_trial_and_its_newest_epoch_are_read_from_the_folder(make_search):
    folder = make_search(SPACE, [(CHOSEN, 0.5), (CHOSEN, None)], planned=4, runs=True)
    watch = SearchWatch(folder, KeptSearch.of_folder(folder))

    with folder.claim(2):
        (running,) = watch.look().running

    assert (running.number, running.epoch, running.epochs) == (2, 5, 5)
    assert running.score == 0.75
    assert running.holder.startswith("process ")
    assert not watch.look().running


def test_of_a_trial_of_several_runs_it_says_which_one_trains(make_search, make_run):
    folder = make_search(SPACE, [(CHOSEN, None)], planned=4, repeats=3)
    for place, state in enumerate(("finished", "running"), 1):
        run = make_run(f"one-{place}", state=state)
        run.path.rename(folder.run(1, place).path)
    watch = SearchWatch(folder, KeptSearch.of_folder(folder))

    with folder.claim(1):
        outlook = watch.look()

    assert outlook.running[0].part == "run 2/3"
    line = outlook_lines(outlook, {outlook.running[0].holder}, 77, 24)[-1]
    assert line.startswith("trial 1  run 2/3  epoch 5/5  val_accuracy")


def test_while_all_pause_the_best_that_got_furthest_is_shown(make_search):
    paused = [{4: 0.5}, {4: 0.6, 12: 0.7}, {4: 0.9}, None]
    folder = make_search(SPACE, [(CHOSEN, score) for score in paused], planned=9)

    outlook = SearchWatch(folder, KeptSearch.of_folder(folder)).look()

    counts, best = outlook_lines(outlook, (), 90, 24)[:2]
    assert counts == "people  3 of 9 trials  3 paused"
    assert best.startswith("best so far: val_accuracy 0.7000 after epoch 12 (trial 2)")


def test_of_trials_that_end_together_no_rate_is_told(make_search):
    folder = make_search(SPACE, [(CHOSEN, 0.5), *[(CHOSEN, None)] * 4], planned=9)
    clock = iter((0.0, 0.1, 60.0))
    watch = SearchWatch(folder, KeptSearch.of_folder(folder), lambda: next(clock))
    rates = []

    watch.look()
    with folder.claim(4), folder.claim(5):
        for number in (2, 3):
            with (folder.path / "trials.jsonl").open("a") as lines:
                lines.write(f'{{"trial": {number}, "state": "finished", "score": 1}}\n')
            rates.append(watch.look().per_minute)

    assert rates == [None, None]
