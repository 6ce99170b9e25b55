"""`verify`: train a run again, and hold every epoch against its history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.engines import fix_threads
from dlrun.errors import RunError
from dlrun.experiment import restore_spec
from dlrun.progress.progress import Progress
from dlrun.runs import create_run, find_rounds, training_seconds
from dlrun.training.environment import compared as compared_parts
from dlrun.training.environment import describe_platform, differences
from dlrun.training.loop import DivergedError
from dlrun.training.resume import read_same_rows, require_trainable, with_epochs
from dlrun.training.train import train
from dlrun.training.trained import open_trained
from dlrun.writing import bytes_text, command_line, duration

if TYPE_CHECKING:
    from dlrun.experiment import Experiment
    from dlrun.runs import RunFolder

_HASH = "weights_sha256"


@dataclass(frozen=True, slots=True)
class Verification:
    """How a run and its repetition compare."""

    epochs: int
    """So many epochs were trained again."""
    first_different: int | None
    """From this epoch on the weights differ; `None`: not one bit does."""
    is_vouched: bool
    """Whether hashes vouch for the files of the run; an older dlrun has kept none."""
    reasons: tuple[str, ...]
    """What has changed since the run, and may explain it."""
    compared: tuple[str, ...] = ()
    """What was compared with the run, whether it has changed or not."""

    @property
    def is_identical(self) -> bool:
        """Whether every weight after every epoch is the same, bit for bit."""
        return self.first_different is None


def verify(
    folder: RunFolder,
    progress: Progress,
    tell: Callable[[str], None],
    epochs: int | None = None,
) -> Verification:
    """Train a run again from its config and data, beside it; change nothing in it.

    Args:
        folder: the run.
        progress: hears how far it is.
        tell: is given a sentence that says how much will be done.
        epochs: how many, from the first; by default all that the run has.

    Raises:
        DamagedError: a file is not what the run has written, or its model has other
            weights than its best epoch.
        RunError: the run has no epoch, its data has changed, this process computes
            with other threads, or the memory does not hold a train step.
        TrainingError: when the repetition fails.
        Interrupted: when a person or the system stops it.
    """
    folder.hashes.require_all()
    recorded = _recorded(folder)
    if not recorded:
        raise _no_epoch(folder)
    planned = min(max(recorded), epochs or max(recorded))
    experiment = restore_spec(folder.config())
    require_trainable(folder, experiment)
    fix_threads(experiment.spec)
    if folder.model_file.exists():
        open_trained(folder)
    if experiment.spec.pseudo_label is None:
        experiment = with_epochs(experiment, planned)
    experiment, parts = read_same_rows(folder, experiment)
    tell(_size(folder, experiment, planned / len(recorded), planned))
    compared = _Compared(progress, folder.name, recorded, planned)
    with TemporaryDirectory(prefix="dlrun-verify-") as directory:
        again = create_run(Path(directory), experiment.spec.name)
        spec = experiment.spec.recorded()
        again.write_config(spec.to_yaml(), spec.values())
        with suppress(_DecidedError, DivergedError):
            train(experiment, parts, again, compared)
    missing = None if compared.epochs >= planned else compared.epochs + 1
    first = compared.first_different or missing
    reasons = () if first is None else tuple(_reasons(folder))
    return Verification(
        compared.epochs,
        first,
        folder.hashes.are_kept,
        reasons,
        (*compared_parts(folder.environment()), "data"),
    )


def _size(folder: RunFolder, experiment: Experiment, share: float, epochs: int) -> str:
    """How much will be done, by the seconds of the run and the needs of its config."""
    took = duration(share * training_seconds(folder))
    needed = bytes_text(experiment.memory.total)
    return (
        f"{folder.name}: {epochs} epoch{'' if epochs == 1 else 's'} will be trained "
        f"again; the run took {took}, and a train step holds about {needed}"
    )


def _no_epoch(folder: RunFolder) -> RunError:
    """Say that nothing can be compared, and what trains the run."""
    hint = f"train it: {command_line('resume', folder.path)}"
    if folder.status().state in {"finished", "diverged"}:
        hint = folder.hashes.cure
    return RunError(f"{folder.name} has no epoch that could be compared", hint=hint)


def _recorded(folder: RunFolder) -> dict[int, object]:
    """The hash after each epoch; those of rounds are counted on from one another."""
    hashes: dict[int, object] = {}
    folders: Sequence[RunFolder] = find_rounds(folder) or [folder]
    for part in folders:
        history = part.history()
        numbers = [int(str(epoch)) for epoch in history.get("epoch", [])]
        begin = max(hashes, default=0)
        for number, sha256 in zip(numbers, history.get(_HASH, []), strict=True):
            hashes[begin + number] = sha256
    return hashes


class _DecidedError(BaseException):
    """There is no need to train on: what differs once stays different."""


class _Compared(Progress):
    """Holds each epoch against the run as soon as it is there."""

    def __init__(
        self, shown: Progress, name: str, recorded: Mapping[int, object], planned: int
    ) -> None:
        self._shown = shown
        self._name = name
        self._recorded = recorded
        self._planned = planned
        self._rounds = False
        self._begin = 0
        self.epochs = 0
        self.first_different: int | None = None

    @override
    def round(self, number: int, rounds: int, words: str) -> None:
        self._rounds, self._begin = True, self.epochs
        self._shown.round(number, rounds, words)

    @override
    def begin(
        self, name: str, epochs: int, steps: int, monitor: str = "", unit: str = ""
    ) -> None:
        # The repetition lies in a folder of its own, whose name means nothing.
        self._shown.begin(self._name, epochs, steps, monitor, unit)

    @override
    def step(self, epoch: int, step: int, running: Mapping[str, float]) -> None:
        self._shown.step(epoch, step, running)

    @override
    def remark(self, words: str) -> None:
        self._shown.remark(words)

    @override
    def epoch(self, row: Mapping[str, object]) -> None:
        self._shown.epoch(row)
        number = self._begin + int(str(row["epoch"]))
        self.epochs += number > 0 or len(self._recorded) == 1
        if self._recorded.get(number) != row[_HASH]:
            self.first_different = number
            raise _DecidedError
        if self._rounds and self.epochs == self._planned:
            raise _DecidedError

    @override
    def end(self) -> None:
        self._shown.end()


def _reasons(folder: RunFolder) -> list[str]:
    """What has changed since the run was trained, and what it says of itself."""
    reasons = differences(folder.environment(), describe_platform())
    fit = folder.config().get("fit")
    if isinstance(fit, dict) and fit.get("deterministic") is False:
        reasons.append("its config says deterministic: false")
    for entry in folder.resumptions():
        if not entry.exact:
            after = f"it went on after epoch {entry.after_epoch} elsewhere"
            reasons.append(f"{after}: {', '.join(entry.differences)}")
    return reasons
