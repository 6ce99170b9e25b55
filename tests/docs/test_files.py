"""Every example of docs/files.md is valid, and gives the rows that the page says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec, read_config
from dlrun.proposal import propose
from dlrun.rows import read_rows

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/files.md").read_text("utf-8")
PROPOSED, TEXT, PARQUET = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def rows_of(tmp_path):
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    table = pd.read_csv(ROOT / "datasets/penguins.csv")
    table.to_parquet(tmp_path / "penguins.parquet")

    def read(config):
        (tmp_path / "config.yaml").write_text(config)
        experiment = parse_spec(read_config(tmp_path / "config.yaml"))
        assert experiment.warnings == ()
        return read_rows(experiment, KerasDoor())[1]

    return read


def test_a_table_is_the_same_as_text_and_as_parquet(rows_of):
    text, parquet = rows_of(TEXT), rows_of(PARQUET)

    assert np.array_equal(text.train.features["input"], parquet.train.features["input"])
    assert np.array_equal(text.train.labels["output"], parquet.train.labels["output"])
    assert text.fingerprint != parquet.fingerprint


def test_the_first_config_is_the_one_that_init_writes(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    file = Path("datasets/penguins.csv")

    assert propose(file, ["species"], Path("penguins.yaml")) == PROPOSED
