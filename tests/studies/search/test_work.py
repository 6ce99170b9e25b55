"""Workers of a search: killed anywhere, the same call goes on, and nothing doubles."""

from __future__ import annotations

import json
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlrun.errors import DlrunError, RunError
from dlrun.interruption import Interrupted
from dlrun.progress import Progress
from dlrun.runs import Journal, RunFolder, SearchFolder
from dlrun.studies.audience import Audience
from dlrun.studies.search.plan import SearchPlan
from dlrun.studies.search.result import SearchResult
from dlrun.studies.search.work import SearchWorker

pytestmark = pytest.mark.heavy

EPOCHS = 3
DEAD = 2**22 + 1
"""No process has this number."""
CONFIG = f"""\
name: tiny
data:
  csv: {{path: rows.csv, labels: sex}}
  split: {{validation: 0.25}}
model:
  layers:
    - Dense: {{units: 3, activation: relu}}
    - Dropout: 0.2
    - Dense: {{units: 2, activation: softmax}}
compile: {{optimizer: sgd, loss: sparse_categorical_crossentropy}}
fit: {{epochs: {EPOCHS}, batch_size: 4, checkpoint_seconds: 0}}
search:
  method: grid
  space:
    compile.optimizer.learning_rate: [0.01, 0.1, 0.2]
"""
ROWS = "".join(f"{row % 7},{row % 5},{'mf'[row % 2]}\n" for row in range(16))
TRIALS = 3


class KilledError(BaseException):
    """As SIGKILL: nobody on the way may write a word."""


@dataclass
class Heard(Audience):
    """Stops a run by a signal after an epoch."""

    stop_after: tuple[str, int] = ("", 0)

    def progress(self, run):
        heard = self

        class Stopping(Progress):
            def epoch(self, row):
                if (run, row["epoch"]) == heard.stop_after:
                    os.kill(os.getpid(), signal.SIGINT)

        return Stopping()


def plan_of(directory: Path, *overrides: str) -> SearchPlan:
    (directory / "rows.csv").write_text(f"height,weight,sex\n{ROWS}")
    (directory / "tiny.yaml").write_text(CONFIG)
    return SearchPlan.read(directory / "tiny.yaml", overrides)


def work(plan: SearchPlan, root: Path, heard: Audience | None = None) -> SearchWorker:
    """Work on a search until nothing is left."""
    folder = SearchFolder.of(root, plan.name)
    folder.begin(plan.to_values())
    plan.require_same(folder)
    worker = SearchWorker(plan, folder, heard or Heard())
    for _ in worker.work():
        pass
    return worker


def table(root: Path, plan: SearchPlan):
    """All that a search has found, and the weights behind it."""
    folder = SearchFolder.of(root, plan.name)
    worker = SearchWorker(plan, folder, Heard())
    worker.trials.refresh()
    result = SearchResult.of(plan, worker.trials)
    rows = [
        (one.number, one.state, one.score, one.settings, one.trial.same_as)
        for one in result.trials
    ]
    return rows, {
        run.name: run.history().get("weights_sha256") for run in folder.runs()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A search that nobody has disturbed."""
    directory = tmp_path_factory.mktemp("whole")
    plan = plan_of(directory)
    work(plan, directory / "runs")
    return table(directory / "runs", plan)


@pytest.fixture
def check(tmp_path, whole):
    """Finish the search: it must equal the undisturbed one, and leave no litter."""

    def finish() -> None:
        plan, root = plan_of(tmp_path), tmp_path / "runs"
        work(plan, root)
        assert table(root, plan) == whole
        folder = SearchFolder.of(root, "tiny")
        assert [run.name for run in folder.runs()] == [
            f"tiny-{number:04d}" for number in range(1, TRIALS + 1)
        ]
        assert not [*(folder.path / "locks").iterdir()]
        for run in folder.runs():
            assert not [*run.path.rglob(".*")]
            assert run.status().state == "finished"
            assert run.status().vouched
            assert not run.damages()

    return finish


def test_a_grid_trains_every_point_in_order(whole):
    rows, weights = whole

    assert [row[1] for row in rows] == ["finished"] * TRIALS
    rates = [row[3]["compile.optimizer.learning_rate"] for row in rows]
    assert rates == [0.01, 0.1, 0.2]
    assert len({str(one) for one in weights.values()}) == TRIALS


POINTS = {
    "before the trial is noted": (Journal, "append", False, 1),
    "after the trial is noted": (Journal, "append", True, 1),
    "after its folder is made": (SearchFolder, "run_of", True, 0),
    "before the status": (RunFolder, "write_status", False, 0),
    "after the status": (RunFolder, "write_status", True, 0),
    "before the config": (RunFolder, "write_config", False, 0),
    "after the config": (RunFolder, "write_config", True, 0),
    "before the first fact": (RunFolder, "write_split", False, 0),
    "after the facts": (RunFolder, "write_summary", True, 0),
    "in the first epoch": (RunFolder, "append_history", False, 0),
    "after a checkpoint": (RunFolder, "write_checkpoint", True, 0),
    "before the model": (RunFolder, "write_model", False, 0),
    "after the metrics": (RunFolder, "write_metrics", True, 0),
    "before its end is noted": (Journal, "append", False, 2),
    "after its end is noted": (Journal, "append", True, 2),
}


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_in_a_trial_the_same_call_finishes_exactly(
    point, tmp_path, check, monkeypatch
):
    owner, name, after, time = POINTS[point]
    real = getattr(owner, name)
    seen = 0

    def killing(place, *given, **named):
        nonlocal seen
        if owner is Journal:
            is_mine = given[0]["trial"] == 2
        else:
            is_mine = 2 in given or "tiny-0002" in str(place.path)
        seen += is_mine
        if is_mine and seen == max(time, 1):
            if after:
                real(place, *given, **named)
            raise KilledError
        return real(place, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, killing)
        patch.setattr(os, "getpid", lambda: DEAD)
        with pytest.raises(KilledError):
            work(plan_of(tmp_path), tmp_path / "runs")

    check()


def test_a_torn_line_is_no_line(tmp_path, check):
    plan = plan_of(tmp_path)
    folder = SearchFolder.of(tmp_path / "runs", "tiny")
    folder.begin(plan.to_values())
    Journal(folder).file.write_text('{"trial": 1, "chos')

    check()


def test_stopped_by_a_signal_it_goes_on_from_the_epoch(tmp_path, check):
    with pytest.raises(Interrupted):
        work(plan_of(tmp_path), tmp_path / "runs", Heard(("tiny-0002", 2)))

    run = SearchFolder.of(tmp_path / "runs", "tiny").run(2)
    assert run.status().state == "interrupted"
    assert len(run.history()["epoch"]) == 2
    check()
    assert len(run.resumptions()) == 1


@pytest.mark.parametrize("text", ["{", '{"name": "other"}'])
def test_a_trial_whose_config_is_damaged_is_trained_anew_in_its_folder(
    tmp_path, check, text
):
    with pytest.raises(Interrupted):
        work(plan_of(tmp_path), tmp_path / "runs", Heard(("tiny-0002", 2)))
    run = SearchFolder.of(tmp_path / "runs", "tiny").run(2)
    (run.path / "config.json").write_text(text)

    check()


def test_a_trial_that_paused_twice_has_the_bits_of_one_trained_through(tmp_path):
    stated = (
        "fit.epochs=6",
        "fit.callbacks=[{EarlyStopping: {patience: 3, restore_best_weights: true}}]",
        "search.space={fit.batch_size: [4, 8]}",
        "compile.optimizer={SGD: {momentum: 0.9}}",
        "compile.optimizer.learning_rate={CosineDecay: {initial_learning_rate: 0.2}}",
        "compile.optimizer.learning_rate.decay_steps=auto",
    )
    through, halved = tmp_path / "through", tmp_path / "halved"
    work(plan_of(tmp_path, *stated), through)

    worker = work(
        plan_of(tmp_path, *stated, "search.halving={from: 1, factor: 2}"), halved
    )

    (trial,) = [one for one in worker.trials.by_number.values() if one.end]
    assert [rung.epochs for rung in trial.rungs] == [1, 2]
    one, other = (
        SearchFolder.of(root, "tiny").run(trial.number) for root in (through, halved)
    )
    assert len(other.resumptions()) == 2
    for name in ("weights_sha256", "learning_rate", "val_loss", "epoch"):
        assert one.history()[name] == other.history()[name]
    assert one.metrics().best == other.metrics().best
    assert other.status().state == "finished"
    assert not other.damages()


def test_a_second_worker_leaves_a_trial_to_who_trains_it(tmp_path):
    plan, root = plan_of(tmp_path, "search.trials=2"), tmp_path / "runs"
    folder = SearchFolder.of(root, "tiny")
    folder.begin(plan.to_values())
    first = SearchWorker(plan, folder, Heard())
    taken = first._take()

    second = work(plan, root)
    with taken.claim:
        pass
    work(plan, root)

    assert taken.trial.number == 1
    assert [*second.trials.ended] == [2]
    assert [row[1] for row in table(root, plan)[0]] == ["finished"] * 2


def test_a_config_that_was_trained_is_not_trained_again(tmp_path):
    plan = plan_of(
        tmp_path, "search.method=random", "search.trials=8",
        "search.space={fit.batch_size: [4, 8]}",
    )  # fmt: skip

    work(plan, tmp_path / "runs")

    rows, weights = table(tmp_path / "runs", plan)
    assert len(rows) == 8
    assert len(weights) == 2
    first = {str(row[3]): row for row in reversed(rows)}
    for row in rows:
        assert row[2] == first[str(row[3])][2]
        assert row[4] == (None if row in first.values() else first[str(row[3])][0])


def test_killed_a_search_by_tpe_goes_on_with_what_it_knew(tmp_path, monkeypatch):
    stated = (
        "search.method=tpe", "search.trials=14",
        "search.space={compile.optimizer.learning_rate: {float: [0.01, 1], log: true}}",
        "fit.epochs=1",
    )  # fmt: skip
    plan, root = plan_of(tmp_path, *stated), tmp_path / "runs"
    real = RunFolder.write_model

    def killing(place, save):
        if place.name == "tiny-0012":
            raise KilledError
        real(place, save)

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_model", killing)
        patch.setattr(os, "getpid", lambda: DEAD)
        with pytest.raises(KilledError):
            work(plan, root)
    work(plan, root)

    undisturbed = tmp_path / "undisturbed"
    work(plan, undisturbed)
    assert table(root, plan) == table(undisturbed, plan)


def test_a_trial_that_fails_counts_and_the_others_go_on(tmp_path):
    plan = plan_of(
        tmp_path, "search.space={compile.optimizer.learning_rate: [0.01, 1e30]}",
        "fit.epochs=8",
    )  # fmt: skip

    work(plan, tmp_path / "runs")

    (_, good, *_), (_, bad, score, *_) = table(tmp_path / "runs", plan)[0]
    assert (good, bad, score) == ("finished", "diverged", None)
    lines = [json.loads(line) for line in _lines(tmp_path)]
    assert next(line["reason"] for line in lines if line.get("state") == "diverged")


def test_a_trial_whose_process_dies_again_and_again_is_given_up(tmp_path, monkeypatch):
    plan, root = plan_of(tmp_path, "search.trials=2"), tmp_path / "runs"
    real = RunFolder.append_history

    def killing(place, row):
        if place.name == "tiny-0001" and row["epoch"] == 2:
            raise KilledError
        real(place, row)

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "append_history", killing)
        patch.setattr(os, "getpid", lambda: DEAD)
        for _ in range(3):
            with pytest.raises(KilledError):
                work(plan, root)
        work(plan, root)

    rows, _ = table(root, plan)
    assert [row[1] for row in rows] == ["failed", "finished"]
    (end,) = [json.loads(line) for line in _lines(tmp_path) if "in the same" in line]
    assert end["reason"] == "its process died 3 times in the same epoch"


def test_a_plan_that_was_changed_is_refused_and_more_trials_are_none(tmp_path):
    root = tmp_path / "runs"
    work(plan_of(tmp_path, "search.trials=1"), root)

    with pytest.raises(RunError) as caught:
        work(plan_of(tmp_path, "search.trials=1", "fit.batch_size=8"), root)
    with pytest.raises(RunError, match=r"search\.method, search\.space"):
        work(
            plan_of(
                tmp_path,
                "search.trials=1",
                "search.method=random",
                "search.space={fit.batch_size: [4, 8]}",
            ),
            root,
        )
    more = work(plan_of(tmp_path, "search.trials=2"), root)

    assert "fit.batch_size differs" in str(caught.value)
    assert "-s name=tiny-2" in str(caught.value)
    assert f"dlrun search {root / 'tiny.search'}" in str(caught.value)
    assert more.trials.ended == [1, 2]


def test_the_folder_alone_goes_on_whatever_became_of_the_file(tmp_path, whole):
    plan, root = plan_of(tmp_path), tmp_path / "runs"
    work(plan_of(tmp_path, "search.trials=2"), root)
    (tmp_path / "tiny.yaml").unlink()
    folder = SearchFolder.of(root, "tiny")

    again = SearchPlan.of_folder(folder, ["search.trials=3"])
    again.require_same(folder)
    work(again, root)

    assert table(root, plan) == whole


def test_a_full_disk_stops_the_search_and_no_trial(tmp_path, check, monkeypatch):
    def full(place, *given):
        raise RunError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_checkpoint", full)
        with pytest.raises(DlrunError, match="no space"):
            work(plan_of(tmp_path), tmp_path / "runs")

    check()


def test_a_run_of_a_trial_that_was_removed_is_kept_by_its_line(tmp_path, whole):
    plan, root = plan_of(tmp_path), tmp_path / "runs"
    work(plan, root)
    shutil.rmtree(SearchFolder.of(root, "tiny").run(3).path)

    work(plan, root)

    assert table(root, plan)[0] == whole[0]


def _lines(directory: Path) -> list[str]:
    return (
        Journal(SearchFolder.of(directory / "runs", "tiny"))
        .file.read_text()
        .split("\n")[:-1]
    )
