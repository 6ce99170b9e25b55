from __future__ import annotations

import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.writing import (
    bold,
    encodable_json,
    escaped,
    json_text,
    printable,
    shown,
    wants_color,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "expected"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_color_is_for_terminals_that_want_it(stream, environ, expected):
    assert wants_color(stream, environ) is expected


def test_what_nobody_sees_is_escaped_and_lines_stay():
    assert printable("a\x1b[1m\nb\u202e\x85\U000e0041") == (
        "a\\x1b[1m\nb\\u202e\\x85\\U000e0041"
    )
    assert escaped("a\nb") == "a\\nb"


@given(st.text())
def test_no_category_of_unseen_characters_is_printable(text):
    seen = printable(text).replace("\n", "")

    assert not {unicodedata.category(char) for char in seen} & {
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
    }


def test_every_unseen_character_is_escaped():
    unseen = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    raw = [
        char
        for char in map(chr, range(0x110000))
        if unicodedata.category(char) in unseen and printable(char) == char
    ]

    assert raw == ["\n"]


@pytest.mark.parametrize(
    "command", ["::error::x", " \t::add-mask::x", "a\n::x::", "##[error]x"]
)
def test_no_line_is_a_command_to_a_build_server(command):
    lines = shown(command).splitlines()

    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)


def test_colours_of_ours_stay_where_there_are_colours():
    text = bold("a", color=True)

    assert shown(text, color=True) == text
    assert "\x1b" not in shown(text)
    assert "\x1b[2J" not in shown(f"{text}\x1b[2J", color=True)


@given(
    st.recursive(
        st.text() | st.none() | st.integers(),
        lambda item: st.lists(item) | st.dictionaries(st.text(), item),
    )
)
def test_json_reads_back_as_it_was_and_holds_nothing_unseen(value):
    for text in (
        json_text(value, 2),
        json_text(value),
        json_text(value, is_ascii=True),
    ):
        assert json.loads(text) == value
        assert printable(text) == text
        assert "##[" not in text
    for encoding in ("ascii", "cp1252"):
        text = encodable_json(json_text(value), encoding)
        assert json.loads(text.encode(encoding).decode(encoding)) == value
