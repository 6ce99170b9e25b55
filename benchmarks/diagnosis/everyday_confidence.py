"""Whether verdicts are accepted as often as their confidence says."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from statistics import mean
from typing import Protocol

from everyday_records import load_labels
from report import interval, table


class Said(Protocol):
    """What rules say of a run."""

    @property
    def given(self) -> str: ...

    @property
    def confidence(self) -> float: ...


Answers = Mapping[str, Mapping[str, Said]]
"""By part and run."""
Judged = Sequence[tuple[float, bool]]
"""The confidence of each verdict on a run with a label, and whether it is accepted."""
_BINS = 5
_DRAWN = 20
"""The seed of the order of verdicts with one confidence."""


def reliability(of: Answers) -> str:
    """How often verdicts are accepted, by their confidence: bins of equal count."""
    judged = [*_judged(of)]
    # Those of one confidence are alike: none of their bins is to have all misses.
    random.Random(_DRAWN).shuffle(judged)
    judged.sort(key=lambda one: one[0])
    rows = [
        (f"{_said(some):.3f}", _accepted(some), f"{_off(some):+.3f}")
        for some in _bins(judged)
    ]
    return table(("mean confidence", "accepted", "accepted minus confidence"), rows)


def farthest(of: Answers) -> float:
    """How far a bin is off at most, with misses before hits of the same confidence."""
    return max(abs(_off(some)) for some in _bins(sorted(_judged(of))))


def by_confidence(of: Answers) -> str:
    """How often verdicts of each confidence are accepted, in each part and in all."""
    columns = {part: {part: given} for part, given in of.items()} | {"both": of}
    rows = [
        (
            f"{confidence:.2f}",
            *(
                _accepted([one for one in _judged(column) if one[0] == confidence])
                for column in columns.values()
            ),
        )
        for confidence in sorted({confidence for confidence, _ in _judged(of)})
    ]
    header = ("confidence", *(name.replace("_", "-") for name in columns))
    return table(header, rows)


def _judged(of: Answers) -> Iterator[tuple[float, bool]]:
    for part, given in of.items():
        for name, one in load_labels(part).items():
            if one["kind"] != "left_out":
                yield given[name].confidence, given[name].given in one["accepted"]


def _bins(judged: Judged) -> Iterator[Judged]:
    size = len(judged)
    for number in range(_BINS):
        yield judged[number * size // _BINS : (number + 1) * size // _BINS]


def _said(some: Judged) -> float:
    return mean(confidence for confidence, _ in some)


def _off(some: Judged) -> float:
    return mean(is_right for _, is_right in some) - _said(some)


def _accepted(some: Judged) -> str:
    return interval(sum(is_right for _, is_right in some), len(some))
