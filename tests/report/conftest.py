from __future__ import annotations

import pytest

DROPOUT = {"Dropout": {"rate": 0.5}}
DENSE = {"Dense": {"units": 16, "activation": "relu"}}
OUTPUT = {"Dense": {"units": 2, "activation": "sigmoid"}}


@pytest.fixture
def study(make_run):
    """A few runs of each kind that a comparison may meet."""
    deeper = {"model/layers": [DENSE, DROPOUT, OUTPUT]}
    steps = {"compile/optimizer": {"SGD": {"learning_rate": 0.01}}}
    folders = [
        make_run("gender-001"),
        make_run("gender-002", (0.8, 0.5, 0.4, 0.42), config=deeper),
        make_run(
            "sgd-001", (1.1, 0.9), config=steps, state="failed", reason="no memory"
        ),
        make_run("sgd-002", (1.2, float("nan")), config=steps, state="diverged"),
        make_run("torn-001"),
    ]
    (folders[-1].path / "history.csv").write_text("epoch,loss\nx,1\n")
    return folders


@pytest.fixture
def seeds(make_run):
    """Two configs with three seeds each."""
    names = {"valid": (0.5, 0.45), "same": (0.42, 0.4)}
    layers = {
        padding: [
            {"Conv2D": {"name": name, "padding": padding}} for name in ("c1", "c2")
        ]
        for padding in names
    }
    return [
        make_run(
            f"cnn-{padding}-{seed:03d}",
            tuple(loss + seed / 100 for loss in losses),
            config={"model/layers": layers[padding], "seed": seed},
            summary={"split_hash": str(seed)},
        )
        for padding, losses in names.items()
        for seed in (1, 2, 3)
    ]
