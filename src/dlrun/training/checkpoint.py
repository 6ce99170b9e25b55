"""What a run keeps after an epoch, and how it takes up again from there.

Order of rows and noise are functions of seed and epoch, so weights, optimizer,
callbacks and the best weights so far are all that a run consists of.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.components.index import with_trait
from dlrun.errors import RunError
from dlrun.runs import Checkpoint, CheckpointState
from dlrun.training.loop import Keeper
from dlrun.training.own_callback import own_state, restore_own
from dlrun.training.result import Probed, Result

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsFloat

    import keras

    from dlrun.data import Array
    from dlrun.engines import Engine
    from dlrun.runs import CallbackState, RunFolder
    from dlrun.training.result import HistoryRow

_STATE = with_trait("callback", "state", list)
"""What a callback of Keras remembers from epoch to epoch, beside weights."""
_SHARE = 0.02
"""No more than this share of the time goes into checkpoints."""
_HEARTBEAT_SECONDS = 10.0
_PAUSE_SECONDS = 0.2
"""Epochs that are shorter are not all copied: an error costs no more than this."""


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What must be the same when a run goes on."""

    seed: int
    config_sha256: str
    versions: Mapping[str, str]


def config_hash(values: Mapping[str, object]) -> str:
    """SHA-256 over a config, without what changes no weight of any epoch.

    Nor does `threads` count while it is open: older configs do not have it.
    """
    free = {"epochs", "checkpoint_seconds"}
    section = values["fit"]
    given = section.items() if isinstance(section, Mapping) else ()
    fit = {key: value for key, value in given if key not in free}
    if fit.get("threads") == "auto":
        del fit["threads"]
    others = {key: value for key, value in values.items() if key != "probe"}
    text = json.dumps({**others, "fit": fit}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Checkpoints(Keeper):
    """Keeps the last whole epoch in memory, and writes it to the disk now and then."""

    def __init__(
        self,
        folder: RunFolder,
        engine: Engine,
        callbacks: keras.callbacks.CallbackList,
        identity: RunIdentity,
        seconds: float,
        start: Checkpoint | None = None,
    ) -> None:
        """Get ready.

        Args:
            folder: where the checkpoints go.
            engine: has the weights and the state of the optimizer.
            callbacks: have what they count, and weights to put back.
            identity: what must be the same when the run goes on.
            seconds: between two checkpoints; 0: one after each epoch.
            start: where to take up again; `None`: a fresh run.
        """
        self._folder = folder
        self._engine = engine
        self._callbacks = callbacks
        self._identity = identity
        self._seconds = seconds
        self._start = start
        self._last: tuple[Checkpoint, int] | None = None
        """The last whole epoch, not yet on the disk, and the best epoch so far."""
        self._due = time.monotonic() + seconds
        self._copied = -_PAUSE_SECONDS
        self._heartbeat = time.monotonic() + _HEARTBEAT_SECONDS

    @override
    def begin(self) -> Result:
        if self._start is None:
            return Result()
        history = _rows(self._folder)
        try:
            self._restore(self._start)
            _require_epoch(self._start.state.best_epoch, history)
        except (LookupError, TypeError, ValueError) as error:
            message = f"the checkpoint of epoch {self._start.epoch} is of another model"
            hint = "train the config of the run again"
            raise RunError(f"{message}: {error}", hint=hint) from error
        state, arrays = self._start.state, self._start.arrays
        epoch = state.probed_epoch
        return Result(
            history=history,
            best_epoch=state.best_epoch,
            best_weights=list(arrays["best"]),
            weights=list(arrays["weights"]),
            stopped=state.stopped,
            stop_reason=state.stop_reason,
            probed=None if epoch is None else Probed(epoch, list(arrays["probed"])),
        )

    def _restore(self, start: Checkpoint) -> None:
        state, arrays = start.state, start.arrays
        _require_equal_shapes(arrays["weights"], arrays["best"])
        self._engine.set_weights(list(arrays["weights"]))
        self._engine.set_optimizer_state(list(arrays["optimizer"]))
        for index, callback in enumerate(self._callbacks.callbacks):
            _restore(callback, state.callbacks[index], arrays.get(_group(index)))
        if state.probed_epoch is not None:
            _require_equal_shapes(arrays["weights"], arrays["probed"])

    @override
    def chunk_is_over(self) -> None:
        now = time.monotonic()
        if now < self._heartbeat:
            return
        self._heartbeat = now + _HEARTBEAT_SECONDS
        with suppress(RunError):  # a disk that is full for a moment costs no run
            self._folder.write_status("running")

    @override
    def epoch_is_over(self, result: Result, *, is_last: bool) -> None:
        now = time.monotonic()
        if not is_last and now < min(self._due, self._copied + _PAUSE_SECONDS):
            return
        self._last = self._checkpoint(result), result.best_epoch
        self._copied = time.monotonic()
        if self._copied >= self._due:
            self.save()

    def _checkpoint(self, result: Result) -> Checkpoint:
        """All that there is after an epoch, copied where it would change."""
        arrays: dict[str, Sequence[Array]] = {
            "weights": result.weights,
            "optimizer": self._engine.optimizer_state(),
            "best": result.best_weights,
        }
        if result.probed is not None:
            arrays["probed"] = result.probed.weights
        states = []
        for index, callback in enumerate(self._callbacks.callbacks):
            states.append(_state(callback))
            if getattr(callback, "best_weights", None) is not None:
                arrays[_group(index)] = callback.best_weights
        state = CheckpointState(
            seed=self._identity.seed,
            config_sha256=self._identity.config_sha256,
            versions=self._identity.versions,
            best_epoch=result.best_epoch,
            stopped=result.stopped,
            stop_reason=result.stop_reason,
            callbacks=tuple(states),
            probed_epoch=None if result.probed is None else result.probed.epoch,
        )
        return Checkpoint(int(result.history[-1]["epoch"]), state, arrays)

    @override
    def save(self) -> None:
        if self._last is None:
            return
        began = time.monotonic()
        self._folder.write_checkpoint(*self._last)
        self._last = None
        self.kept()
        now = time.monotonic()
        cost = (now - began) / _SHARE if self._seconds else 0.0
        self._due = now + max(self._seconds, cost)


def _require_equal_shapes(arrays: Sequence[Array], others: Sequence[Array]) -> None:
    """Refuse weights that are not those of one model.

    Raises:
        ValueError: they have other shapes.
    """
    shapes = [array.shape for array in arrays]
    if shapes != [array.shape for array in others]:
        raise ValueError("its arrays have other shapes than its weights")


def _require_epoch(best: int, history: Sequence[HistoryRow]) -> None:
    """Refuse a best epoch that the run has not had.

    Raises:
        ValueError: it stands in no row.
    """
    if best not in {row["epoch"] for row in history}:
        raise ValueError(f"its best epoch, {best:,}, is none of the run")


def _group(index: int) -> str:
    return f"callback_{index}"


def _state(callback: keras.callbacks.Callback) -> CallbackState:
    """What a callback remembers, as JSON; numbers that JSON does not know as text."""
    names = _STATE.get(type(callback).__name__)
    if names is None:
        return own_state(callback)
    return {name: _written(getattr(callback, name)) for name in names}


def _restore(
    callback: keras.callbacks.Callback,
    state: CallbackState,
    best_weights: Sequence[Array] | None,
) -> None:
    names = _STATE.get(type(callback).__name__)
    if names is None:
        restore_own(callback, state)
    for name in names or ():
        value = state[name]
        setattr(callback, name, float(value) if isinstance(value, str) else value)
    if best_weights is not None:
        callback.best_weights = list(best_weights)


def _written(value: SupportsFloat | None) -> int | float | str | None:
    if value is None or isinstance(value, int):
        return value
    number = float(value)
    return number if math.isfinite(number) else str(number)


def _rows(folder: RunFolder) -> list[HistoryRow]:
    """The history read back; its numbers were written so that nothing is lost."""
    history = folder.history()
    rows = zip(*history.values(), strict=True)
    return [
        {
            name: math.nan if cell is None else cell
            for name, cell in zip(history, row, strict=True)
        }
        for row in rows
    ]
