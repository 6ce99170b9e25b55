"""What a trained run is asked: predictions, and how well it does on labelled rows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from zipfile import BadZipFile, ZipFile

from dlrun.custom import blamed, told_with_its_line
from dlrun.data.keep import NOTHING_KEPT
from dlrun.engines import (
    KerasDoor,
    build_model,
    current_backend,
    in_file_units,
    kernels_told,
    units_by_output,
)
from dlrun.errors import CodeError, DlrunError, RunError
from dlrun.experiment import Experiment, restore_spec
from dlrun.rows import label_scalers, read_rows
from dlrun.runs import DamagedError, MissingError, find_runs
from dlrun.training.baselines import baseline_figures
from dlrun.training.decode import Predictions, decode
from dlrun.training.evaluation import Evaluation, judge_output
from dlrun.training.loop import weights_hash
from dlrun.training.moved import other_data
from dlrun.training.row_losses import engine_labels
from dlrun.writing import command_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import keras

    from dlrun.data import Dataset, Keep, LabelScaler
    from dlrun.engines import Engine
    from dlrun.rows import Parts
    from dlrun.runs import Preprocessing, RunFolder

_TRAIN_AGAIN = "put the file back, or train the run again"
_BYTES_PER_WEIGHT = 64
_BYTES_BESIDE = 50_000_000
PartName = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class Trained:
    """A run with its best weights, ready to answer."""

    experiment: Experiment
    preprocessing: Preprocessing
    model: keras.Model
    """Compiled; as it was trained, on scaled labels where some are."""
    engine: Engine

    def in_file_units(self) -> keras.Model:
        """The model as the run has saved it: its outputs are in the file's units."""
        scalers = label_scalers(self.preprocessing)
        return in_file_units(self.model, self.experiment, scalers)

    def predict(self, rows: Dataset, threshold: float | None = None) -> Predictions:
        """Predictions for prepared rows.

        Args:
            rows: prepared as the train rows were.
            threshold: the probability from which on one of several labels holds, or
                the second class of a binary loss; `None`: 0.5.

        Raises:
            RunError: no output has such labels or classes, and there is a threshold.
        """
        if threshold is not None:
            self._require_binary()
        with told_with_its_line(), kernels_told(self.experiment, is_trained=True):
            outputs = self.engine.predict(rows.features)
        prepared = self.preprocessing
        classes = {
            name: output.classes
            for name, output in prepared.outputs.items()
            if output.classes is not None
        }
        labels = {
            name: output.label_names
            for name, output in prepared.outputs.items()
            if output.label_names is not None
        }
        scalers = label_scalers(prepared)
        return decode(
            outputs, self.experiment.spec, classes, labels, threshold, scalers
        )

    def _require_binary(self) -> None:
        """Refuse a threshold that would change nothing.

        Raises:
            RunError: with the reason.
        """
        losses = [head.loss for head in self.experiment.spec.compile.heads]
        if any(loss.labels == "binary" for loss in losses):
            return
        words = "the model predicts numbers"
        if any(loss.task == "classification" for loss in losses):
            words = "of its classes the likeliest is predicted, however likely it is"
        message = f"a threshold would change nothing: {words}"
        hint = "leave it out; it is for labels that hold or not, under a binary loss"
        raise RunError(message, hint=hint)

    def evaluate(self, rows: Dataset, threshold: float | None = None) -> Evaluation:
        """Loss, metrics and what became of classes and labels over prepared rows."""
        with told_with_its_line(), kernels_told(self.experiment, is_trained=True):
            placed = self.engine.place(
                rows.features, engine_labels(self.experiment.spec, rows)
            )
            metrics = dict(self.engine.evaluate(placed))
        predicted = self.predict(rows, threshold).outputs
        labels = rows.labels or {}
        alone = next(iter(labels), "") if len(labels) == 1 else None
        outputs = {
            name: judge_output(rows, name if alone is None else alone, decoded)
            for name, decoded in predicted.items()
        }
        baselines = baseline_figures(self.experiment.spec, rows)
        return Evaluation(len(rows), metrics, outputs, baselines)


def open_trained(folder: RunFolder) -> Trained:
    """Build the model of a run from its config, and load its best weights.

    Raises:
        NewerFormatError: when only a newer dlrun knows the format of the run.
        RunError: when the run has no model.
    """
    folder.require_known_format()
    with suppress(MissingError):
        folder.status()
    experiment = restore_spec(folder.config())
    experiment.require_code()
    preprocessing, summary = folder.preprocessing(), folder.summary()
    if not folder.model_file.is_file():
        raise _no_model(folder)
    folder.require_model()
    _require_size(folder.model_file, experiment)
    model = _load(folder.model_file, experiment, label_scalers(preprocessing))
    engine = current_backend().make_engine(
        model,
        batch_size=experiment.spec.fit.batch_size,
        jit_evaluation=summary.jit_evaluation,
    )
    _require_weights(folder, engine)
    return Trained(experiment, preprocessing, model, engine)


def _load(
    file: Path, experiment: Experiment, scalers: Mapping[str, LabelScaler]
) -> keras.Model:
    """Build a model, and load its weights.

    Raises:
        RunError: the file is damaged, or the model does not fit into memory.
    """
    try:
        model = build_model(experiment, units_by_output(experiment, scalers))
        # Else Keras warns about the state of the optimizer.
        model.optimizer.build(model.trainable_variables)
        # Weights lie in the file in the order of the layers that were saved.
        in_file_units(model, experiment, scalers).load_weights(file)
    except DlrunError:
        raise
    except Exception as error:
        if (problem := blamed(error)) is not None:
            raise CodeError(problem) from error
        if isinstance(error, MemoryError) or current_backend().is_out_of_memory(error):
            message = f"the model of {file} has {experiment.parameters:,} parameters"
            raise RunError(f"{message}, too many for this machine") from error
        words = str(error).strip().splitlines()
        message = (
            f"{file} cannot be read: {words[0] if words else type(error).__name__}"
        )
        raise RunError(message, hint=_TRAIN_AGAIN) from error
    return model


def _require_size(file: Path, experiment: Experiment) -> None:
    """Refuse a file that cannot hold the weights, or would grow without bound.

    A weight takes at least a byte; with the state of its optimizer no more than a few
    times 8, and what else is in the file is small.

    Raises:
        RunError: the file is no archive, too small, or too large once it is unpacked.
    """
    try:
        with ZipFile(file) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (OSError, ValueError, NotImplementedError, BadZipFile) as error:
        message = f"{file} cannot be read: {error}"
        raise RunError(message, hint=_TRAIN_AGAIN) from error
    count = experiment.parameters
    if not count <= size <= _BYTES_PER_WEIGHT * count + _BYTES_BESIDE:
        message = f"{file} unpacks to {size:,} bytes, which no model of {count:,} "
        raise RunError(f"{message}parameters does", hint=_TRAIN_AGAIN)


def _require_weights(folder: RunFolder, engine: Engine) -> None:
    """Hold the weights against the hash of their epoch, where the run knows it.

    Raises:
        DamagedError: they are those of another run, or of another epoch.
    """
    try:
        best, history = folder.metrics().best_epoch, folder.history()
    except MissingError:
        return
    hashes = dict(
        zip(history.get("epoch", ()), history.get("weights_sha256", ()), strict=False)
    )
    known = hashes.get(best)
    if known is not None and known != weights_hash(engine.weights()):
        message = f"{folder.model_file} has other weights than epoch {best} of "
        raise DamagedError(f"{message}history.csv", hint=_TRAIN_AGAIN)


def _no_model(folder: RunFolder) -> RunError:
    """Say why, and what can be asked instead."""
    status = folder.status()
    message = f"{folder.name} has no model: the run is {status.state}"
    others = [run for run in find_runs(folder.path.parent) if run.model_file.is_file()]
    same = [run.name for run in others if run.name[:-4] == folder.name[:-4]]
    again = command_line("train", folder.path / "config.yaml")
    hint = f"train it again: {again}"
    if status.state in {"interrupted", "terminated"}:
        hint = f"let it end: {command_line('resume', folder.path)}"
    elif status.state == "diverged":
        hint = f"change what made it diverge, and train again: {again} -s ..."
    if same:
        hint = f"{same[-1]} has one; or {hint}"
    return RunError(message, hint=hint)


def read_part(
    folder: RunFolder,
    experiment: Experiment,
    part: PartName | None = None,
    keep: Keep = NOTHING_KEPT,
) -> tuple[PartName, Dataset]:
    """The rows of a part of a run, read again from its data.

    Args:
        folder: the run.
        experiment: of the run.
        part: by default its validation rows; without any, its train rows.
        keep: the columns that are carried along.

    Raises:
        RunError: when the run has no such part, or the data is no longer the same.
    """
    parts = read_rows(_keeping(experiment, part, keep), KerasDoor())[1]
    summary = folder.summary()
    renamed = folder.preprocessing().renamed(parts.preprocessing)
    renamed += summary.other_images(parts.images, parts.cells_fingerprint)
    if summary.data_fingerprint != parts.fingerprint or renamed:
        message, hint = other_data(folder, "give rows with --data FILE, or train again")
        raise RunError(f"{message}{renamed}", hint=hint)
    if folder.split().sha256 not in {None, parts.split.sha256}:
        message = f"the rows of {folder.name} are no longer divided as in split.json"
        raise RunError(message, hint="give rows with --data FILE, or train again")
    if part is None:
        part = "train" if parts.validation is None else "validation"
    rows = _part(parts, part)
    if rows is None:
        known = [
            name
            for name in ("train", "validation", "test")
            if _part(parts, name) is not None
        ]
        message = f"{folder.name} keeps no {part} rows"
        raise RunError(
            message, hint=f"it has {' and '.join(known)} rows; or give --data FILE"
        )
    return part, rows


def _keeping(experiment: Experiment, part: PartName | None, keep: Keep) -> Experiment:
    """The same experiment, whose rows of a part carry columns along.

    Raises:
        DataError: they come from no table.
    """
    data = experiment.spec.data
    name: str = part or "validation"
    key = "source" if getattr(data, name, None) is None else name
    update = {key: getattr(data, key).keeping(keep)}
    spec = experiment.spec.model_copy(update={"data": data.model_copy(update=update)})
    return replace(experiment, spec=spec)


def _part(parts: Parts, name: str) -> Dataset | None:
    part: Dataset | None = getattr(parts, name)
    return part
