"""A run counts as that of a member only where it is of the member's config."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from dlrun.config import apply_overrides, located, node_of
from dlrun.experiment import parse_spec
from dlrun.runs import PlanFolder, RunFolder, create_run, join_plan
from dlrun.studies import worker
from dlrun.studies.audience import Audience
from dlrun.studies.execute import execute
from dlrun.studies.membership import has_config
from dlrun.studies.plan import Member, Plan, config_key
from dlrun.studies.task import MemberTask

CONFIG = {
    "name": "k",
    "data": {"csv": {"path": "rows.csv", "labels": "sex"}},
    "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": 2},
}


class Heard(Audience):
    """Keeps what it is told."""

    def __init__(self):
        self.told: list[str] = []
        self.over: list[int] = []

    def joins(self, over, members, others, *, resumed):
        self.over.append(over)

    def tells(self, sentence):
        self.told.append(sentence)


def member_of(directory, *overrides: str) -> Member:
    node = apply_overrides(node_of(CONFIG, directory), overrides)
    with located(node):
        return Member(node, parse_spec(node))


def leave(root, member: Member, state: str = "finished", **shape) -> RunFolder:
    """A run as training leaves it."""
    folder = create_run(root, member.name)
    values = member.experiment.spec.values()
    folder.write_config("", {**values, "model": {**values["model"], **shape}})
    folder.write_status(state)
    return folder


@pytest.mark.parametrize(
    ("stated", "recorded", "is_its"),
    [("auto", 40, True), ("auto", "on", False), ("30", 40, False), ("30", 30, True)],
)
def test_a_run_has_numbers_where_its_config_leaves_them_to_rows(
    tmp_path, stated, recorded, is_its
):
    (tmp_path / "rows.csv").write_text("height,sex\n1,m\n2,f\n")
    rate = f"{{CosineDecay: {{initial_learning_rate: 0.1, decay_steps: {stated}}}}}"
    member = member_of(
        tmp_path, f"compile.optimizer={{SGD: {{learning_rate: {rate}}}}}"
    )
    values = member.experiment.spec.values()
    key = config_key(values)
    values["compile"]["optimizer"]["SGD"]["learning_rate"]["CosineDecay"][
        "decay_steps"
    ] = recorded
    folder = create_run(tmp_path / "runs", "k")
    folder.write_config("", values)

    assert has_config(folder, member, key) is is_its


def removed_and_taken(directory, plan, folder):
    """Another run has taken the number of one that was removed."""
    root = folder.root
    shutil.rmtree(root / "k-003")
    leave(root, member_of(directory, "seed=9")).path.rename(root / "k-003")


def removed_and_taken_by_a_stopped_run(directory, plan, folder):
    root = folder.root
    shutil.rmtree(root / "k-003")
    stopped = leave(root, member_of(directory, "seed=9"), "interrupted")
    stopped.path.rename(root / "k-003")


def extended(directory, plan, folder):
    """As `dlrun resume --epochs` does."""
    longer = member_of(directory, "seed=3", "fit.epochs=5")
    (folder.root / "k-003" / "config.json").unlink()
    RunFolder(folder.root / "k-003").write_config("", longer.experiment.spec.values())


def named_twice(directory, plan, folder):
    folder.note_run(3, "k-002", has_begun=True)


def damaged(directory, plan, folder):
    (folder.root / "k-003" / "config.json").write_text("{}")


WAYS: list[Callable] = [
    removed_and_taken,
    removed_and_taken_by_a_stopped_run,
    extended,
    named_twice,
    damaged,
]


@pytest.fixture
def begun(tmp_path):
    """A plan of four members of which three are over."""
    (tmp_path / "rows.csv").write_text("height,sex\n1,m\n2,f\n3,m\n4,f\n")
    members = [member_of(tmp_path, f"seed={seed}") for seed in (1, 2, 3, 4)]
    plan, root = Plan("k", members), tmp_path / "runs"
    root.mkdir()
    values = plan.to_values(anew=False)
    with join_plan(root, plan.folder(root).name, values) as folder:
        for number in (1, 2, 3):
            run = leave(root, members[number - 1], input_shape=[1])
            folder.note_run(number, run.name, has_begun=True)
    return plan, folder


def finish(monkeypatch, plan: Plan, folder: PlanFolder) -> tuple[Heard, dict]:
    """Execute the plan with a training that only leaves its files."""

    def start_run(node, experiment, root, announce):
        run = create_run(root, experiment.spec.name, announce)
        run.write_config("", experiment.spec.values())
        return run

    def train(experiment, parts, run, progress, bounds):
        run.write_status("finished")

    monkeypatch.setattr(worker, "start_run", start_run)
    monkeypatch.setattr(worker, "train", train)
    heard = Heard()
    endings = list(execute(plan, folder.root, heard))
    return heard, {ending.number: ending for ending in endings}


@pytest.mark.parametrize("change", WAYS, ids=lambda way: way.__name__)
def test_a_run_of_another_config_is_never_that_of_a_member(
    change, tmp_path, begun, monkeypatch
):
    plan, folder = begun
    change(tmp_path, plan, folder)

    heard, endings = finish(monkeypatch, plan, folder)

    wrong = "k-002" if change is named_twice else "k-003"
    assert heard.told == [
        f"warning: {wrong} is a run of another config: k with seed 3 is trained anew"
    ]
    assert heard.over == [2]
    assert {number: ending.state for number, ending in endings.items()} == {
        1: "kept",
        2: "kept",
        3: "trained",
        4: "trained",
    }
    for number, ending in endings.items():
        assert ending.folder.config()["seed"] == number
        assert ending.folder.config()["fit"]["epochs"] == 2
    assert len({ending.folder.name for ending in endings.values()}) == 4


def test_the_first_of_two_members_with_one_config_keeps_the_run(
    tmp_path, begun, monkeypatch
):
    _, folder = begun
    twins = Plan("twins", [member_of(tmp_path)] * 2)
    name = twins.folder(folder.root).name
    with join_plan(folder.root, name, twins.to_values(anew=False)) as joined:
        run = leave(folder.root, twins.members[0])
        for number in (1, 2):
            joined.note_run(number, run.name, has_begun=True)
        run.write_status("interrupted")  # So the plan is unfinished, and stays.
    run.write_status("finished")

    heard, endings = finish(monkeypatch, twins, joined)

    assert [endings[number].state for number in (1, 2)] == ["kept", "trained"]
    (sentence,) = heard.told
    assert sentence.startswith(f"warning: {run.name} is the run of another member: ")


def test_a_run_that_became_another_while_the_plan_is_worked_on_is_not_taken(
    tmp_path, begun, monkeypatch
):
    plan, folder = begun
    heard = Heard()
    removed_and_taken(tmp_path, plan, folder)
    member_worker = worker.Worker(folder.root, folder, heard)
    monkeypatch.setattr(worker.Worker, "_begin", lambda *given: None)
    ending = member_worker.work_on(MemberTask(3, plan.members[2], 1, 1))

    assert ending.state == "trained"
    assert heard.told == [
        "warning: k-003 is a run of another config: k with seed 3 is trained anew"
    ]
