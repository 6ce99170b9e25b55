"""`resume`: a run that has stopped goes on as if it had not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dlrun.build import read_rows
from dlrun.errors import RunError
from dlrun.spec import restore_spec
from dlrun.training.checkpoint import config_hash
from dlrun.training.interruption import interruptible
from dlrun.training.platform import describe_platform, differences
from dlrun.training.train import recorded, train_from

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dlrun.build import Parts
    from dlrun.runs import Checkpoint, RunFolder
    from dlrun.spec import Experiment
    from dlrun.training.progress import Progress


class DataChangedError(RunError):
    """Rows that are no longer those that a run was trained on."""


def resume(
    folder: RunFolder,
    progress: Progress,
    tell: Callable[[str], None],
    epochs: int | None = None,
) -> Mapping[str, Any]:
    """Continue a run from its newest whole checkpoint, or extend a finished one.

    Args:
        folder: the run.
        progress: hears how far it is.
        tell: is given a sentence for all that a person should know.
        epochs: as many in all as the run shall have; by default as planned.

    Returns:
        The metrics of the run, as `metrics.json` holds them.

    Raises:
        RunError: it is running, over, or not what it was; nothing has been changed.
        TrainingError: when the run fails or diverges; the folder says so too.
        Interrupted: when a person or the system stops it.
    """
    with folder.lock():
        start = _find_start(folder, tell)
        experiment = restore_spec(folder.config())
        planned = experiment.spec.fit.epochs
        wanted = planned if epochs is None else epochs
        _require_work(folder, start, planned, wanted, tell)
        experiment, parts = read_same_rows(folder, with_epochs(experiment, wanted))
        with interruptible(), recorded(experiment, folder, progress):
            folder.write_status("running")
            _note_environment(folder, start, tell)
            if wanted != planned:
                folder.extend_config(
                    experiment.spec.to_yaml(), experiment.spec.values()
                )
                tell(f"fit.epochs: {planned} -> {wanted}; the old config is in source/")
            folder.return_to(start)
            tell(f"{folder.name} goes on after epoch {start.epoch} of {wanted}")
            return train_from(start, experiment, parts, folder, progress)


def read_same_rows(
    folder: RunFolder, experiment: Experiment
) -> tuple[Experiment, Parts]:
    """Read the rows of a run again.

    Raises:
        DataChangedError: they are not what the run was trained on; names their files.
    """
    experiment, parts = read_rows(experiment)
    known = folder.split().get("parts")
    recorded_parts: dict[str, Any] = known if isinstance(known, dict) else {}
    now = parts.split["parts"]
    if (
        folder.summary().get("data_fingerprint") == parts.fingerprint
        and folder.summary().get("split_hash") == parts.split["sha256"]
    ):
        return experiment, parts
    changed = [
        name
        for name in now
        if recorded_parts.get(name, {}).get("sha256") != now[name]["sha256"]
    ]
    message = f"the data of {folder.name} has changed: {_files(experiment, changed)}"
    hint = f"put the data back, or train again: {_again(folder)}"
    raise DataChangedError(message, hint=hint)


def _files(experiment: Experiment, parts: list[str]) -> str:
    """The files that changed parts come from; their rows may lie in the config."""
    data = experiment.spec.data
    own = {"validation": data.validation, "test": data.test}
    sources = {
        id(source): source
        for source in (own.get(name) or data.source for name in parts)
    }
    files = [
        str(file) for source in sources.values() for file in source.describe().files
    ]
    return ", ".join(files) or "the rows in the config"


def _find_start(folder: RunFolder, tell: Callable[[str], None]) -> Checkpoint:
    """The newest whole checkpoint, if it is of the config that the folder has.

    Raises:
        RunError: there is none.
    """
    found = folder.find_checkpoint()
    for sentence in found.skipped:
        tell(f"warning: {sentence}")
    if folder.status().state == "diverged":
        message = f"{folder.name} has diverged, and would do so again at the same step"
        hint = f"train with other values: {_again(folder)} -s PATH=VALUE"
        raise RunError(message, hint=hint)
    if found.checkpoint is None:
        message = f"{folder.name} has no whole checkpoint"
        raise RunError(message, hint=f"train it again: {_again(folder)}")
    if found.checkpoint.facts["config_sha256"] != config_hash(folder.config()):
        message = f"the config of {folder.name} was changed after the run had started"
        hint = f"put it back, or train the changed one: {_again(folder)}"
        raise RunError(message, hint=hint)
    return found.checkpoint


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
    if start.facts["stopped"]:
        reason = start.facts.get("stop_reason")
        message = f"{'fit.stop_on' if reason else 'EarlyStopping'} ended {folder.name}"
        message += f" after epoch {start.epoch}"
        if is_finished:
            cure = "without stop_on" if reason else "with a larger patience"
            hint = f"more epochs change nothing; train {cure}: "
            raise RunError(message, hint=hint + _again(folder))
        tell(f"{message}; only its results are missing")
    elif is_finished and wanted == planned:
        message = f"{folder.name} is finished: its {planned} epochs are over"
        hint = f"for more, give --epochs with a number above {planned}"
        raise RunError(message, hint=hint)


def with_epochs(experiment: Experiment, epochs: int) -> Experiment:
    """The same experiment with another number of epochs."""
    fit = experiment.spec.fit.model_copy(update={"epochs": epochs})
    return replace(experiment, spec=experiment.spec.model_copy(update={"fit": fit}))


def _note_environment(
    folder: RunFolder, start: Checkpoint, tell: Callable[[str], None]
) -> None:
    """Add this process to `environment.json`; say if bits may now differ."""
    before: dict[str, Any] = {}
    with suppress(RunError):
        before = folder.environment()
    now = describe_platform()
    found = differences({**before, "versions": start.facts["versions"]}, now)
    for sentence in found:
        tell(f"warning: not bit-exact from here: {sentence}")
    resumed = before.get("resumed") or []
    entry = {
        "after_epoch": start.epoch,
        "exact": not found,
        "differences": found,
        **now,
    }
    folder.write_environment({**before, "resumed": [*resumed, entry]})


def _again(folder: RunFolder) -> str:
    return f"dlrun train {folder.path / 'config.yaml'}"
