"""A run that is stopped anywhere and resumed equals one that was never stopped."""

from __future__ import annotations

import json
import shutil
import signal
from dataclasses import replace

import numpy as np
import pytest

from dlrun.config import apply_overrides, node_of
from dlrun.errors import RunError
from dlrun.experiment import parse_spec
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

EVERY_EPOCH = "fit.checkpoint_seconds=0"
STOPPING = {"EarlyStopping": {"patience": 2, "restore_best_weights": True}}
PLATEAU = {"ReduceLROnPlateau": {"factor": 0.5, "patience": 1, "cooldown": 1}}
OTHER_STOPPING = {
    "EarlyStopping": {"patience": 4, "monitor": "val_accuracy", "start_from_epoch": 1}
}


def rows(count, seed):
    numbers = np.random.default_rng(seed)
    labels = numbers.integers(0, 2, count)
    features = numbers.normal(labels[:, None], 1.5, (count, 3)).round(3)
    return {"features": features.tolist(), "labels": labels.tolist()}


def config(layers, optimizer, *callbacks, epochs=6):
    return {
        "name": "noisy",
        "seed": 11,
        "data": {"inline": rows(24, 0), "validation": {"inline": rows(10, 1)}},
        "model": {
            "layers": [*layers, {"Dense": {"units": 2, "activation": "softmax"}}]
        },
        "compile": {
            "loss": "sparse_categorical_crossentropy",
            "optimizer": optimizer,
        },
        "fit": {"epochs": epochs, "batch_size": 5, "callbacks": list(callbacks)},
    }


NOISY = [
    {"GaussianNoise": 0.2},
    {"Dense": {"units": 8, "activation": "relu"}},
    {"BatchNormalization": {"momentum": 0.9}},
    {"Dropout": 0.4},
]
PLAIN = [{"Dense": {"units": 8, "activation": "relu"}}]
IMAGES = {
    "name": "images",
    "seed": 5,
    "data": {
        "npz": {"path": "images.npz"},
        "split": {"validation": 0.25},
        "augment": [
            {"ZeroPadding2D": 1},
            {"RandomCrop": {"height": 6, "width": 6}},
            {"RandomFlip": "horizontal"},
        ],
    },
    "model": {
        "layers": [
            {"Conv2D": {"filters": 3, "kernel_size": 3}},
            {"BatchNormalization": {"momentum": 0.9}},
            "Flatten",
            {"Dropout": 0.3},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {
        "loss": "sparse_categorical_crossentropy",
        "optimizer": {"SGD": {"learning_rate": 0.05, "momentum": 0.9}},
    },
    "fit": {"epochs": 4, "batch_size": 4},
}
FAST = {"SGD": {"learning_rate": 1.5, "momentum": 0.9, "nesterov": True}}
CONFIGS = {
    "adam": config(NOISY, {"Adam": 0.02}, epochs=5),
    "momentum": config(NOISY, FAST, STOPPING, PLATEAU, epochs=8),
    "plateau": config(PLAIN, FAST, PLATEAU, OTHER_STOPPING, epochs=7),
    "images": IMAGES,
}
for _name in ("adam", "momentum"):
    _plain = CONFIGS[_name]
    CONFIGS[f"{_name}, compiled"] = _plain | {"fit": _plain["fit"] | {"jit": "on"}}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    directory = tmp_path_factory.mktemp("images")
    numbers = np.random.default_rng(0)
    labels = np.arange(32) % 2
    pixels = numbers.normal(labels[:, None, None, None], 1, (32, 6, 6, 1))
    np.savez(directory / "images.npz", x=pixels.astype("float32"), y=labels)
    return directory


def progress_that_stops(epoch, step=None, error=None):
    """Stops a run when an epoch is over, or after a chunk of the next one."""
    from dlrun.interruption import Interrupted
    from dlrun.progress import Progress

    raised = Interrupted(signal.SIGINT) if error is None else error

    class Stopping(Progress):
        def step(self, now, done, running):
            if step is not None and now == epoch + 1 and done >= step:
                raise raised

        def epoch(self, row):
            if step is None and row["epoch"] == epoch:
                raise raised

    return Stopping()


def start(values, directory, *overrides, progress=None):
    from dlrun.engines import KerasDoor
    from dlrun.progress import Progress
    from dlrun.rows import read_rows
    from dlrun.training import start_run, train

    node = apply_overrides(node_of(values, directory), overrides)
    experiment, parts = read_rows(parse_spec(node), KerasDoor())
    folder = start_run(node, experiment, directory / "runs")
    train(experiment, parts, folder, progress or Progress())
    return folder


def stop(values, directory, progress, *overrides):
    from dlrun.interruption import Interrupted

    with pytest.raises((Interrupted, Exception)):
        start(values, directory, *overrides, progress=progress)
    return RunFolder(sorted((directory / "runs").glob(f"{values['name']}-*"))[-1])


def go_on(folder, epochs=None, progress=None):
    from dlrun.progress import Progress
    from dlrun.training import resume

    told: list[str] = []
    resume(folder, progress or Progress(), told.append, epochs)
    return told


def all_of(folder):
    """Everything that must be equal, bit for bit."""
    import keras

    history = folder.history()
    history.pop("seconds")
    found = folder.find_checkpoint()
    arrays = {
        group: [(array.dtype.str, array.shape, array.tobytes()) for array in members]
        for group, members in found.checkpoint.arrays.items()
    }
    state = found.checkpoint.state
    model = keras.models.load_model(folder.model_file)
    metrics = folder.metrics()
    return {
        "history": history,
        "epoch": found.checkpoint.epoch,
        "arrays": arrays,
        "facts": (state.callbacks, state.best_epoch),
        "model": [array.tobytes() for array in model.get_weights()],
        "predictions": folder.predictions_file.read_bytes(),
        "metrics": (metrics.best_epoch, metrics.best, metrics.final),
        "probes": [
            (folder.path / "diagnostics" / name).read_bytes()
            for name in ("layers.csv", "outputs.csv")
        ],
        "state": folder.status().state,
    }


@pytest.fixture(scope="module")
def whole(images):
    """What each config leaves behind when nothing stops it."""
    known = {}

    def find(name):
        if name not in known:
            known[name] = all_of(start(CONFIGS[name], images, EVERY_EPOCH))
        return known[name]

    return find


@pytest.mark.parametrize("name", CONFIGS)
def test_stopped_after_any_epoch_and_resumed_equals_uninterrupted(name, images, whole):
    expected = whole(name)
    last = expected["history"]["epoch"][-1]
    assert last > 2

    for epoch in range(1, last + 1):
        for step in (None, 1) if epoch < last else (None,):
            progress = progress_that_stops(epoch, step)
            folder = stop(CONFIGS[name], images, progress, EVERY_EPOCH)
            assert folder.status().state == "interrupted"
            if epoch == 1 and step is None:  # Nothing is kept: the row came first.
                continue
            go_on(folder)
            assert all_of(folder) == expected, (epoch, step)


def test_the_callbacks_of_the_property_really_act(whole):
    stopped, plateau = whole("momentum"), whole("plateau")

    assert len(stopped["history"]["epoch"]) < 8
    assert "callback_0" in stopped["arrays"]
    assert len(set(plateau["history"]["learning_rate"])) > 1


def test_a_run_stopped_at_every_epoch_equals_one_that_never_was(images, whole):
    expected = whole("adam")
    folder = stop(CONFIGS["adam"], images, progress_that_stops(1, 1), EVERY_EPOCH)

    from dlrun.interruption import Interrupted

    for epoch in (2, 3, 4):
        with pytest.raises(Interrupted):
            go_on(folder, progress=progress_that_stops(epoch, 1))
    go_on(folder)

    assert all_of(folder) == expected


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("when", ["step", "epoch"])
def test_a_signal_keeps_the_last_whole_epoch_though_no_checkpoint_was_due(
    images, whole, monkeypatch, number, when
):
    import os

    from dlrun.progress import Progress
    from dlrun.training import loop

    class Signal(Progress):
        def step(self, epoch, step, running):
            if when == "step" and epoch == 3 and step < 5:
                os.kill(os.getpid(), number)

        def epoch(self, row):
            if when == "epoch" and row["epoch"] == 3:
                os.kill(os.getpid(), number)

    monkeypatch.setattr(loop, "_FIRST_CHUNK", 1)
    monkeypatch.setattr(loop.Loop, "_pace", lambda *_: None)
    monkeypatch.setattr(checkpoints(), "_PAUSE_SECONDS", 0)
    folder = stop(CONFIGS["adam"], images, Signal())
    kept = {"step": 2, "epoch": 3}[when]
    assert [p.name for p in (folder.path / "checkpoints").iterdir()] == [f"000{kept}"]
    assert folder.status().reason == f"stopped by {number.name}"

    go_on(folder)

    assert all_of(folder) == whole("adam")


def test_short_epochs_are_not_all_copied_but_a_signal_keeps_the_last(images, whole):
    import os

    from dlrun.progress import Progress

    class Signal(Progress):
        def epoch(self, row):
            if row["epoch"] == 4:
                os.kill(os.getpid(), signal.SIGINT)

    folder = stop(CONFIGS["adam"], images, Signal())

    assert folder.find_checkpoint().checkpoint.epoch == 4
    go_on(folder)
    assert all_of(folder) == whole("adam")


def test_a_signal_in_the_last_epoch_lets_the_run_end(images, whole):
    import os

    from dlrun.progress import Progress

    class Signal(Progress):
        def epoch(self, row):
            if row["epoch"] == 5:
                os.kill(os.getpid(), signal.SIGINT)

    folder = stop(CONFIGS["adam"], images, Signal())

    assert folder.status().state == "finished"
    assert all_of(folder) == whole("adam")


def checkpoints():
    import sys

    import dlrun.training  # noqa: F401

    return sys.modules["dlrun.training.checkpoint"]


def test_a_failed_run_goes_on_once_the_cause_is_gone(images, whole):
    error = ValueError("no luck")
    folder = stop(CONFIGS["adam"], images, progress_that_stops(2, 1, error))
    assert folder.status().state == "failed"

    go_on(folder)

    assert all_of(folder) == whole("adam")


def test_a_finished_run_can_be_extended(images, whole):
    short = start(CONFIGS["adam"], images, "fit.epochs=3")
    short.count_test_look("evaluate")

    told = go_on(short, epochs=5)

    assert all_of(short) == whole("adam")
    assert "fit.epochs: 3 -> 5; the old config is in source/" in told
    assert short.config()["fit"]["epochs"] == 5
    assert "epochs: 5" in (short.path / "config.yaml").read_text()
    old = json.loads((short.path / "source" / "config-1.json").read_text())
    assert old["fit"]["epochs"] == 3
    assert short.metrics().test_looks == 1


def test_only_the_newest_two_checkpoints_and_the_best_are_kept(images):
    folder = start(CONFIGS["plateau"], images, EVERY_EPOCH)

    names = sorted(path.name for path in (folder.path / "checkpoints").iterdir())
    best, last = folder.metrics().best_epoch, folder.metrics().epochs
    kept = {last, last - 1, best}
    assert names == sorted(f"{epoch:04d}" for epoch in kept)


@pytest.fixture
def stopped(images):
    return stop(CONFIGS["adam"], images, progress_that_stops(3, 1), EVERY_EPOCH)


def test_a_finished_run_is_refused(images):
    folder = start(CONFIGS["adam"], images, "fit.epochs=2")
    before = folder.status()

    with pytest.raises(RunError, match="is finished: its 2 epochs are over") as caught:
        go_on(folder)
    with pytest.raises(RunError, match="is already after epoch 2"):
        go_on(folder, epochs=1)

    assert "--epochs" in caught.value.hint
    assert folder.status() == before


def test_early_stopping_that_ended_a_run_is_named(images):
    folder = start(CONFIGS["momentum"], images)
    last = folder.metrics().epochs

    with pytest.raises(RunError, match=f"EarlyStopping ended .* after epoch {last}"):
        go_on(folder, epochs=20)


def test_a_run_that_runs_is_refused(stopped):
    with stopped.lock(), pytest.raises(RunError, match="in use by process"):
        go_on(stopped)


def test_a_changed_config_is_refused(stopped):
    values = stopped.config()
    values["compile"]["optimizer"] = {"Adam": {"learning_rate": 0.5}}
    stopped.write_config("", values)

    with pytest.raises(RunError, match=r"config of .+ was changed"):
        go_on(stopped)


def test_a_run_from_before_a_key_goes_on_and_can_be_extended(stopped):
    older = dict(stopped.config()["fit"])
    del older["threads"]
    stopped.write_config("", stopped.config() | {"fit": older})

    assert go_on(stopped) == [f"{stopped.name} goes on after epoch 3 of 5"]
    go_on(stopped, epochs=6)

    assert len(stopped.history()["epoch"]) == 6


def test_a_config_with_other_threads_is_refused(stopped):
    values = stopped.config()
    values["fit"]["threads"] = 1
    stopped.write_config("", values)

    with pytest.raises(RunError, match=r"config of .+ was changed"):
        go_on(stopped)


def test_changed_data_is_refused_and_the_file_named(images):
    directory = images / "moved"
    directory.mkdir()
    shutil.copy(images / "images.npz", directory)
    folder = stop(IMAGES, directory, progress_that_stops(2, 1))
    with np.load(directory / "images.npz") as arrays:
        x, y = arrays["x"].copy(), arrays["y"]
    x[3, 2, 2, 0] += 1e-3
    np.savez(directory / "images.npz", x=x, y=y)

    with pytest.raises(
        RunError, match=r"data of .* has changed since it was trained: .*images\.npz"
    ):
        go_on(folder)

    assert folder.status().state == "interrupted"


def test_a_run_without_a_checkpoint_begins_anew_with_the_same_bits(images, whole):
    folder = stop(CONFIGS["adam"], images, progress_that_stops(0, 1))

    told = go_on(folder)

    assert any("it begins anew in its folder" in sentence for sentence in told)
    assert all_of(folder) == whole("adam")


def test_other_versions_are_told_and_noted(stopped, monkeypatch):
    from dlrun.training import environment as platform
    from dlrun.training import resume

    here = platform.describe_platform()
    now = replace(here, versions={**here.versions, "keras": "3.99"})
    monkeypatch.setattr(
        __import__("sys").modules["dlrun.training.resume"],
        "describe_platform",
        lambda: now,
    )

    told = go_on(stopped)

    assert resume
    (warning,) = [text for text in told if text.startswith("warning")]
    assert "not bit-exact from here: keras was" in warning
    (entry,) = stopped.resumptions()
    assert (entry.exact, entry.after_epoch) == (False, 3)


def test_a_run_that_went_on_in_the_same_place_is_exact(stopped):
    told = go_on(stopped)

    assert told == [f"{stopped.name} goes on after epoch 3 of 5"]
    (entry,) = stopped.resumptions()
    assert (entry.exact, entry.differences) == (True, ())


def test_a_damaged_checkpoint_is_skipped_and_named(stopped, whole):
    file = stopped.path / "checkpoints" / "0003" / "weights.npz"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)

    told = go_on(stopped)

    assert told[0] == (
        "warning: the checkpoint of epoch 3 is left out: "
        "weights.npz is damaged: its SHA-256 is another"
    )
    assert all_of(stopped) == whole("adam")


def test_a_moved_run_goes_on(stopped, tmp_path, whole):
    moved = RunFolder(shutil.move(stopped.path, tmp_path / "elsewhere"))
    moved = RunFolder(tmp_path / "elsewhere")

    go_on(moved)

    assert all_of(moved) == whole("adam")


def test_a_diverged_run_keeps_its_last_finite_checkpoint(images):
    from dlrun.progress import Progress
    from dlrun.training.loop import DivergedError, weights_hash

    class Explode(Progress):
        def step(self, epoch, step, running):
            if epoch == 3:
                raise DivergedError("the loss is nan in epoch 3, steps 1 to 5")

    folder = stop(CONFIGS["adam"], images, Explode(), EVERY_EPOCH)

    kept = folder.find_checkpoint().checkpoint
    assert folder.status().state == "diverged"
    assert kept.epoch == 2
    assert weights_hash(kept.arrays["weights"]) == folder.history()["weights_sha256"][1]
    with pytest.raises(RunError, match="would do so again"):
        go_on(folder)


def test_the_notebook_can_resume(stopped, whole):
    from dlrun.api import Run

    run = Run(stopped).resume(verbose=False)

    assert run.status == "finished"
    assert all_of(stopped) == whole("adam")


@pytest.mark.parametrize("count", [45, 52, 59])
def test_a_full_disk_ends_the_run_which_then_goes_on(images, whole, monkeypatch, count):
    import os

    from dlrun.errors import TrainingError

    real, left = os.fsync, [count]

    def sync(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        real(descriptor)

    def run():
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", sync)
            start(CONFIGS["adam"], images, EVERY_EPOCH)

    expected = whole("adam")
    before = set((images / "runs").iterdir())
    with pytest.raises(TrainingError, match="No space left") as caught:
        run()

    (path,) = set((images / "runs").iterdir()) - before
    folder = RunFolder(path)
    assert caught.value.exit_code == 1
    assert folder.status().state == "interrupted"  # Not even that could be written.
    assert folder.find_checkpoint().checkpoint.epoch >= 1
    go_on(folder)
    assert all_of(folder) == expected
