"""`resume`: a run that has stopped goes on as if it had not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from dlrun.components.sources import Source
from dlrun.custom import read_custom
from dlrun.data.moved import current_root
from dlrun.engines import KerasDoor, fix_threads
from dlrun.errors import CodeError, RunError
from dlrun.experiment import restore_spec
from dlrun.experiment.bounds import UNBOUND, Bounds
from dlrun.experiment.memory import excess
from dlrun.interruption import interruptible
from dlrun.rows import read_rows
from dlrun.runs import (
    Environment,
    MissingError,
    Resumption,
    RoundFolder,
    code_origin,
    forget_training,
    training_folder,
)
from dlrun.training.checkpoint import config_hash
from dlrun.training.environment import describe_platform, differences
from dlrun.training.fit import train_from
from dlrun.training.moved import other_data
from dlrun.training.prepared import Prepared
from dlrun.training.recorded import recorded
from dlrun.training.rounds.pseudo_label import train_rounds
from dlrun.training.train import note_facts, train_rounds_or_run
from dlrun.training.watch.judge import OF_FAULT
from dlrun.writing import command_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlrun.experiment import Experiment
    from dlrun.progress.progress import Progress
    from dlrun.rows import Parts
    from dlrun.runs import Checkpoint, Metrics, RunFolder, Summary


class DataChangedError(RunError):
    """Rows that are no longer those that a run was trained on."""


def resume(
    folder: RunFolder,
    progress: Progress,
    tell: Callable[[str], None],
    epochs: int | None = None,
    bounds: Bounds = UNBOUND,
) -> Metrics:
    """Continue a run from its newest complete checkpoint, or extend a finished one.

    A run that has not come to a checkpoint begins anew in its folder, with the bits
    that it would have had.

    Args:
        folder: the run.
        progress: hears how far it is.
        tell: is given a sentence for all that a person should know.
        epochs: as many in all as the run shall have; by default as planned.
        bounds: where it ends before the last epoch.

    Returns:
        The metrics of the run; looks at its test rows are not counted there.

    Raises:
        RunError: it is running, over, or not what it was; nothing has been changed.
        TrainingError: when the run fails or diverges; the folder says so too.
        Interrupted: when a person or the system stops it.
        PausedError: when it has come as far as it shall for now.
    """
    with folder.lock():
        experiment = restore_spec(folder.config())
        require_trainable(folder, experiment)
        _tell_of_code(folder, experiment, tell)
        if experiment.spec.pseudo_label is not None:
            return _resume_rounds(folder, progress, tell, epochs)
        start = _find_checkpoint(folder, tell)
        if start is None:
            return _begin_anew(folder, progress, tell, epochs, bounds)
        _require_size(start, experiment)
        fix_threads(experiment.spec)
        planned = experiment.spec.fit.epochs
        wanted = planned if epochs is None else epochs
        _require_work(folder, start, planned, wanted, tell)
        experiment, parts = read_same_rows(folder, with_epochs(experiment, wanted))
        prepared = Prepared(experiment, parts, folder, progress, bounds)
        with interruptible(), recorded(prepared):
            folder.write_status("running")
            _note_environment(folder, start, tell)
            if wanted != planned:
                _extend(folder, prepared.experiment, planned, tell)
            for sentence in folder.return_to(start):
                tell(f"warning: {sentence}")
            tell(f"{folder.name} goes on after epoch {start.epoch} of {wanted}")
            return train_from(start, prepared, folder.summary())


def _tell_of_code(
    folder: RunFolder, experiment: Experiment, tell: Callable[[str], None]
) -> None:
    """Say that a run goes on with its own copy, where the file has changed since."""
    code, origin = experiment.code, code_origin(folder.hashes)
    if code is None or origin is None:
        return
    with suppress(CodeError):
        now = read_custom(origin)
        if now.sha256 != code.sha256:
            since = f"has changed since {folder.name} began"
            own = f"goes on with its own copy (sha256 {code.short_sha256})"
            tell(f"warning: {origin} {since}, which {own}")


def _begin_anew(
    folder: RunFolder,
    progress: Progress,
    tell: Callable[[str], None],
    epochs: int | None,
    bounds: Bounds,
) -> Metrics:
    """Train a run without a checkpoint from its first epoch on, in its folder.

    Raises:
        RunError: it is finished, or not what it was; nothing has been changed.
    """
    if folder.status().state == "finished":
        message = f"{folder.name} is finished, and has no complete checkpoint"
        raise RunError(message, hint=f"train it again: {_again(folder)}")
    experiment = restore_spec(folder.config())
    fix_threads(experiment.spec)
    planned = experiment.spec.fit.epochs
    wanted = planned if epochs is None else epochs
    experiment = with_epochs(experiment, wanted)
    prepared, summary = _prepare(folder, experiment, progress, bounds)
    with interruptible(), recorded(prepared):
        folder.write_status("running")
        _note_environment(folder, None, tell)
        if wanted != planned:
            _extend(folder, prepared.experiment, planned, tell)
        forget_training(folder)
        tell(f"{folder.name} has no complete checkpoint: it begins anew in its folder")
        summary = note_facts(prepared) if summary is None else summary
        return train_rounds_or_run(prepared, summary)


def _prepare(
    folder: RunFolder,
    experiment: Experiment,
    progress: Progress,
    bounds: Bounds = UNBOUND,
) -> tuple[Prepared, Summary | None]:
    """Read the rows of a run again.

    Returns:
        What is trained, and the summary of the run; `None`: it was killed before that
        was written, so there is nothing that the rows could differ from.

    Raises:
        RunError: the rows are not what they were, or a file is damaged.
    """
    summary: Summary | None = None
    with suppress(MissingError):
        summary = folder.summary()
    if summary is None:
        experiment, parts = read_rows(experiment, KerasDoor(experiment.spec))
    else:
        experiment, parts = read_same_rows(folder, experiment)
    return Prepared(experiment, parts, folder, progress, bounds), summary


def _extend(
    folder: RunFolder,
    experiment: Experiment,
    planned: int,
    tell: Callable[[str], None],
) -> None:
    """Give the run a config with another number of epochs."""
    spec = experiment.spec.recorded()
    folder.extend_config(spec.to_yaml(), spec.values())
    epochs = experiment.spec.fit.epochs
    tell(f"fit.epochs: {planned} -> {epochs}; the old config is in source/")


def _resume_rounds(
    folder: RunFolder,
    progress: Progress,
    tell: Callable[[str], None],
    epochs: int | None,
) -> Metrics:
    """Continue a run with pseudo-labels in the round where it has stopped.

    Raises:
        RunError: it is over, or not what it was; nothing has been changed.
    """
    if epochs is not None:
        message = f"more epochs would change every round of {folder.name}"
        hint = f"train again: {_again(folder)} -s fit.epochs={epochs}"
        raise RunError(message, hint=hint)
    if folder.status().state == "finished":
        message = f"{folder.name} is finished"
        hint = f"for more rounds: {_again(folder)} -s pseudo_label.rounds=N"
        raise RunError(message, hint=hint)
    newest = training_folder(folder)
    start = _find_checkpoint(newest, tell)
    experiment = restore_spec(folder.config())
    fix_threads(experiment.spec)
    prepared, summary = _prepare(folder, experiment, progress)
    with interruptible(), recorded(prepared):
        folder.write_status("running")
        _note_environment(folder, start, tell)
        summary = note_facts(prepared) if summary is None else summary
        number = newest.number if isinstance(newest, RoundFolder) else 0
        after = "the start" if start is None else f"epoch {start.epoch}"
        if isinstance(newest, RoundFolder) and newest.is_whole:
            after = "its end"
        tell(f"{folder.name} goes on in round {number} after {after}")
        return train_rounds(prepared, summary)


def read_same_rows(
    folder: RunFolder, experiment: Experiment
) -> tuple[Experiment, Parts]:
    """Read the rows of a run again.

    Raises:
        DataChangedError: they are not what the run was trained on; names their files.
    """
    experiment, parts = read_rows(experiment, KerasDoor(experiment.spec))
    known, summary = folder.split().parts, folder.summary()
    changed = [
        name
        for name, part in parts.split.parts.items()
        if name not in known or known[name].sha256 != part.sha256
    ]
    renamed = folder.preprocessing().renamed(parts.preprocessing)
    if (
        summary.data_fingerprint == parts.fingerprint
        and summary.split_hash == parts.split.sha256
        and "unlabelled" not in changed
        and not renamed
    ):
        return experiment, parts
    where = _files(experiment, changed or list(parts.split.parts))
    cure = f"put the data back, or train again: {_again(folder)}"
    message, hint = other_data(folder, cure)
    renamed += summary.other_images(parts.images, parts.cells_fingerprint)
    raise DataChangedError(f"{message}: {where}{renamed}", hint=hint)


def _files(experiment: Experiment, parts: list[str]) -> str:
    """The files that changed parts come from; their rows may lie in the config."""
    data = experiment.spec.data
    own = {"validation": data.validation, "test": data.test}
    pool = getattr(experiment.spec.pseudo_label, "unlabelled", None)
    own["unlabelled"] = pool if isinstance(pool, Source) else None
    sources = {
        id(source): source
        for source in (own.get(name) or data.source for name in parts)
    }
    files = [
        str(file) for source in sources.values() for file in source.describe().files
    ]
    return ", ".join(files) or "the rows in the config"


def _find_checkpoint(
    folder: RunFolder, tell: Callable[[str], None]
) -> Checkpoint | None:
    """The newest complete checkpoint of a run or a round, if there is one.

    Raises:
        RunError: the run has diverged, or its config is no longer that of the run.
    """
    newest = folder.find_checkpoint()
    for sentence in newest.skipped:
        tell(f"warning: {sentence}")
    if folder.status().state == "diverged":
        message = f"{folder.name} has diverged, and would do so again at the same step"
        hint = f"train with other values: {_again(folder)} -s PATH=VALUE"
        raise RunError(message, hint=hint)
    checkpoint = newest.checkpoint
    if checkpoint and checkpoint.state.config_sha256 != config_hash(folder.config()):
        message = f"the config of {folder.name} was changed after the run had started"
        hint = f"put it back, or train the changed one: {_again(folder)}"
        raise RunError(message, hint=hint)
    return checkpoint


def require_trainable(folder: RunFolder, experiment: Experiment) -> None:
    """Refuse code that nobody has allowed, and what this machine cannot hold.

    Raises:
        RunError: its code may not be run; or a train step takes more than there is: the
            run may come from another machine.
    """
    experiment.require_code()
    words = excess(experiment.memory)
    if words is not None:
        hint = "train it on a machine that has more"
        raise RunError(f"{folder.name} cannot be trained here: {words}", hint=hint)


def _require_size(start: Checkpoint, experiment: Experiment) -> None:
    """Refuse a config whose model is larger than the checkpoint, before it is built.

    Raises:
        RunError: the checkpoint has fewer weights.
    """
    numbers = sum(array.size for array in start.arrays.get("weights", ()))
    if numbers < experiment.parameters:
        message = f"the checkpoint of epoch {start.epoch} is of another model: it has "
        message += (
            f"{numbers:,} numbers, the config {experiment.parameters:,} parameters"
        )
        raise RunError(message, hint="train the config of the run again")


def _require_work(
    folder: RunFolder,
    start: Checkpoint,
    planned: int,
    wanted: int,
    tell: Callable[[str], None],
) -> None:
    """Refuse what would change nothing, and epochs that are already over.

    Raises:
        RunError: there is nothing to do.
    """
    is_finished = folder.status().state == "finished"
    if wanted < start.epoch:
        message = f"{folder.name} is already after epoch {start.epoch}"
        raise RunError(message, hint=f"give --epochs more than {start.epoch}")
    if start.state.stopped:
        reason = start.state.stop_reason
        ended, cure = _stopper(reason)
        message = f"{ended} {folder.name} after epoch {start.epoch}"
        if is_finished:
            hint = f"more epochs change nothing; train {cure}: "
            raise RunError(message, hint=hint + _again(folder))
        tell(f"{message}; only its results are missing")
    elif is_finished and wanted == planned:
        message = f"{folder.name} is finished: its {planned} epochs are over"
        hint = f"for more, give --epochs with a number above {planned}"
        raise RunError(message, hint=hint)


def _stopper(reason: str) -> tuple[str, str]:
    """What has ended a run before its last epoch, and how to train without it."""
    if not reason:
        return "EarlyStopping ended", "with a larger patience"
    if reason.endswith(OF_FAULT):
        return "fit.stop_on ended", "without stop_on"
    return "the seconds of its search ended", "it as a run of its own"


def with_epochs(experiment: Experiment, epochs: int) -> Experiment:
    """The same experiment with another number of epochs."""
    fit = experiment.spec.fit.model_copy(update={"epochs": epochs})
    return replace(experiment, spec=experiment.spec.model_copy(update={"fit": fit}))


def _note_environment(
    folder: RunFolder, start: Checkpoint | None, tell: Callable[[str], None]
) -> None:
    """Add this process to `environment.json`; say if bits may now differ."""
    now = describe_platform()
    try:
        before = folder.environment()
    except MissingError:
        if start is None:  # It was killed before it could say where it runs.
            folder.write_environment(now)
            return
        before = Environment()
    if start is not None:
        before = replace(before, versions=start.state.versions)
    changed = differences(before, now)
    for sentence in changed:
        tell(f"warning: not bit-exact from here: {sentence}")
    after = 0 if start is None else start.epoch
    root = current_root()
    named = None if root is None else root.named
    directory = None if named is None else str(named)
    folder.add_resumption(Resumption(after, tuple(changed), now, directory))


def _again(folder: RunFolder) -> str:
    run = folder.run if isinstance(folder, RoundFolder) else folder
    return command_line("train", run.path / "config.yaml")
