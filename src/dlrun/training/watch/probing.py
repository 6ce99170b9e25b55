"""The probe: at some epochs, gradients and activations on a few train rows.

Which epochs these are follows from the config and the number of rows alone, never from
a clock, so that runs repeat. The figures behind the rule are in
`docs/decisions/0010-the-probe.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, prod
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from typing_extensions import override

from dlrun.data import Array, Arrays, num_batches
from dlrun.training.decode import Decoded, decode
from dlrun.training.result import Probed
from dlrun.training.watch.figures import layer_rows, output_row
from dlrun.training.watch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.data import Dataset
    from dlrun.engines import Engine, Rows
    from dlrun.experiment import Experiment, ExperimentSpec, LayerShape
    from dlrun.runs import RunFolder
    from dlrun.training.result import Result

_FIRST = 3
"""So many of the first epochs are always probed, with that before training."""
_SHARE = 0.02
"""No more than this share of a steady epoch goes into probes, where `every` is auto."""
_STEP = 5_000_000
_COMPILED_STEP = 300_000
_PROBE = 35_000_000
_PER_WEIGHT = 50
"""What comes with each step and each probe, and with each weight of a probe, in
multiplications that the device could do meanwhile."""
_MOST_CLASSES = 1000
"""Predictions are counted for no more classes."""
_LONGEST_CLASS = 40


OutputWords: TypeAlias = (
    "tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]"
)
"""Of each output what its classes, and what its several labels are called."""


@dataclass(frozen=True, slots=True)
class ProbeSchedule:
    """When to probe."""

    every: int
    """Epochs between two probes."""
    steps: int
    """Train steps per epoch."""

    def is_due(self, epoch: int) -> bool:
        """Whether this epoch is probed in any case; the last one is as well."""
        return epoch < _FIRST or epoch % self.every == 0


def probe_interval(experiment: Experiment, num_rows: int, *, jit: bool) -> int | None:
    """The epochs between two probes; `None`: there is no probe.

    Args:
        experiment: whose layers, batch size and `probe` count.
        num_rows: train rows.
        jit: whether XLA compiles the steps.
    """
    spec = experiment.spec
    if spec.probe.every == "off":
        return None
    if spec.probe.every != "auto":
        return int(spec.probe.every)
    per_row = sum(_multiplications(layer) for layer in experiment.layers)
    step = spec.fit.batch_size * per_row + (_COMPILED_STEP if jit else _STEP)
    steps = num_batches(num_rows, spec.fit.batch_size)
    rows = min(num_rows, spec.probe.rows)
    probe = _PROBE + rows * per_row + _PER_WEIGHT * experiment.parameters
    return ceil(probe / (_SHARE * steps * step))


def _multiplications(layer: LayerShape) -> int:
    """Those of one row in a forward pass: each weight once per position or time."""
    positions = 1
    if len(layer.output_shape) > 1:
        positions = prod(layer.output_shape[:-1])
    elif layer.layer.under_xla() == "faster":
        positions = layer.input_shapes[0][0]  # a recurrent layer: the times
    return layer.parameters * positions


def probe_rows(dataset: Dataset, count: int, seed: int) -> Dataset:
    """A fixed, seeded sample of train rows: every class in its share, but each once.

    Args:
        dataset: the train rows.
        count: rows in the sample; fewer if there are fewer.
        seed: of the experiment.
    """
    order = np.random.default_rng([seed, 3]).permutation(len(dataset))
    classes = dataset.class_groups()
    if classes is not None:
        # A row's place among the rows of its class, as a share: the first of each is 0.
        sizes = np.bincount(classes)
        shares = np.empty(len(order))
        for number, size in enumerate(sizes):
            members = order[classes[order] == number]
            shares[members] = np.arange(size) / max(1, size)
        order = order[np.argsort(shares[order], kind="stable")]
    return dataset.take(np.sort(order[:count]))


class Probing(Watch):
    """Probes a run, and writes what it finds into the folder."""

    def __init__(
        self,
        spec: ExperimentSpec,
        folder: RunFolder,
        engine: Engine,
        rows: Rows,
        names: OutputWords,
        schedule: ProbeSchedule,
    ) -> None:
        """Get ready.

        Args:
            spec: what is trained.
            folder: where the tables go.
            engine: runs the model.
            rows: those to look at.
            names: what classes and labels of each output are called.
            schedule: when to look.
        """
        self._spec = spec
        self._folder = folder
        self._engine = engine
        self._rows = rows
        self._names = names
        self._schedule = schedule

    @override
    def look(self, epoch: int, weights: list[Array], result: Result) -> None:
        if self._schedule.is_due(epoch):
            self._probe(epoch, weights, result)
            result.probed = Probed(epoch, weights)

    @override
    def end(self, result: Result) -> None:
        # Not noted in the result: a run that goes on has no probe here.
        last = int(result.history[-1]["epoch"])
        if result.probed is not None and result.probed.epoch < last:
            self._probe(last, result.weights, result)

    def _probe(self, epoch: int, weights: list[Array], result: Result) -> None:
        before = result.probed or Probed(epoch, weights)
        steps = (epoch - before.epoch) * self._schedule.steps
        probe = self._engine.probe(self._rows)
        layers = layer_rows(
            epoch, self._engine.probed_layers, probe, weights, before.weights, steps
        )
        outputs = output_row(epoch, probe, self._counts(probe.outputs))
        self._folder.append_probe(layers, outputs)

    def _counts(self, outputs: Arrays) -> dict[str, int]:
        """How many rows are given each class; empty without classes, or with many."""
        decoded = decode(outputs, self._spec, *self._names).outputs
        several = len(decoded) > 1
        return {
            f"{output}_{name}" if several else name: count
            for output, one in decoded.items()
            for name, count in _class_counts(one).items()
        }


def _class_counts(decoded: Decoded) -> dict[str, int]:
    classes = decoded.classes
    if classes is None or len(classes) > _MOST_CLASSES or not decoded.is_table:
        return {}
    counts = np.bincount(decoded.chosen(), minlength=len(classes)).tolist()
    names = [_plain(name) for name in classes]
    if len(set(names)) < len(names):
        names = [str(number) for number in range(len(names))]
    return dict(zip(names, counts, strict=True))


def _plain(name: str) -> str:
    """The name of a class as a part of a column."""
    return "".join(char if char.isprintable() else " " for char in name)[
        :_LONGEST_CLASS
    ]
