"""Rows that stand side by side in their source, nearly the same, and are split apart.

Whoever notes several rows of each person, machine or day mostly notes them one below
the other. Where a split takes such rows apart, validation tells how well the persons
are known, not how well new ones are predicted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlrun.data import Array, Dataset

_ROWS = 1000
"""So many validation rows are looked at."""
_PAIRS = 20
"""So many others each of them is held against."""
_APART = 20
"""Rows that stand farther apart are hardly of one person."""
_DIFFERENT = 4
"""Nearly the same are rows that differ in a quarter of their columns at most."""


def near_neighbours(
    train: Dataset, validation: Dataset, tables: tuple[Array, Array]
) -> Mapping[str, float]:
    """How alike rows are that stand side by side, and others.

    Args:
        train: Labels and places in the source, beside `tables`.
        validation: The same.
        tables: `(samples, columns)`: the features of both.

    Returns:
        `near_neighbours`, the share of validation rows beside a train row nearly the
        same; `near_elsewhere`, the share of pairs far apart that are as near; and
        `neighbour_labels`, how far the labels of the first differ, as a share of how
        far those of the second do. Nothing where the places do not tell, or no row
        has a near neighbour.
    """
    places, held = _places(train), _places(validation)
    labels, own = _labels(train), _labels(validation)
    if places is None or held is None or labels is None or own is None:
        return {}
    if np.isin(held, places).any():  # Two sources: places of one say nothing of others.
        return {}
    draw = np.random.default_rng(0)
    chosen = draw.permutation(len(held))[:_ROWS]
    order = np.argsort(places)
    first, second = _beside(places[order], held[chosen])
    rows = np.concatenate([chosen[first >= 0], chosen[second >= 0]])
    others = order[np.concatenate([first[first >= 0], second[second >= 0]])]
    near = _are_near(tables[1][rows], tables[0][others])
    far = np.repeat(chosen, _PAIRS)
    mates = draw.integers(len(places), size=len(far))
    apart = np.abs(places[mates] - held[far]) > _APART
    far, mates = far[apart], mates[apart]
    elsewhere = _are_near(tables[1][far], tables[0][mates])
    if not near.any() or not len(far):
        return {}
    kept = elsewhere if elsewhere.any() else np.ones(len(far), dtype=bool)
    between = _difference(own[far[kept]], labels[mates[kept]])
    within = _difference(own[rows[near]], labels[others[near]])
    return {
        "near_neighbours": len(np.unique(rows[near])) / len(chosen),
        "near_elsewhere": float(elsewhere.mean()),
        "neighbour_labels": within / between if between else 1.0,
    }


def _places(rows: Dataset) -> Array | None:
    """`(samples,)` places in the source; None: rows have other names."""
    if not all(isinstance(one, int) for one in rows.ids):
        return None
    return np.array(rows.ids, dtype=np.int64)


def _labels(rows: Dataset) -> Array | None:
    """`(samples,)` labels; None: there is more than one a row."""
    if rows.labels is None or len(rows.labels) != 1:
        return None
    ((name, labels),) = rows.labels.items()
    indices = rows.class_indices(name)
    flat = labels.reshape(len(rows), -1)
    if indices is None and flat.shape[1] != 1:
        return None
    return flat[:, 0].astype(np.float64) if indices is None else indices


def _beside(places: Array, held: Array) -> tuple[Array, Array]:
    """Which of the sorted places is one less, and one more; -1: none is."""
    found = []
    for wanted in (held - 1, held + 1):
        where = np.searchsorted(places, wanted).clip(max=len(places) - 1)
        found.append(np.where(places[where] == wanted, where, -1))
    return found[0], found[1]


def _are_near(rows: Array, others: Array) -> Array:
    """`(pairs,)`: whether they differ in few columns."""
    different = (rows != others).sum(axis=1)
    near: Array = different <= max(1, rows.shape[1] // _DIFFERENT)
    return near


def _difference(labels: Array, others: Array) -> float:
    """The mean square of differences of numbers; the share of classes that differ."""
    if labels.dtype.kind in "iu":
        return float((labels != others).mean())
    return float(np.square(labels - others).mean())
