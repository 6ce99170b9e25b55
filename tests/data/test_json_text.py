from __future__ import annotations

import pytest

from dlrun.data import JsonError, parse_json


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1,", "Expecting value"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 5000, "too many digits"),
        ('[{"a": 1, "b": 2, "a": 3}]', 'the key "a" stands twice'),
    ],
)
def test_what_is_no_json_to_the_letter_is_explained(text, words):
    with pytest.raises(JsonError, match=words):
        parse_json(text)


def test_the_place_of_a_mistake_is_told():
    with pytest.raises(JsonError) as caught:
        parse_json('{"a": 1,\n "b": x}')

    assert (caught.value.line, caught.value.column) == (2, 7)
