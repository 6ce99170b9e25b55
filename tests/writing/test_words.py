from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.writing import wrap, wrap_command, wrap_lines

COMMAND = (
    "dlrun train runs/base-001/config.yaml -s model.layers.h1.units=64 "
    "-s 'model.layers.h1.kernel_regularizer={L2: 0.001}' --name base-l2 --seeds 5"
)


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1), st.integers(1, 120))
def test_a_command_that_is_broken_is_the_same_command(arguments, width):
    command = shlex.join(arguments)

    pasted = "\n".join(wrap_command(command, width, "  "))

    # A shell takes a backslash before a line feed for nothing.
    assert shlex.split(pasted.replace(" \\\n", " ")) == arguments


@pytest.mark.parametrize("width", [40, 60, 80])
def test_options_stay_with_their_values_and_no_line_of_words_is_too_long(width):
    lines = wrap_command(COMMAND, width, "   ")

    assert all(line.endswith(" \\") for line in lines[:-1])
    assert not any(line.removesuffix(" \\").endswith(" -s") for line in lines)
    longest = len("       -s 'model.layers.h1.kernel_regularizer={L2: 0.001}' \\")
    assert max(map(len, lines)) <= max(width, longest)


def test_a_number_stays_with_its_per_cent_sign():
    assert wrap("that would gain us 81 % of it", 22) == [
        "that would gain us",
        "  81 % of it",
    ]


def test_a_sentence_goes_on_below_its_own_beginning():
    assert wrap("   because: it is so here", 20) == [
        "   because: it is so",
        "     here",
    ]


def test_lines_are_broken_between_words_and_commands_so_that_they_can_be_pasted():
    text = "one two three four five\nnext: dlrun compare runs/a-001 runs/b-001"

    assert wrap_lines(text, 24).split("\n") == [
        "one two three four five",
        "next: dlrun compare \\",
        "    runs/a-001 \\",
        "    runs/b-001",
    ]
    assert wrap_lines(text, None) == text


def test_a_command_behind_what_is_to_be_done_first_can_be_pasted():
    text = "next: read it, then dlrun validate penguins.yaml --data"

    assert wrap_lines(text, 40).split("\n") == [
        "next: read it, then dlrun validate \\",
        "    penguins.yaml --data",
    ]
