"""From what a probe has taken to the figures that stand in its tables."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import TYPE_CHECKING

import numpy as np

from dlrun.engines.engine import LIMITS, ZEROING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlrun.data import Array
    from dlrun.engines import Probe, ProbedLayer

_DEAD = 1e-5
_SATURATED = 0.01
_DIGITS = 6
_SMALLEST, _LARGEST = 1e-15, 1e15
"""Between these, 32 bits hold the squares of what adds up to a norm."""


def layer_rows(
    epoch: int,
    layers: Sequence[ProbedLayer],
    probe: Probe,
    weights: Sequence[Array],
    before: Sequence[Array],
    steps: int,
) -> list[dict[str, object]]:
    """The rows of `layers.csv` for one probe.

    Args:
        epoch: after which it was taken; 0: before training.
        layers: what was probed.
        probe: what was found.
        weights: all weights now.
        before: all weights at the last probe.
        steps: train steps since then.
    """
    gradients, activations = iter(probe.gradients), iter(probe.activations)
    rows = []
    for layer in layers:
        row: dict[str, object] = {
            "epoch": epoch,
            "layer": layer.layer,
            "kind": layer.kind,
            "activation": layer.activation,
            "weight": layer.kernel,
        }
        figures = dict.fromkeys(_KERNEL + _SHARES, None) | dict(
            _kernel(next(gradients), weights[layer.place], before[layer.place], steps)
            if layer.kernel
            else ()
        )
        if layer.is_shown:
            figures |= dict(_shares(layer.activation, next(activations)))
        rows.append(row | {key: _shown(figure) for key, figure in figures.items()})
    return rows


_KERNEL = (
    "grad_norm",
    "grad_mean_abs",
    "weight_norm",
    "update_ratio",
    "step_update_ratio",
)
_SHARES = ("dead_share", "zero_share", "saturated_share")


def is_nonfinite(probe: Probe) -> bool:
    """Whether the loss, an output or a gradient is no finite number."""
    arrays = (*probe.outputs.values(), *probe.gradients)
    return not (
        isfinite(probe.loss) and all(np.isfinite(item).all() for item in arrays)
    )


def _kernel(
    gradient: Array,
    kernel: Array,
    before: Array,
    steps: int,
) -> Iterator[tuple[str, float | None]]:
    yield "grad_norm", _norm(gradient)
    yield "grad_mean_abs", float(np.abs(gradient).mean(dtype=np.float64))
    yield "weight_norm", _norm(kernel)
    past = _norm(before)
    ratio = _norm(kernel - before) / past if past else None
    yield "update_ratio", ratio
    yield "step_update_ratio", None if ratio is None else ratio / sqrt(max(1, steps))


def _norm(array: Array) -> float:
    """The 2-norm; what explodes or vanishes has squares that need 64 bits."""
    with np.errstate(over="ignore"):  # It is measured again, below.
        norm = float(np.linalg.norm(array))
    is_safe = _SMALLEST < norm < _LARGEST
    return norm if is_safe else float(np.linalg.norm(array.astype(np.float64)))


def _shares(activation: str, outputs: Array) -> Iterator[tuple[str, float]]:
    if activation in ZEROING:
        flat = outputs.reshape(-1, outputs.shape[-1])
        highest = np.maximum(flat.max(axis=0), -flat.min(axis=0))
        yield "dead_share", float((highest <= _DEAD).mean())
        yield "zero_share", float((outputs <= 0).mean())
    else:
        low, high = LIMITS[activation]
        extreme = (outputs < low + _SATURATED) | (outputs > high - _SATURATED)
        yield "saturated_share", float(extreme.mean())


def _shown(figure: float | None) -> float | None:
    return None if figure is None else float(f"{figure:.{_DIGITS}g}")


def output_row(
    epoch: int, probe: Probe, counts: Mapping[str, int]
) -> dict[str, object]:
    """The row of `outputs.csv` for one probe.

    Args:
        epoch: after which it was taken; 0: before training.
        probe: what was found.
        counts: how many rows were given each class; empty without classes.
    """
    return {
        "epoch": epoch,
        "loss": _shown(probe.loss),
        "regularisation_loss": _shown(probe.regularisation_loss),
        "nonfinite": is_nonfinite(probe),
        **{f"count_{name}": count for name, count in counts.items()},
    }
