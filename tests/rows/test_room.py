"""Columns that become more than the memory holds are refused unencoded."""

from __future__ import annotations

import numpy as np
import pytest

from dlrun.components.encoders import Chain, ColumnEncoder
from dlrun.data import Dataset
from dlrun.engines import KerasDoor
from dlrun.errors import DataError
from dlrun.machine import free_memory
from dlrun.rows.encoding import encode_columns
from dlrun.rows.learning import learn_columns
from dlrun.rows.room import require_room

INPUTS = {"input": ("id", "n")}


def prepared_for(rows):
    chains = [
        Chain(name, name, (ColumnEncoder.model_validate(one),))
        for name, one in {
            "id": {"one_hot": {"unknown": "ignore"}},
            "n": "scale",
        }.items()
    ]
    names = np.array([f"u{row}" for row in range(rows)], dtype=object)
    dataset = Dataset({}, columns={"id": names, "n": np.arange(rows, dtype=float)})
    return learn_columns(chains, dataset, dataset), dataset


def test_categories_that_no_memory_holds_are_refused_unencoded():
    rows = round((free_memory() / 2) ** 0.5)
    columns, dataset = prepared_for(rows)

    with pytest.raises(DataError) as error:
        encode_columns(columns, INPUTS, dataset, KerasDoor())

    (problem,) = error.value.problems
    assert problem.message.startswith(f'column "id" becomes {rows:,} numbers: {rows:,}')
    assert problem.hint == (
        "write id: {hash: {num_bins: 64, output_mode: one_hot}}, or drop"
    )
    assert problem.path == ("columns", "id")


def test_what_fits_is_encoded():
    columns, dataset = prepared_for(50)

    require_room(columns, INPUTS, 1_000_000)
    rows = encode_columns(columns, INPUTS, dataset, KerasDoor())

    assert rows.features["input"].shape == (50, 51)
