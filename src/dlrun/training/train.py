"""The arrow spec + data -> a finished run: `train`, the main flow in one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.data.moved import as_recorded
from dlrun.engines import current_backend, fix_threads
from dlrun.experiment.bounds import UNBOUND, Bounds
from dlrun.experiment.monitor import monitor_mode
from dlrun.interruption import interruptible
from dlrun.runs import RecordedVariables, create_run, start_over, write_code
from dlrun.training.environment import describe_platform
from dlrun.training.fit import train_from
from dlrun.training.outcome import write_facts
from dlrun.training.prepared import Prepared
from dlrun.training.recorded import recorded
from dlrun.training.rounds.pseudo_label import train_rounds
from dlrun.training.row_losses import try_losses

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlrun.config import Node
    from dlrun.experiment import Experiment
    from dlrun.progress import Progress
    from dlrun.rows import Parts
    from dlrun.runs import Metrics, RunFolder, Summary


def start_run(
    node: Node,
    experiment: Experiment,
    root: Path,
    announce: Callable[[str], None] | None = None,
) -> RunFolder:
    """Create the folder of a run, with everything that it is made from.

    Args:
        node: what a person wrote.
        experiment: the validated config.
        root: the directory with the runs.
        announce: hears the name of the folder just before it is claimed.

    Raises:
        RunError: when the folder cannot be created, or this process computes with
            other threads than the config states.
    """
    experiment.require_code()
    fix_threads(experiment.spec)
    folder = create_run(root, experiment.spec.name, announce)
    _write_origin(folder, node, experiment)
    return folder


def restart_run(folder: RunFolder, node: Node, experiment: Experiment) -> None:
    """Empty the folder of a run that has no checkpoint, to train it from the start.

    Raises:
        InUseError: when another process trains it.
        RunError: when the disk refuses, or this process computes with other threads
            than the config states.
    """
    fix_threads(experiment.spec)
    with folder.lock():
        folder.write_status("running")
        start_over(folder)
        _write_origin(folder, node, experiment)


def _write_origin(folder: RunFolder, node: Node, experiment: Experiment) -> None:
    spec = experiment.spec.recorded()
    folder.write_config(spec.to_yaml(), spec.values())
    if (code := experiment.code) is not None:
        write_code(folder.hashes, as_recorded(code.path), code.texts)
    variables = None
    if (given := node.variables) is not None:
        variables = RecordedVariables(given.values, given.computed, given.sections)
    folder.write_sources(node.sources, node.overrides, node.deletions, variables)


def train(
    experiment: Experiment,
    parts: Parts,
    folder: RunFolder,
    progress: Progress,
    bounds: Bounds = UNBOUND,
) -> Metrics:
    """Train an experiment into its run folder.

    Args:
        experiment: the validated config.
        parts: its data, scaled and encoded.
        folder: a fresh run folder.
        progress: hears how far it is.
        bounds: where it ends before the last epoch.

    Returns:
        The metrics of the run; looks at its test rows are not counted there.

    Raises:
        TrainingError: when the run fails or diverges; the folder says so too.
        Interrupted: when a person or the system stops it.
        PausedError: when it has come as far as it shall for now.
    """
    prepared = Prepared(experiment, parts, folder, progress, bounds)
    with folder.lock(), interruptible(), recorded(prepared):
        folder.write_environment(describe_platform())
        return train_rounds_or_run(prepared, note_facts(prepared))


def note_facts(prepared: Prepared) -> Summary:
    """Decide how a run trains, and write what is known before the first step.

    Raises:
        RunError: when the disk refuses.
    """
    experiment, parts = prepared.experiment, prepared.parts
    if experiment.code is not None:
        try_losses(experiment, parts.train)
    rows = len(parts.train)
    rows += 0 if parts.unlabelled is None else len(parts.unlabelled.rows)
    jit = current_backend().decide_jit(experiment, rows)
    mode = monitor_mode(experiment.spec, str(experiment.spec.fit.monitor))
    return write_facts(prepared, monitor_mode=mode, jit=jit)


def train_rounds_or_run(prepared: Prepared, summary: Summary) -> Metrics:
    """Train from the first epoch, in rounds where the config asks for them.

    Raises:
        DlrunError: when the run fails or diverges.
        Interrupted: when a person or the system stops it.
    """
    if prepared.spec.pseudo_label is not None:
        return train_rounds(prepared, summary)
    return train_from(None, prepared, summary)
