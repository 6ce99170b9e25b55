from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlrun.experiment import parse_spec, read_config
from dlrun.runs import RunFolder

if TYPE_CHECKING:
    from dlrun.experiment import Experiment

CONFIGS = Path(__file__).parents[2] / "configs"

Parse = Callable[..., "Experiment"]
Train = Callable[..., RunFolder]


@pytest.fixture(scope="session")
def parse() -> Parse:
    """Validate a config: `parse("notes/l2", "fit.epochs=1")`."""

    def parse_config(name: str, *overrides: str) -> Experiment:
        return parse_spec(read_config(CONFIGS / f"{name}.yaml", list(overrides)))

    return parse_config


@pytest.fixture(scope="session")
def train(tmp_path_factory: pytest.TempPathFactory) -> Train:
    """Train a config in this process, once per session for the same overrides."""
    root = tmp_path_factory.mktemp("runs")
    known: dict[tuple[str, ...], RunFolder] = {}

    def train_config(name: str, *overrides: str) -> RunFolder:
        from dlrun.engines import KerasDoor
        from dlrun.progress import Progress
        from dlrun.rows import read_rows
        from dlrun.training import start_run, train

        if (name, *overrides) not in known:
            node = read_config(CONFIGS / f"{name}.yaml", list(overrides))
            experiment, parts = read_rows(parse_spec(node), KerasDoor())
            folder = start_run(node, experiment, root)
            train(experiment, parts, folder, Progress())
            known[name, *overrides] = folder
        return known[name, *overrides]

    return train_config
