from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.data.records import (
    QuoteError,
    Record,
    looks_like_rows,
    read_records,
    span_of,
)

CELL = st.text(st.sampled_from('ab1,;"\n\r \u2028\x85é_'), max_size=6)


def read(text, separator=","):
    record = Record()
    lines = io.StringIO(text, newline="")
    return [
        (record.first_line, cells) for cells in read_records(lines, separator, record)
    ]


@given(st.lists(st.lists(CELL, min_size=2, max_size=4), max_size=5))
def test_what_a_program_has_written_is_read_as_it_was(rows):
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)

    assert [cells for _line, cells in read(stream.getvalue())] == rows


@given(st.integers(0, 60), st.sampled_from(['"', "'", ""]), st.booleans())
def test_no_changed_quote_makes_fewer_rows_than_lines_in_silence(place, text, cut):
    table = 'a,b,y\n1,"2",0\n3,4,"1"\n5,6,0\n"7",8,1\n'
    place = min(place, len(table) - 1)
    damaged = table[:place] + text + table[place + cut :]
    record, doubtful = Record(), False

    try:
        rows = []
        for cells in read_records(io.StringIO(damaged, newline=""), ",", record):
            rows.append(cells)
            doubtful = doubtful or looks_like_rows(record, ",", 3)
    except QuoteError:
        return
    strange = any("\n" in cell or len(cells) != 3 for cells in rows for cell in cells)

    assert len(rows) >= damaged.count("\n") or doubtful or strange


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('a,y\n1,"2\n3,4\n', 2, "never closed"),
        ('a,y\n"x\ny",1\n3,"4\n5,6\n', 4, "never closed"),
        ('a,y\n1,"2"3\n', 2, "closed in the middle of a cell"),
        ('a,y\n1,"2\n3,4\n5,"6"\n', 2, "in the middle of a cell, in line 4"),
        ('a,y\r\n1,"""2"" x" y\r\n', 2, "closed in the middle of a cell"),
        ('a,y\n1, "2"\n', 2, "a space before a quote"),
    ],
)
def test_a_quote_that_does_not_close_is_named_with_its_line(text, line, words):
    with pytest.raises(QuoteError, match=words) as caught:
        read(text)

    assert caught.value.line == line


def test_quotes_in_the_middle_of_a_text_are_characters():
    assert read('a,y\n5" pipe,it"s\n') == [(1, ["a", "y"]), (2, ['5" pipe', 'it"s'])]


@given(st.lists(CELL, min_size=1, max_size=5))
def test_each_cell_stands_where_it_is_said_to(cells):
    quoted = ['"{}"'.format(cell.replace('"', '""')) for cell in cells]
    text = ",".join(quoted) + "\r\n"
    bare = ",".join(f" a{place} " for place in range(len(cells)))

    spans = [span_of(text, ",", place) for place in range(len(cells))]
    plain = [span_of(bare, ",", place) for place in range(len(cells))]

    assert [bare[slice(*span)] for span in plain] == [
        f"a{place}" for place in range(len(cells))
    ]
    assert [text[slice(*span)] for span in spans] == quoted


def test_only_line_feeds_and_returns_end_a_line():
    assert read('a\u2028b,"c\x85\nd"\r\n1,2\r\n') == [
        (1, ["a\u2028b", "c\x85\nd"]),
        (3, ["1", "2"]),
    ]
