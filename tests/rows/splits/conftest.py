"""Rows with columns that say how they are divided."""

from __future__ import annotations

import numpy as np
import pytest

from dlrun.data import INPUT, OUTPUT, Dataset


@pytest.fixture(scope="session")
def rows_with():
    """Rows of which one column says how they are divided."""

    def make(key, cells, labels=None):
        features = np.zeros((len(cells), 1), "float32")
        classes = {OUTPUT: ("a", "b", "c")} if labels is not None else {}
        kind = "float32" if labels is None else "int32"
        values = (
            np.zeros(len(cells), kind) if labels is None else np.array(labels, kind)
        )
        return Dataset(
            {INPUT: features},
            {OUTPUT: values},
            classes=classes,
            split_cells={key: np.array([str(one) for one in cells], dtype=object)},
            split_names={key: "c"},
        )

    return make
