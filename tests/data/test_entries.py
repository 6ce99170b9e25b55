"""Columns that an entry of `data.columns` cannot name alone."""

from __future__ import annotations

import pytest

from dlrun.config import node_of
from dlrun.data.entries import rename_cure
from dlrun.engines import KerasDoor
from dlrun.errors import ProblemsError
from dlrun.experiment import parse_spec
from dlrun.rows.lint import inspect_rows

CURE = 'call "*" otherwise in the file: as an entry it stands for other columns, too'


def test_a_name_with_a_star_is_a_pattern_as_well():
    assert rename_cure(["*"]) == CURE
    assert rename_cure(["a", "b c"]) is None


@pytest.mark.parametrize("columns", [None, {"*": "scale"}, {"a": "scale"}])
@pytest.mark.parametrize("cells", ["x", "", "7"])
def test_no_cure_of_such_a_column_is_an_entry(tmp_path, columns, cells):
    lines = [f"{row},{cells},{row % 2}" for row in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["a,*,y", *lines]))
    stated = {} if columns is None else {"columns": columns}
    values = {
        "name": "starred",
        "data": {
            "csv": {"path": "t.csv", "labels": "y"},
            "split": {"validation": 0.25},
            **stated,
        },
        "model": {"layers": [{"Dense": {"units": "classes", "activation": "softmax"}}]},
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }

    try:
        found = inspect_rows(parse_spec(node_of(values, tmp_path)), KerasDoor())[2]
    except ProblemsError as error:
        found = list(error.problems)

    (problem,) = found
    assert problem.hint == CURE
