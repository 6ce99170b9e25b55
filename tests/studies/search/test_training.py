"""Trials of several runs: one for each seed or fold."""

from __future__ import annotations

import json
import math
import os

import pytest

from dlrun.errors import RunError, TrainingError
from dlrun.interruption import Interrupted
from dlrun.report.search import render_search, trial_line
from dlrun.runs import RunFolder, SearchFolder, find_run
from dlrun.studies.audience import Audience
from dlrun.studies.search.end import End
from dlrun.studies.search.plan import SearchPlan
from dlrun.studies.search.result import SearchResult
from dlrun.studies.search.training import TrialLedger, train_trial
from dlrun.studies.search.trial import SearchTrial
from dlrun.studies.task import Ending

DEAD = 2**22 + 1
"""No process has this number."""
CONFIG = """\
name: tiny
data:
  csv: {path: rows.csv, labels: sex}
  split: {validation: 0.25}
model:
  layers: [{Dense: {units: 3, activation: relu}}, {Dropout: 0.2}, {Dense: 2}]
compile: {optimizer: sgd, loss: {SparseCategoricalCrossentropy: {from_logits: true}}}
fit: {epochs: 3, batch_size: 4, checkpoint_seconds: 0}
search:
  method: grid
  trials: 1
  space: {compile.optimizer.learning_rate: [0.01, 0.1]}
"""
ROWS = "".join(f"{row % 7},{row % 5},{'mf'[row % 2]}\n" for row in range(16))


def plan_of(directory, *overrides):
    (directory / "rows.csv").write_text(f"height,weight,sex\n{ROWS}")
    (directory / "tiny.yaml").write_text(CONFIG)
    return SearchPlan.read(directory / "tiny.yaml", overrides)


@pytest.mark.parametrize(
    ("override", "parts", "differ"),
    [
        ("search.seeds=2", ["seed 7", "seed 8"], [(7, None), (8, None)]),
        ("search.folds=2", ["fold 1", "fold 2"], [(7, 1), (7, 2)]),
        ("data.split={folds: 2}", ["fold 1", "fold 2"], [(7, 1), (7, 2)]),
        ("search.seeds=1", [""], [(7, None)]),
    ],
)
def test_the_runs_of_a_trial_differ_in_seed_or_fold(tmp_path, override, parts, differ):
    plan = plan_of(tmp_path, "seed=7", override)

    members = [plan.member(1, plan.space.point(0), place + 1) for place in range(2)]
    members = members[: plan.runs]
    folder = SearchFolder.of(tmp_path, "tiny")
    folder.begin(plan.to_values())
    ledger = TrialLedger(folder, plan, 1)

    assert [member.part for member in members] == parts
    assert [(member.seed, member.fold) for member in members] == differ
    names = ["tiny-0001.1", "tiny-0001.2"] if plan.runs > 1 else ["tiny-0001"]
    assert [
        ledger.run_of(number).folder.name for number in range(1, plan.runs + 1)
    ] == names


def test_the_score_of_several_runs_is_their_mean_and_the_line_has_each():
    runs = [End("finished", (0.5, 8.0), 3, 2.0), End("finished", (0.75, 9.0), 1, 4.0)]
    end = End.of_runs(runs)

    line = json.loads(json.dumps(end.to_entry(4)))

    assert (end.scores, end.epoch, end.seconds) == ((0.625, 8.5), None, 6.0)
    assert end.spreads == pytest.approx((0.1767767, 0.7071068))
    assert [run["scores"] for run in line["runs"]] == [[0.5, 8.0], [0.75, 9.0]]
    assert End.of_entry(line) == end
    assert End.of_runs(runs[:1]) is runs[0]
    assert "runs" not in runs[0].to_entry(4)


def test_seeds_of_a_trial_are_trained_one_after_the_other_and_taken_up(search, stub):
    plan = search.plan("method: grid\nseeds: 3\nspace: {fit.batch_size: [1, 2]}")
    stub.curve = lambda spec, epoch: {"val_loss": 1.0 + spec.seed * spec.fit.batch_size}
    stub.kill = (2, 4)

    search.killed(plan)
    worker = search.work(plan)

    assert [end.scores for end in ends(worker)] == [(2.0,), (3.0,)]
    assert [end.spread for end in ends(worker)] == [1.0, 2.0]
    assert len(stub.trained) == 2 * 3 * 9
    result = SearchResult.of(plan, worker.trials)
    runs = [run.name for run in result.trials[1].runs]
    assert runs == ["stub-0002.1", "stub-0002.2", "stub-0002.3"]
    assert [run.config()["seed"] for run in result.trials[1].runs] == [0, 1, 2]
    text = render_search(result)
    assert "2 of 2 trials of 3 seeds: 2 finished" in text
    assert "stub.search --confirm 5" in text
    assert "val_loss 2.000 (spread 1.000)" in trial_line(plan, result.trials[0])


def test_a_fold_that_diverges_ends_its_trial_with_the_reason(search, stub):
    plan = search.plan("method: grid\nfolds: 2\nspace: {fit.batch_size: [1, 2, 3]}")

    def curve(spec, epoch):
        is_bad = (spec.data.split.fold, spec.fit.batch_size, epoch) == (2, 1, 5)
        return {"val_loss": math.nan} if is_bad else {}

    stub.curve = curve

    worker = search.work(plan)

    first, second, _ = ends(worker)
    assert (first.state, first.reason) == ("diverged", "fold 2: the loss is nan")
    assert (second.state, len(second.runs)) == ("finished", 2)
    text = render_search(SearchResult.of(plan, worker.trials))
    assert "stub.search --confirm 2" in text
    assert "trial 1 diverged: fold 2: the loss is nan" in text


def ends(worker):
    return [trial.end for trial in worker.trials.by_number.values()]


@pytest.mark.parametrize(
    ("error", "reason"),
    [(TrainingError("loss is nan"), "seed 1: loss is nan"), (RunError("full"), None)],
)
def test_the_first_run_that_fails_ends_its_trial_unless_the_disk_did(
    tmp_path, error, reason
):
    plan, begun = plan_of(tmp_path, "search.seeds=3"), []

    def work_on(task):
        begun.append(task.number)
        if task.number == 2:
            return Ending(task.number, task.member, "failed", None, error)
        return Ending(task.number, task.member, "trained", trained(tmp_path / "run"))

    trial = SearchTrial(1, plan.space.point(0), "")
    first = plan.member(1, trial.chosen)
    if reason is None:
        with pytest.raises(RunError, match="full"):
            train_trial(plan, trial, first, work_on)
    else:
        end = train_trial(plan, trial, first, work_on)
        assert (end.state, end.score, end.reason) == ("failed", None, reason)

    assert begun == [1, 2]


def trained(path):
    """A run that has finished."""
    path.mkdir()
    run = RunFolder(path)
    run.write_status("finished")
    (path / "metrics.json").write_text(
        '{"best": {"val_loss": 0.5}, "best_epoch": 1, "monitor": "val_loss"}'
    )
    return run


def test_a_signal_stops_a_trial_and_does_not_end_it(tmp_path):
    plan = plan_of(tmp_path, "search.seeds=3")
    trial = SearchTrial(1, plan.space.point(0), "")

    def work_on(task):
        return Ending(task.number, task.member, "stopped", signal=Interrupted(2))

    with pytest.raises(Interrupted):
        train_trial(plan, trial, plan.member(1, trial.chosen), work_on)


def test_a_trial_of_several_runs_is_no_run_and_says_which_are(tmp_path):
    folder = SearchFolder.of(tmp_path, "tiny")
    folder.begin({"trials": 1})
    for place in (1, 2):
        folder.run_of(3, place)
        folder.run(3, place).write_status("running")

    assert find_run("tiny-0003.2", tmp_path).path == folder.run(3, 2).path
    with pytest.raises(RunError, match="trial tiny-0003 is several runs") as caught:
        find_run("tiny-0003", tmp_path)
    assert "tiny-0003.1, tiny-0003.2" in str(caught.value)


class KilledError(BaseException):
    """As SIGKILL: nobody on the way may write a word."""


@pytest.mark.heavy
@pytest.mark.parametrize("override", ["search.seeds=2", "search.folds=2"])
def test_killed_in_its_second_run_a_trial_ends_as_if_nothing_had_happened(
    override, tmp_path, monkeypatch
):
    plan = plan_of(tmp_path, override)
    real = RunFolder.append_history

    def killing(place, row):
        if place.name == "tiny-0001.2" and row["epoch"] == 2:
            raise KilledError
        real(place, row)

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "append_history", killing)
        patch.setattr(os, "getpid", lambda: DEAD)
        with pytest.raises(KilledError):
            work(plan, tmp_path / "runs")

    assert work(plan, tmp_path / "runs") == work(plan, tmp_path / "undisturbed")


def work(plan, root):
    """Weights and scores of the runs of the only trial, which is trained to its end."""
    from dlrun.studies.search.work import SearchWorker

    folder = SearchFolder.of(root, plan.name)
    folder.begin(plan.to_values())
    worker = SearchWorker(plan, folder, Audience())
    (trial,) = worker.work()
    (result,) = SearchResult.of(plan, worker.trials).trials
    scores = [run.metrics().best["val_loss"] for run in result.runs]
    assert trial.end.score == pytest.approx(sum(scores) / 2)
    assert [run.score for run in trial.end.runs] == scores
    assert [run.name for run in result.runs] == ["tiny-0001.1", "tiny-0001.2"]
    return [run.history()["weights_sha256"] for run in result.runs], scores
