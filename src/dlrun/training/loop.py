"""The one training loop: epochs, callbacks, history. It knows no backend.

What an epoch draws depends on the seed and its number alone: the order of the rows, and
the random state of every layer with noise. So a run can stop after any epoch and go on
as if it had not.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dlrun.data import num_batches
from dlrun.errors import PausedError, RunError, TrainingError
from dlrun.experiment.bounds import UNBOUND, Bounds
from dlrun.interruption import stop_if_asked, stop_is_asked
from dlrun.training.order import RowOrder, epoch_order, epoch_seeds
from dlrun.training.result import HistoryRow, Result
from dlrun.training.watch.watch import Watch

if TYPE_CHECKING:
    import keras

    from dlrun.data import Array
    from dlrun.engines import Engine, Rows
    from dlrun.progress.progress import Progress

_CHUNK_SECONDS = 0.2
_FIRST_CHUNK = 16
_DIVERGED_HINT = (
    "lower compile.optimizer.learning_rate tenfold, repeatedly if need be; or add "
    "clipnorm: 1.0 to the optimizer; features need data.scale, and large targets "
    "data.scale_labels"
)


class DivergedError(TrainingError):
    """A loss that is no longer a finite number."""


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """What the loop has to know of the experiment."""

    seed: int
    epochs: int
    batch_size: int
    shuffle: bool
    monitor: str
    monitor_mode: str
    """`min` or `max`: which values of the monitor are better."""
    has_code: bool = False
    """Whether callbacks are of the code of the config, which may do anything."""
    bounds: Bounds = UNBOUND
    """Where it ends before the last epoch."""
    order: RowOrder | None = None
    """The order of the train rows in an epoch, which may repeat rows; `None`: that of
    `epoch_order`."""


class Keeper:
    """Keeps what a run needs to go on; this one keeps nothing, and starts anew."""

    kept: Callable[[], None] = staticmethod(lambda: None)
    """Is called when there is something new to go on from."""

    def begin(self) -> Result:
        """What to go on from, with the model and the callbacks put back to it."""
        return Result()

    def chunk_is_over(self) -> None:
        """Some steps are done: the run lives."""

    def epoch_is_over(self, result: Result, *, is_last: bool) -> None:
        """An epoch is whole: this is where the run may be taken up again.

        Args:
            result: what there is after this epoch.
            is_last: training ends here, as planned or because a signal asks for it.
        """

    def save(self) -> None:
        """Training has ended, for whatever reason."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Rows to measure on at the end of each epoch."""

    prefix: str
    rows: Rows


def weights_hash(weights: Sequence[Array]) -> str:
    """SHA-256 over the bytes of every weight in order."""
    digest = hashlib.sha256()
    for array in weights:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


class Loop:
    """Trains for a number of epochs and keeps the best weights."""

    def __init__(
        self,
        engine: Engine,
        plan: LoopPlan,
        train: Rows,
        measured: Sequence[Measured],
        callbacks: keras.callbacks.CallbackList,
        record: Callable[[HistoryRow], None],
    ) -> None:
        """Get ready.

        Args:
            engine: runs the model.
            plan: what the config says.
            train: the train rows.
            measured: rows to measure at the end of each epoch, in inference mode.
            callbacks: a `keras.callbacks.CallbackList`.
            record: is given the row of each epoch as soon as it is there.
        """
        self._engine = engine
        self._plan = plan
        self._train = train
        self._measured = measured
        self._callbacks = callbacks
        self._record = record
        self._watch = Watch()
        self._chunk = _FIRST_CHUNK

    def run(
        self,
        progress: Progress,
        keeper: Keeper | None = None,
        watch: Watch | None = None,
    ) -> Result:
        """Train, from the first epoch or from where the keeper takes up again.

        Raises:
            DivergedError: when the loss or a weight is no longer finite.
            Interrupted: when a signal asks; the last whole epoch is kept.
        """
        keeper = keeper or Keeper()
        keeper.kept = progress.kept
        self._watch = watch or self._watch
        self._callbacks.on_train_begin()
        result = keeper.begin()
        try:
            if not result.history:
                self._watch.look(0, self._engine.weights(), result)
            self._train_epochs(result, progress, keeper)
        except BaseException:
            with suppress(RunError):  # It must not hide why training ends.
                keeper.save()
            raise
        keeper.save()
        self._watch.end(result)
        self._callbacks.on_train_end()
        return result

    def _train_epochs(self, result: Result, progress: Progress, keeper: Keeper) -> None:
        plan = self._plan
        if plan.epochs == 0:
            self._finish_epoch(result, 0, time.perf_counter(), {}, progress)
        for epoch in range(len(result.history) + 1, plan.epochs + 1):
            if result.stopped:
                break
            self._pause_where_planned(epoch - 1)
            started = time.perf_counter()
            running = self._train_epoch(epoch, progress, keeper)
            self._finish_epoch(result, epoch, started, running, progress)
            self._end_in_time(result)
            by_callback = bool(self._callbacks.model.stop_training)
            result.stopped = by_callback or bool(result.stop_reason)
            asked = stop_is_asked()
            stands = asked or epoch == plan.bounds.pause
            ends = stands or result.stopped or epoch == plan.epochs
            keeper.epoch_is_over(result, is_last=ends)
            if asked and epoch < plan.epochs and not result.stopped:
                stop_if_asked()

    def _pause_where_planned(self, epoch: int) -> None:
        """Stop before another epoch if the run shall train only so far for now.

        Raises:
            PausedError: it shall.
        """
        pause = self._plan.bounds.pause
        if pause is not None and epoch >= pause:
            raise PausedError(f"paused after epoch {epoch}; it can go on")

    def _end_in_time(self, result: Result) -> None:
        """Let this epoch be the last if all of them took as long as they may.

        What was trained before a kill, and is kept, counts; what was lost does not.
        """
        bounds, rows = self._plan.bounds, result.history
        if bounds.seconds is None or result.stop_reason:
            return
        spent = sum(float(row["seconds"]) for row in rows)
        if spent >= bounds.seconds and rows[-1]["epoch"] != self._plan.epochs:
            result.stop_reason = bounds.reason

    def _train_epoch(
        self, epoch: int, progress: Progress, keeper: Keeper
    ) -> Mapping[str, float]:
        """All steps of an epoch, in chunks; nothing depends on where one ends."""
        plan, engine = self._plan, self._engine
        order = self._order(epoch)
        self._callbacks.on_epoch_begin(epoch - 1)
        engine.begin_epoch(
            self._train, order, epoch_seeds(plan.seed, epoch, engine.num_seeds)
        )
        steps = num_batches(len(order), plan.batch_size)
        running: Mapping[str, float] = {}
        start = 0
        while start < steps:
            stop = min(steps, start + self._chunk)
            began = time.perf_counter()
            running = engine.run(start, stop)
            self._pace(time.perf_counter() - began, stop - start)
            if not math.isfinite(running["loss"]):
                place = f"epoch {epoch}, steps {start + 1} to {stop}"
                message = f"the loss is {running['loss']} in {place}"
                raise DivergedError(message, hint=_DIVERGED_HINT)
            progress.step(epoch, stop, running)
            keeper.chunk_is_over()
            start = stop
            if start < steps:  # Else the epoch is soon whole.
                stop_if_asked()
        return running

    def _order(self, epoch: int) -> npt.NDArray[np.int32]:
        plan = self._plan
        if plan.order is not None:
            return plan.order(epoch)
        return epoch_order(plan.seed, epoch, len(self._train), shuffle=plan.shuffle)

    def _pace(self, seconds: float, steps: int) -> None:
        """Keep chunks short enough for a person who watches or presses Ctrl-C."""
        if seconds < _CHUNK_SECONDS / 2 and steps == self._chunk:
            self._chunk *= 2
        elif seconds > _CHUNK_SECONDS * 2:
            self._chunk = max(1, self._chunk // 2)

    def _finish_epoch(
        self,
        result: Result,
        epoch: int,
        started: float,
        running: Mapping[str, float],
        progress: Progress,
    ) -> None:
        """Measure, tell the callbacks, write the row of the history, keep the best."""
        plan = self._plan
        values: dict[str, float] = dict(running)
        for measured in self._measured:
            measures = self._engine.evaluate(measured.rows)
            values |= {
                f"{measured.prefix}{name}": value for name, value in measures.items()
            }
        rate = float(str(np.float32(self._callbacks.model.optimizer.learning_rate)))
        weights = self._engine.weights()
        if epoch > 0:
            self._watch.look(epoch, weights, result)
            self._callbacks.on_epoch_end(epoch - 1, dict(values))
            self._require_same(weights)
        seconds = time.perf_counter() - started
        row: HistoryRow = {
            "epoch": epoch,
            "seconds": round(seconds, 6),
            "learning_rate": rate,
            **values,
        }
        row["weights_sha256"] = weights_hash(weights)
        result.history.append(row)
        self._record(row)
        progress.remark(self._watch.judge(result) if epoch else "")
        progress.epoch(row)
        if not math.isfinite(values[f"{self._measured[0].prefix}loss"]):
            message = f"the loss is not finite after epoch {epoch}"
            raise DivergedError(message, hint=_DIVERGED_HINT)
        result.weights = weights
        if self._is_best(result, values.get(plan.monitor, math.nan)):
            result.best_epoch, result.best_weights = epoch, weights

    def _require_same(self, weights: Sequence[Array]) -> None:
        """Refuse weights that are not those which were measured.

        Raises:
            TrainingError: a callback of the code of the config has changed them.
        """
        if not self._plan.has_code or self._callbacks.model.stop_training:
            return
        if weights_hash(self._engine.weights()) != weights_hash(weights):
            message = "a callback has changed weights in `on_epoch_end`, after they "
            hint = "change them in on_epoch_begin: then they are trained and measured"
            raise TrainingError(f"{message}were measured", hint=hint)

    def _is_best(self, result: Result, value: float) -> bool:
        if not result.best_weights:
            return True
        best = next(row for row in result.history if row["epoch"] == result.best_epoch)
        old = float(best[self._plan.monitor])
        if math.isnan(old):
            return not math.isnan(value)
        return value > old if self._plan.monitor_mode == "max" else value < old
