"""The executor in one process: killed anywhere, the same call finishes exactly."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dlrun.config import apply_overrides, located, node_of
from dlrun.experiment import parse_spec
from dlrun.interruption import Interrupted
from dlrun.progress import Progress
from dlrun.runs import PlanFolder, RunFolder, find_runs, join_plan
from dlrun.studies.audience import Audience
from dlrun.studies.execute import execute
from dlrun.studies.plan import Member, Plan
from dlrun.studies.task import Ending

pytestmark = pytest.mark.heavy

SEEDS = (4, 5, 6)
EPOCHS = 4
DEAD = 2**22 + 1
"""No process has this number."""
CONFIG = {
    "name": "tiny",
    "data": {
        "csv": {"path": "rows.csv", "labels": "sex"},
        "split": {"validation": 0.25},
    },
    "model": {
        "layers": [
            {"Dense": {"units": 3, "activation": "relu"}},
            {"Dropout": 0.2},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": EPOCHS, "batch_size": 4, "checkpoint_seconds": 0},
}
ROWS = "".join(f"{row % 7},{row % 5},{'mf'[row % 2]}\n" for row in range(16))


class KilledError(BaseException):
    """As SIGKILL: nobody on the way may write a word."""


@dataclass
class Heard(Audience):
    """Keeps what it hears; stops a run by a signal after an epoch of a member."""

    stop_after: tuple[str, int] = ("", 0)
    joined: list[tuple[int, int, bool]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def joins(self, over, members, others, *, resumed):
        self.joined.append((over, members, resumed))

    def begins(self, label, number, members):
        self.begun.append(label)

    def tells(self, sentence):
        self.told.append(sentence)

    def progress(self, run):
        heard = self

        class Stopping(Progress):
            def epoch(self, row):
                if (run, row["epoch"]) == heard.stop_after:
                    os.kill(os.getpid(), signal.SIGINT)

        return Stopping()


def plan_of(directory: Path, *overrides: str) -> Plan:
    (directory / "rows.csv").write_text(f"height,weight,sex\n{ROWS}")
    members = []
    for seed in SEEDS:
        node = apply_overrides(node_of(CONFIG, directory), [*overrides, f"seed={seed}"])
        with located(node):
            members.append(Member(node, parse_spec(node)))
    return Plan("tiny", members, "dlrun train tiny.yaml --seeds 3")


def weights(root: Path) -> dict[int, list[object]]:
    """The hashes of the weights after every epoch of every run, by seed."""
    return {
        int(str(run.config()["seed"])): run.history()["weights_sha256"]
        for run in find_runs(root)
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A plan that nobody has disturbed."""
    directory = tmp_path_factory.mktemp("whole")
    endings = list(execute(plan_of(directory), directory / "runs", Heard()))
    assert [ending.state for ending in endings] == ["trained"] * 3
    return weights(directory / "runs")


@pytest.fixture
def check(tmp_path, whole):
    """Finish the plan: it must equal the undisturbed one, and leave no litter."""

    def finish(numbers=(1, 2, 3), **options) -> Heard:
        heard = Heard()
        plan = plan_of(tmp_path)
        endings = list(execute(plan, tmp_path / "runs", heard, **options))
        assert sorted(ending.number for ending in endings) == [1, 2, 3]
        assert all(ending.is_finished for ending in endings)
        assert weights(tmp_path / "runs") == whole
        assert [run.name for run in find_runs(tmp_path / "runs")] == [
            f"tiny-00{number}" for number in numbers
        ]
        for run in find_runs(tmp_path / "runs"):
            assert not [*run.path.rglob(".*")]
            assert run.status().state == "finished"
        return heard

    return finish


POINTS = {
    "before the folder is claimed": (Path, "mkdir", False),
    "after the folder is claimed": (Path, "mkdir", True),
    "before the status": (RunFolder, "write_status", False),
    "after the status": (RunFolder, "write_status", True),
    "after the config": (RunFolder, "write_config", True),
    "before it is noted": (PlanFolder, "note_run", False),
    "after it is noted": (PlanFolder, "note_run", True),
    "before the first fact": (RunFolder, "write_split", False),
    "after the facts": (RunFolder, "write_summary", True),
    "in the first epoch": (RunFolder, "append_history", False),
    "after a checkpoint": (RunFolder, "write_checkpoint", True),
    "before the model": (RunFolder, "write_model", False),
    "after the metrics": (RunFolder, "write_metrics", True),
}


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_in_a_member_the_same_call_finishes_exactly(
    point, tmp_path, check, monkeypatch
):
    owner, name, after = POINTS[point]
    real = getattr(owner, name)

    def killing(place, *given, **named):
        path = place.path if isinstance(place, RunFolder) else place
        mine = getattr(path, "name", "") == "tiny-002" or "tiny-002" in given
        if mine and (name != "note_run" or named["has_begun"]):
            if after:
                real(place, *given, **named)
            raise KilledError
        return real(place, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, killing)
        patch.setattr(os, "getpid", lambda: DEAD)
        with pytest.raises(KilledError):
            list(execute(plan_of(tmp_path), tmp_path / "runs", Heard()))

    heard = check()

    assert heard.joined == [(1, 3, True)]
    assert heard.begun == ["tiny with seed 5", "tiny with seed 6"]


def test_stopped_by_a_signal_it_says_so_and_goes_on_from_the_epoch(tmp_path, check):
    first = list_until_interrupted(tmp_path, Heard(stop_after=("tiny-002", 2)))
    second = list_until_interrupted(tmp_path, Heard(stop_after=("tiny-002", 3)))

    assert [ending.state for ending in first] == ["trained", "stopped"]
    assert [ending.state for ending in second] == ["kept", "stopped"]
    assert second[-1].folder.status().state == "interrupted"
    assert check().told == ["tiny-002 goes on after epoch 3 of 4"]


def list_until_interrupted(directory: Path, heard: Heard) -> list[Ending]:
    """What became of the members before a signal stopped the rest."""
    endings = execute(plan_of(directory), directory / "runs", heard)
    found: list[Ending] = []
    with pytest.raises(Interrupted):
        found.extend(endings)
    return found


def test_a_finished_plan_trains_new_runs(tmp_path, whole):
    for _ in range(2):
        heard = Heard()
        list(execute(plan_of(tmp_path), tmp_path / "runs", heard))

    assert heard.joined == [(0, 3, False)]
    assert len(find_runs(tmp_path / "runs")) == 6


def test_an_unfinished_plan_begins_anew_on_demand(tmp_path):
    list_until_interrupted(tmp_path, Heard(stop_after=("tiny-002", 2)))
    heard = Heard()

    endings = list(execute(plan_of(tmp_path), tmp_path / "runs", heard, anew=True))

    assert heard.joined == [(0, 3, False)]
    assert [ending.folder.name for ending in endings] == [
        *("tiny-003", "tiny-004", "tiny-005")
    ]
    assert RunFolder(tmp_path / "runs" / "tiny-002").status().state == "interrupted"


def test_another_config_is_another_plan(tmp_path, check):
    list_until_interrupted(tmp_path, Heard(stop_after=("tiny-002", 2)))
    heard = Heard()

    other = plan_of(tmp_path, "fit.epochs=1", "name=other")
    list(execute(other, tmp_path / "runs", heard))

    assert heard.joined == [(0, 3, False)]
    for number in (1, 2, 3):
        shutil.rmtree(tmp_path / "runs" / f"other-00{number}")
    check()


def test_a_run_that_was_removed_is_trained_anew(tmp_path, check):
    list_until_interrupted(tmp_path, Heard(stop_after=("tiny-002", 2)))
    shutil.rmtree(tmp_path / "runs" / "tiny-002")

    assert check(numbers=(1, 3, 4)).begun == ["tiny with seed 5", "tiny with seed 6"]


def test_what_another_process_trains_is_left_to_it(tmp_path, whole):
    plan, root = plan_of(tmp_path), tmp_path / "runs"
    name = plan.folder(root).name
    with join_plan(root, name, plan.to_values(anew=False)) as folder, folder.claim(2):
        endings = list(execute(plan, root, Heard()))

    assert [(ending.number, ending.state) for ending in endings] == [
        *((1, "trained"), (3, "trained"), (2, "elsewhere"))
    ]
    assert endings[-1].holder == f"process {os.getpid()} on {os.uname().nodename}"
    assert [run.name for run in find_runs(root)] == ["tiny-001", "tiny-002"]
    assert weights(root) == {seed: whole[seed] for seed in (4, 6)}
    rest = list(execute(plan, root, Heard()))
    assert [(ending.number, ending.state) for ending in rest] == [
        *((1, "kept"), (3, "kept"), (2, "trained"))
    ]
    assert weights(root) == whole


def test_a_failed_member_stops_no_other_and_is_tried_again(
    tmp_path, check, monkeypatch
):
    def refuse(folder, *given, **named):
        if folder.name == "tiny-002":
            message = "the device is gone"
            raise RuntimeError(message)
        return real(folder, *given, **named)

    real = RunFolder.write_model
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_model", refuse)
        endings = list(execute(plan_of(tmp_path), tmp_path / "runs", Heard()))

    assert [ending.state for ending in endings] == ["trained", "failed", "trained"]
    assert "the device is gone" in str(endings[1].error)
    assert endings[1].is_over is False
    assert check().begun == ["tiny with seed 5"]


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_a_diverged_member_is_over(tmp_path):
    diverges = plan_of(tmp_path, "compile.optimizer={Adam: 1e20}")

    endings = list(execute(diverges, tmp_path / "runs", Heard()))

    failed = [ending for ending in endings if ending.state == "failed"]
    assert failed  # With one seed every unit dies, which is no infinite loss.
    assert {ending.folder.status().state for ending in failed} == {"diverged"}
    assert all(ending.is_over for ending in failed)
    assert not (tmp_path / "runs" / ".dlrun" / "plans").exists()


def test_rows_that_have_changed_are_not_mixed_with_others(tmp_path):
    list_until_interrupted(tmp_path, Heard(stop_after=("tiny-002", 2)))
    plan = plan_of(tmp_path)
    file = tmp_path / "rows.csv"
    file.write_text(file.read_text().replace("6,3,f", "6,2,f"))

    endings = list(execute(plan, tmp_path / "runs", Heard()))

    assert [ending.state for ending in endings] == ["kept", "failed", "trained"]
    assert "the data of tiny-002 has changed" in str(endings[1].error)
    assert "--again" in str(endings[1].error)


def test_one_run_is_no_plan(tmp_path):
    single = Plan("tiny", plan_of(tmp_path).members[:1])
    root = tmp_path / "runs"

    with pytest.raises(Interrupted):
        list(execute(single, root, Heard(stop_after=("tiny-001", 2))))
    endings = list(execute(single, root, Heard()))

    assert [ending.folder.name for ending in endings] == ["tiny-002"]
    assert not (root / ".dlrun" / "plans").exists()


def test_finished_runs_that_are_there_need_no_training(tmp_path, whole):
    plan, root = plan_of(tmp_path), tmp_path / "runs"
    list(execute(Plan("tiny", plan.members[1:2]), root, Heard()))
    known = {2: find_runs(root)[0]}
    heard = Heard()

    endings = list(execute(plan, root, heard, finished=known))

    assert [ending.state for ending in endings] == ["kept", "trained", "trained"]
    assert heard.joined == [(1, 3, False)]
    assert weights(root) == whole
