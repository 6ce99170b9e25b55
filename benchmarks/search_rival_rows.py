"""The rows of `search_rivals.py`, and how settings do that a search has found.

    python benchmarks/search_rival_rows.py SETTINGS.json SCORES.json

trains the settings of a file with rows `{"rows": ..., "settings": [...]}` by one rule.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import mean
from typing import Any

from search_rival_tools import BATCH, EPOCHS, Settings, build, read

SEEDS = (101, 102, 103)
"""No search has trained with these."""
PARTS = {"train": 0.6, "validation": 0.2, "test": 0.2}


def write_rows(data: str, seed: int, file: Path) -> None:
    """Draw the three parts, each class in equal shares, and scale by the train rows."""
    import numpy as np
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    features, labels = getattr(datasets, f"load_{data}")(return_X_y=True)
    rest, test = train_test_split(
        np.arange(len(labels)), test_size=PARTS["test"], stratify=labels,
        random_state=seed,
    )  # fmt: skip
    train, validation = train_test_split(
        rest, test_size=PARTS["validation"] / (1 - PARTS["test"]),
        stratify=labels[rest], random_state=seed,
    )  # fmt: skip
    center, spread = features[train].mean(axis=0), features[train].std(axis=0)
    scaled = ((features - center) / np.where(spread, spread, 1)).astype("float32")
    arrays = {}
    for part, rows in (("train", train), ("validation", validation), ("test", test)):
        arrays[f"x_{part}"] = scaled[rows]
        arrays[f"y_{part}"] = labels[rows].astype("int64")
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, **arrays)


def trained(settings: Settings, data: dict[str, Any]) -> dict[str, float]:
    """The mean over the seeds: the weights of the epoch of the least `val_loss`."""
    import keras

    scores, classes = [], int(data["y_train"].max()) + 1
    model = build(settings, classes)
    model.build(data["x_train"].shape)
    model.optimizer.build(model.trainable_variables)
    begun = [variable.numpy() for variable in model.optimizer.variables]
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        fresh = build(settings, classes)
        fresh.build(data["x_train"].shape)
        for variable, value in (
            *zip(model.variables, fresh.variables, strict=True),
            *zip(model.optimizer.variables, begun, strict=True),
        ):
            variable.assign(value)
        model.fit(
            data["x_train"], data["y_train"], epochs=EPOCHS, batch_size=BATCH,
            validation_data=(data["x_validation"], data["y_validation"]), verbose=0,
            callbacks=[
                keras.callbacks.EarlyStopping(
                    "val_loss", patience=EPOCHS, restore_best_weights=True
                )
            ],
        )  # fmt: skip
        loss, accuracy = model.evaluate(
            data["x_validation"], data["y_validation"], verbose=0
        )
        test_loss, test_accuracy = model.evaluate(
            data["x_test"], data["y_test"], verbose=0
        )
        scores.append((loss, accuracy, test_loss, test_accuracy))
    names = ("val_loss", "val_accuracy", "test_loss", "test_accuracy")
    return dict(zip(names, map(mean, zip(*scores, strict=True)), strict=True))


def main() -> None:
    asked = json.loads(Path(sys.argv[1]).read_text())
    data = read(Path(asked["rows"]))
    scores = [trained(settings, data) for settings in asked["settings"]]
    Path(sys.argv[2]).write_text(json.dumps(scores))


if __name__ == "__main__":
    main()
