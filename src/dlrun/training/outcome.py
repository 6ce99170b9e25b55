"""What a run leaves beside its history: facts at the start, results at the end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dlrun.data import INPUT, OUTPUT
from dlrun.errors import RunError
from dlrun.training.decode import decode
from dlrun.training.watch.facts import describe_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import keras

    from dlrun.engines import Engine, Jit
    from dlrun.runs import RunFolder
    from dlrun.training.prepared import Prepared
    from dlrun.training.result import Result, Row


def write_facts(prepared: Prepared, *, monitor_mode: str, jit: Jit) -> None:
    """Write what is known before the first step, so an unfinished run can be read."""
    experiment, parts, folder = prepared.experiment, prepared.parts, prepared.folder
    spec = experiment.spec
    folder.write_split(parts.split)
    folder.write_preprocessing(parts.preprocessing)
    sizes = {
        f"num_{name}": 0 if part is None else len(part)
        for name, part in (
            ("train", parts.train),
            ("validation", parts.validation),
            ("test", parts.test),
        )
    }
    validation = parts.split["parts"].get("validation", {})
    if parts.unlabelled is not None:
        sizes["num_unlabelled"] = len(parts.unlabelled.rows)
    folder.write_summary(
        {
            "parameters": experiment.parameters,
            "trainable_parameters": experiment.trainable_parameters,
            "layers": [
                {
                    "name": layer.name,
                    "kind": layer.layer.key,
                    "output_shape": list(layer.output_shape),
                    "parameters": layer.parameters,
                }
                for layer in experiment.layers
            ],
            "monitor": spec.fit.monitor,
            "monitor_mode": monitor_mode,
            **jit.words(),
            "split_hash": parts.split["sha256"],
            "validation_hash": validation.get("sha256"),
            "data_fingerprint": parts.fingerprint,
            "facts": describe_facts(experiment, parts),
            **sizes,
        }
    )


def write_outcome(
    prepared: Prepared, engine: Engine, model: keras.Model, result: Result
) -> Mapping[str, Any]:
    """Write the best model, its predictions for validation rows, and the metrics."""
    spec, parts, folder = prepared.spec, prepared.parts, prepared.folder
    engine.set_weights(result.best_weights)
    folder.write_model(model.save)
    if parts.validation is not None:
        rows = parts.validation
        outputs = engine.predict({INPUT: rows.features})[OUTPUT]
        decoded = decode(outputs, spec, rows.classes)
        folder.write_predictions(*decoded.table(rows, proba=True))
    history = result.history
    best = next(row for row in history if row["epoch"] == result.best_epoch)
    metrics = {
        "epochs": history[-1]["epoch"],
        "monitor": spec.fit.monitor,
        "best_epoch": result.best_epoch,
        "best": _measures(best),
        "final": _measures(history[-1]),
        "seconds": round(sum(float(row["seconds"]) for row in history), 6),
    }
    if result.stop_reason:
        metrics["stopped"] = result.stop_reason
    folder.write_metrics(test_looks(folder) | metrics)
    return metrics


def test_looks(folder: RunFolder) -> dict[str, Any]:
    """The looks at the test rows so far, if the run was finished once before."""
    with suppress(RunError):
        known = folder.metrics()
        return {key: known[key] for key in known if key.startswith("test_looks")}
    return {}


def _measures(row: Row) -> dict[str, float]:
    """The losses and metrics of a row of the history."""
    others = {"epoch", "seconds", "learning_rate", "weights_sha256"}
    return {name: float(value) for name, value in row.items() if name not in others}
