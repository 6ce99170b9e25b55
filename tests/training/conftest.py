from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlrun.config import apply_overrides, node_of
from dlrun.runs import RunFolder
from dlrun.spec import parse_spec

Train = Callable[..., RunFolder]


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """Train a config in this process: `train(config, "fit.epochs=2")`."""

    def train_config(
        config: dict[str, Any], *overrides: str, progress: Any = None
    ) -> RunFolder:
        from dlrun.build import read_rows
        from dlrun.training import Progress, start_run, train

        node = apply_overrides(node_of(config, tmp_path), overrides)
        experiment, parts = read_rows(parse_spec(node))
        folder = start_run(node, experiment, tmp_path / "runs")
        train(experiment, parts, folder, progress or Progress())
        return folder

    return train_config
