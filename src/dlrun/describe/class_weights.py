"""How much the rows of each class count in training, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.writing import listing, number

if TYPE_CHECKING:
    from dlrun.experiment.fit import FitSpec
    from dlrun.rows import Parts


_MOST = 12
"""Classes that are told one by one."""


def class_weight_lines(fit: FitSpec, parts: Parts) -> Iterator[str]:
    """A line for each output whose classes are weighed.

    Args:
        fit: says how; `balanced` follows from the train rows.
        parts: the rows.
    """
    train = parts.train
    several = len(train.labels or ()) > 1
    for output in sorted(train.labels or ()):
        counts = train.class_counts(output)
        weights = fit.weights_of(counts, output if several else None)
        if weights and counts:
            named = zip(counts, weights, strict=True)
            listed = [f"{name} {number(weight)}" for name, weight in named]
            of = f" of {output}" if several else ""
            yield f"class weights{of}: {listing(listed, _MOST)}"
