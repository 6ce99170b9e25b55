"""One training, from a checkpoint or from nothing: `train_from` prepares the loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from dlrun.data import alone, num_batches
from dlrun.engines import current_backend
from dlrun.engines.shared import build_engine
from dlrun.experiment.monitor import monitor_mode
from dlrun.training.checkpoint import Checkpoints, RunIdentity, config_hash
from dlrun.training.environment import versions
from dlrun.training.loop import Loop, LoopPlan, Measured
from dlrun.training.outcome import write_outcome
from dlrun.training.prepared import Prepared
from dlrun.training.rounds.round import Round
from dlrun.training.row_losses import engine_labels
from dlrun.training.watch.judge import Judge
from dlrun.training.watch.probing import (
    ProbeSchedule,
    Probing,
    probe_interval,
    probe_rows,
)
from dlrun.training.watch.watch import Watch

if TYPE_CHECKING:
    import numpy.typing as npt

    from dlrun.data import Dataset
    from dlrun.engines import Engine, RowWeights
    from dlrun.experiment.fit import FitSpec
    from dlrun.runs import Checkpoint, Metrics, Summary

TRAIN_SAMPLE = 10_000
"""Above so many train rows, the honest train metrics are measured on a fixed sample."""


_ALONE = Round()


def train_from(
    start: Checkpoint | None,
    prepared: Prepared,
    summary: Summary,
    part_of: Round = _ALONE,
) -> Metrics:
    """Train in a folder that is locked and ready, from a checkpoint or from nothing.

    Args:
        start: where to take up again; `None`: a fresh run.
        prepared: what is trained, and where to.
        summary: of the run, which keeps its mode on whatever device it goes on.
        part_of: how it differs where it is one of several trainings in a run.

    Raises:
        DlrunError: when the run fails or diverges.
        Interrupted: when a person or the system stops it.
    """
    spec, folder, progress = prepared.spec, prepared.folder, prepared.progress
    current_backend().set_determinism(on=spec.fit.deterministic)
    progress.note(f"jit {'on' if summary.jit else 'off'}: {summary.jit_reason}")
    engine, model = build_engine(
        prepared.experiment,
        jit=summary.jit,
        jit_evaluation=summary.jit_evaluation,
        scalers=prepared.parts.train.label_scalers,
    )
    if part_of.weights is not None:
        engine.set_weights(list(part_of.weights))
    callbacks = [
        callback.build(monitor_mode(spec, callback.watched or ""))
        for callback in spec.fit.callbacks
    ]
    rows = len(prepared.parts.train if part_of.order is None else part_of.order(1))
    steps = num_batches(rows, spec.fit.batch_size)
    called = keras.callbacks.CallbackList(callbacks, model=model)
    called.set_params({"verbose": 0, "epochs": spec.fit.epochs, "steps": steps})
    loop = _prepare_loop(prepared, engine, called, part_of)
    identity = RunIdentity(spec.seed, config_hash(folder.config()), versions())
    seconds = spec.fit.checkpoint_seconds
    keeper = Checkpoints(folder, engine, called, identity, seconds, start)
    unit = "" if spec.data.scale_labels is None else "of scaled labels"
    progress.begin(folder.name, spec.fit.epochs, steps, str(spec.fit.monitor), unit)
    probing = _prepare_probing(prepared, engine, jit=summary.jit)
    judge = Judge(probing, folder, summary.facts, spec.fit.stop_on)
    result = loop.run(progress, keeper, judge)
    metrics = write_outcome(prepared, engine, model, result)
    progress.remark(judge.conclude(result, metrics))
    if part_of.afterwards is not None:
        part_of.afterwards(engine, metrics)
    return metrics


def _prepare_loop(
    prepared: Prepared,
    engine: Engine,
    callbacks: keras.callbacks.CallbackList,
    part_of: Round,
) -> Loop:
    """Put the rows on the device, and give the loop what it needs of the config."""
    spec, parts = prepared.spec, prepared.parts
    fit, seed = spec.fit, spec.seed
    train_rows = engine.place(
        parts.train.features,
        engine_labels(spec, parts.train),
        _row_weights(fit, parts.train, parts.train, part_of.row_weights),
    )
    measured = [Measured("train_", train_rows)]
    if len(parts.train) > TRAIN_SAMPLE:
        sample = _sample(parts.train, seed)
        placed = engine.place(sample.features, engine_labels(spec, sample))
        measured = [Measured("train_", placed)]
    if parts.validation is not None:
        held_out = parts.validation
        placed = engine.place(held_out.features, engine_labels(spec, held_out))
        measured.append(Measured("val_", placed))
    plan = LoopPlan(
        seed=seed,
        epochs=fit.epochs,
        batch_size=fit.batch_size,
        shuffle=fit.shuffle,
        monitor=str(fit.monitor),
        monitor_mode=monitor_mode(spec, str(fit.monitor)),
        has_code=prepared.experiment.code is not None and bool(fit.callbacks),
        bounds=prepared.bounds,
        order=part_of.order,
    )
    record = prepared.folder.append_history
    return Loop(engine, plan, train_rows, measured, callbacks, record)


def _prepare_probing(prepared: Prepared, engine: Engine, *, jit: bool) -> Watch:
    """Choose the rows of the probe, and put them on the device."""
    spec, folder = prepared.spec, prepared.folder
    train_rows = prepared.parts.train
    every = probe_interval(prepared.experiment, len(train_rows), jit=jit)
    if every is None:
        return Watch()
    chosen = probe_rows(train_rows, spec.probe.rows, spec.seed)
    rows = engine.place(
        chosen.features,
        engine_labels(spec, chosen),
        _row_weights(spec.fit, chosen, train_rows),
    )
    steps = num_batches(len(train_rows), spec.fit.batch_size)
    schedule = ProbeSchedule(every, steps)
    names = train_rows.classes, train_rows.label_names
    return Probing(spec, folder, engine, rows, names, schedule)


def _row_weights(
    fit: FitSpec,
    rows: Dataset,
    train_rows: Dataset,
    others: npt.NDArray[np.float32] | None = None,
) -> RowWeights | None:
    """How much each row counts: its weight, times that of its class, times the others.

    Returns:
        `(rows,)`; for several outputs those of each; `None`: all rows count alike.
    """
    if rows.weights is not None:
        others = rows.weights if others is None else rows.weights * others
    names = sorted(rows.labels or ())
    found = {
        name: _class_weights(fit, rows, train_rows, name, several=len(names) > 1)
        for name in names
    }
    if all(weights is None for weights in found.values()):
        return others
    plain = np.ones(len(rows), dtype=np.float32)
    counted = {
        name: plain if weights is None else weights for name, weights in found.items()
    }
    if others is not None:
        counted = {name: weights * others for name, weights in counted.items()}
    return alone(counted)


def _class_weights(
    fit: FitSpec, rows: Dataset, train_rows: Dataset, name: str, *, several: bool
) -> npt.NDArray[np.float32] | None:
    """`(rows,)`, the weight of the class of each row of an output."""
    counts, indices = train_rows.class_counts(name), rows.class_indices(name)
    weights = fit.weights_of(counts, name if several else None)
    if weights is None or indices is None:
        return None
    return np.array(weights, dtype=np.float32)[indices]


def _sample(dataset: Dataset, seed: int) -> Dataset:
    """A fixed, seeded sample of the train rows for the honest metrics."""
    chosen = np.random.default_rng([seed, 2]).choice(
        len(dataset), TRAIN_SAMPLE, replace=False
    )
    return dataset.take(np.sort(chosen))
