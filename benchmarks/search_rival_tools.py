"""One search of one tool, for `search_rivals.py`, each in a process of its own.

    python benchmarks/search_rival_tools.py TOOL ROWS.npz SEED ANSWER.json

The rivals are used as their pages show: https://keras.io/keras_tuner/,
https://keras.io/keras_tuner/api/tuners/hyperband and
https://docs.ray.io/en/latest/tune/key-concepts.html (a function that reports each
epoch, `Tuner`, `ASHAScheduler`). In Ray's favour it keeps no checkpoints and reuses its
actors: by default each trial would import TensorFlow. dlrun is its command, in a fresh
process.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

EPOCHS, FACTOR, FIRST_RUNG, BATCH = 9, 3, 3, 32
ITERATIONS, BUDGET = 2, 150
"""Epochs of all trials together: those of two iterations of Hyperband with 9 and 3."""
WHOLE = BUDGET // EPOCHS
"""So many trials may train to their end."""
HALVED = 28
"""So many trials of dlrun's halving take about the budget: half of them go on."""
MORE_THAN_ENOUGH = 100
"""Trials of Ray, which are stopped when the budget is used up."""
UNITS, RATE, DROPOUT = (16, 256), (1e-4, 1e-1), (0.0, 0.5)
STEP = 0.1
ACTIVATIONS = ("relu", "tanh")
Settings = dict[str, Any]


@dataclass
class Answer:
    """What a search has found."""

    settings: Settings
    """Of the best trial."""
    val_loss: float
    """Its, as the tool reports it."""
    trials: int
    epochs: int
    """Of all trials together."""


def build(settings: Settings, classes: int) -> Any:
    """The model that every tool trains."""
    import keras

    def dense(units: int) -> Any:
        return keras.layers.Dense(units, activation=settings["activation"])

    layers = [dense(settings["units_1"])]
    if settings["is_deep"]:
        layers.append(dense(settings["units_2"]))
    layers.append(keras.layers.Dropout(settings["dropout"]))
    layers.append(keras.layers.Dense(classes, activation="softmax"))
    model = keras.Sequential(layers)
    model.compile(
        optimizer=keras.optimizers.Adam(settings["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def read(rows: Path) -> dict[str, Any]:
    """The arrays `x_train`, `y_train`, `x_validation` and so on."""
    import numpy as np

    with np.load(rows) as arrays:
        return dict(arrays)


DLRUN = """\
name: found
seed: {seed}
data:
  npz: {{path: {rows}, features: x_train, labels: y_train}}
  validation: {{npz: {{path: {rows}, features: x_validation, labels: y_validation}}}}
vars: {{activation: relu}}
model:
  layers:
    - Dense: {{units: 64, activation: $activation, name: h1}}
    - Dense: {{units: 64, activation: $activation, name: h2}}
    - Dropout: {{rate: 0.2, name: drop}}
    - Dense: {{units: classes, activation: softmax}}
compile:
  optimizer: {{Adam: 0.001}}
  loss: sparse_categorical_crossentropy
  metrics: [accuracy]
fit: {{epochs: {epochs}, batch_size: {batch}, threads: 1, monitor: val_loss}}
search:
  goal: min val_loss
{how}
  space:
    compile.optimizer.learning_rate: {{float: [{rate[0]}, {rate[1]}], log: true}}
    model.layers.h1.units: {{int: [{units[0]}, {units[1]}], log: true}}
    model.layers.h2.enabled: [true, false]
    model.layers.h2.units: {{int: [{units[0]}, {units[1]}], log: true}}
    model.layers.drop.rate: {{float: [{dropout[0]}, {dropout[1]}], step: {step}}}
    vars.activation: [relu, tanh]
"""
SETTINGS = {
    "compile.optimizer.learning_rate": "learning_rate",
    "model.layers.h1.units": "units_1",
    "model.layers.h2.enabled": "is_deep",
    "model.layers.h2.units": "units_2",
    "model.layers.drop.rate": "dropout",
    "vars.activation": "activation",
}


def dlrun(how: str) -> Callable[[Path, int], Answer]:
    def search(rows: Path, seed: int) -> Answer:
        with TemporaryDirectory() as directory:
            folder = Path(directory)
            text = DLRUN.format(
                seed=seed, rows=rows, epochs=EPOCHS, batch=BATCH, how=how, step=STEP,
                rate=[f"{one:f}" for one in RATE], units=UNITS, dropout=DROPOUT,
            )  # fmt: skip
            (folder / "found.yaml").write_text(text)
            command = [sys.executable, "-m", "dlrun", "search", "found.yaml", "-q"]
            subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
            return _answer_of_dlrun(folder)

    return search


def _answer_of_dlrun(folder: Path) -> Answer:
    from dlrun.runs import SearchFolder
    from dlrun.studies.search.plan import SearchPlan
    from dlrun.studies.search.result import SearchResult
    from dlrun.studies.search.trial import SearchTrials

    kept = SearchFolder(folder / "runs/found.search")
    plan = SearchPlan.of_folder(kept)
    trials = SearchTrials(kept, plan.space)
    trials.refresh()
    best = SearchResult.of(plan, trials).best
    settings = {SETTINGS[path]: value for path, value in best.settings.items()}
    epochs = sum(len(run.history()["epoch"]) for run in kept.runs())
    return Answer(settings, best.score, len(trials.by_number), epochs)


def kerastuner(kind: str, **arguments: int) -> Callable[[Path, int], Answer]:
    def search(rows: Path, seed: int) -> Answer:
        import keras
        import keras_tuner

        data = read(rows)
        classes = int(data["y_train"].max()) + 1
        epochs: list[int] = []

        def build_model(hp: Any) -> Any:
            settings = {
                "learning_rate": hp.Float("learning_rate", *RATE, sampling="log"),
                "units_1": hp.Int("units_1", *UNITS, sampling="log"),
                "is_deep": hp.Boolean("is_deep"),
                "units_2": hp.Int("units_2", *UNITS, sampling="log"),
                "dropout": hp.Float("dropout", *DROPOUT, step=STEP),
                "activation": hp.Choice("activation", [*ACTIVATIONS]),
            }
            return build(settings, classes)

        count = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, _logs: epochs.append(epoch)
        )
        keras.utils.set_random_seed(seed)
        with TemporaryDirectory() as directory:
            tuner = getattr(keras_tuner, kind)(
                build_model, objective="val_loss", seed=seed, directory=directory,
                project_name="found", **arguments,
            )  # fmt: skip
            tuner.search(
                data["x_train"], data["y_train"], epochs=EPOCHS, batch_size=BATCH,
                validation_data=(data["x_validation"], data["y_validation"]),
                callbacks=[count], verbose=0,
            )  # fmt: skip
        best = tuner.oracle.get_best_trials(1)[0]
        values = best.hyperparameters.values
        settings = {name: values[name] for name in SETTINGS.values()}
        return Answer(settings, best.score, len(tuner.oracle.trials), len(epochs))

    return search


def ray_asha(rows: Path, seed: int) -> Answer:
    os.environ.update(
        RAY_USAGE_STATS_ENABLED="0",
        RAY_AUTH_MODE="token",
        RAY_AUTH_TOKEN=secrets.token_hex(32),
    )
    import numpy as np
    import ray
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler

    ray.init(include_dashboard=False)
    np.random.seed(seed)  # From which its random search draws.
    space = {
        "learning_rate": tune.loguniform(*RATE),
        "units_1": tune.lograndint(UNITS[0], UNITS[1] + 1),
        "is_deep": tune.choice([True, False]),
        "units_2": tune.lograndint(UNITS[0], UNITS[1] + 1),
        "dropout": tune.quniform(*DROPOUT, STEP),
        "activation": tune.choice([*ACTIVATIONS]),
    }
    with TemporaryDirectory() as directory:
        tuner = tune.Tuner(
            tune.with_parameters(trained_by_ray, data=read(rows)),
            param_space=space,
            tune_config=tune.TuneConfig(
                metric="val_loss",
                mode="min",
                num_samples=MORE_THAN_ENOUGH,
                scheduler=ASHAScheduler(
                    max_t=EPOCHS, grace_period=FIRST_RUNG, reduction_factor=FACTOR
                ),
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(
                storage_path=directory, stop=budget_of_ray(), verbose=0
            ),
        )
        results = tuner.fit()
        best = results.get_best_result("val_loss", "min", scope="all")
        found = [one.metrics_dataframe for one in results]
        frames = [frame for frame in found if frame is not None and len(frame)]
        epochs = sum(len(frame) for frame in frames)
        score = float(best.metrics_dataframe["val_loss"].min())
        return Answer(best.config, score, len(frames), epochs)


def trained_by_ray(settings: Settings, data: dict[str, Any]) -> None:
    import keras
    from ray import tune

    def report(_epoch: int, logs: dict[str, float]) -> None:
        tune.report({"val_loss": logs["val_loss"]})

    build(settings, int(data["y_train"].max()) + 1).fit(
        data["x_train"], data["y_train"], epochs=EPOCHS, batch_size=BATCH,
        validation_data=(data["x_validation"], data["y_validation"]),
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=report)], verbose=0,
    )  # fmt: skip


def budget_of_ray() -> Any:
    """What stops all trials once their epochs together are the budget."""
    from ray import tune

    class Budget(tune.Stopper):
        def __init__(self) -> None:
            self.epochs = 0

        def __call__(self, _trial_id: str, _result: Settings) -> bool:
            self.epochs += 1
            return False

        def stop_all(self) -> bool:
            return self.epochs >= BUDGET

    return Budget()


TOOLS: dict[str, Callable[[Path, int], Answer]] = {
    "dlrun, tpe": dlrun(f"  method: tpe\n  trials: {WHOLE}"),
    "dlrun, tpe and halving": dlrun(
        f"  method: tpe\n  trials: {HALVED}\n"
        f"  halving: {{from: {FIRST_RUNG}, factor: {FACTOR}}}"
    ),
    "KerasTuner, Hyperband": kerastuner(
        "Hyperband",
        max_epochs=EPOCHS,
        factor=FACTOR,
        hyperband_iterations=ITERATIONS,
    ),
    "KerasTuner, Bayesian": kerastuner("BayesianOptimization", max_trials=WHOLE),
    "Ray Tune, ASHA": ray_asha,
}


def main() -> None:
    tool, rows, seed, answer = sys.argv[1:]
    found = TOOLS[tool](Path(rows), int(seed))
    Path(answer).write_text(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
