"""Which pseudo-labels a round takes, how far they can be trusted, and in what order.

Plain functions of NumPy arrays: the same numbers give the same rows, on any machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dlrun.data import num_batches

if TYPE_CHECKING:
    from dlrun.data import Array
    from dlrun.experiment.pseudo_label import PseudoLabelSpec

Indices = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

_BINS = 15
_LEAST = 1e-12
"""Probabilities below this count as this: a logarithm needs more than 0."""
_TEMPERATURES = (0.05, 20.0)
_STEPS = 60
"""Of a golden-section search: they narrow the range to 1 in 10^12."""


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What a model says of rows."""

    labels: npt.NDArray[np.int32]
    """`(rows,)` the class that is most likely."""
    confidence: Numbers
    """`(rows,)` its probability, 0 to 1."""


def opinion(probabilities: Numbers, temperature: float = 1.0) -> Opinion:
    """The most likely class of each row, and how sure the model is of it.

    Args:
        probabilities: `(rows, classes)`; they are made to add up to 1.
        temperature: above 1 lowers the confidence, below 1 raises it.
    """
    scores = _soften(probabilities, temperature)
    return Opinion(scores.argmax(axis=1).astype(np.int32), scores.max(axis=1))


def _soften(probabilities: Numbers, temperature: float) -> Numbers:
    """The softmax of `log(probabilities) / temperature`: logits that are divided."""
    logits = np.log(np.maximum(probabilities, _LEAST)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    softened: Numbers = powers / powers.sum(axis=1, keepdims=True)
    return softened


def fit_temperature(probabilities: Numbers, truth: Array) -> float:
    """The temperature under which true labels are most likely.

    Source: Guo et al. (2017), On Calibration of Modern Neural Networks.
    """

    def loss(exponent: float) -> float:
        scores = _soften(probabilities, math.exp(exponent))
        hits = scores[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(hits, _LEAST)).mean())

    low, high = (math.log(limit) for limit in _TEMPERATURES)
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(_STEPS):
        width = ratio * (high - low)
        if loss(high - width) <= loss(low + width):
            high = low + width
        else:
            low = high - width
    return math.exp((low + high) / 2)


def calibration_error(said: Opinion, truth: Array) -> float:
    """By how much confidence and accuracy differ, over 15 bins of confidence.

    Source: Naeini et al. (2015), Obtaining Well Calibrated Probabilities Using Bayesian
    Binning (there ECE).
    """
    bins = np.minimum((said.confidence * _BINS).astype(int), _BINS - 1)
    hits = (said.labels == truth).astype(np.float64)
    gaps = np.bincount(bins, hits - said.confidence, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(truth))


def select(
    said: Opinion,
    spec: PseudoLabelSpec,
    number: int,
    labelled: npt.NDArray[np.int64],
) -> Indices:
    """The unlabelled rows that a round trains on, ascending.

    Args:
        said: what the model of the round before says of every unlabelled row.
        spec: how to choose.
        number: the round, from 1.
        labelled: `(classes,)` labelled train rows of each class.
    """
    order = np.argsort(-said.confidence, kind="stable")
    if spec.select == "threshold":
        order = order[said.confidence[order] >= spec.threshold]
    elif spec.select == "percentile":
        share = min(1.0, spec.start * number)
        order = order[: math.ceil(round(share * len(order), 9))]
    limits = np.full(len(labelled), np.inf)
    if spec.select == "k_best" and spec.k is not None:
        limits = np.minimum(limits, spec.k)
    if spec.max_per_class_ratio is not None:
        limits = np.minimum(limits, np.floor(spec.max_per_class_ratio * labelled))
    order = _limited(order, said.labels, limits)
    if spec.balance == "cap":
        counts = np.bincount(said.labels[order], minlength=len(labelled))
        cap = max(1, counts.min(), math.floor(np.median(counts) / 2))
        order = _limited(order, said.labels, np.full(len(labelled), cap))
    return np.sort(order)


def _limited(order: Indices, labels: npt.NDArray[np.int32], limits: Array) -> Indices:
    """The first rows of each class in the order, up to its limit."""
    is_kept = np.zeros(len(order), dtype=bool)
    for number, limit in enumerate(limits):
        places = np.flatnonzero(labels[order] == number)
        is_kept[places[: len(places) if math.isinf(limit) else int(limit)]] = True
    return order[is_kept]


def share_of_change(before: dict[int, int], after: dict[int, int]) -> float:
    """The share of selected rows, with their labels, that are in one set alone.

    Args:
        before: the label of each selected row of the round before.
        after: the same of this round.
    """
    old, new = set(before.items()), set(after.items())
    return len(old ^ new) / max(1, len(old | new))


def divergence(
    selected: npt.NDArray[np.int64], labelled: npt.NDArray[np.int64]
) -> float | None:
    """How far the classes of selected rows are from those of labelled ones.

    Returns:
        The Kullback-Leibler divergence in nats; `None`: nothing is selected.
    """
    if not selected.sum():
        return None
    shares, expected = selected / selected.sum(), labelled / labelled.sum()
    there = shares > 0
    ratio = shares[there] / np.maximum(expected[there], _LEAST)
    return float((shares[there] * np.log(ratio)).sum())


@dataclass(frozen=True, slots=True)
class Mixture:
    """The order of rows in which each batch has its share of labelled ones."""

    seed: int
    labelled: int
    """The first rows are labelled, the others have pseudo-labels."""
    rows: int
    batch_size: int
    share: float
    """The least share of labelled rows in each batch."""
    shuffle: bool = True

    @property
    def least(self) -> int:
        """Labelled rows in each batch; at least one place is left for the others."""
        wanted = math.ceil(round(self.share * self.batch_size, 9))
        return min(wanted, self.batch_size - 1)

    @property
    def length(self) -> int:
        """How many rows an epoch has; labelled ones count as often as they appear."""
        pseudo = self.rows - self.labelled
        steps = num_batches(self.rows, self.batch_size)
        while max(self.labelled, steps * self.least) + pseudo > steps * self.batch_size:
            steps += 1
        return max(self.labelled, steps * self.least) + pseudo

    def __call__(self, epoch: int) -> npt.NDArray[np.int32]:
        """The order in an epoch: a function of seed and epoch alone.

        Every row stands there once, and labelled ones again where their share asks for
        it: all of them equally often, to within once.
        """
        rng = np.random.default_rng([self.seed, epoch, 3])
        size, length = self.batch_size, self.length
        pseudo = np.arange(self.labelled, self.rows)
        needed = length - len(pseudo)
        rounds = [self._shuffled(rng, np.arange(self.labelled))]
        while len(rounds) * self.labelled < needed:
            rounds.append(self._shuffled(rng, np.arange(self.labelled)))
        labelled = np.concatenate(rounds)[:needed]
        steps = num_batches(length, size)
        quota = [min(self.least, length - step * size) for step in range(steps)]
        starts = np.cumsum([0, *quota])
        others = self._shuffled(rng, np.concatenate([labelled[starts[-1] :], pseudo]))
        batches, begin = [], 0
        for step in range(steps):
            free = min(size, length - step * size) - quota[step]
            batches += [labelled[starts[step] : starts[step + 1]]]
            batches += [others[begin : begin + free]]
            begin += free
        return np.concatenate(batches).astype(np.int32)

    def _shuffled(self, rng: np.random.Generator, rows: Indices) -> Indices:
        return rng.permutation(rows) if self.shuffle else rows
