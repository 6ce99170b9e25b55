"""One side of one workload: `steps.py mlp dlrun`; prints steps per second as JSON.

The sides: `dlrun`, `fit` (plain `Model.fit`), and `best` (`fit` with the settings that
suit the workload best). All have validation rows. Steps per second are those of an
epoch after the first; an epoch of dlrun holds all that it does at its end: honest train
and validation metrics, the row of the history, the hash of the weights.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

EPOCHS = 20
EPOCHS_OF_BEST = 4
"""Enough for its steps per second; only the whole process of the others is compared."""
HELD_OUT = 500
DIGITS = Path(__file__).resolve().parent.parent / "datasets" / "digits.npz"


@dataclass(frozen=True)
class Workload:
    """A model and rows of its shape."""

    words: str
    shape: tuple[int, ...]
    rows: int
    batch: int
    layers: list[tuple[str, dict[str, Any]]]
    classes: int = 2
    best: dict[str, Any] = field(default_factory=dict)
    """What `compile` of the best `fit` is given; nothing: plain `fit` is the best."""
    held_out: int = HELD_OUT
    """Validation rows."""
    file: Path | None = None
    """Where the rows come from; by default they are drawn."""
    compiles: bool = True
    """Whether XLA is an option: convolutions on a CPU take up to 56 times as long."""

    @property
    def steps(self) -> int:
        return -(-self.rows // self.batch)

    @property
    def all_layers(self) -> list[tuple[str, dict[str, Any]]]:
        output = {"units": self.classes, "activation": "softmax"}
        return [*self.layers, ("Dense", output)]


def dense(units: int) -> tuple[str, dict[str, Any]]:
    return "Dense", {"units": units, "activation": "relu"}


def convolution(filters: int, size: int) -> tuple[str, dict[str, Any]]:
    return "Conv2D", {"filters": filters, "kernel_size": size, "activation": "relu"}


FLATTEN: tuple[str, dict[str, Any]] = ("Flatten", {})
POOL: tuple[str, dict[str, Any]] = ("MaxPooling2D", {"pool_size": 2})
XLA = {"steps_per_execution": 50, "jit_compile": True}
GRAPH = {"steps_per_execution": 8}  # XLA takes 2 to 56 times as long for convolutions

WORKLOADS = {
    "mlp": Workload(
        "MLP 2-16-32-2, batch 10, 10,000 rows", (2,), 10_000, 10,
        [dense(16), dense(32)], best=XLA,
    ),
    "large": Workload(
        "MLP 100-512-512-2, batch 64, 6,400 rows", (100,), 6_400, 64,
        [dense(512), dense(512)], best=XLA,
    ),
    "lstm": Workload(
        "LSTM 32 on (20, 8), batch 32, 3,200 rows", (20, 8), 3_200, 32,
        [("LSTM", {"units": 32})], best=XLA,
    ),
    "digits": Workload(
        "CNN 32-pool-64 on digits (8, 8, 1), batch 32, 1,437 rows", (8, 8, 1), 1_437,
        32, [convolution(32, 3), POOL, convolution(64, 3), FLATTEN], 10,
        file=DIGITS, compiles=False,
    ),
    "notes": Workload(
        "the valid CNN of the notes on (20, 20, 3), batch 32, 160 rows", (20, 20, 3),
        160, 32,
        [
            dense(16),
            convolution(32, 3), convolution(64, 5), convolution(128, 7),
            FLATTEN,
        ],
        2, GRAPH, compiles=False, held_out=160,
    ),
}  # fmt: skip


def make_data(work: Workload) -> tuple[np.ndarray, np.ndarray]:
    """The rows of a file, or random ones, whose class is that of the largest number."""
    if work.file is not None:
        with np.load(work.file) as arrays:
            rows = arrays["x"].reshape(-1, *work.shape).astype("float32")
            order = np.random.default_rng(0).permutation(len(rows))
            return rows[order] / rows.max(), arrays["y"][order].astype("int32")
    random = np.random.default_rng(0)
    rows = random.normal(size=(work.rows + work.held_out, *work.shape)).astype(
        "float32"
    )
    flat = rows.reshape(len(rows), -1)[:, : work.classes]
    return rows, flat.argmax(axis=1).astype("int32")


def config_of(work: Workload, directory: Path) -> dict[str, Any]:
    """The workload as a config; its rows are written into the directory."""
    rows, labels = make_data(work)
    for name, part in (
        ("train", slice(0, work.rows)),
        ("held", slice(work.rows, None)),
    ):
        np.savez(directory / f"{name}.npz", x=rows[part], y=labels[part])
    return {
        "name": "steps",
        "data": {
            "npz": {"path": f"{directory}/train.npz"},
            "validation": {"npz": {"path": f"{directory}/held.npz"}},
        },
        "model": {"layers": [{name: keys} for name, keys in work.all_layers]},
        "compile": {"loss": "sparse_categorical_crossentropy"},
        "fit": {"epochs": EPOCHS, "batch_size": work.batch},
    }


def with_dlrun(work: Workload) -> list[float]:
    import dlrun

    with tempfile.TemporaryDirectory() as directory:
        config = config_of(work, Path(directory))
        run = dlrun.train(config, runs=Path(directory) / "runs", verbose=False)
        return list(run.folder.history()["seconds"])


def with_fit(work: Workload, settings: dict[str, Any], epochs: int) -> list[float]:
    import keras

    rows, labels = make_data(work)

    class Clock(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.seconds = []

        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(time.perf_counter() - self.began)

    keras.utils.set_random_seed(0)
    layers = [getattr(keras.layers, name)(**keys) for name, keys in work.all_layers]
    model = keras.Sequential([keras.Input(work.shape), *layers])
    model.compile(
        "adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **settings
    )
    clock = Clock()
    held = (rows[work.rows :], labels[work.rows :])
    model.fit(
        rows[: work.rows], labels[: work.rows], batch_size=work.batch, epochs=epochs,
        verbose=0, validation_data=held, callbacks=[clock],
    )  # fmt: skip
    return clock.seconds


def main() -> None:
    work = WORKLOADS[sys.argv[1]]
    side = sys.argv[2]
    if side == "dlrun":
        seconds = with_dlrun(work)
    elif side == "fit":
        seconds = with_fit(work, {}, EPOCHS)
    else:
        seconds = with_fit(work, work.best, EPOCHS_OF_BEST)
    print(json.dumps(work.steps / statistics.median(seconds[1:])))


if __name__ == "__main__":
    main()
