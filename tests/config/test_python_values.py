from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlrun.config import node_of, plain_values
from dlrun.errors import ConfigError


def test_numbers_of_numpy_paths_and_tuples_are_values_of_a_config():
    values = {"a": np.int64(3), "b": (np.float32(0.5), np.bool_(True)), "c": Path("x")}

    plain = plain_values(values)

    assert plain == {"a": 3, "b": [0.5, True], "c": "x"}
    assert type(plain["a"]) is int
    assert node_of(values).value == plain


@pytest.mark.parametrize(
    ("value", "cure"),
    [
        (pd.DataFrame({"a": [1]}), 'frame.to_parquet("rows.parquet")'),
        (np.arange(3), ".tolist()"),
        ({1, 2}, "a list or a mapping"),
        (object(), "a list or a mapping"),
    ],
    ids=["frame", "array", "set", "object"],
)
def test_what_yaml_cannot_have_is_told_with_its_path_and_a_cure(value, cure):
    with pytest.raises(ConfigError) as error:
        node_of({"data": {"rows": [1, value]}})

    (problem,) = error.value.problems
    assert problem.path == ("data", "rows", 1)
    assert type(value).__name__ in problem.message
    assert cure in (problem.hint or "")
