"""The arrow spec + data -> a finished run: `train`, the main flow in one screen."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np

from dlrun.engines import set_determinism
from dlrun.engines.shared import build_engine
from dlrun.engines.tensorflow.device import device_kind
from dlrun.engines.tensorflow.jit import decide_jit
from dlrun.errors import DataError, DlrunError, Problem, RunError, TrainingError
from dlrun.interruption import Interrupted, interruptible
from dlrun.runs import create_run
from dlrun.training.checkpoint import Checkpoints, Identity, config_hash
from dlrun.training.environment import describe_platform, versions
from dlrun.training.loop import DivergedError, Loop, Measured, Plan
from dlrun.training.outcome import write_facts, write_outcome
from dlrun.training.rounds.round import Round
from dlrun.training.watch.judge import Judge, write_diagnosis
from dlrun.training.watch.probing import Probing, Schedule, probe_interval, probe_rows
from dlrun.training.watch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from dlrun.config import Node
    from dlrun.data import Dataset
    from dlrun.engines import Engine
    from dlrun.experiment import Experiment, ExperimentSpec
    from dlrun.experiment.fit import FitSpec
    from dlrun.progress.progress import Progress
    from dlrun.rows import Parts
    from dlrun.runs import Checkpoint, RunFolder, State

TRAIN_SAMPLE = 10_000
"""Above so many train rows, the honest train metrics are measured on a fixed sample."""


_ALONE = Round()


def start_run(node: Node, experiment: Experiment, root: Path) -> RunFolder:
    """Create the folder of a run, with everything that it is made from.

    Raises:
        RunError: when the folder cannot be created.
    """
    folder = create_run(root, experiment.spec.name)
    folder.write_config(experiment.spec.to_yaml(), experiment.spec.values())
    folder.write_sources(node.sources, node.overrides, node.deletions)
    return folder


def train(
    experiment: Experiment, parts: Parts, folder: RunFolder, progress: Progress
) -> Mapping[str, Any]:
    """Train an experiment into its run folder.

    Args:
        experiment: the validated config.
        parts: its data, scaled and encoded.
        folder: a fresh run folder.
        progress: hears how far it is.

    Returns:
        The metrics of the run, as `metrics.json` holds them.

    Raises:
        TrainingError: when the run fails or diverges; the folder says so too.
        Interrupted: when a person or the system stops it.
    """
    mode = monitor_mode(experiment.spec, str(experiment.spec.fit.monitor))
    with folder.lock(), interruptible(), recorded(experiment, folder, progress):
        folder.write_environment(describe_platform())
        rows = len(parts.train)
        rows += 0 if parts.unlabelled is None else len(parts.unlabelled.rows)
        jit = decide_jit(experiment, rows, device_kind())
        write_facts(experiment, parts, folder, monitor_mode=mode, jit=jit)
        if experiment.spec.pseudo_label is not None:
            from dlrun.training.rounds.pseudo_label import train_rounds

            return train_rounds(experiment, parts, folder, progress)
        return train_from(None, experiment, parts, folder, progress)


def train_from(
    start: Checkpoint | None,
    experiment: Experiment,
    parts: Parts,
    folder: RunFolder,
    progress: Progress,
    part_of: Round = _ALONE,
) -> Mapping[str, Any]:
    """Train in a folder that is locked and ready, from a checkpoint or from nothing.

    Raises:
        DlrunError: when the run fails or diverges.
        Interrupted: when a person or the system stops it.
    """
    spec = experiment.spec
    set_determinism(on=spec.fit.deterministic)
    summary = folder.summary()  # A run keeps its mode, on whatever device it goes on.
    progress.note(f"jit {summary['jit']}: {summary['jit_reason']}")
    engine, model = build_engine(
        experiment,
        jit=summary["jit"] == "on",
        jit_evaluation=summary.get("jit_evaluation") == "on",
    )
    if part_of.weights is not None:
        engine.set_weights(list(part_of.weights))
    callbacks = [
        callback.build(monitor_mode(spec, callback.monitor))
        for callback in spec.fit.callbacks
    ]
    called = keras.callbacks.CallbackList(callbacks, model=model)
    loop = _prepare_loop(experiment, parts, engine, called, folder, part_of)
    identity = Identity(spec.seed, config_hash(folder.config()), versions())
    seconds = spec.fit.checkpoint_seconds
    keeper = Checkpoints(folder, engine, called, identity, seconds, start)
    rows = len(parts.train if part_of.order is None else part_of.order(1))
    steps = ceil(rows / spec.fit.batch_size)
    progress.begin(folder.name, spec.fit.epochs, steps)
    probing = _prepare_probing(experiment, parts, folder, engine)
    facts: Any = summary.get("facts") or {}
    judge = Judge(probing, folder, facts, spec.fit.stop_on)
    result = loop.run(progress, keeper, judge)
    metrics = write_outcome(experiment, parts, folder, engine, model, result)
    if part_of.afterwards is not None:
        part_of.afterwards(engine, metrics)
    return metrics


@contextmanager
def recorded(
    experiment: Experiment, folder: RunFolder, progress: Progress
) -> Iterator[None]:
    """Write into the status how a run ends, whatever happens."""
    try:
        yield
        write_diagnosis(folder)
        folder.write_status("finished", reason=_stop_reason(folder))
    except (Interrupted, DlrunError) as error:
        diverged = isinstance(error, DivergedError)
        state: State = "diverged" if diverged else getattr(error, "state", "failed")
        _say(folder, state, error.message)
        if isinstance(error, RunError):  # The disk refuses, in the middle of the run.
            raise TrainingError(error.message, hint=error.hint) from error
        raise
    except Exception as error:
        _say(folder, "failed", f"{type(error).__name__}: {error}")
        with suppress(RunError):
            folder.write_log("".join(traceback.format_exception(error)))
        message, hint = _words(error, experiment)
        raise TrainingError(message, hint=hint) from error
    finally:
        progress.end()


def _say(folder: RunFolder, state: State, reason: str) -> None:
    """A disk that takes no status must not hide why the run ends."""
    with suppress(RunError):
        folder.write_status(state, reason=reason)
    write_diagnosis(folder)


def _stop_reason(folder: RunFolder) -> str | None:
    """Why a run has ended before its last epoch, if `fit.stop_on` says so."""
    reason = folder.metrics().get("stopped")
    return None if reason is None else f"stopped: {reason}"


def _prepare_loop(
    experiment: Experiment,
    parts: Parts,
    engine: Engine,
    callbacks: Any,
    folder: RunFolder,
    part_of: Round,
) -> Loop:
    """Put the rows on the device, and give the loop what it needs of the config."""
    fit = experiment.spec.fit
    seed = experiment.spec.seed
    train_rows = engine.place(
        parts.train.features,
        targets(experiment.spec, parts.train),
        _row_weights(fit, parts.train, part_of.row_weights),
    )
    measured = [Measured("train_", train_rows)]
    if len(parts.train) > TRAIN_SAMPLE:
        sample = _sample(parts.train, seed)
        placed = engine.place(sample.features, targets(experiment.spec, sample))
        measured = [Measured("train_", placed)]
    if parts.validation is not None:
        held_out = targets(experiment.spec, parts.validation)
        placed = engine.place(parts.validation.features, held_out)
        measured.append(Measured("val_", placed))
    plan = Plan(
        seed=seed,
        epochs=fit.epochs,
        batch_size=fit.batch_size,
        shuffle=fit.shuffle,
        monitor=str(fit.monitor),
        monitor_mode=monitor_mode(experiment.spec, str(fit.monitor)),
        order=part_of.order,
    )
    return Loop(engine, plan, train_rows, measured, callbacks, folder.append_history)


def _prepare_probing(
    experiment: Experiment, parts: Parts, folder: RunFolder, engine: Engine
) -> Watch:
    """Choose the rows of the probe, and put them on the device."""
    spec, train_rows = experiment.spec, parts.train
    jit = folder.summary()["jit"] == "on"
    every = probe_interval(experiment, len(train_rows), jit=jit)
    if every is None:
        return Watch()
    chosen = probe_rows(train_rows, spec.probe.rows, spec.seed)
    rows = engine.place(
        chosen.features, targets(spec, chosen), _row_weights(spec.fit, chosen)
    )
    steps = ceil(len(train_rows) / spec.fit.batch_size)
    schedule = Schedule(every, steps)
    return Probing(spec, folder, engine, rows, train_rows.classes, schedule)


def monitor_mode(spec: ExperimentSpec, monitor: str) -> Literal["min", "max"]:
    """Which values of a column of the history are better."""
    name = monitor.removeprefix("val_").removeprefix("train_")
    metrics = spec.compile.metrics or ()
    return next((metric.mode for metric in metrics if metric.log_name == name), "min")


def targets(spec: ExperimentSpec, dataset: Dataset) -> npt.NDArray[Any]:
    """The labels as Keras wants them: a column per output, or class numbers."""
    labels = dataset.labels
    if labels is None:
        message = "the rows have no labels"
        raise DataError(Problem(("data",), message, hint="name the column of labels"))
    if spec.compile.loss.labels == "index" or labels.ndim > 1:
        return labels
    return labels.astype(np.float32)[:, None]


def _row_weights(
    fit: FitSpec, rows: Dataset, others: npt.NDArray[np.float32] | None = None
) -> npt.NDArray[np.float32] | None:
    """How much each row counts, from the weight of its class, times the others."""
    indices = rows.class_indices()
    if fit.class_weight is None or indices is None:
        return others
    classes = rows.classes or ()
    given = fit.class_weight
    weights = [
        given.get(name, given.get(str(number))) for number, name in enumerate(classes)
    ]
    of_class = np.array(weights, dtype=np.float32)[indices]
    return of_class if others is None else of_class * others


def _sample(dataset: Dataset, seed: int) -> Dataset:
    """A fixed, seeded sample of the train rows for the honest metrics."""
    chosen = np.random.default_rng([seed, 2]).choice(
        len(dataset), TRAIN_SAMPLE, replace=False
    )
    return dataset.take(np.sort(chosen))


def _words(error: Exception, experiment: Experiment) -> tuple[str, str]:
    """What to tell a person of a failure that was not foreseen."""
    if (
        isinstance(error, MemoryError)
        or type(error).__name__ == "ResourceExhaustedError"
    ):
        count = experiment.parameters
        size = experiment.spec.fit.batch_size
        message = (
            f"out of memory: the model has {count:,} parameters, a batch {size} rows"
        )
        return message, f"try -s fit.batch_size={max(1, size // 2)}, or a smaller model"
    first = str(error).strip().splitlines()
    message = f"{type(error).__name__}: {first[0] if first else 'no message'}"
    return (
        message,
        "the traceback is in log.txt of the run folder; --traceback shows it",
    )
