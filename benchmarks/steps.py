"""Steps per second of one side: `steps.py dlrun` or `steps.py fit`; prints JSON.

A small dense net (2-16-32-2, batch 10, 10,000 train rows, 1,000 validation rows) for 12
epochs, without the first. An epoch of dlrun holds everything that it does at its end:
honest train and validation metrics, the row of the history, the hash of the weights.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROWS, HELD_OUT, BATCH, EPOCHS = 10_000, 1_000, 10, 12


def make_data() -> tuple[np.ndarray, np.ndarray]:
    """Points in the plane; the class is whether they lie in a ring."""
    random = np.random.default_rng(0)
    points = random.normal(size=(ROWS + HELD_OUT, 2)).astype("float32")
    return points, (np.abs(np.linalg.norm(points, axis=1) - 1.2) < 0.5).astype("int32")


def with_dlrun() -> list[float]:
    import dlrun

    points, labels = make_data()
    with tempfile.TemporaryDirectory() as directory:
        for name, part in (("train", slice(0, ROWS)), ("held", slice(ROWS, None))):
            np.savez(Path(directory) / f"{name}.npz", x=points[part], y=labels[part])
        config = {
            "name": "steps",
            "data": {
                "npz": {"path": f"{directory}/train.npz"},
                "validation": {"npz": {"path": f"{directory}/held.npz"}},
            },
            "model": {
                "layers": [
                    {"Dense": {"units": 16, "activation": "relu"}},
                    {"Dense": {"units": 32, "activation": "relu"}},
                    {"Dense": {"units": 2, "activation": "softmax"}},
                ]
            },
            "compile": {"loss": "sparse_categorical_crossentropy"},
            "fit": {"epochs": EPOCHS, "batch_size": BATCH},
        }
        run = dlrun.train(config, runs=Path(directory) / "runs", verbose=False)
        return list(run.folder.history()["seconds"])


def with_fit() -> list[float]:
    import keras

    points, labels = make_data()

    class Clock(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.seconds = []

        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(time.perf_counter() - self.began)

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    clock = Clock()
    held = (points[ROWS:], labels[ROWS:])
    model.fit(
        points[:ROWS], labels[:ROWS], batch_size=BATCH, epochs=EPOCHS, verbose=0,
        validation_data=held, callbacks=[clock],
    )  # fmt: skip
    return clock.seconds


if __name__ == "__main__":
    seconds = with_dlrun() if sys.argv[1] == "dlrun" else with_fit()
    print(json.dumps(ROWS / BATCH / statistics.median(seconds[1:])))
