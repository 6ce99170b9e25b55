"""The page of tables against scikit-learn is of the configs that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "benchmarks/TABLES.md").read_text("utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]


def test_every_config_of_a_table_was_measured():
    configs = {f"`{path.stem}`" for path in (ROOT / "configs/tables").glob("*.yaml")}

    assert {row[0].removeprefix("| ") for row in ROWS} == configs


def test_every_config_is_as_good_as_a_straight_line_and_better_than_a_constant():
    for row in ROWS:
        ours, rival, errors = float(row[3]), float(row[4]), float(row[7])

        assert ours >= rival - 0.02
        assert errors >= 3
        assert re.fullmatch(r"yes \|", row[8])
