"""A worker that trains nothing, so that what a search decides is tested for itself."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from dlrun.errors import TrainingError
from dlrun.experiment.monitor import monitor_mode
from dlrun.runs import Metrics, RunFolder, SearchFolder
from dlrun.runs.removal import TABLES
from dlrun.studies.audience import Audience
from dlrun.studies.search.plan import SearchPlan
from dlrun.studies.search.work import SearchWorker
from dlrun.studies.task import Ending

DEAD = 2**22 + 1
"""No process has this number."""
CONFIG = """\
name: stub
data:
  inline: {features: [[0, 1], [1, 0], [1, 1], [0, 0]], labels: [0, 1, 0, 1]}
  split: {validation: 0.5}
model:
  layers:
    - Dense: {units: 4, activation: relu, name: h1}
    - Dense: {units: 2, activation: softmax, name: out}
compile: {loss: sparse_categorical_crossentropy, metrics: [accuracy]}
fit: {epochs: 9}
search:
"""


class KilledError(BaseException):
    """As SIGKILL: nobody on the way may write a word."""


@dataclass
class Stub:
    """What runs would come to."""

    killed: ClassVar = KilledError
    curve: Callable[[object, int], dict[str, float]] = lambda spec, epoch: {}
    """The measures of a config after an epoch; a loss that is `nan` diverges."""
    seconds: float = 1.0
    """Each epoch takes."""
    kill: tuple[int, int] = (0, 0)
    """The trial, and the epoch after which its process is killed, once."""
    trained: list[tuple[int, int]] = field(default_factory=list)
    """Trials and epochs, in the order in which they were trained."""

    def work_on(self, task, ledger) -> Ending:
        run = ledger.run_of(task.number).folder
        spec, bounds = task.member.experiment.spec, task.bounds
        run.write_config(spec.to_yaml(), spec.values())
        done, reason = len(run.history().get("epoch", ())), ""
        for epoch in range(done + 1, spec.fit.epochs + 1):
            if bounds.pause is not None and epoch > bounds.pause:
                run.write_status("interrupted", "paused")
                return Ending(task.number, task.member, "paused", run)
            self._train(run, task.position, epoch, spec)
            if (task.position, epoch) == self.kill:
                self.kill = (0, 0)
                raise KilledError
            measures = self.curve(spec, epoch)
            if any(map(math.isnan, measures.values())):
                run.write_status("diverged", "the loss is nan")
                error = TrainingError("the loss is nan")
                return Ending(task.number, task.member, "failed", run, error)
            if bounds.seconds is not None and epoch * self.seconds >= bounds.seconds:
                reason = bounds.reason if epoch < spec.fit.epochs else ""
                break
        self._finish(run, spec, reason)
        return Ending(task.number, task.member, "trained", run)

    def _train(self, run: RunFolder, number: int, epoch: int, spec) -> None:
        run.write_status("running")
        run.hashes.unseal(TABLES)
        measures = {"loss": 1.0, "val_loss": 1.0 / epoch} | self.curve(spec, epoch)
        row = {"epoch": epoch, "seconds": self.seconds, **measures}
        run.append_history(row | {"weights_sha256": "ab" * 32})
        self.trained.append((number, epoch))

    def _finish(self, run: RunFolder, spec, reason: str) -> None:
        columns = run.history()
        rows = [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]
        monitor = str(spec.fit.monitor)
        better = max if monitor_mode(spec, monitor) == "max" else min
        best = better(rows, key=lambda row: row[monitor])
        kept = {key: value for key, value in best.items() if isinstance(value, float)}
        run.write_metrics(
            Metrics(
                epochs=len(rows), monitor=monitor, best_epoch=best["epoch"],
                best=kept, final=kept, seconds=self.seconds * len(rows),
                stopped=reason or None,
            )
        )  # fmt: skip
        run.write_status("finished")


@pytest.fixture
def stub(monkeypatch) -> Stub:
    """What takes the place of training."""
    found = Stub()

    class Worker:
        def __init__(self, root, ledger, audience, shelf):
            self.ledger = ledger

        def work_on(self, task):
            return found.work_on(task, self.ledger)

    module = SimpleNamespace(Worker=Worker)
    monkeypatch.setitem(sys.modules, "dlrun.studies.worker", module)
    return found


@dataclass
class Search:
    """A search in a directory of its own."""

    directory: Path
    monkeypatch: pytest.MonkeyPatch

    def plan(self, section: str, *overrides: str) -> SearchPlan:
        """The plan of a config with a section `search`."""
        lines = "".join(f"  {line}\n" for line in section.splitlines())
        (self.directory / "stub.yaml").write_text(CONFIG + lines)
        return SearchPlan.read(self.directory / "stub.yaml", overrides)

    def begin(self, plan: SearchPlan) -> SearchWorker:
        """A worker on a search that has begun."""
        folder = SearchFolder.of(self.directory / "runs", plan.name)
        folder.begin(plan.to_values())
        plan.require_same(folder)
        return SearchWorker(plan, folder, Audience())

    def work(self, plan: SearchPlan) -> SearchWorker:
        """Work until nothing is left."""
        worker = self.begin(plan)
        for _ in worker.work():
            pass
        return worker

    def killed(self, plan: SearchPlan) -> None:
        """Work until the process is killed."""
        with self.monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: DEAD)
            with pytest.raises(KilledError):
                self.work(plan)


@pytest.fixture
def search(tmp_path, monkeypatch) -> Search:
    """Where a search is kept."""
    return Search(tmp_path, monkeypatch)
