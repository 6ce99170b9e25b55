"""Columns of Arrow become those of NumPy without pandas."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from dlrun.data.arrow import floats_of, places_of


@pytest.mark.parametrize("start", [0, 1, 7, 8, 9, 20])
def test_numbers_and_nulls_are_those_of_arrow(start):
    numbers = [None if place % 3 == 0 else place / 7 for place in range(20)]
    column = pa.array(numbers)[start:]

    expected = [np.nan if one is None else one for one in numbers[start:]]
    assert np.array_equal(floats_of(column), expected, equal_nan=True)
    places = pa.array(range(20), pa.int32())[start:]
    assert places_of(places).tolist() == list(range(start, 20))


def test_reading_imports_no_pandas(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("a,b,y\n" + "1.5,x,no\n2.5,,yes\n" * 20)
    script = f"""
import sys
from dlrun.components.sources.text_table import Csv
from dlrun.data import arrow_blocks
arrow_blocks.LARGE = 0
types = {{"a": "numbers", "b": "texts"}}
source = Csv(path={str(file)!r}, labels="y").reading_columns(types)
assert len(source.load(task="classification")) == 40
sys.exit("pandas" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False)

    assert done.returncode == 0
