from __future__ import annotations

import pytest

from dlrun.data import num_batches


@pytest.mark.parametrize(
    ("rows", "batches"), [(0, 0), (1, 1), (32, 1), (33, 2), (32.5, 2)]
)
def test_the_last_batch_may_have_fewer_rows(rows, batches):
    assert num_batches(rows, 32) == batches
