from __future__ import annotations

import pytest

from dlrun.errors import DataError
from dlrun.rows.prepared import encoders_of
from dlrun.runs import PreparedColumn


def prepared(*encoders: dict[str, object]) -> PreparedColumn:
    states = tuple({} for _ in encoders)
    return PreparedColumn(encoders=encoders, states=states, names=("a",))


def test_columns_with_the_same_encoders_share_them():
    plain = {"impute": "median"}, {"scale": "standard"}

    first, again = encoders_of(prepared(*plain)), encoders_of(prepared(*plain))
    other = encoders_of(prepared({"impute": "mean"}, {"scale": "standard"}))

    assert [*map(id, first)] == [*map(id, again)]
    assert first[1:] == other[1:]
    assert first[0] != other[0]


def test_encoders_that_do_not_exist_are_damage():
    for _ in range(2):  # what failed is not kept
        with pytest.raises(DataError, match="are damaged"):
            encoders_of(prepared({"no_such": {}}))
