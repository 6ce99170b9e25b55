"""What a run leaves beside its history: facts at the start, results at the end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dlrun.engines import in_file_units
from dlrun.errors import RunError
from dlrun.runs import LayerSummary, Metrics, Summary
from dlrun.training.baselines import baseline_figures
from dlrun.training.constant import constant_output
from dlrun.training.decode import decode, write_arrays
from dlrun.training.row_losses import compare_losses
from dlrun.training.watch.facts import describe_facts

if TYPE_CHECKING:
    import keras

    from dlrun.engines import Engine, Jit
    from dlrun.experiment import Experiment
    from dlrun.rows import Parts
    from dlrun.runs import MonitorMode, RunFolder
    from dlrun.training.prepared import Prepared
    from dlrun.training.result import HistoryRow, Result


def write_facts(prepared: Prepared, *, monitor_mode: MonitorMode, jit: Jit) -> Summary:
    """Write what is known before the first step, so an unfinished run can be read."""
    experiment, parts, folder = prepared.experiment, prepared.parts, prepared.folder
    folder.write_split(parts.split)
    folder.write_preprocessing(parts.preprocessing)
    summary = _summary(experiment, parts, monitor_mode, jit)
    folder.write_summary(summary)
    return summary


def _summary(
    experiment: Experiment, parts: Parts, monitor_mode: MonitorMode, jit: Jit
) -> Summary:
    held_out, pool = parts.split.parts.get("validation"), parts.unlabelled
    return Summary(
        parameters=experiment.parameters,
        trainable_parameters=experiment.trainable_parameters,
        layers=tuple(
            LayerSummary(
                name=layer.name,
                kind=layer.layer.key,
                output_shape=layer.output_shape,
                parameters=layer.parameters,
            )
            for layer in experiment.layers
        ),
        monitor=experiment.spec.fit.monitor,
        monitor_mode=monitor_mode,
        jit=jit.on,
        jit_evaluation=jit.evaluation,
        jit_reason=jit.reason,
        split_hash=parts.split.sha256,
        validation_hash=None if held_out is None else held_out.sha256,
        data_fingerprint=parts.fingerprint,
        cells_fingerprint=parts.cells_fingerprint if parts.images else None,
        images=parts.images,
        facts=describe_facts(experiment, parts),
        num_train=len(parts.train),
        num_validation=0 if parts.validation is None else len(parts.validation),
        num_test=0 if parts.test is None else len(parts.test),
        num_unlabelled=None if pool is None else len(pool.rows),
    )


def write_outcome(
    prepared: Prepared, engine: Engine, model: keras.Model, result: Result
) -> Metrics:
    """Write the best model, its predictions for validation rows, and the metrics."""
    spec, parts, folder = prepared.spec, prepared.parts, prepared.folder
    rows, history, at_end, by_row = parts.validation, result.history, None, None
    if rows is not None and result.best_epoch != history[-1]["epoch"]:
        at_end = engine.predict(rows.features)
    engine.set_weights(result.best_weights)
    scalers = parts.train.label_scalers
    saved = in_file_units(model, prepared.experiment, scalers)
    folder.write_model(saved.save)
    if rows is not None:
        outputs = engine.predict(rows.features)
        predicted = decode(
            outputs, spec, rows.classes, rows.label_names, scalers=scalers
        )
        if predicted.is_table:
            folder.write_predictions(*predicted.table(rows, proba=True))
        else:
            arrays = predicted.arrays(rows, proba=False)
            folder.write_prediction_arrays(partial(write_arrays, arrays=arrays))
        constant = constant_output(folder.summary().facts)
        by_row = compare_losses(spec, rows, outputs, at_end, constant)
    best = next(row for row in history if row["epoch"] == result.best_epoch)
    metrics = Metrics(
        epochs=int(history[-1]["epoch"]),
        monitor=spec.fit.monitor,
        best_epoch=result.best_epoch,
        best=_measures(best),
        final=_measures(history[-1]),
        seconds=round(sum(float(row["seconds"]) for row in history), 6),
        stopped=result.stop_reason or None,
        row_losses=by_row,
        baselines=baseline_figures(spec, rows),
    )
    folder.write_metrics(with_looks(metrics, folder))
    return metrics


def with_looks(metrics: Metrics, folder: RunFolder) -> Metrics:
    """Metrics with the looks at the test rows, if the run was finished once before."""
    with suppress(RunError):
        before = folder.metrics()
        looks, by = before.test_looks, before.test_looks_by
        return replace(metrics, test_looks=looks, test_looks_by=by)
    return metrics


def _measures(row: HistoryRow) -> dict[str, float]:
    """The losses and metrics of a row of the history."""
    others = {"epoch", "seconds", "learning_rate", "weights_sha256"}
    return {name: float(value) for name, value in row.items() if name not in others}
