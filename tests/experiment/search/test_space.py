"""Spaces: whatever is drawn lies in them, and every end is tried."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.experiment.search import Choice, Range, Space
from dlrun.experiment.search.reading import read_space

WHOLE = st.integers(1, 10_000)


@st.composite
def ranges(draw, countable: bool = False):
    """A range as it is written."""
    if draw(st.booleans()):
        low, more = draw(WHOLE), draw(st.integers(1, 500))
        if draw(st.booleans()):
            step = draw(st.integers(1, 20))
            return {"int": [low, low + step * more], "step": step}
        log = not countable and draw(st.booleans())
        return {"int": [low, low + more], "log": log}
    if countable or draw(st.booleans()):
        tenths, steps = draw(st.integers(-50, 50)), draw(st.integers(1, 9))
        return {"float": [tenths / 10, (tenths + steps) / 10], "step": 0.1}
    low = draw(st.floats(1e-6, 10))
    return {"float": [low, low * draw(st.floats(1.5, 1e4))], "log": draw(st.booleans())}


def unique(items):
    return len({repr(one) for one in items}) == len(items)


def choices(values):
    return st.lists(values, min_size=2, max_size=4).filter(unique)


def objects(countable: bool):
    inner = st.one_of(
        ranges(countable=countable),
        st.integers(0, 9),
        st.builds(lambda items: {"choice": items}, choices(st.integers(0, 9))),
    )
    return st.builds(
        lambda name, arguments: {name: arguments},
        st.sampled_from(["Adam", "SGD", "RMSprop"]),
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3),
    )


def entries(countable: bool = False):
    return st.one_of(
        ranges(countable=countable),
        choices(st.integers(0, 100)),
        choices(objects(countable)),
    )


def spaces(countable: bool = False, most: int = 3):
    paths = st.sampled_from(["fit.batch_size", "compile.optimizer", 'data.x["a.b"]'])
    written = st.dictionaries(paths, entries(countable), min_size=1, max_size=most)
    return st.builds(read_space, written)


def require_inside(space: Space, chosen) -> None:
    """Every number lies where it may, and only what there is was chosen."""
    wanted = [*space.parameters]
    seen = set()
    while wanted:
        one = wanted.pop()
        seen.add(one.place)
        value = chosen[one.place]
        if isinstance(one, Choice):
            wanted += one.options[value].parameters
            continue
        assert one.low <= value <= one.high
        assert isinstance(value, int) == one.is_whole
        if one.step is not None:
            steps = (value - one.low) / one.step
            assert abs(steps - round(steps)) < 1e-6
    assert seen == chosen.keys()


@given(spaces(), st.integers(0, 2**32))
def test_what_is_drawn_lies_in_the_space_and_repeats(space, seed):
    chosen = space.draw(Random(seed))

    require_inside(space, chosen)
    assert space.draw(Random(seed)) == chosen
    for point in (space.lowest(), space.highest()):
        require_inside(space, point)


@given(spaces())
def test_each_end_and_each_item_is_tried_alone(space):
    tried: dict[object, set[object]] = {}
    for chosen in space.alone():
        assert len({place[0] for place in chosen}) == 1
        for place, value in chosen.items():
            tried.setdefault(place, set()).add(value)

    for one in space.all_parameters():
        every = range(len(one.options)) if isinstance(one, Choice) else one.ends
        assert tried[one.place] >= {*every}


@given(spaces(countable=True, most=2).filter(lambda space: space.points < 3000))
def test_a_grid_has_every_point_once(space):
    points = [space.point(index) for index in range(space.points)]

    assert len({tuple(sorted(one.items(), key=repr)) for one in points}) == len(points)
    for one in points:
        require_inside(space, one)


@given(spaces(), st.integers(0, 99))
def test_settings_are_what_a_config_would_write(space, seed):
    chosen = space.draw(Random(seed))

    settings = space.settings(chosen)

    def ranges_in(value):
        if isinstance(value, dict):
            inner = value.values()
            found = bool({"int", "float", "choice"} & value.keys())
            return found or any(map(ranges_in, inner))
        return isinstance(value, list) and any(map(ranges_in, value))

    assert settings.keys() == space.written.keys()
    assert not any(map(ranges_in, settings.values()))


def test_steps_of_a_tenth_are_tenths():
    one = Range(("rate",), 0.0, 0.6, is_whole=False, step=0.1)

    assert [one.value(index) for index in range(one.count)] == [
        0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6,
    ]  # fmt: skip


@pytest.mark.parametrize("is_whole", [True, False])
def test_with_log_each_power_of_ten_is_as_likely(is_whole):
    one = Range(("x",), 10, 10_000, is_whole=is_whole, log=True)
    random = Random(0)

    values = [one.draw(random) for _ in range(3000)]

    powers = [
        sum(10**k <= value < 10 ** (k + 1) for value in values) for k in (1, 2, 3)
    ]
    assert all(850 < count < 1150 for count in powers)


def test_the_ends_of_integers_are_as_likely_as_the_rest():
    one = Range(("x",), 1, 4, is_whole=True)
    random = Random(0)

    values = [one.draw(random) for _ in range(4000)]

    assert all(900 < values.count(value) < 1100 for value in (1, 2, 3, 4))
