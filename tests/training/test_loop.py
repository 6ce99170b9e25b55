from __future__ import annotations

import hashlib
from types import SimpleNamespace

import numpy as np
import pytest

pytestmark = pytest.mark.heavy

IMAGES = {
    "name": "noisy",
    "seed": 5,
    "data": {
        "npz": {"path": "images.npz"},
        "augment": [
            {"ZeroPadding2D": 1},
            {"RandomCrop": {"height": 6, "width": 6}},
            {"RandomFlip": "horizontal"},
        ],
    },
    "model": {
        "layers": [
            "Flatten",
            {"GaussianNoise": 0.1},
            {"Dense": {"units": 6, "activation": "relu"}},
            {"BatchNormalization": {"momentum": 0.9}},
            {"Dropout": 0.3},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": 2, "batch_size": 4},
}


@pytest.mark.parametrize("count", [1, 2, 31, 1000])
@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_the_order_of_an_epoch_is_a_permutation(seed, count):
    from dlrun.training.loop import epoch_order

    order = epoch_order(seed, 3, count, shuffle=True)

    assert sorted(order.tolist()) == list(range(count))
    assert order.dtype == np.int32


def test_the_order_depends_on_seed_and_epoch_alone():
    from dlrun.training.loop import epoch_order

    np.random.seed(1)
    first = epoch_order(7, 1, 100, shuffle=True)
    np.random.seed(2)
    again = epoch_order(7, 1, 100, shuffle=True)
    others = [
        epoch_order(7, 2, 100, shuffle=True),
        epoch_order(7, 3, 100, shuffle=True),
        epoch_order(8, 1, 100, shuffle=True),
    ]

    assert first.tolist() == again.tolist()
    assert len({tuple(order.tolist()) for order in [first, *others]}) == 4


def test_without_shuffling_the_rows_stay_in_their_order():
    from dlrun.training.loop import epoch_order

    assert epoch_order(7, 3, 5, shuffle=False).tolist() == [0, 1, 2, 3, 4]


def test_every_layer_has_its_own_seed_in_every_epoch():
    from dlrun.training.loop import epoch_seeds

    states = [
        tuple(state)
        for seed in (1, 2)
        for epoch in (1, 2, 3)
        for state in epoch_seeds(seed, epoch, 4).tolist()
    ]

    assert len(set(states)) == len(states)


def test_the_seed_of_a_layer_does_not_depend_on_those_behind_it():
    from dlrun.training.loop import epoch_seeds

    assert epoch_seeds(1, 2, 5)[:3].tolist() == epoch_seeds(1, 2, 3).tolist()
    assert epoch_seeds(1, 2, 0).shape == (0, 2)


def test_the_hash_of_weights_is_that_of_their_bytes():
    from dlrun.training.loop import weights_hash

    kernel, bias = np.ones((2, 3), "float32"), np.zeros(3, "float32")

    assert (
        weights_hash([kernel.T, bias])
        == hashlib.sha256(
            np.ascontiguousarray(kernel.T).tobytes() + bias.tobytes()
        ).hexdigest()
    )
    assert weights_hash([kernel, bias]) != weights_hash([bias, kernel])


@pytest.fixture
def images(tmp_path):
    numbers = np.random.default_rng(0)
    labels = np.arange(30) % 2
    pixels = numbers.normal(labels[:, None, None, None], 1, (30, 6, 6, 1))
    np.savez(tmp_path / "images.npz", x=pixels.astype("float32"), y=labels)


def test_the_length_of_a_chunk_never_changes_the_weights(train, images, monkeypatch):
    from dlrun.training import loop

    monkeypatch.setattr(loop.Loop, "_pace", lambda self, seconds, steps: None)
    hashes = []
    for length in (1, 3, 1000):
        monkeypatch.setattr(loop, "_FIRST_CHUNK", length)
        hashes.append(train(IMAGES).history()["weights_sha256"])

    assert hashes[0] == hashes[1] == hashes[2]
    assert len(set(hashes[0])) == 2


def test_an_epoch_does_not_depend_on_how_many_follow(train, images):
    short = train(IMAGES, "fit.epochs=1").history()["weights_sha256"]
    long = train(IMAGES).history()["weights_sha256"]
    other = train(IMAGES, "seed=6").history()["weights_sha256"]

    assert long[:1] == short
    assert other[0] != short[0]


class ScriptedEngine:
    """Has the losses that a test wants, and weights that name the epoch."""

    num_seeds = 0

    def __init__(self, script: list[dict[str, float]], running: float = 1.0) -> None:
        self._script = script
        self._running = running
        self._epoch = -1
        self.chunks: list[tuple[int, int]] = []

    def begin_epoch(self, rows, order, seeds):
        self._epoch += 1

    def run(self, start, stop):
        self.chunks.append((start, stop))
        return {"loss": self._running}

    def evaluate(self, rows):
        values = self._script[max(0, self._epoch)]
        return {name: values[f"{rows}_{name}"] for name in ("loss", "accuracy")}

    def weights(self):
        return [np.array([self._epoch], "float32")]


class Heard:
    """Callbacks that note what they are told."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.told: list[object] = []
        self._stop_after = stop_after
        optimizer = SimpleNamespace(learning_rate=0.125)
        self.model = SimpleNamespace(optimizer=optimizer, stop_training=False)

    def on_train_begin(self):
        self.told.append("begin")

    def on_epoch_begin(self, epoch):
        self.told.append(epoch)

    def on_epoch_end(self, epoch, logs):
        self.told.append(sorted(logs))
        self.model.stop_training = epoch + 1 == self._stop_after

    def on_train_end(self):
        self.told.append("end")


def run_script(
    column,
    values,
    mode="min",
    running=1.0,
    stop_after=None,
    epochs=None,
    **given,
):
    """Run the loop so that a column of the history takes these values."""
    from dlrun.experiment.bounds import Bounds
    from dlrun.progress import Progress
    from dlrun.training.loop import Loop, LoopPlan, Measured

    keeper, bounds = given.pop("keeper", None), Bounds(**given)
    names = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
    script = [dict.fromkeys(names, 0.5) | {column: value} for value in values]
    engine, heard, rows = ScriptedEngine(script, running), Heard(stop_after), []
    epochs = len(values) if epochs is None else epochs
    plan = LoopPlan(0, epochs, 2, True, column, mode, bounds=bounds)
    measured = [Measured("train_", "train"), Measured("val_", "val")]
    loop = Loop(engine, plan, range(10), measured, heard, rows.append)
    try:
        result = loop.run(Progress(), keeper)
    except Exception as error:
        return error, rows, engine, heard
    return result, rows, engine, heard


@pytest.mark.parametrize(
    ("column", "mode", "values", "best"),
    [
        ("val_loss", "min", [3.0, 1.0, 2.0], 2),
        ("val_loss", "min", [3.0, 1.0, 1.0], 2),
        ("val_accuracy", "max", [0.5, 0.9, 0.7], 2),
        ("val_accuracy", "max", [0.9, 0.9, 0.9], 1),
        ("train_loss", "min", [3.0, 2.0, 1.0], 3),
        ("val_loss", "min", [float("nan"), 2.0, float("nan")], 2),
        ("val_loss", "min", [float("inf"), 2.0, 3.0], 2),
    ],
)
def test_the_best_epoch_is_the_earliest_with_the_best_value(column, mode, values, best):
    result, *_ = run_script(column, values, mode)

    assert result.best_epoch == best
    assert result.best_weights == [np.array([best - 1], "float32")]


def test_every_epoch_has_a_row_as_soon_as_it_is_over():
    result, rows, _, heard = run_script("val_loss", [3.0, 1.0])

    assert rows == result.history
    assert [row["epoch"] for row in rows] == [1, 2]
    assert list(rows[0]) == [
        "epoch",
        "seconds",
        "learning_rate",
        "loss",
        "train_loss",
        "train_accuracy",
        "val_loss",
        "val_accuracy",
        "weights_sha256",
    ]
    assert rows[0]["learning_rate"] == 0.125
    figures = ["loss", "train_accuracy", "train_loss", "val_accuracy", "val_loss"]
    assert heard.told == ["begin", 0, figures, 1, figures, "end"]


def test_a_callback_can_end_training():
    _, rows, _, heard = run_script("val_loss", [3.0, 1.0, 2.0], stop_after=2)

    assert [row["epoch"] for row in rows] == [1, 2]
    assert heard.told[-1] == "end"


def kept(*seconds, **known):
    """What goes on with epochs that have taken so long, and notes the last ones."""
    from dlrun.training.loop import Keeper
    from dlrun.training.result import Result

    class Kept(Keeper):
        def __init__(self):
            self.last = []

        def begin(self):
            rows = [
                {"epoch": epoch, "seconds": took, "val_loss": 1.0}
                for epoch, took in enumerate(seconds, 1)
            ]
            return Result(rows, 1 if rows else 0, ["weights"] * bool(rows), **known)

        def epoch_is_over(self, result, *, is_last):
            self.last.append(is_last)

    return Kept()


def test_a_run_ends_with_the_epoch_in_which_its_seconds_are_over():
    keeper = kept()
    result, rows, _, heard = run_script("val_loss", [3.0] * 3, seconds=1e-9)

    assert [row["epoch"] for row in rows] == [1]
    assert result.stopped
    assert result.stop_reason == "the 1e-09 seconds of its limit are over"
    assert heard.told[-1] == "end"
    result, rows, *_ = run_script("val_loss", [3.0] * 3, seconds=1e9, keeper=keeper)
    assert (len(rows), result.stopped, keeper.last) == (3, False, [False, False, True])


def test_seconds_before_a_kill_count_and_those_of_the_last_epoch_end_nothing():
    keeper = kept(40.0, 50.0)
    result, *_ = run_script("val_loss", [3.0] * 4, seconds=90.0, keeper=keeper)

    assert [row["epoch"] for row in result.history] == [1, 2, 3]
    assert keeper.last == [True]
    result, *_ = run_script("val_loss", [3.0] * 3, seconds=90.0, keeper=kept(40, 50))
    assert (result.stopped, result.stop_reason) == (False, "")
    over = kept(90.0, stopped=True, stop_reason="the 90 seconds of its limit are over")
    result, *_ = run_script("val_loss", [3.0] * 3, seconds=90.0, keeper=over)
    assert len(result.history) == 1


def test_a_run_pauses_where_it_shall_and_goes_on_from_there():
    keeper = kept()
    error, rows, _, heard = run_script("val_loss", [3.0] * 3, pause=2, keeper=keeper)

    assert error.message == "paused after epoch 2; it can go on"
    assert ([row["epoch"] for row in rows], keeper.last) == ([1, 2], [False, True])
    assert heard.told[-1] != "end"
    # Killed just after its last checkpoint, it has nothing to train.
    error, rows, *_ = run_script("val_loss", [3.0] * 3, pause=2, keeper=kept(1, 1))
    assert (error.state, rows) == ("interrupted", [])
    _, rows, *_ = run_script("val_loss", [3.0] * 3, pause=3, keeper=kept(1, 1))
    assert [row["epoch"] for row in rows] == [3]
    stopped, *_ = run_script("val_loss", [3.0] * 3, pause=2, stop_after=2)
    assert stopped.stopped


def test_without_epochs_the_first_weights_are_measured():
    result, rows, engine, heard = run_script("val_loss", [3.0], epochs=0)

    assert [row["epoch"] for row in rows] == [0]
    assert "loss" not in rows[0]
    assert result.best_epoch == 0
    assert engine.chunks == []
    assert heard.told == ["begin", "end"]


def test_the_chunks_of_an_epoch_cover_every_step_once():
    _, _, engine, _ = run_script("val_loss", [1.0])

    steps = [step for start, stop in engine.chunks for step in range(start, stop)]
    assert steps == list(range(5))


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_running_loss_that_is_no_number_ends_the_run_at_once(loss):
    error, rows, *_ = run_script("val_loss", [1.0, 1.0], running=loss)

    assert type(error).__name__ == "DivergedError"
    assert error.exit_code == 1
    assert f"the loss is {loss} in epoch 1, steps 1 to 5" in error.message
    assert rows == []


def test_a_loss_that_is_no_number_after_the_last_step_is_found_too():
    error, rows, *_ = run_script("train_loss", [1.0, float("nan")])

    assert error.message == "the loss is not finite after epoch 2"
    assert [row["epoch"] for row in rows] == [1, 2]


def test_chunks_grow_while_they_are_short_and_shrink_when_they_are_long():
    from dlrun.training import loop

    pacer = loop.Loop(None, None, None, [], None, None)

    pacer._pace(0.01, loop._FIRST_CHUNK)
    grown = pacer._chunk
    pacer._pace(0.01, 3)
    unchanged = pacer._chunk
    for _ in range(20):
        pacer._pace(10.0, pacer._chunk)

    assert grown == unchanged == 2 * loop._FIRST_CHUNK
    assert pacer._chunk == 1
