"""dlrun from a notebook: train two runs, look at them, predict, compare.

Run it with `python examples/notebook.py`, or paste it into a notebook, cell by cell.
"""

from __future__ import annotations

from pathlib import Path

import dlrun

CONFIG = Path(__file__).parents[1] / "configs" / "notes" / "training.yaml"

# %% Train a config; the run folder is below runs/.
run = dlrun.train(CONFIG, set={"fit.epochs": 3}, verbose=False)
print(run, "in", run.path)

# %% The history is a DataFrame with a row per epoch, the metrics are a dict.
print(run.history[["epoch", "train_loss", "val_loss", "val_accuracy"]])
print("best epoch:", run.metrics["best_epoch"])

# %% Change one value and train again.
fast = dlrun.train(
    CONFIG,
    set={"fit.epochs": 3, "compile.optimizer.learning_rate": 0.01},
    verbose=False,
)

# %% Predict: rows in the units of the data; they are scaled as the train rows were.
print(fast.predict([[25], [80]]))

# %% The Keras model itself, with the weights of the best epoch.
fast.model().summary()

# %% Side by side: print the comparison, or take it as a DataFrame.
comparison = dlrun.compare([run, fast])
print(comparison)
print(comparison.to_frame()[["run", "best", "best_epoch"]])

# %% Later: every run below a folder, or one by its name.
for earlier in dlrun.find_runs("runs"):
    print(earlier.name, earlier.status)
print(dlrun.open_run("training").config["compile"]["optimizer"])
