"""Trials pause at rungs, and the best of those that got there go on."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter

import pytest

from dlrun.api.searching import Search
from dlrun.report.search import render_search, space_lines
from dlrun.runs import Journal
from dlrun.studies.search.halving import Halving
from dlrun.studies.search.kept import read_result
from dlrun.studies.search.result import SearchResult
from dlrun.studies.search.sampler import sampler_of
from dlrun.studies.search.trial import SearchTrials
from dlrun.studies.search.whole import begin_search

EPOCHS, RUNGS, FACTOR, TRIALS = 8, (1, 2, 4), 2, 12
SECTION = f"""\
goal: max val_accuracy
trials: {TRIALS}
halving: {{from: 1, factor: 2}}
space:
  compile.optimizer.learning_rate: {{float: [0.0001, 1], log: true}}
  model.layers.h1.units: {{int: [2, 99]}}"""
LONG = f"fit.epochs={EPOCHS}", "fit.monitor=val_accuracy"


def curve(spec, epoch):
    """The best rate is 0.01; units change nothing."""
    rate = spec.compile.optimizer.learning_rate
    far = abs(math.log10(rate / 0.01))
    return {"val_accuracy": (1 - far / 4) * (1 - 0.5 ** (epoch / 4))}


def epochs_of(trial):
    return [rung.epochs for rung in trial.rungs]


def lines(worker, key):
    file = Journal(worker._folder).file
    found = (json.loads(line) for line in file.read_text().splitlines())
    return [line for line in found if key in line]


@pytest.fixture
def plan(search, stub):
    stub.curve = curve
    return search.plan(SECTION, *LONG)


def test_the_best_of_those_that_got_to_a_rung_go_on(search, stub, plan):
    worker = search.work(plan)

    trials = worker.trials.by_number
    got_to = {
        rung: [
            one for one in trials.values() if rung in [at.epochs for at in one.rungs]
        ]
        for rung in RUNGS
    }
    ended = [one for one in trials.values() if one.end is not None]
    assert len(got_to[1]) == TRIALS
    assert all(one.is_paused or one.end is not None for one in trials.values())
    # Nothing is promotable any more, and each that went on was among the best then.
    for rung, above in zip(RUNGS, [*RUNGS[1:], None], strict=True):
        there = got_to[rung]
        score = {one.number: one.rungs[RUNGS.index(rung)].scores[0] for one in there}
        went_on = {one.number for one in (got_to[above] if above else ended)}
        best = sorted(score, key=lambda number: (-score[number], number))
        assert {*best[: len(there) // FACTOR]} <= went_on
        for line in lines(worker, "promoted_from"):
            if line["promoted_from"] == rung:
                among = sorted(line["among"], key=lambda one: (-score[one], one))
                assert line["trial"] in among[: len(among) // FACTOR]
                assert line["aim"] == above
    assert 1 <= len(ended) <= 3
    # No epoch is trained twice, and those of the worst are saved.
    assert max(Counter(stub.trained).values()) == 1
    assert len(stub.trained) < TRIALS * EPOCHS / 3
    best = SearchResult.of(plan, worker.trials).best
    assert (
        best.number
        == min(ended, key=lambda one: (-one.end.scores[0], one.number)).number
    )


def test_killed_anywhere_it_goes_on_as_if_nothing_had_happened(search, stub, plan):
    whole = search.work(plan).trials.by_number
    first = [*stub.trained]
    search.directory = search.directory / "again"
    search.directory.mkdir()
    stub.trained.clear()
    plan = search.plan(SECTION, *LONG)
    for at in (0, len(first) // 2, len(first) - 1):
        stub.kill = first[at]
        search.killed(plan)

    again = search.work(plan).trials.by_number

    assert stub.trained == first
    assert {key: (one.rungs, one.end, one.aim) for key, one in again.items()} == {
        key: (one.rungs, one.end, one.aim) for key, one in whole.items()
    }


def test_killed_between_the_pause_and_its_line_nothing_is_trained_twice(
    search, stub, plan, monkeypatch
):
    real, seen = Journal.append, []

    def killing(journal, entry):
        if "rung" in entry and not seen:
            seen.append(entry)
            raise KeyboardInterrupt
        real(journal, entry)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", killing)
        with pytest.raises(KeyboardInterrupt):
            search.work(plan)
    worker = search.work(plan)

    assert worker.trials.by_number[1].rungs[0].epochs == RUNGS[0]
    assert max(Counter(stub.trained).values()) == 1


def test_two_workers_share_rungs_and_both_come_to_an_end(search, stub, plan):
    workers = [search.begin(plan).work() for _ in range(2)]
    open_ones = [*workers]
    while open_ones:
        for one in [*open_ones]:
            if next(one, None) is None:
                open_ones.remove(one)

    trials = SearchTrials(search.begin(plan)._folder, plan.space)
    trials.refresh()
    assert len(trials.by_number) == TRIALS
    assert not any(one.needs_training for one in trials.by_number.values())
    assert Halving.of(plan).promotion(trials) is None
    assert max(Counter(stub.trained).values()) == 1


def test_all_runs_of_a_trial_pause_at_a_rung_and_go_on(search, stub):
    stub.curve = curve
    plan = search.plan(SECTION.replace("12", "3"), *LONG, "search.seeds=2")

    trials = search.work(plan).trials.by_number

    assert all(one.rungs[0].epochs == 1 for one in trials.values())
    (last,) = [one for one in trials.values() if one.end is not None]
    assert last.end.seconds == 2 * EPOCHS
    assert last.end.scores[0] > last.rungs[-1].scores[0]
    assert len(last.end.runs) == 2


def test_a_search_of_few_trials_ends_with_a_trained_model(search, stub):
    stub.curve = curve
    plan = search.plan(SECTION.replace("12", "3"), *LONG)

    worker = search.work(plan)

    ended = [one for one in worker.trials.by_number.values() if one.end]
    (last,) = [one for one in lines(worker, "promoted_from") if one["aim"] is None]
    assert [one.number for one in ended] == [last["trial"]]
    more = search.work(search.plan(SECTION, *LONG))
    assert len(more.trials.by_number) == TRIALS


def test_what_ends_before_a_rung_keeps_its_score_there(search, stub):
    """The first trial takes too long for the second rung; the second diverges."""
    stub.curve = lambda spec, epoch: {
        "val_accuracy": math.nan
        if spec.model.layers[0].units == 5
        else 0.1 + spec.model.layers[0].units / 1000
    }
    plan = search.plan(
        "method: grid\nhalving: {from: 2}\nlimits: {seconds: 4}\ngoal: max val_accuracy"
        "\nspace: {model.layers.h1.units: [99, 5, 4, 8, 7, 9]}",
        *LONG,
    )

    worker = search.work(plan)

    trials = worker.trials.by_number
    first = trials[1]
    assert (first.rungs[0].epochs, first.end.limit, first.end.seconds) == (
        2, "seconds", 4.0,
    )  # fmt: skip
    assert trials[2].end.state == "diverged"
    assert not trials[2].rungs
    promoted = lines(worker, "promoted_from")
    assert [(one["trial"], one["among"]) for one in promoted] == [(1, [1, 3, 4])]
    assert all(trials[number].is_paused for number in (3, 4, 5, 6))


def test_tpe_is_told_the_score_at_the_last_rung_and_repeats_itself(search, stub):
    stub.curve = curve
    plan = search.plan(f"method: tpe\n{SECTION}", *LONG)

    trials = search.work(plan).trials

    assert any(one.knew_rungs for one in trials.by_number.values())
    for number in (12, TRIALS):
        trial = trials.by_number[number]
        again = sampler_of(plan).suggest(number, as_known(trials, trial))
        assert again.chosen == trial.chosen
        assert (again.knew, again.knew_rungs) == (trial.knew, trial.knew_rungs)


def as_known(trials, trial):
    """The trials before one, with what is recorded that it knew of them."""
    from dataclasses import replace

    known = SearchTrials(trials.folder, trials.space)
    for number in range(1, trial.number):
        one = trials.by_number[number]
        last = trial.knew_rungs.get(number, 0)
        known.by_number[number] = replace(
            one,
            end=one.end if number in trial.knew else None,
            rungs=tuple(rung for rung in one.rungs if rung.epochs <= last),
        )
    return known


def test_what_a_run_learned_beyond_a_rung_counts_nothing_there(search, stub, plan):
    worker = search.work(plan)
    folder = worker.trials.folder
    whole = {one.number: one.rungs for one in worker.trials.by_number.values()}
    Journal(folder).file.write_text("")

    begin_search(plan, folder)
    again = search.work(plan).trials.by_number

    assert max(len(one.rungs) for one in again.values()) > 1
    for one in again.values():
        for before, after in zip(whole[one.number], one.rungs, strict=False):
            assert after[:3] == before[:3]


def test_in_a_notebook_a_trial_that_pauses_has_the_score_at_its_rung(
    search, stub, plan
):
    worker = search.work(plan)

    trials = Search(worker.trials.folder).trials

    assert trials["val_accuracy"].notna().all()
    for number, one in worker.trials.by_number.items():
        is_paused = trials.loc[number, "state"] == "paused"
        assert math.isnan(trials.loc[number, "rung"]) is not is_paused
        assert not is_paused or trials.loc[number, "rung"] == one.rungs[-1].epochs


def test_a_dry_run_says_where_trials_pause_and_an_answer_whose_run_is_gone(
    search, stub, plan
):
    folder = search.work(plan).trials.folder
    best = read_result(folder).best
    shutil.rmtree(best.run.path)

    assert (
        "  pauses after epochs 1, 2, 4; the best 1 in 2 of those that got there go on"
        in space_lines(plan)
    )
    assert f"the run of trial {best.number} is gone" in render_search(
        read_result(folder)
    )
