from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec, read_config
from dlrun.proposal import propose
from dlrun.rows import read_rows

Columns = Mapping[str, Sequence[object]]


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write columns to a table."""

    def write(columns: Columns, name: str = "table.csv") -> Path:
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return tmp_path / name

    return write


@pytest.fixture
def proposed(table, tmp_path) -> Callable[..., str]:
    """Propose a config for columns; its rows are read, and it has no warnings."""

    def call(columns: Columns, *labels: str, reads: bool = True) -> str:
        file = tmp_path / "config.yaml"
        file.write_text(propose(table(columns), labels, file), encoding="utf-8")
        if reads:
            experiment = parse_spec(read_config(file))
            assert experiment.warnings == ()
            assert read_rows(experiment, KerasDoor())[1].warnings == ()
        return file.read_text("utf-8")

    return call


@pytest.fixture
def numbers() -> Callable[..., list[float]]:
    """Numbers that are drawn from a normal distribution."""

    def draw(count: int = 100, seed: int = 0) -> list[float]:
        source = random.Random(seed)
        return [round(source.gauss(0, 1), 4) for _ in range(count)]

    return draw
