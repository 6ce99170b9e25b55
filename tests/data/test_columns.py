from __future__ import annotations

from dlrun.data.columns import column_places


def test_of_a_name_that_is_there_twice_the_first_place_counts():
    names = ["b", "a", "", "b", "c"]

    places = column_places(names)

    assert places == {name: names.index(name) for name in names}
