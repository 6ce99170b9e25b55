"""How far the weights of dlrun lie from those of `fit`: `deviation.py mlp`, as JSON.

Both start from the same weights and see the same rows in the same order. What differs
is how the steps are run: in graph mode, or compiled by XLA, which rounds otherwise.
For scale: how far `fit` comes from itself when its start is off in the seventh digit.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from steps import WORKLOADS, config_of

EPOCHS = 5
NUDGE = 1e-7


def of_dlrun(config: dict[str, Any], root: Path, jit: str) -> list[np.ndarray]:
    """The weights after the last epoch."""
    import dlrun

    fit = {**config["fit"], "jit": jit, "epochs": EPOCHS}
    run = dlrun.train(config | {"fit": fit}, runs=root, verbose=False)
    kept = run.folder.find_checkpoint().checkpoint
    assert kept is not None
    return list(kept.arrays["weights"])


def of_fit(config: dict[str, Any], nudge: float = 0.0) -> list[np.ndarray]:
    """The weights after the same epochs of `Model.fit`, in the order of dlrun.

    Args:
        config: the workload.
        nudge: how far the first weights are off, as a share of each.
    """
    from dlrun.config import node_of
    from dlrun.data import INPUT, OUTPUT
    from dlrun.engines import KerasDoor, build_model
    from dlrun.experiment import parse_spec
    from dlrun.rows import read_rows
    from dlrun.training.loop import epoch_order

    experiment, parts = read_rows(parse_spec(node_of(config)), KerasDoor())
    model = build_model(experiment)
    model.jit_compile = False
    random = np.random.default_rng(0)
    model.set_weights(
        [
            (array * (1 + nudge * random.normal(size=array.shape))).astype(array.dtype)
            for array in model.get_weights()
        ]
    )
    rows, labels = parts.train.features[INPUT], parts.train.labels[OUTPUT]
    for epoch in range(1, EPOCHS + 1):
        order = epoch_order(experiment.spec.seed, epoch, len(rows), shuffle=True)
        model.fit(
            rows[order], labels[order], batch_size=experiment.spec.fit.batch_size,
            shuffle=False, verbose=0,
        )  # fmt: skip
    return model.get_weights()


def largest(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    pairs = zip(first, second, strict=True)
    return max(float(np.abs(one - other).max()) for one, other in pairs)


def main() -> None:
    work = WORKLOADS[sys.argv[1]]
    with tempfile.TemporaryDirectory() as directory:
        config = config_of(work, Path(directory))
        expected = of_fit(config)
        found = {
            jit: largest(of_dlrun(config, Path(directory) / jit, jit), expected)
            for jit in (("off", "on") if work.compiles else ("off",))
        }
        if work.compiles:
            found["nudged"] = largest(of_fit(config, NUDGE), expected)
    size = max(float(np.abs(array).max()) for array in expected)
    print(json.dumps({"epochs": EPOCHS, "largest_weight": size, **found}))


if __name__ == "__main__":
    main()
