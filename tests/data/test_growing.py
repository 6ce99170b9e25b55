"""Rows are put into one piece of memory, however many come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.data.growing import GrowingArray


@pytest.mark.parametrize("order", ["C", "F"])
@given(expected=st.integers(0, 3000), sizes=st.lists(st.integers(0, 2000), max_size=5))
def test_rows_stay_what_they_were_whatever_was_expected(order, expected, sizes):
    blocks = [
        np.random.default_rng(place).normal(size=(size, 3))
        for place, size in enumerate(sizes)
    ]
    grown = GrowingArray(expected, 3, np.float64, order)

    for block in blocks:
        grown.more(len(block))[:] = block

    assert np.array_equal(grown.whole(), np.concatenate([np.empty((0, 3)), *blocks]))


def test_as_many_rows_as_were_expected_are_never_moved():
    grown = GrowingArray(5000, 2, np.float32, "F")

    first = grown.more(2000)
    grown.more(3000)

    assert np.shares_memory(first, grown.whole())
    assert all(column.flags.c_contiguous for column in grown.whole().T)
