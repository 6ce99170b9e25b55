"""A run that is trained elsewhere is, here, at any instant a run to go on with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dlrun.config import located, node_of
from dlrun.engines import KerasDoor
from dlrun.errors import RunError, TrainingError
from dlrun.experiment import parse_spec
from dlrun.progress import Progress
from dlrun.rows import read_rows
from dlrun.runs import RunFolder, can_go_on, create_run, receiving, storage
from dlrun.runs.receiving import RunReceiver
from dlrun.runs.rounds import round_of
from dlrun.runs.sending import Listing, Piece, RunSender, files_of

pytestmark = pytest.mark.heavy

CONFIG = {
    "name": "far",
    "data": {
        "inline": {
            "features": [[n % 7, n % 5] for n in range(40)],
            "labels": [["low", "high"][n % 7 > 3] for n in range(40)],
        },
        "split": {"validation": 0.25},
    },
    "model": {
        "layers": [
            {"Dense": {"units": 4, "activation": "relu"}},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": 5, "batch_size": 8, "checkpoint_seconds": 0},
}
IN_ROUNDS = {
    **CONFIG,
    "data": {**CONFIG["data"], "split": {"validation": 0.2, "train": 0.3}},
    "fit": {**CONFIG["fit"], "epochs": 3},
    "pseudo_label": {"unlabelled": "rest", "rounds": 2, "threshold": 0.5},
}


class NodeDiedError(Exception):
    """The node dies."""


class Sending(Progress):
    """Brings a run here whenever it is kept there."""

    def __init__(self, far: RunFolder, here: RunFolder, dies_at: int | None) -> None:
        self.sender, self.receiver = RunSender(far), RunReceiver(here)
        self.left, self.come = dies_at, 0

    def bring(self) -> None:
        for one in self.sender.changes():
            if isinstance(one, Piece):
                self.receiver.take(one)
            else:
                self.receiver.commit(one)
        self.come += 1

    def begin(self, *_: object) -> None:
        self.bring()

    def kept(self) -> None:
        self.bring()
        if self.left is not None and self.come > self.left:
            raise NodeDiedError


def begun(config, root: Path) -> tuple[RunFolder, object, object, object]:
    node = node_of(config, root)
    with located(node):
        experiment = parse_spec(node)
        experiment, parts = read_rows(experiment, KerasDoor(experiment.spec))
    from dlrun.training import start_run

    root.mkdir()
    return start_run(node, experiment, root), node, experiment, parts


def trained(config, tmp_path: Path, monkeypatch, dies_at: int | None = None):
    """Train in one folder, bring all to another, and look at it at every instant."""
    from dlrun.training import train

    far, _, experiment, parts = begun(config, tmp_path / "far")
    (tmp_path / "here").mkdir()
    here = create_run(tmp_path / "here", "far")
    sending = Sending(far, here, dies_at)
    real, looks = storage.sync, []

    def look(path: Path) -> None:
        real(path)
        if path.is_relative_to(here.path) and (here.path / "config.json").exists():
            looks.append(require_run(here, has_checkpoint=sending.come > 1))

    with here.lock():
        for module in (storage, receiving):
            monkeypatch.setattr(module, "sync", look)
        if dies_at is None:
            train(experiment, parts, far, sending)
            sending.bring()
        else:
            with pytest.raises(TrainingError, match="NodeDiedError"):
                train(experiment, parts, far, sending)
        monkeypatch.undo()
    assert len(looks) > 20
    return far, here


def require_run(run: RunFolder, *, has_checkpoint: bool) -> str:
    """Read a folder as others do."""
    state = run.status().state
    run.history()
    run.probes()
    run.config()
    assert run.hashes.damages() == []
    assert run.find_checkpoint().skipped == ()
    assert not has_checkpoint or can_go_on(run)
    return state


def contents(run: RunFolder) -> dict[str, bytes]:
    return {
        name: (run.path / name).read_bytes()
        for name in files_of(run.path)
        if not name.endswith("SHA256SUMS")
    }


@pytest.mark.parametrize("config", [CONFIG, IN_ROUNDS], ids=["plain", "in rounds"])
def test_what_is_brought_is_a_run_at_any_instant_and_in_the_end_the_same(
    config, tmp_path, monkeypatch
):
    far, here = trained(config, tmp_path, monkeypatch)

    assert here.status().state == "finished"
    assert contents(here) == contents(far)
    for one in (here.path, *here.path.glob("rounds/*")):
        of = far.path / one.relative_to(here.path)
        lists = [(at / "SHA256SUMS").read_text().splitlines() for at in (one, of)]
        assert sorted(lists[0]) == sorted(lists[1])
    here.hashes.require_all()
    assert list(here.path.rglob(".*")) == []


@pytest.mark.parametrize("config", [CONFIG, IN_ROUNDS], ids=["plain", "in rounds"])
def test_a_run_whose_node_has_died_goes_on_here_with_the_same_bits(
    config, tmp_path, monkeypatch
):
    from dlrun.training import resume

    (tmp_path / "whole").mkdir()
    whole, _ = trained(config, tmp_path / "whole", monkeypatch)
    _, here = trained(config, tmp_path, monkeypatch, dies_at=2)
    assert here.status().state == "interrupted"

    resume(here, Progress(), lambda _: None)

    assert here.history()["weights_sha256"] == whole.history()["weights_sha256"]
    assert here.model_file.exists()


def test_half_of_a_file_is_not_taken_and_leaves_nothing(tmp_path):
    here = create_run(tmp_path, "far")
    receiver = RunReceiver(here)
    before = sorted(path.name for path in here.path.iterdir())

    receiver.take(Piece("model.keras", b"half"))
    receiver.take(Piece("checkpoints/0003/weights.npz", b"half"))
    receiver.drop()

    shutil.rmtree(here.path / "checkpoints")
    assert sorted(path.name for path in here.path.iterdir()) == before


def test_what_was_half_received_by_a_process_that_died_is_removed(tmp_path):
    here = create_run(tmp_path, "far")
    RunReceiver(here).take(Piece("checkpoints/0003/weights.npz", b"half"))
    for name in ("model.keras", "code/mine.py", "source/a.yaml", "rounds/00/pool.csv"):
        RunReceiver(here).take(Piece(name, b"half"))

    RunReceiver(here)

    assert [*here.path.rglob(".*")] == []


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", ".x", "run.lock"])
def test_only_files_of_a_run_are_taken(name, tmp_path):
    here = create_run(tmp_path, "far")

    with pytest.raises(RunError, match="no file of a run"):
        RunReceiver(here).take(Piece(name, b""))
    with pytest.raises(RunError, match="no file of a run"):
        RunReceiver(here).commit(Listing((name,)))


def bring(receiver: RunReceiver, files: dict[str, bytes]) -> None:
    """Let a node have these files beside those that it was sent."""
    before = files_of(receiver.folder.path)
    for name, data in files.items():
        receiver.take(Piece(name, data))
    receiver.commit(Listing((*before, *files)))


def test_what_somebody_puts_into_a_run_meanwhile_stays(tmp_path):
    here = create_run(tmp_path, "far")
    receiver = RunReceiver(here)
    receiver.begin()
    sent = tuple(files_of(here.path))
    (here.path / "notes.txt").write_text("mine")

    for names in ((*sent, "log.txt"), sent):
        if "log.txt" in names:
            receiver.take(Piece("log.txt", b"words"))
        receiver.commit(Listing(names))

    assert (here.path / "notes.txt").read_text() == "mine"
    assert not (here.path / "log.txt").exists()


def test_a_run_that_was_removed_meanwhile_does_not_come_back_in_part(tmp_path):
    here = create_run(tmp_path, "far")
    receiver = RunReceiver(here)
    receiver.begin()
    shutil.rmtree(here.path)

    with pytest.raises(RunError, match="was removed while it was trained") as caught:
        bring(receiver, {"log.txt": b"words"})

    assert caught.value.hint
    assert not receiver.has_begun
    assert not here.path.exists()


def test_a_round_that_was_over_before_stays_vouched_for(tmp_path):
    here = create_run(tmp_path, "far")
    first = round_of(here, 0)
    first.path.mkdir(parents=True)
    first.hashes.begin()
    first.hashes.write_text("selected.csv", "id\n")
    first.hashes.seal(())
    receiver = RunReceiver(here)
    receiver.begin()

    bring(receiver, {"log.txt": b"words"})

    assert first.hashes.is_sealed


def test_a_checkpoint_that_takes_the_place_of_another_leaves_nothing(tmp_path):
    here = create_run(tmp_path, "far")
    receiver = RunReceiver(here)
    receiver.begin()
    name = "checkpoints/0003/weights.npz"

    for data in (b"old", b"new"):
        bring(receiver, {name: data})

    assert (here.path / name).read_bytes() == b"new"
    assert list(here.path.rglob(".*")) == []


def test_a_file_that_has_not_come_whole_changes_nothing(tmp_path):
    far, here = create_run(tmp_path, "far"), create_run(tmp_path, "here")
    far.write_config("name: far\n", {"name": "far"})
    receiver = RunReceiver(here)
    for one in RunSender(far).changes():
        if isinstance(one, Listing):
            with pytest.raises(RunError, match="has not come as it was sent"):
                receiver.commit(one)
        elif one.name == "config.json":
            receiver.take(Piece(one.name, one.data[:-1]))
        else:
            receiver.take(one)

    assert not (here.path / "config.json").exists()
    assert here.hashes.damages() == []
