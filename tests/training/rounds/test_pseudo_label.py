"""Rounds of pseudo-labels: what they keep, what they never use, and how they go on."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml

from dlrun.config import apply_overrides, node_of
from dlrun.errors import DataError, RunError
from dlrun.experiment import parse_spec
from dlrun.runs import RunFolder, find_rounds, round_of, training_folder

pytestmark = pytest.mark.heavy

ROUNDS = 3
EPOCHS = 3
CONFIG = {
    "name": "blobs",
    "seed": 3,
    "data": {
        "npz": {"path": "blobs.npz"},
        "split": {"validation": 0.1, "test": 0.1, "train": 0.1},
        "scale": "standard",
        "augment": [{"GaussianNoise": 0.05}],
    },
    "model": {
        "layers": [
            {"Dense": {"units": 8, "activation": "relu"}},
            {"BatchNormalization": {"momentum": 0.8}},
            {"Dropout": 0.2},
            {"Dense": {"units": 3, "activation": "softmax"}},
        ]
    },
    "compile": {
        "loss": "sparse_categorical_crossentropy",
        "optimizer": {"Adam": 0.02},
    },
    "fit": {"epochs": EPOCHS, "batch_size": 8, "checkpoint_seconds": 0},
    "pseudo_label": {
        "unlabelled": "rest",
        "rounds": ROUNDS,
        "threshold": 0.5,
        "weight": 0.5,
        "stop": {"patience": ROUNDS, "min_new": 0.0},
    },
}


def blobs(rows, seed):
    numbers = np.random.default_rng(seed)
    labels = np.arange(rows) % 3
    centres = np.array([[0, 0], [2, 0], [1, 2]])
    return numbers.normal(centres[labels], 0.8).astype("float32"), labels


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    directory = tmp_path_factory.mktemp("blobs")
    features, labels = blobs(300, 0)
    np.savez(directory / "blobs.npz", x=features, y=labels)
    return directory


def start(directory, *overrides, config=CONFIG, progress=None):
    from dlrun.engines import KerasDoor
    from dlrun.progress import Progress
    from dlrun.rows import read_rows
    from dlrun.training import start_run, train

    node = apply_overrides(node_of(config, directory), overrides)
    experiment, parts = read_rows(parse_spec(node), KerasDoor())
    folder = start_run(node, experiment, directory / "runs")
    train(experiment, parts, folder, progress or Progress())
    return folder


def go_on(folder, epochs=None):
    from dlrun.progress import Progress
    from dlrun.training import resume

    told: list[str] = []
    resume(folder, Progress(), told.append, epochs)
    return told


def newest(directory):
    return RunFolder(sorted((directory / "runs").glob("blobs-*"))[-1])


def all_of(folder):
    """Everything that a run leaves, but for how long it took."""
    found = {}
    for run in (folder, *find_rounds(folder)):
        history = run.history()
        del history["seconds"]
        found[str(run.path.relative_to(folder.path))] = history
    for name in ("pool.csv", "selected.csv", "predictions.csv"):
        for file in folder.path.rglob(name):
            found[str(file.relative_to(folder.path))] = file.read_bytes()
    for name in ("round.json", "metrics.json"):
        for file in folder.path.rglob(name):
            values = json.loads(file.read_text())
            del values["seconds"]
            for looks in ("test_looks", "test_looks_by"):
                values.pop(looks, None)
            found[str(file.relative_to(folder.path))] = values
    for one in find_rounds(folder):
        kept = one.find_checkpoint().checkpoint
        found[f"arrays of {one.number}"] = (
            kept.epoch,
            {
                group: [array.tobytes() for array in members]
                for group, members in kept.arrays.items()
            },
        )
    return found | {"state": folder.status().state}


@pytest.fixture(scope="module")
def whole(here):
    """A run that nothing has stopped."""
    return start(here)


def test_round_0_is_the_run_without_the_section(here, whole):
    config = {name: CONFIG[name] for name in CONFIG if name != "pseudo_label"}

    alone = start(here, config=config | {"name": "alone"})

    expected = alone.history()
    found = round_of(whole, 0).history()
    assert found["weights_sha256"] == expected["weights_sha256"]
    assert found["val_loss"] == expected["val_loss"]
    assert alone.summary().split_hash == whole.summary().split_hash
    assert alone.summary().data_fingerprint == whole.summary().data_fingerprint


def test_every_round_leaves_its_rows_and_figures(whole):
    rounds = find_rounds(whole)

    assert [one.number for one in rounds] == list(range(ROUNDS + 1))
    for one in rounds[1:]:
        selection = one.figures().selection
        lines = (one.path / "selected.csv").read_text().splitlines()
        assert lines[0] == "id,label,confidence,round,truth"
        assert len(lines) == selection.selected + 1
        right = sum(line.split(",")[1] == line.split(",")[4] for line in lines[1:])
        precision = selection.truth.precision
        assert right / selection.selected == pytest.approx(precision)
        assert {line.split(",")[3] for line in lines[1:]} == {str(one.number)}
        confidences = [float(line.split(",")[2]) for line in lines[1:]]
        assert min(confidences) >= 0.5
        assert selection.mean_confidence == pytest.approx(np.mean(confidences))
        assert np.trace(selection.truth.confusion) == right


def test_the_best_round_by_validation_is_that_of_the_run(whole):
    rounds = find_rounds(whole)
    scores = [one.figures().validation.accuracy for one in rounds]
    best = max(number for number in range(len(scores)) if scores[number] == max(scores))

    metrics = whole.metrics()

    assert metrics.rounds.kept_round == best
    assert metrics.rounds.baseline["val_accuracy"] == scores[0]
    assert metrics.rounds.gain["val_accuracy"] == pytest.approx(
        scores[best] - scores[0]
    )
    assert whole.history() == rounds[best].history()
    assert whole.predictions_file.read_bytes() == (
        rounds[best].predictions_file.read_bytes()
    )


def test_the_test_rows_are_looked_at_once_and_give_what_evaluate_gives(whole):
    from dlrun.training import open_trained, read_part

    metrics = whole.metrics()
    trained = open_trained(whole)
    _, rows = read_part(whole, trained.experiment, "test")

    found = trained.evaluate(rows).metrics["accuracy"]

    assert metrics.test_looks_by == {"train": 1}
    assert metrics.rounds.kept["test_accuracy"] == pytest.approx(found, abs=1e-6)


def progress_that_stops(number, epoch, step=None):
    """Stops a run when an epoch of a round is over, or within the next one."""
    from dlrun.interruption import Interrupted
    from dlrun.progress import Progress

    class Stopping(Progress):
        now = 0

        def round(self, number, rounds, words):
            self.now = number

        def step(self, at, done, running):
            if step is not None and (self.now, at) == (number, epoch + 1):
                raise Interrupted(signal.SIGINT)

        def epoch(self, row):
            if step is None and (self.now, row["epoch"]) == (number, epoch):
                raise Interrupted(signal.SIGINT)

    return Stopping()


@pytest.mark.parametrize("number", range(ROUNDS + 1))
def test_stopped_in_any_epoch_of_a_round_and_resumed_equals_uninterrupted(
    number, here, whole
):
    from dlrun.interruption import Interrupted

    expected = all_of(whole)
    for epoch, step in ((0, 1), (1, None), (2, 1), (EPOCHS, None)):
        with pytest.raises(Interrupted):
            start(here, progress=progress_that_stops(number, epoch, step))
        folder = newest(here)
        assert folder.status().state == "interrupted"
        assert training_folder(folder).number == number

        go_on(folder)

        assert all_of(folder) == expected, (epoch, step)


class KilledError(BaseException):
    """As SIGKILL: nobody on the way may write a word."""


CALLS = ("start_over", "write_selected", "write_model", "write_predictions",
         "write_metrics", "write_pool", "write_figures", "publish")  # fmt: skip


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_killed_at_any_step_between_two_rounds_it_goes_on_exactly(
    call, after, here, whole, monkeypatch
):
    from dlrun.runs import RoundFolder

    expected = all_of(whole)
    real = getattr(RoundFolder, call)

    def killing(folder, *given, **named):
        if folder.number != (2 if call != "publish" else folder.number):
            return real(folder, *given, **named)
        if after:
            real(folder, *given, **named)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(RoundFolder, call, killing)
        with pytest.raises(KilledError):
            start(here)
    folder = newest(here)
    assert folder.status().state == "interrupted"

    go_on(folder)

    assert all_of(folder) == expected


def test_killed_by_the_system_at_random_instants_it_goes_on_exactly(
    here, whole, tmp_path
):
    shutil.copy(here / "blobs.npz", tmp_path)
    (tmp_path / "blobs.yaml").write_text(yaml.safe_dump(CONFIG))
    folder = RunFolder(tmp_path / "runs" / "blobs-001")
    moment = random.Random(3)
    words, kills = ["train", "blobs.yaml"], 0

    for goal in (1, 2, 3, ROUNDS + 2):
        process = subprocess.Popen(
            [sys.executable, "-m", "dlrun", *words, "-q"],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None:
            if len(find_rounds(folder)) >= goal:
                time.sleep(moment.uniform(0, 0.3))
                process.send_signal(signal.SIGKILL)
                kills += process.wait() == -signal.SIGKILL
            time.sleep(0.02)
        words = ["resume", "blobs-001"]

    assert kills >= 2
    expected, found = all_of(whole), all_of(folder)
    assert found == expected


def test_a_damaged_checkpoint_of_a_round_costs_only_its_epochs(here, whole):
    from dlrun.interruption import Interrupted

    with pytest.raises(Interrupted):
        start(here, progress=progress_that_stops(2, 2, 1))
    folder = newest(here)
    for file in (round_of(folder, 2).path / "checkpoints").rglob("weights.npz"):
        file.write_bytes(file.read_bytes()[:-9])

    told = go_on(folder)

    assert any("is left out" in sentence for sentence in told)
    assert "blobs" in told[-1]
    assert "round 2 after the start" in told[-1]
    assert all_of(folder) == all_of(whole)


def test_a_finished_run_is_not_resumed_and_epochs_are_not_added(whole):
    with pytest.raises(RunError, match="is finished") as finished:
        go_on(whole)
    with pytest.raises(RunError, match="would change every round") as longer:
        go_on(whole, epochs=9)

    assert "pseudo_label.rounds=N" in finished.value.hint
    assert "-s fit.epochs=9" in longer.value.hint


def test_a_run_is_verified_through_all_its_rounds(whole):
    from dlrun.progress import Progress
    from dlrun.training import verify

    result = verify(whole, Progress(), print)
    first = verify(whole, Progress(), print, epochs=EPOCHS + 1)

    assert result.is_identical
    assert result.epochs == (ROUNDS + 1) * EPOCHS
    assert (first.is_identical, first.epochs) == (True, EPOCHS + 1)


def test_another_hash_in_a_later_round_is_found(here, whole, tmp_path):
    from dlrun.progress import Progress
    from dlrun.training import verify

    copy = RunFolder(tmp_path / whole.name)
    shutil.copytree(whole.path, copy.path)
    file = round_of(copy, 1).path / "history.csv"
    *lines, last = file.read_text().splitlines()
    file.write_text("\n".join([*lines, last[:-1] + "x"]) + "\n")
    round_of(copy, 1).hashes.seal(["history.csv"])

    result = verify(copy, Progress(), print)

    assert result.first_different == 2 * EPOCHS


def with_a_source(directory, labels, **changes):
    """The config with unlabelled rows of their own; `labels`: their truth, if any."""
    features, truth = blobs(150, 1)
    arrays = {"x": features} | ({} if labels is None else {"y": labels(truth)})
    np.savez(directory / "more.npz", **arrays)
    named = {"path": "more.npz"} | ({"labels": None} if labels is None else {})
    section = CONFIG["pseudo_label"] | {"unlabelled": {"npz": named}, "rounds": 1}
    return CONFIG | {"pseudo_label": section | changes}


def test_true_labels_of_the_pool_are_measured_against_and_never_used(here):
    wrong = np.random.default_rng(2)
    runs = [
        start(here, config=with_a_source(here, labels))
        for labels in (None, lambda truth: truth, wrong.permutation)
    ]

    rounds = [round_of(run, 1) for run in runs]

    hashes = [one.history()["weights_sha256"] for one in rounds]
    assert hashes[0] == hashes[1] == hashes[2]
    figures = [one.figures() for one in rounds]
    assert figures[0].selection.truth is None
    precisions = [figure.selection.truth.precision for figure in figures[1:]]
    assert precisions[0] > 0.7 > precisions[1]


def test_changed_unlabelled_rows_are_noticed(here):
    from dlrun.interruption import Interrupted
    from dlrun.training import DataChangedError

    config = with_a_source(here, None)
    with pytest.raises(Interrupted):
        start(here, config=config, progress=progress_that_stops(1, 1, 1))
    folder = newest(here)
    features, _ = blobs(150, 1)
    np.savez(here / "more.npz", x=features + 1)

    with pytest.raises(DataChangedError, match=r"more\.npz"):
        go_on(folder)


def test_rows_with_an_empty_label_are_the_pool_of_a_table(tmp_path):
    features, labels = blobs(120, 4)
    names = [("red", "green", "blue")[label] if at < 60 else "" for at, label in
             enumerate(labels)]  # fmt: skip
    rows = [f"{x},{y},{name}" for (x, y), name in zip(features, names, strict=True)]
    (tmp_path / "table.csv").write_text("\n".join(["x,y,colour", *rows, ""]))
    data = {
        "csv": {"path": "table.csv", "labels": "colour"},
        "split": {"validation": 0.5},
    }
    section = {"threshold": 0.3, "rounds": 1}

    folder = start(tmp_path, config=CONFIG | {"data": data, "pseudo_label": section})

    figures = round_of(folder, 1).figures()
    assert folder.summary().num_unlabelled == 60
    assert figures.selection.selected == 60
    assert figures.selection.truth is None
    assert sum(figures.selection.of_class.values()) == 60
    assert folder.split().parts["unlabelled"].ids == tuple(range(60, 120))
    assert "test_accuracy" not in folder.metrics().rounds.gain


def test_without_weight_pseudo_labels_change_no_gradient_but_the_order(here):
    rounds = "pseudo_label.rounds=1"
    light = start(here, rounds, "pseudo_label.weight=0")

    heavy = start(here, rounds, "pseudo_label.weight=1")

    hashes = [round_of(run, 1).history()["weights_sha256"] for run in (light, heavy)]
    assert hashes[0] != hashes[1]
    assert round_of(light, 1).history()["loss"] < round_of(heavy, 1).history()["loss"]


def test_a_round_that_continues_starts_from_the_weights_of_the_one_before(here):
    folder = start(here, "pseudo_label.retrain=continue", "pseudo_label.rounds=1")
    scratch = start(here, "pseudo_label.rounds=1")

    losses = [round_of(run, 1).history()["train_loss"][0] for run in (folder, scratch)]

    assert losses[0] < losses[1]


def test_a_round_that_continues_is_resumed_exactly(here):
    from dlrun.interruption import Interrupted

    words = ("pseudo_label.retrain=continue", "pseudo_label.rounds=2")
    expected = all_of(start(here, *words))
    for epoch, step in ((0, 1), (2, 1)):
        with pytest.raises(Interrupted):
            start(here, *words, progress=progress_that_stops(2, epoch, step))
        folder = newest(here)

        go_on(folder)

        assert all_of(folder) == expected


def test_where_no_label_is_sure_the_baseline_is_kept(here):
    folder = start(here, "pseudo_label.threshold=1.0")

    metrics = folder.metrics()

    assert metrics.rounds.kept_round == metrics.rounds.rounds == 0
    assert metrics.rounds.ended == "no row was labelled with enough confidence"
    assert set(metrics.rounds.gain.values()) == {0}


def test_a_set_that_no_longer_changes_ends_the_rounds(here):
    overrides = ("pseudo_label.threshold=0", "pseudo_label.stop.min_new=0.5")

    metrics = start(here, *overrides).metrics()

    assert metrics.rounds.rounds == 1
    assert "of the selected rows are new" in metrics.rounds.ended


def test_a_weak_baseline_is_warned_of(here):
    overrides = ("fit.epochs=1", "compile.optimizer.learning_rate=1e-6")

    (warning, *_) = start(here, *overrides).metrics().rounds.warnings

    assert "label more rows" in warning


def test_two_labels_of_each_class_are_needed(here):
    with pytest.raises(DataError, match="each class needs 2 labelled train rows"):
        start(here, "data.split.train=0.01")


def test_one_hot_labels_binary_outputs_and_percentiles_work(here):
    one_hot = start(
        here,
        "data.one_hot=true",
        "compile.loss=categorical_crossentropy",
        "pseudo_label.select=percentile",
        "pseudo_label.start=0.5",
    )

    selected = [one.figures().selection.selected for one in find_rounds(one_hot)]

    assert selected == [0, 105, 210, 210]


def test_a_signal_between_two_rounds_is_heard(here, whole):
    import os

    from dlrun.interruption import Interrupted
    from dlrun.progress import Progress

    class Signal(Progress):
        number = 0

        def round(self, number, rounds, words):
            self.number = number

        def epoch(self, row):
            if (self.number, row["epoch"]) == (1, EPOCHS):
                os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted):
        start(here, progress=Signal())
    folder = newest(here)
    assert folder.status().state == "terminated"
    assert training_folder(folder).number == 1

    told = go_on(folder)

    assert told[-1] == f"{folder.name} goes on in round 1 after its end"
    assert all_of(folder) == all_of(whole)
