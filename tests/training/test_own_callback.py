from __future__ import annotations

import json
import math

import numpy as np
import pytest

from dlrun.errors import RunError
from dlrun.training.own_callback import own_state, restore_own

pytestmark = pytest.mark.heavy


class Watch:
    """A callback, as far as its attributes count."""

    def __init__(self, **attributes):
        vars(self).update(attributes, _model=object(), params={"epochs": 3})


def test_numbers_texts_and_lists_of_them_are_put_back():
    kept = {
        "best": -math.inf,
        "seen": [1, 2.5, None, True, "a", {"b": [math.inf]}],
        "pair": (1, 2),
        "scalar": np.float32(0.5),
    }

    state = json.loads(json.dumps(own_state(Watch(**kept)), allow_nan=False))
    again = Watch(best=0.0, new=1)
    restore_own(again, state)

    assert again.best == -math.inf
    assert again.seen == kept["seen"]
    assert again.pair == [1, 2]
    assert again.scalar == 0.5
    assert again.new == 1


def test_weights_that_are_kept_as_arrays_are_not_missed():
    state = own_state(Watch(best_weights=[np.zeros(2)], wait=1))

    assert state == {"attributes": {"wait": 1}, "left_out": []}


def test_what_a_callback_was_made_with_is_made_again():
    state = own_state(Watch(function=len, stream=object()))

    restore_own(Watch(), state)

    assert state == {"attributes": {}, "left_out": []}


@pytest.mark.parametrize("value", [{1, 2}, np.zeros(3), [np.zeros(2)], {1: 2}])
def test_data_that_no_checkpoint_keeps_is_not_lost_unawares(value):
    state = own_state(Watch(data=value))

    with pytest.raises(RunError, match="`data` of `Watch` is kept by no checkpoint"):
        restore_own(Watch(), state)
