from __future__ import annotations

import pytest

SEEDS = (1, 2, 3, 4, 5)


@pytest.fixture
def make_group(make_run):
    """Write a run per seed; the loss is that of the group and a little of the seed."""

    def make(name: str, loss: float, seeds=SEEDS, times: int = 1, **config):
        return [
            make_run(
                f"{name}-{seed:03d}",
                (loss + 0.2, loss + seed * times % 3 / 100, loss + 0.1),
                config={"name": name, "seed": seed, **config},
                summary={"split_hash": str(seed), "validation_hash": str(seed)},
            )
            for seed in seeds
        ]

    return make


@pytest.fixture
def study(make_group):
    """A base and three changes of it: one helps, one harms, one does nothing."""
    return [
        *make_group("base", 0.5),
        *make_group("larger", 0.4, **{"fit/batch_size": 6}),
        *make_group("slower", 0.7, **{"compile/optimizer/Adam/learning_rate": 0.001}),
        *make_group("other", 0.5, times=2, **{"model/layers/0/Dense/units": 17}),
    ]


def hidden(name, **more):
    body = {"name": name, "units": 16, "activation": "relu", **more}
    return {"Dense": body}


@pytest.fixture
def ladder(make_group):
    """A base, and changes of its layers: wider, with dropout, with L2."""
    base = [hidden("h1"), hidden("h2"), {"Dense": {"units": 2}}]
    dropout = {"Dropout": {"rate": 0.3, "enabled": True}}
    penalty = {"L2": {"l2": 0.001}}
    wide = [hidden("h1", units=64), hidden("h2", units=64), base[2]]
    strict = [hidden(one, kernel_regularizer=penalty) for one in ("h1", "h2")]
    models = {
        "base": (base, 0.5),
        "wide": (wide, 0.6),
        "dropout": ([base[0], dropout, base[1], dropout, base[2]], 0.4),
        "l2": ([*strict, base[2]], 0.55),
    }
    return [
        folder
        for name, (model, loss) in models.items()
        for folder in make_group(name, loss, **{"model/layers": model})
    ]
