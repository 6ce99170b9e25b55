"""Whether each cause acts: asked of losses and scores alone, by no rule of dlrun.

    python benchmarks/diagnosis/acts.py RUNS

A case whose cause does not act is no test. Where one did not, its magnitude was changed
before the rules were written; this says so again for runs that are there now. It knows
what a run would be without the cause: the run of a healthy config on the same data.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import isfinite
from pathlib import Path
from statistics import median

import development
import held_out
from cases import Cause, Part

from dlrun.runs import RunFolder

Curves = Mapping[str, Sequence[float]]


def _rises(run: Curves, healthy: Curves) -> bool:
    """The validation loss climbs from its least value, or scores part by a tenth."""
    climbs = run["val_loss"][-1] > 1.1 * min(run["val_loss"])
    score = run.get("train_accuracy", [0])[-1] - run.get("val_accuracy", [0])[-1]
    return run["val_loss"][-1] > 1.5 * run["train_loss"][-1] and (climbs or score > 0.1)


def _learns_less(run: Curves, healthy: Curves) -> bool:
    """The train loss ends at twice that of a healthy run, and the score is lower."""
    score = run.get("train_accuracy", [0])[-1] < 0.95 * _score(healthy)
    return score and run["train_loss"][-1] > 2 * healthy["train_loss"][-1]


def _score(run: Curves) -> float:
    return run.get("train_accuracy", [1])[-1]


def _stands_still(run: Curves, healthy: Curves) -> bool:
    """The train loss of the last epoch is within 5 % of its middle one, and high."""
    middle = run["train_loss"][len(run["train_loss"]) // 2]
    still = abs(run["train_loss"][-1] - middle) < 0.05 * middle
    return still and _learns_less(run, healthy)


def _blows_up(run: Curves, healthy: Curves) -> bool:
    """The loss is not finite, or ten times what a healthy run begins with."""
    losses = run.get("train_loss", [])
    if not losses or not all(map(isfinite, losses)):
        return True
    return max(losses) > 10 * healthy["train_loss"][0]


def _is_unsteady(run: Curves, healthy: Curves) -> bool:
    """It blows up, or ends higher than a healthy run and often falls back."""
    if _blows_up(run, healthy):
        return True
    losses = run["train_loss"]
    rises = sum(later > one for one, later in pairwise(losses))
    stuck = _stands_still(run, healthy)
    higher = _late(losses) > 1.2 * _late(healthy["train_loss"])
    return higher and (stuck or rises >= len(losses) / 4)


def _late(losses: Sequence[float]) -> float:
    """The median of the last quarter."""
    return median(losses[-max(1, len(losses) // 4) :])


def _still_falls(run: Curves, healthy: Curves) -> bool:
    """The train loss ends high, and its last quarter is lower than the one before."""
    losses = run["train_loss"]
    last = max(1, len(losses) // 4)
    falls = losses[-1] < losses[-1 - last]
    return falls and _learns_less(run, healthy)


def _validates_better(run: Curves, healthy: Curves) -> bool:
    """Validation rows have a loss lower by a fifth, and a score higher by 5 points."""
    lower = run["val_loss"][-1] < 0.8 * run["train_loss"][-1]
    return lower and run["val_accuracy"][-1] > run["train_accuracy"][-1] + 0.05


def _says_one_thing(run: Curves, healthy: Curves) -> bool:
    """The validation score no longer moves, and is that of the frequent class."""
    last = run["val_accuracy"][-5:]
    return max(last) - min(last) < 0.004 and min(last) > 0.96


def _is_fine(run: Curves, healthy: Curves) -> bool:
    """It validates very well; or the loss ends near its least, and scores are close."""
    first, last = run["val_loss"][0], run["val_loss"][-1]
    if run.get("val_accuracy", [0])[-1] >= 0.95 or last < 0.02 * first:
        return True
    near = last <= 1.1 * min(run["val_loss"])
    if "val_accuracy" in run:
        return near and run["train_accuracy"][-1] - run["val_accuracy"][-1] < 0.05
    return near and last < 0.3 * first


ACTS: dict[str, Callable[[Curves, Curves], bool]] = {
    "CONSTANT_PREDICTION": _says_one_thing,
    "DIVERGED": _blows_up,
    "DYING_RELU": _stands_still,
    "EXPLODING_GRADIENT": _blows_up,
    "GOOD_FIT": _is_fine,
    "NOISY_VALIDATION": lambda run, healthy: True,  # it is a number of rows
    "OSCILLATING_LOSS": _is_unsteady,
    "OVERFITTING": _rises,
    "SLOW_CONVERGENCE": _still_falls,
    "UNDERFITTING": _learns_less,
    "VALIDATION_BETTER": _validates_better,
    "VANISHING_GRADIENT": _stands_still,
}
"""By the first of the accepted verdicts."""


def curves(runs: Path, part: Part, name: str, seed: int) -> Curves | None:
    """The history of a run: empty without an epoch, None without a run."""
    run = RunFolder(runs / part.name / f"seed-{seed}" / f"{name}-001")
    return run.history() if run.exists else None


def healthy_name(part: Part, cause: Cause) -> str:
    """The healthy config on the base of a cause."""
    return next(each.name for each in part.healthy if each.base is cause.base)


def main() -> None:
    runs = Path(sys.argv[1])
    for part in (development.PART, held_out.PART):
        acting = known = 0
        for cause, seed in part.cases:
            run = curves(runs, part, cause.name, seed)
            other = curves(runs, part, healthy_name(part, cause), seed)
            if run is None or other is None:
                continue
            known += 1
            if ACTS[cause.accepted[0]](run, other):
                acting += 1
            else:
                print(f"{cause.name} seed {seed} does not act")
        print(f"{part.name}: {acting} of {known} cases act")


if __name__ == "__main__":
    main()
